// The statements of a round: put a page, complete bare occurrences, drop what a series no longer has.

import { EVENT_COLUMNS } from './event-row.js';

const COLUMNS = Object.values(EVENT_COLUMNS);
const NAMES = COLUMNS.map(({ column }) => column);
const BITE = 2_000;

/**
 * A bare occurrence says nothing of its content: what the row had is kept until it is completed anew. `all_day` is part
 * of that, and with it whether the times are days.
 */
function onConflict({ column, fromMaster }: (typeof COLUMNS)[number]): string {
  const said = `EXCLUDED.${column}`;
  const had = `e.${column}`;
  const day = { start_date: 'starts_at', end_date: 'ends_at' }[column];
  if (column === 'all_day') return `${column} = ${said} OR (EXCLUDED.sparse AND ${had})`;
  if (day)
    return `${column} = CASE WHEN EXCLUDED.sparse AND e.all_day AND NOT EXCLUDED.all_day THEN ${dayOf(`EXCLUDED.${day}`)} ELSE ${said} END`;
  return fromMaster ? `${column} = CASE WHEN EXCLUDED.sparse THEN ${had} ELSE ${said} END` : `${column} = ${said}`;
}

function dayOf(instant: string): string {
  return `(${instant} AT TIME ZONE 'UTC')::date`;
}

/**
 * $1 account, $2 calendar, $3 round, $4 rows as JSON, no two with one id. A row that the same round has already seen in
 * a newer revision is left as it is.
 */
export const PUT = `
  INSERT INTO events AS e (account_id, calendar_id, round, shown, ${NAMES.join(', ')})
  SELECT $1, $2, $3, kind <> 'master' AND NOT sparse, ${NAMES.join(', ')}
    FROM json_to_recordset($4::json) AS r (${COLUMNS.map(({ column, type }) => `${column} ${type}`).join(', ')})
  ON CONFLICT (calendar_id, provider_event_id) DO UPDATE
    SET round = EXCLUDED.round, shown = EXCLUDED.kind <> 'master' AND (e.shown OR NOT EXCLUDED.sparse),
        ${COLUMNS.map(onConflict).join(',\n        ')}
  WHERE NOT (e.round = EXCLUDED.round AND NOT EXCLUDED.sparse AND EXCLUDED.provider_updated_at < e.provider_updated_at)`;

/** $1 calendar, $2 ids: each goes, and every row whose series it is. */
export const REMOVE = `DELETE FROM events WHERE calendar_id = $1 AND (provider_event_id = ANY($2) OR series_id = ANY($2))`;

/** $1 calendar, $2 ids of events that are no series: what is left of one they may have been. */
export const REMOVE_INSTANCES = `DELETE FROM events WHERE calendar_id = $1 AND series_id = ANY($2)`;

/** $1 calendar: a bite of its bare occurrences takes everything but identity and times from their stored masters. */
export const COMPLETE = `
  UPDATE events o
     SET ${COLUMNS.filter(({ fromMaster }) => fromMaster)
       .map(({ column }) => `${column} = m.${column}`)
       .join(', ')},
         all_day = m.all_day,
         start_date = CASE WHEN m.all_day THEN coalesce(o.start_date, ${dayOf('o.starts_at')}) END,
         end_date = CASE WHEN m.all_day THEN greatest(coalesce(o.end_date, ${dayOf('o.ends_at')}), coalesce(o.start_date, ${dayOf('o.starts_at')})) END,
         original_start = CASE WHEN m.all_day AND o.original_start ? 'dateTime'
           THEN jsonb_build_object('date', left(o.original_start ->> 'dateTime', 10)) ELSE o.original_start END,
         sparse = false, shown = true
    FROM events m
   WHERE o.id IN (
           SELECT b.id FROM events b JOIN events s ON s.calendar_id = b.calendar_id AND s.provider_event_id = b.series_id AND s.kind = 'master'
            WHERE b.calendar_id = $1 AND b.sparse LIMIT ${BITE})
     AND m.calendar_id = o.calendar_id AND m.provider_event_id = o.series_id AND m.kind = 'master'`;

/**
 * $1 calendar, $2 round, $3 series read whole in it: a bite of the occurrences that the round did not see, of series
 * which it did: the master and at least one occurrence, or everything there is.
 */
export const REPLACE = `
  DELETE FROM events WHERE id IN (
    SELECT i.id FROM events i WHERE i.calendar_id = $1 AND i.round <> $2 AND i.series_id IN (
      SELECT m.provider_event_id FROM events m WHERE m.calendar_id = $1 AND m.kind = 'master' AND m.round = $2
         AND EXISTS (SELECT 1 FROM events s WHERE s.calendar_id = $1 AND s.series_id = m.provider_event_id AND s.round = $2)
      UNION ALL SELECT unnest($3::text[]))
    LIMIT ${BITE})`;

/** Whether a statement above may have left something to do, by the rows it changed. */
export function bitten(rows: number): boolean {
  return rows === BITE;
}

/**
 * $1 calendar, $2 round, $3 whether it is a full one: series with bare occurrences seen in it and no stored master. In a
 * full round one from before does not count: it may have changed while nobody looked.
 */
export const WITHOUT_MASTER = `
  SELECT DISTINCT o.series_id AS id FROM events o
   WHERE o.calendar_id = $1 AND o.sparse AND o.round = $2 AND o.series_id IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM events m WHERE m.calendar_id = $1 AND m.provider_event_id = o.series_id
                        AND m.kind = 'master' AND (m.round = $2 OR NOT $3))`;

/** $1 calendar, $2 round, $3 whether it is a full one: masters that came without any occurrence, or without some we have. */
export const WITHOUT_INSTANCES = `
  SELECT m.provider_event_id AS id FROM events m
   WHERE m.calendar_id = $1 AND m.kind = 'master' AND m.round = $2
     AND (NOT EXISTS (SELECT 1 FROM events i WHERE i.calendar_id = $1 AND i.series_id = m.provider_event_id AND i.round = $2)
          OR (NOT $3 AND EXISTS (SELECT 1 FROM events i WHERE i.calendar_id = $1 AND i.series_id = m.provider_event_id AND i.round <> $2)))`;
