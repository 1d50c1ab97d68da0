// The statements of a round: save a page, complete bare occurrences, delete missing ones.

import { EVENT_COLUMNS, type EventColumn } from './event-columns.js';

const NAMES = EVENT_COLUMNS.map(({ column }) => column).join(', ');
const TYPED_NAMES = EVENT_COLUMNS.map(({ column, type }) => `${column} ${type}`).join(', ');
const BATCH = 2_000;

/**
 * The assignment of a column where the event has a row already. A bare occurrence has no content:
 * the row keeps its own until it is completed again. Whether it is an all-day event is part of the
 * content, so its times become dates too.
 */
function assignment({ property, column, fromMaster }: EventColumn): string {
  const value = `EXCLUDED.${column}`;
  switch (property) {
    case 'allDay':
      return `all_day = ${value} OR (EXCLUDED.sparse AND e.all_day)`;
    case 'startDate':
      return dateAssignment(column, 'EXCLUDED.starts_at');
    case 'endDate':
      return dateAssignment(column, 'EXCLUDED.ends_at');
    default:
      return fromMaster
        ? `${column} = CASE WHEN EXCLUDED.sparse THEN e.${column} ELSE ${value} END`
        : `${column} = ${value}`;
  }
}

function dateAssignment(column: string, instant: string): string {
  return `${column} = CASE WHEN EXCLUDED.sparse AND e.all_day AND NOT EXCLUDED.all_day
    THEN ${dayOf(instant)} ELSE EXCLUDED.${column} END`;
}

function dayOf(instant: string): string {
  return `(${instant} AT TIME ZONE 'UTC')::date`;
}

/**
 * $1 account, $2 calendar, $3 round, $4 rows as JSON, no two with the same id. A row that the same
 * round has already saved in a newer revision stays as it is.
 */
export const PUT = `
  INSERT INTO events AS e (account_id, calendar_id, round, shown, ${NAMES})
  SELECT $1, $2, $3, kind <> 'master' AND NOT sparse, ${NAMES}
    FROM json_to_recordset($4::json) AS r (${TYPED_NAMES})
  ON CONFLICT (calendar_id, provider_event_id) DO UPDATE
    SET round = EXCLUDED.round,
        shown = EXCLUDED.kind <> 'master' AND (e.shown OR NOT EXCLUDED.sparse),
        ${EVENT_COLUMNS.map(assignment).join(',\n        ')}
  WHERE NOT (e.round = EXCLUDED.round AND NOT EXCLUDED.sparse
             AND EXCLUDED.provider_updated_at < e.provider_updated_at)`;

/**
 * $1 calendar, $2 round, $3 ids of events, $4 ids of series that have no occurrences any more, $5
 * ids of series that exist or existed: deletes the events, the occurrences, and the single events
 * that became such a series. A single event that this round has saved is newer than the series.
 */
export const REMOVE = `DELETE FROM events
  WHERE calendar_id = $1
    AND (provider_event_id = ANY($3) OR series_id = ANY($4)
         OR (provider_event_id = ANY($5) AND kind = 'single' AND round <> $2))`;

/**
 * $1 calendar: the series with bare occurrences whose master is stored, and the number of these
 * occurrences.
 */
export const TO_COMPLETE = `
  WITH bare AS MATERIALIZED (SELECT series_id, count(*)::integer AS rows FROM events
                              WHERE calendar_id = $1 AND sparse GROUP BY series_id)
  SELECT series_id AS id, rows FROM bare WHERE series_id IN (${masters()})`;

/**
 * $1 calendar, $2 series: copies content from the stored masters to their bare occurrences. The
 * materialized parts keep its cost the same for every plan: the statistics know nothing of a
 * calendar that is read for the first time.
 */
export const COMPLETE = `
  WITH m AS MATERIALIZED (SELECT * FROM events
         WHERE calendar_id = $1 AND provider_event_id = ANY($2) AND kind = 'master'),
       bare AS MATERIALIZED (SELECT ctid AS place, series_id FROM events
         WHERE calendar_id = $1 AND series_id = ANY($2) AND sparse)
  UPDATE events o
     SET ${EVENT_COLUMNS.filter(({ fromMaster }) => fromMaster)
       .map(({ column }) => `${column} = m.${column}`)
       .join(', ')},
         all_day = m.all_day,
         start_date = CASE WHEN m.all_day THEN coalesce(o.start_date, ${dayOf('o.starts_at')}) END,
         end_date = CASE WHEN m.all_day
           THEN greatest(coalesce(o.end_date, ${dayOf('o.ends_at')}),
                         coalesce(o.start_date, ${dayOf('o.starts_at')})) END,
         original_start = CASE WHEN m.all_day AND o.original_start ? 'dateTime'
           THEN jsonb_build_object('date', left(o.original_start ->> 'dateTime', 10))
           ELSE o.original_start END,
         sparse = false, shown = true
    FROM bare JOIN m ON m.provider_event_id = bare.series_id
   WHERE o.ctid = bare.place`;

/** $1 calendar: shows bare occurrences that no stored master completes: their times are known. */
export const SHOW_BARE = `UPDATE events SET shown = true
  WHERE calendar_id = $1 AND sparse AND NOT shown AND kind <> 'master'`;

/**
 * $1 calendar, $2 round, $3 series that the round read whole. Deletes one batch of the occurrences
 * that the round did not see and that belong to a series of $3, or to one of which it saw the
 * master and an occurrence.
 */
export const REPLACE = `
  DELETE FROM events WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM events WHERE calendar_id = $1 AND round <> $2
       AND series_id = ANY(ARRAY(
         (${masters('AND round = $2')} INTERSECT ${series('AND round = $2')})
         UNION ALL SELECT unnest($3::text[])))
     LIMIT ${BATCH}))`;

/** Whether REPLACE may have left rows to delete. @param deleted the number of rows it deleted */
export function mayHaveMore(deleted: number): boolean {
  return deleted === BATCH;
}

/** Series whose master was not found earlier, and that a round requests again. */
const MOST_RETRIED = 20;

/**
 * $1 calendar, $2 round, $3 whether it is a full one: the series with bare occurrences that the
 * round saw, and without a stored master. In a full round, an older master does not count: it may
 * have changed in a time that was not read. Some series that an earlier round could not complete
 * are among them.
 */
export const WITHOUT_MASTER = `
  (${series('AND sparse AND round = $2')}
   UNION (SELECT DISTINCT series_id AS id FROM events WHERE calendar_id = $1 AND series_id IS NOT NULL
             AND sparse AND round <> $2 AND NOT $3 LIMIT ${MOST_RETRIED}))
  EXCEPT ${masters('AND (round = $2 OR NOT $3)')}`;

/**
 * $1 calendar, $2 round, $3 whether it is a full one: masters that came without any occurrence, or
 * without one that is stored.
 */
export const WITHOUT_INSTANCES = `
  (${masters('AND round = $2')} EXCEPT ${series('AND round = $2')})
  UNION (${masters('AND round = $2')} INTERSECT ${series('AND round <> $2 AND NOT $3')})`;

/** The ids of the masters of calendar $1. */
function masters(condition = ''): string {
  return `SELECT provider_event_id AS id FROM events
    WHERE calendar_id = $1 AND kind = 'master' ${condition}`;
}

/** The ids of the series that have occurrences in calendar $1. */
function series(condition: string): string {
  return `SELECT series_id AS id FROM events
    WHERE calendar_id = $1 AND series_id IS NOT NULL ${condition}`;
}
