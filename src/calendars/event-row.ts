// An event as a row, and a row as an event again.

import type { EventRecord, EventTime } from '../event-model.js';
import type { EventProperty } from './event.js';
import { EVENT_COLUMNS, type ListedEvent } from './event-columns.js';

/** A row for json_to_recordset, by column. */
export type EventRow = Record<string, unknown>;

/** An event as readers get it: the unified model, with our ids. */
export type ShownEvent = Pick<ListedEvent, 'id' | 'accountId' | 'calendarId'> &
  Omit<EventRecord, 'sparse'>;

/** Whether PostgreSQL can store its times. An event without times has no row. */
export function isStorable({ start, end }: EventRecord): boolean {
  try {
    return momentOf(start) !== null && momentOf(end) !== null;
  } catch {
    return false;
  }
}

/** @throws RangeError when the event is not {@link isStorable} */
export function rowOf(event: EventRecord): EventRow {
  const values: Record<EventProperty, unknown> = {
    ...event,
    ...timesOf(event),
    providerCreatedAt: event.createdAt,
    providerUpdatedAt: event.updatedAt,
  };
  return Object.fromEntries(
    EVENT_COLUMNS.map(({ property, column }) => [column, values[property]]),
  );
}

/** The inverse of {@link rowOf}. */
export function shownEventOf(event: ListedEvent): ShownEvent {
  const {
    startsAt,
    endsAt,
    startDate,
    endDate,
    startTimeZone,
    endTimeZone,
    providerCreatedAt,
    providerUpdatedAt,
    ...values
  } = event;
  return {
    ...values,
    start: event.allDay ? { date: startDate ?? '' } : timeOf(startsAt, startTimeZone),
    end: event.allDay ? { date: endDate ?? '' } : timeOf(endsAt, endTimeZone),
    createdAt: providerCreatedAt?.toISOString() ?? null,
    updatedAt: providerUpdatedAt?.toISOString() ?? null,
  };
}

type Times = Pick<
  ListedEvent,
  'allDay' | 'startDate' | 'endDate' | 'startTimeZone' | 'endTimeZone'
> & { readonly startsAt: string; readonly endsAt: string };

/** An end before the start is moved to the start. */
function timesOf({ start, end }: EventRecord): Times {
  const starts = momentOf(start);
  const ends = momentOf(end);
  return {
    allDay: starts.date !== null,
    startsAt: starts.instant,
    endsAt: ends.instant < starts.instant ? starts.instant : ends.instant,
    startDate: starts.date,
    endDate: starts.date === null ? null : (ends.date ?? starts.date),
    startTimeZone: starts.timeZone,
    endTimeZone: ends.timeZone,
  };
}

function timeOf(instant: Date, timeZone: string | null): EventTime {
  return { dateTime: instant.toISOString(), timeZone };
}

interface Moment {
  /** ISO 8601 in UTC with milliseconds, as a page cursor holds it exactly. */
  readonly instant: string;
  readonly date: string | null;
  readonly timeZone: string | null;
}

function momentOf(time: EventTime): Moment {
  if (!('date' in time))
    return { instant: new Date(time.dateTime).toISOString(), date: null, timeZone: time.timeZone };
  const instant = new Date(`${time.date}T00:00:00Z`).toISOString();
  if (instant.slice(0, 10) !== time.date) throw new RangeError('no such day');
  return { instant, date: time.date, timeZone: null };
}
