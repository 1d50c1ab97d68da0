// Events as rows: which column holds what, and of which type.

import type { EventRecord, EventTime } from '../vocabulary.js';
import type { CalendarEvent } from './event.js';

interface ColumnOf {
  readonly column: string;
  readonly type: string;
  /** A bare occurrence does not carry it: it is the master's. */
  readonly fromMaster: boolean;
}

const own = (column: string, type: string): ColumnOf => ({ column, type, fromMaster: false });
const masters = (column: string, type: string): ColumnOf => ({ column, type, fromMaster: true });

/** The columns a provider's event fills, by the entity's property. */
export const EVENT_COLUMNS = {
  providerEventId: own('provider_event_id', 'text'),
  seriesId: own('series_id', 'text'),
  iCalUid: masters('ical_uid', 'text'),
  etag: own('etag', 'text'),
  title: masters('title', 'text'),
  description: masters('description', 'text'),
  location: masters('location', 'text'),
  kind: own('kind', 'text'),
  originalStart: own('original_start', 'jsonb'),
  allDay: own('all_day', 'boolean'),
  startsAt: own('starts_at', 'timestamptz'),
  endsAt: own('ends_at', 'timestamptz'),
  startDate: own('start_date', 'date'),
  endDate: own('end_date', 'date'),
  startTimeZone: masters('start_time_zone', 'text'),
  endTimeZone: masters('end_time_zone', 'text'),
  status: masters('status', 'text'),
  busy: masters('busy', 'boolean'),
  eventType: masters('event_type', 'text'),
  visibility: masters('visibility', 'text'),
  organizer: masters('organizer', 'jsonb'),
  attendees: masters('attendees', 'jsonb'),
  selfResponse: masters('self_response', 'text'),
  conferenceUrl: masters('conference_url', 'text'),
  reminders: masters('reminders', 'jsonb'),
  link: masters('link', 'text'),
  providerCreatedAt: masters('provider_created_at', 'timestamptz'),
  providerUpdatedAt: masters('provider_updated_at', 'timestamptz'),
  sparse: own('sparse', 'boolean'),
} as const satisfies Partial<Record<keyof CalendarEvent, ColumnOf>>;

/** A row as it goes to json_to_recordset, keyed by column. */
export type EventRow = Record<string, unknown>;

/** Whether its times are any: without them an event has no row. */
export function isKeepable({ start, end }: EventRecord): boolean {
  try {
    return momentOf(start) !== null && momentOf(end) !== null;
  } catch {
    return false;
  }
}

/** @throws RangeError when it is not {@link isKeepable} */
export function rowOf(event: EventRecord): EventRow {
  const starts = momentOf(event.start);
  const ends = momentOf(event.end);
  return {
    provider_event_id: event.providerEventId,
    series_id: event.seriesId,
    ical_uid: event.iCalUid,
    etag: event.etag,
    title: event.title,
    description: event.description,
    location: event.location,
    kind: event.kind,
    original_start: event.originalStart,
    all_day: starts.date !== null,
    starts_at: starts.instant,
    ends_at: ends.instant < starts.instant ? starts.instant : ends.instant,
    start_date: starts.date,
    end_date: starts.date === null ? null : (ends.date ?? starts.date),
    start_time_zone: starts.timeZone,
    end_time_zone: ends.timeZone,
    status: event.status,
    busy: event.busy,
    event_type: event.eventType,
    visibility: event.visibility,
    organizer: event.organizer,
    attendees: event.attendees,
    self_response: event.selfResponse,
    conference_url: event.conferenceUrl,
    reminders: event.reminders,
    link: event.link,
    provider_created_at: event.createdAt,
    provider_updated_at: event.updatedAt,
    sparse: event.sparse,
  };
}

interface Moment {
  /** ISO 8601 in UTC with milliseconds: what a cursor of ours can say again exactly. */
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
