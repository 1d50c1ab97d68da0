// Events that begin or end within a span of time, as they are now.

import type { EntityManager } from 'typeorm';
import { isConnected } from '../accounts/account-conditions.js';
import { rowsOf, type Sql } from '../database/rows.js';
import type { EventTime } from '../event-model.js';
import type { CalendarEvent } from './event.js';

export type Edge = 'start' | 'end';

/** An event at one of its edges. */
export interface DueEvent {
  readonly id: string;
  readonly accountId: string;
  readonly calendarId: string;
  /** When it begins or ends. For an all-day event, midnight in the zone of its calendar. */
  readonly moment: Date;
  readonly start: EventTime;
  readonly end: EventTime;
}

/** The edges after `from`, up to and with `to`. */
export interface DueSpan {
  readonly edge: Edge;
  readonly from: Date;
  readonly to: Date;
  /** A condition that leaves out events. Its arguments are SQL expressions of id and moment. */
  readonly except: (id: string, moment: string) => string;
}

type TimesRow = Pick<
  CalendarEvent,
  'allDay' | 'startsAt' | 'endsAt' | 'startDate' | 'endDate' | 'startTimeZone' | 'endTimeZone'
>;
type DueRow = Pick<DueEvent, 'id' | 'accountId' | 'calendarId' | 'moment'> & TimesRow;

const TIMES = `e.all_day AS "allDay", e.starts_at AS "startsAt", e.ends_at AS "endsAt",
  e.start_date::text AS "startDate", e.end_date::text AS "endDate",
  e.start_time_zone AS "startTimeZone", e.end_time_zone AS "endTimeZone"`;

/** Whether the user may expect it to take place. */
const TAKES_PLACE = `e.shown AND e.status <> 'cancelled'
  AND e.self_response IS DISTINCT FROM 'declined'`;

const INSTANT: Readonly<Record<Edge, string>> = { start: 'e.starts_at', end: 'e.ends_at' };
const DAY: Readonly<Record<Edge, string>> = { start: 'e.start_date', end: 'e.end_date' };

/** Days begin at a multiple of this in every zone. */
const QUARTER_MS = 15 * 60_000;

/**
 * Finds and locks them until the transaction ends: an event that is moved, cancelled or declined
 * at the same time is either changed before, or after what the caller writes. Events that are being
 * changed now are left out; the next search sees what became of them.
 */
export async function dueEvents(manager: EntityManager, span: DueSpan): Promise<DueEvent[]> {
  const rows = await find(manager, span, false);
  const isQuarter =
    Math.floor(span.from.getTime() / QUARTER_MS) < Math.floor(span.to.getTime() / QUARTER_MS);
  if (isQuarter) rows.push(...(await find(manager, span, true)));
  return rows.map((row) => ({
    id: row.id,
    accountId: row.accountId,
    calendarId: row.calendarId,
    moment: row.moment,
    ...timesOf(row),
  }));
}

function find(manager: EntityManager, span: DueSpan, allDay: boolean): Promise<DueRow[]> {
  const { edge, from, to, except } = span;
  const instant = INSTANT[edge];
  const moment = allDay ? `day_begins(${DAY[edge]}, c.time_zone)` : instant;
  // In some zones a day begins 14 hours before the same day in UTC, in others 12 after.
  const margin = allDay ? `interval '15 hours'` : `interval '0'`;
  return rowsOf<DueRow>(
    manager,
    `SELECT e.id, e.account_id AS "accountId", e.calendar_id AS "calendarId",
            ${moment} AS moment, ${TIMES}
       FROM events e JOIN calendars c ON c.id = e.calendar_id
      WHERE ${allDay ? 'e.all_day' : 'NOT e.all_day'} AND ${TAKES_PLACE}
        AND ${instant} > $1::timestamptz - ${margin} AND ${instant} <= $2::timestamptz + ${margin}
        AND ${moment} > $1 AND ${moment} <= $2
        AND ${isConnected('e.account_id')} AND NOT (${except('e.id', moment)})
      ORDER BY e.account_id, moment, e.id FOR SHARE OF e SKIP LOCKED`,
    [from, to],
  );
}

/** The times of an event that takes place; null for one that is gone, cancelled or declined. */
export async function timesNow(
  sql: Sql,
  eventId: string,
): Promise<{ start: EventTime; end: EventTime } | null> {
  const [row] = await rowsOf<TimesRow>(
    sql,
    `SELECT ${TIMES} FROM events e
      WHERE e.id = $1 AND ${TAKES_PLACE} AND ${isConnected('e.account_id')}`,
    [eventId],
  );
  return row === undefined ? null : timesOf(row);
}

function timesOf(row: TimesRow): { start: EventTime; end: EventTime } {
  const { allDay, startDate, endDate, startsAt, endsAt, startTimeZone, endTimeZone } = row;
  if (allDay) return { start: { date: startDate ?? '' }, end: { date: endDate ?? '' } };
  return {
    start: { dateTime: startsAt.toISOString(), timeZone: startTimeZone },
    end: { dateTime: endsAt.toISOString(), timeZone: endTimeZone },
  };
}
