// When a user is busy: the events of their accounts as merged intervals, without any content.

import type { DataSource } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import { IS_LONG, isShortFrom } from './event.js';

export interface FreeBusyFilter {
  readonly accountIds: readonly string[];
  readonly from: Date;
  readonly to: Date;
  /** IANA zone in which all-day events begin and end. */
  readonly timeZone: string;
}

export interface BusyInterval {
  readonly start: Date;
  readonly end: Date;
}

/** In some zones a day begins 14 hours before the same day in UTC, in others 12 after. */
const EARLIEST_END = `($2::timestamptz - interval '15 hours')`;

/** Events longer than a day are read apart, so that not every event before the range is read. */
const taken = (span: string) => `
  SELECT CASE WHEN all_day THEN start_date::timestamp AT TIME ZONE $4 ELSE starts_at END AS starts,
         CASE WHEN all_day THEN end_date::timestamp AT TIME ZONE $4 ELSE ends_at END AS ends
    FROM events
   WHERE account_id = ANY($1) AND shown AND busy AND status <> 'cancelled'
     AND self_response IS DISTINCT FROM 'declined'
     AND starts_at < $3::timestamptz + interval '15 hours' AND ends_at > ${EARLIEST_END}
     AND ${span}`;

/**
 * An event is busy if its calendar shows it as busy and it is neither cancelled nor declined.
 * Intervals are cut to the range, in order, and neither overlap nor touch.
 */
export async function findBusy(
  dataSource: DataSource,
  { accountIds, from, to, timeZone }: FreeBusyFilter,
): Promise<readonly BusyInterval[]> {
  return rowsOf<BusyInterval>(
    dataSource,
    `WITH taken AS (${taken(isShortFrom(EARLIEST_END))} UNION ALL ${taken(IS_LONG)})
     SELECT lower(merged) AS start, upper(merged) AS "end"
       FROM (SELECT unnest(range_agg(tstzrange(greatest(starts, $2), least(ends, $3)))) AS merged
               FROM taken WHERE starts < $3 AND ends > $2 AND ends > starts) AS intervals
      ORDER BY merged`,
    [accountIds, from, to, timeZone],
  );
}
