/** Adds an event to a calendar from a short description. */
import { type EventDraft, insertEvent } from '../calendars/change-calendar.js';
import type { EventDetails, StoredCalendar, StoredEvent, When } from '../calendars/stored-event.js';
import { newICalUid } from '../microsoft/event-resource.js';
import { newIdBody } from '../microsoft/graph-id.js';
import { ALPHABET } from '../world/random.js';
import type { World } from '../world/world.js';

/**
 * A short description of an event. A time is `2026-12-24` (all day; the end is exclusive),
 * `2026-12-24T10:00:00Z` (UTC), `2026-12-24T10:00:00` (in the calendar's time zone), or a wall
 * clock time with its time zone.
 */
export interface EventInput extends EventDetails {
  /** The id, at Google only. */
  id?: string;
  start: string | When;
  end: string | When;
  /** RRULE and EXDATE lines. */
  recurrence?: string | string[];
}

/** Reads a time from its short form. @throws TypeError for any other text. */
export function readWhen(when: string | When, timeZone: string): When {
  if (typeof when !== 'string') return when;
  if (/^\d{4}-\d\d-\d\d$/.test(when)) return { date: when };
  if (/(Z|[+-]\d\d:\d\d)$/.test(when) && !Number.isNaN(Date.parse(when))) {
    return { dateTime: new Date(when).toISOString().slice(0, 19), timeZone: 'UTC' };
  }
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(when))
    return { dateTime: when.padEnd(19, ':00'), timeZone };
  throw new TypeError(
    `${when} is not a time. Use a form such as 2026-12-24, 2026-12-24T10:00:00 or 2026-12-24T10:00:00Z.`,
  );
}

/** Adds an event. The caller must report the change (`World.calendarChanged`). */
export function addEvent(world: World, calendar: StoredCalendar, input: EventInput): StoredEvent {
  const { id: givenId, start, end, recurrence, ...details } = input;
  const google = calendar.provider === 'google';
  const id = google
    ? (givenId ?? world.random.text(26, ALPHABET.base32hex))
    : newIdBody(world.random, calendar);
  const draft: EventDraft = {
    id,
    iCalUid: google ? `${id}@google.com` : newICalUid(id),
    start: readWhen(start, calendar.timeZone),
    end: readWhen(end, calendar.timeZone),
    details,
  };
  if (recurrence !== undefined)
    draft.recurrence = typeof recurrence === 'string' ? [recurrence] : recurrence;
  return insertEvent(calendar, draft, world.now());
}
