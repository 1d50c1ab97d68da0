/** Builds an event resource of the Calendar API, with the fields that the caller may see. */
import { instantOf, type Occurrence } from '../calendars/occurrences.js';
import type { EventDetails, Person, StoredEvent, When } from '../calendars/stored-event.js';
import { toOffsetTime } from '../calendars/zoned-time.js';
import type { GoogleSettings } from '../world/settings.js';
import type { CalendarCaller } from './caller.js';

type Json = Record<string, unknown>;

/** An item of a list: an event, a series master or an occurrence. */
export interface EventItem {
  /** The sort key in the list. */
  key: string;
  event: StoredEvent;
  occurrence?: Occurrence;
  cancelled?: boolean;
}

/**
 * The id of an instance, made from its original start: `7b4k..._20260914T080000Z`, or
 * `7b4k..._20260914` for an all-day event.
 */
export function instanceId(event: StoredEvent, occurrence: Occurrence): string {
  if ('date' in occurrence.originalStart) return `${event.id}_${occurrence.date}`;
  const utc = new Date(occurrence.originalInstant).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${event.id}_${utc}`;
}

/** The id of an item. */
export function itemId(item: EventItem): string {
  return item.occurrence ? instanceId(item.event, item.occurrence) : item.event.id;
}

/** The etag (`"3418..."`), which changes with every write. */
export function etagOf(event: StoredEvent, occurrence?: Occurrence): string {
  const number = 3_400_000_000_000_000 + event.ordinal * 1_000_000 + event.revision * 2_000;
  return `"${number + (occurrence?.override?.revision ?? 0) * 2}"`;
}

/**
 * A time of the API: with the offset of the calendar's (or the requested) zone and the name of the
 * event's zone.
 */
export function timeResource(when: When, zone: string): Json {
  if ('date' in when) return { date: when.date };
  return { dateTime: toOffsetTime(instantOf(when, zone), zone), timeZone: when.timeZone };
}

/** The whole resource. `zone` is the time zone of the response. */
export function eventResource(
  caller: CalendarCaller,
  item: EventItem,
  zone: string,
  maxAttendees = 1_000,
): Json {
  const { event, occurrence } = item;
  const details: EventDetails = { ...event.details, ...occurrence?.override?.details };
  const head: Json = {
    kind: 'calendar#event',
    etag: etagOf(event, occurrence),
    id: itemId(item),
    status: item.cancelled ? 'cancelled' : (details.status ?? 'confirmed'),
  };
  const times: Json = {
    start: timeResource(occurrence?.start ?? event.start, zone),
    end: timeResource(occurrence?.end ?? event.end, zone),
  };
  const series: Json = occurrence
    ? {
        recurringEventId: event.id,
        originalStartTime: timeResource(occurrence.originalStart, zone),
      }
    : event.recurrence
      ? { recurrence: event.recurrence }
      : {};
  if (caller.entry.accessRole === 'freeBusyReader')
    return { ...head, ...times, ...series, visibility: 'private' };
  const stamps: Json = {
    htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(`${head['id']} ${caller.entry.id}`).toString('base64url')}`,
    created: event.createdAt,
    updated: latest(event.updatedAt, occurrence?.override?.updatedAt),
  };
  const tail: Json = { iCalUID: event.iCalUid, sequence: event.sequence };
  const hidden = ['reader', 'writerWithoutPrivateAccess'].includes(caller.entry.accessRole);
  if (hidden && ['private', 'confidential'].includes(details.visibility ?? 'default')) {
    return { ...head, ...stamps, ...times, ...series, ...tail, visibility: 'private' };
  }
  return {
    ...head,
    ...stamps,
    ...content(caller, details, maxAttendees),
    ...times,
    ...series,
    ...tail,
    ...details.extra,
  };
}

function latest(a: string, b: string | undefined): string {
  return b !== undefined && b > a ? b : a;
}

function content(caller: CalendarCaller, details: EventDetails, maxAttendees: number): Json {
  const person = (one: Person): Json => ({
    email: one.email,
    ...(one.name ? { displayName: one.name } : {}),
    ...(one.email === caller.entry.id ? { self: true } : {}),
  });
  const organizer = details.organizer ?? caller.calendar.owner;
  const attendees = details.attendees ?? [];
  return {
    ...defined('summary', details.title),
    ...defined('description', details.description),
    ...defined('location', details.location),
    ...defined('colorId', details.colorId),
    creator: person(organizer),
    organizer: person(organizer),
    ...(attendees.length > 0
      ? {
          attendees: attendees.slice(0, maxAttendees).map((one) => ({
            ...person(one),
            ...(one.email === organizer.email ? { organizer: true } : {}),
            ...(one.optional ? { optional: true } : {}),
            ...(one.resource ? { resource: true } : {}),
            responseStatus: one.response,
          })),
          ...(attendees.length > maxAttendees ? { attendeesOmitted: true } : {}),
        }
      : {}),
    ...conference(details.conferenceUrl),
    ...(details.showAs === 'free' || details.eventType === 'workingLocation'
      ? { transparency: 'transparent' }
      : {}),
    ...(details.visibility && details.visibility !== 'default'
      ? { visibility: details.visibility }
      : {}),
    reminders:
      details.reminderMinutes === undefined
        ? { useDefault: true }
        : {
            useDefault: false,
            ...(details.reminderMinutes === null
              ? {}
              : { overrides: [{ method: 'popup', minutes: details.reminderMinutes }] }),
          },
    eventType: details.eventType ?? 'default',
  };
}

const defined = (name: string, value: unknown): Json =>
  value === undefined ? {} : { [name]: value };

function conference(url: string | undefined): Json {
  if (!url) return {};
  const id = url.split('/').at(-1) ?? '';
  return {
    hangoutLink: url,
    conferenceData: {
      conferenceId: id,
      conferenceSolution: {
        key: { type: 'hangoutsMeet' },
        name: 'Google Meet',
        iconUri:
          'https://fonts.gstatic.com/s/i/productlogos/meet_2020q4/v6/web-512dp/logo_meet_2020q4_color_2x_web_512dp.png',
      },
      entryPoints: [{ entryPointType: 'video', uri: url, label: url.replace('https://', '') }],
    },
  };
}

/** A cancelled item. It may have only an id and a status. */
export function cancelledResource(
  caller: CalendarCaller,
  item: EventItem,
  zone: string,
  mode: GoogleSettings['cancelledItems'],
): Json {
  const modes = ['sparse', 'idOnly', 'full'] as const;
  const shape =
    mode === 'mixed' ? modes[(item.event.ordinal + Number(item.occurrence?.date ?? 0)) % 3] : mode;
  if (shape === 'full') return eventResource(caller, { ...item, cancelled: true }, zone);
  const { event, occurrence } = item;
  if (shape === 'idOnly') return { kind: 'calendar#event', id: itemId(item), status: 'cancelled' };
  return {
    kind: 'calendar#event',
    etag: etagOf(event, occurrence),
    id: itemId(item),
    status: 'cancelled',
    ...(occurrence
      ? {
          recurringEventId: event.id,
          originalStartTime: timeResource(occurrence.originalStart, zone),
        }
      : {}),
  };
}
