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
  return fromMaster
    ? `${column} = CASE WHEN EXCLUDED.sparse THEN ${had} ELSE ${said} END`
    : `${column} = ${said}`;
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

/** $1 calendar: series with bare occurrences whose master is stored, and how many there are of each. */
export const TO_COMPLETE = `
  WITH bare AS MATERIALIZED (SELECT series_id, count(*)::integer AS rows FROM events WHERE calendar_id = $1 AND sparse GROUP BY series_id)
  SELECT series_id AS id, rows FROM bare WHERE series_id IN (${masters()})`;

/**
 * $1 calendar, $2 series: their bare occurrences take everything but identity and times from their stored masters. Written
 * so that it costs the same whatever the planner believes: a calendar read for the first time is not in its statistics.
 */
export const COMPLETE = `
  WITH m AS MATERIALIZED (SELECT * FROM events WHERE calendar_id = $1 AND provider_event_id = ANY($2) AND kind = 'master'),
       bare AS MATERIALIZED (SELECT ctid AS place, series_id FROM events WHERE calendar_id = $1 AND series_id = ANY($2) AND sparse)
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
    FROM bare JOIN m ON m.provider_event_id = bare.series_id
   WHERE o.ctid = bare.place`;

/**
 * $1 calendar, $2 round, $3 series read whole in it: a bite of the occurrences that the round did not see, of series
 * which it did: the master and at least one occurrence, or everything there is.
 */
export const REPLACE = `
  DELETE FROM events WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM events WHERE calendar_id = $1 AND round <> $2
       AND series_id = ANY(ARRAY((${masters('AND round = $2')} INTERSECT ${series('AND round = $2')}) UNION ALL SELECT unnest($3::text[])))
     LIMIT ${BITE}))`;

/** Whether REPLACE may have left something to do, by the rows it changed. */
export function bitten(rows: number): boolean {
  return rows === BITE;
}

/**
 * $1 calendar, $2 round, $3 whether it is a full one: series with bare occurrences seen in it and no stored master. In a
 * full round one from before does not count: it may have changed while nobody looked.
 */
export const WITHOUT_MASTER = `${series('AND sparse AND round = $2')} EXCEPT ${masters('AND (round = $2 OR NOT $3)')}`;

/** $1 calendar, $2 round, $3 whether it is a full one: masters that came without any occurrence, or without some we have. */
export const WITHOUT_INSTANCES = `
  (${masters('AND round = $2')} EXCEPT ${series('AND round = $2')})
  UNION (${masters('AND round = $2')} INTERSECT ${series('AND round <> $2 AND NOT $3')})`;

/** Ids of masters of the calendar $1. */
function masters(condition = ''): string {
  return `SELECT provider_event_id AS id FROM events WHERE calendar_id = $1 AND kind = 'master' ${condition}`;
}

/** Ids of series of which the calendar $1 has occurrences. */
function series(condition: string): string {
  return `SELECT series_id AS id FROM events WHERE calendar_id = $1 AND series_id IS NOT NULL ${condition}`;
}
