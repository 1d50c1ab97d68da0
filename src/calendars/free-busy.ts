// When somebody is busy: the events of their accounts merged into intervals, without saying what they are.

import type { DataSource } from 'typeorm';

export interface FreeBusyFilter {
  readonly accountIds: readonly string[];
  readonly from: Date;
  readonly to: Date;
  /** IANA zone in which whole days begin and end. */
  readonly timeZone: string;
}

export interface BusyInterval {
  readonly start: Date;
  readonly end: Date;
}

/**
 * Busy is what the calendar says is busy and neither cancelled nor declined. Intervals are cut to the stretch asked for,
 * in order, and neither overlap nor touch.
 */
export async function findBusy(
  dataSource: DataSource,
  { accountIds, from, to, timeZone }: FreeBusyFilter,
): Promise<readonly BusyInterval[]> {
  return dataSource.query(
    `WITH taken AS (
       SELECT CASE WHEN all_day THEN start_date::timestamp AT TIME ZONE $4 ELSE starts_at END AS starts,
              CASE WHEN all_day THEN end_date::timestamp AT TIME ZONE $4 ELSE ends_at END AS ends
         FROM events
        WHERE account_id = ANY($1) AND shown AND busy AND status <> 'cancelled' AND self_response IS DISTINCT FROM 'declined'
          -- Whole days lie up to 14 hours beside their dates in UTC.
          AND starts_at < $3::timestamptz + interval '15 hours' AND ends_at > $2::timestamptz - interval '15 hours'
     )
     SELECT lower(merged) AS start, upper(merged) AS "end"
       FROM (SELECT unnest(range_agg(tstzrange(greatest(starts, $2), least(ends, $3)))) AS merged
               FROM taken WHERE starts < $3 AND ends > $2 AND ends > starts) AS intervals
      ORDER BY merged`,
    [accountIds, from, to, timeZone],
  );
}
