// Maps one item of Google's events.list to an EventChange:
// developers.google.com/workspace/calendar/api/v3/reference/events.

import { z } from 'zod';
import {
  type Attendee,
  type EventChange,
  type EventKind,
  type EventRecord,
  type EventTime,
  RESPONSES,
  type Reminders,
} from '../../event-model.js';
import type { TimeWindow } from '../../vocabulary.js';
import { cleanAddress, cleanLine, cleanText, cleanUrl, identifier } from '../clean-text.js';
import {
  between,
  dayAfter,
  dayOf,
  ianaZone,
  instantOf,
  type Span,
  timestamp,
  wholeDays,
} from '../event-time.js';
import { ATTENDEES, DESCRIPTION, ETAG, LOCATION, NAME, TITLE, UID } from '../limits.js';
import { flag, list, oneOf, part, text, whole } from '../tolerant.js';

const time = part({ date: text, dateTime: text, timeZone: text });
const person = { email: text, displayName: text, self: flag };

const schema = z.object({
  id: text,
  status: text,
  etag: text,
  iCalUID: text,
  summary: text,
  description: text,
  location: text,
  recurrence: z.array(z.unknown()).nullish().catch(null),
  recurringEventId: text,
  originalStartTime: time,
  start: time,
  end: time,
  transparency: text,
  eventType: text,
  visibility: text,
  organizer: part(person),
  attendees: list(
    z.object({ ...person, responseStatus: text, optional: flag, resource: flag, organizer: flag }),
  ),
  hangoutLink: text,
  conferenceData: part({ entryPoints: list(z.object({ entryPointType: text, uri: text })) }),
  reminders: part({
    useDefault: flag,
    overrides: list(z.object({ method: text, minutes: whole })),
  }),
  htmlLink: text,
  created: text,
  updated: text,
});

const MOST_REMINDERS = 20;

type Item = z.output<typeof schema>;
type Time = z.output<typeof time>;

/** What the mapping of an event depends on, beside the event. */
export interface Context {
  /** Google does not apply it to incremental responses, so the mapping does. */
  readonly window: TimeWindow;
  /** The calendar's own zone, in which its days begin. Null when unknown: UTC is used then. */
  readonly zone: string | null;
}

/** The change that an item describes. Never throws: an item that cannot be read is a `skip`. */
export function toChange(raw: unknown, context: Context): EventChange {
  const parsed = schema.safeParse(raw);
  const id = parsed.success ? identifier(parsed.data.id) : null;
  if (!parsed.success || id === null)
    return { change: 'skip', providerEventId: null, reason: 'no usable id' };
  const item = parsed.data;
  if (item.status === 'cancelled')
    return { change: 'remove', providerEventId: id, seriesId: seriesOf(id, item) };
  const span = readSpan(item, originalStartOf(item, id, context.zone), context.zone);
  if (span === null) return { change: 'skip', providerEventId: id, reason: 'no readable start' };
  const event = toEvent(id, item, span, context.zone);
  if (event.kind !== 'master' && isOutside(span, context))
    return { change: 'remove', providerEventId: id, seriesId: event.seriesId ?? undefined };
  return { change: 'put', event };
}

function toEvent(id: string, item: Item, span: Span, zone: string | null): EventRecord {
  const seriesId = identifier(item.recurringEventId);
  const originalStart = seriesId === null ? null : originalStartOf(item, id, zone);
  const eventType = cleanLine(item.eventType, 64) ?? 'default';
  const self = item.attendees.find((one) => one.self === true);
  return {
    providerEventId: id,
    iCalUid: cleanLine(item.iCalUID, UID),
    etag: cleanLine(item.etag, ETAG),
    title: cleanLine(item.summary, TITLE),
    description: cleanText(item.description, DESCRIPTION),
    location: cleanLine(item.location, LOCATION),
    kind: kindOf(item, seriesId, originalStart, span.start),
    seriesId,
    originalStart,
    ...span,
    status: item.status === 'tentative' ? 'tentative' : 'confirmed',
    busy: isBusy(item.transparency, eventType),
    eventType,
    visibility: oneOf(item.visibility, ['default', 'public', 'private', 'confidential'], 'default'),
    organizer: item.organizer
      ? { ...nameOf(item.organizer), self: item.organizer.self === true }
      : null,
    attendees: item.attendees.slice(0, ATTENDEES).map(toAttendee),
    selfResponse: self === undefined ? null : oneOf(self.responseStatus, RESPONSES, 'needsAction'),
    conferenceUrl: conferenceUrlOf(item),
    reminders: toReminders(item.reminders),
    link: cleanUrl(item.htmlLink),
    createdAt: timestamp(item.created),
    updatedAt: timestamp(item.updated),
    sparse: false,
  };
}

/** Google does not mark exceptions. An occurrence that was moved counts as one. */
function kindOf(
  item: Item,
  seriesId: string | null,
  originalStart: EventTime | null,
  start: EventTime,
): EventKind {
  if (seriesId === null) return item.recurrence?.some(isRule) ? 'master' : 'single';
  return originalStart !== null && timeText(originalStart) !== timeText(start)
    ? 'exception'
    : 'occurrence';
}

/** A line that makes a series. An empty list of rules, or exceptions alone, make none. */
function isRule(line: unknown): boolean {
  return typeof line === 'string' && /^\s*(?:RRULE|RDATE)[:;]/i.test(line);
}

/** Without a transparency every event is busy, except a working location. */
function isBusy(transparency: string | null | undefined, eventType: string): boolean {
  if (typeof transparency === 'string') return transparency !== 'transparent';
  return eventType !== 'workingLocation';
}

function conferenceUrlOf({ conferenceData, hangoutLink }: Item): string | null {
  const video = conferenceData?.entryPoints.find((one) => one.entryPointType === 'video');
  return cleanUrl(video?.uri) ?? cleanUrl(hangoutLink);
}

/** The date or the instant of a time, for comparing two of them. */
function timeText(time: EventTime): string {
  return 'date' in time ? time.date : time.dateTime;
}

/**
 * When an item takes place. Where its start cannot be read, its original start counts, and then its
 * end. Null when none of them can be read.
 */
function readSpan(
  { start, end }: Item,
  original: EventTime | null,
  zone: string | null,
): Span | null {
  const endDay = dayOf(end?.date);
  const day = dayOf(start?.date);
  if (day !== null) return wholeDays(day, endDay ?? dayOf(end?.dateTime));
  const from = instantIn(start, zone);
  const until = instantIn(end, zone);
  if (from === null && (endDay !== null || (original !== null && 'date' in original))) {
    const first = original !== null && 'date' in original ? original.date : null;
    return wholeDays(first ?? dayAfter(endDay ?? '', -1), endDay);
  }
  const begins = from ?? (original === null ? null : instantOfTime(original)) ?? until;
  if (begins === null) return null;
  const midnight = endDay === null ? null : instantOf(`${endDay}T00:00:00`, zone);
  return between(begins, until ?? midnight, zoneOf(start, zone), zoneOf(end, zone));
}

function instantOfTime(time: EventTime): Date | null {
  return 'date' in time ? null : new Date(time.dateTime);
}

/**
 * The calendar's own zone only where the event names none. An unknown zone becomes null, not the
 * calendar's.
 */
function zoneOf(time: Time, zone: string | null): string | null {
  return time?.timeZone ? ianaZone(time.timeZone) : zone;
}

function instantIn(time: Time, zone: string | null): Date | null {
  return instantOf(time?.dateTime, ianaZone(time?.timeZone) ?? zone);
}

/** The original start of an instance: its own field, else the time in its id. */
function originalStartOf(item: Item, id: string, zone: string | null): EventTime | null {
  const { originalStartTime: time } = item;
  const date = dayOf(time?.date);
  if (date !== null) return { date };
  const instant = instantIn(time, zone);
  if (instant !== null) return { dateTime: instant.toISOString(), timeZone: zoneOf(time, zone) };
  return identifier(item.recurringEventId) === null ? null : startInId(id);
}

/** A cancelled instance may have only its id. The series is named in it then. */
function seriesOf(id: string, item: Item): string | undefined {
  const inId = startInId(id) === null ? undefined : id.slice(0, id.lastIndexOf('_'));
  return identifier(item.recurringEventId) ?? inId;
}

/**
 * The id of an instance is `{series}_{original start in UTC}`. The id of the series can have
 * underscores too.
 */
function startInId(id: string): EventTime | null {
  const parts = /_(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z)?$/.exec(id);
  if (parts === null) return null;
  const [, year, month, day, hours, minutes, seconds] = parts;
  const date = dayOf(`${year}-${month}-${day}`);
  if (date === null || hours === undefined) return date === null ? null : { date };
  const instant = instantOf(`${date}T${hours}:${minutes}:${seconds}Z`, null);
  return instant === null ? null : { dateTime: instant.toISOString(), timeZone: null };
}

/**
 * The rule of Google's timeMin and timeMax: inside means that it ends after the window begins and
 * starts before it ends.
 */
function isOutside({ start, end }: Span, { window, zone }: Context): boolean {
  const from =
    'date' in start ? instantOf(`${start.date}T00:00:00`, zone) : new Date(start.dateTime);
  const to = 'date' in end ? instantOf(`${end.date}T00:00:00`, zone) : new Date(end.dateTime);
  return from === null || to === null || to <= window.from || from >= window.to;
}

function nameOf(one: { email?: string | null; displayName?: string | null }) {
  return { email: cleanAddress(one.email), name: cleanLine(one.displayName, NAME) };
}

function toAttendee(one: Item['attendees'][number]): Attendee {
  return {
    ...nameOf(one),
    response: oneOf(one.responseStatus, RESPONSES, 'needsAction'),
    optional: one.optional === true,
    resource: one.resource === true,
    organizer: one.organizer === true,
    self: one.self === true,
  };
}

function toReminders(reminders: Item['reminders']): Reminders | null {
  if (!reminders) return null;
  const overrides = reminders.overrides
    .slice(0, MOST_REMINDERS)
    .flatMap(({ method, minutes }) =>
      typeof minutes === 'number' ? [{ method: cleanLine(method, 64) ?? 'popup', minutes }] : [],
    );
  return { useDefault: reminders.useDefault === true, overrides };
}
