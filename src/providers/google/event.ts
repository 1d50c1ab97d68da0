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
import { cleanAddress, cleanLine, cleanText, cleanUrl, identifier } from '../clean-text.js';
import { type Span, timestamp } from '../event-time.js';
import { ATTENDEES, DESCRIPTION, ETAG, LOCATION, NAME, TITLE, UID } from '../limits.js';
import { flag, list, oneOf, part, text, whole } from '../tolerant.js';
import {
  type Context,
  isOutside,
  originalStartOf,
  readSpan,
  seriesOf,
  time,
} from './event-span.js';

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

/** A line that makes a series. An empty rule, no rule, or exceptions alone, make none. */
function isRule(line: unknown): boolean {
  return (
    typeof line === 'string' &&
    /^\s*(?:RRULE[:;](?:.*[:;])?\s*FREQ=\w|RDATE(?:;[^:]*)?:\s*\d)/i.test(line)
  );
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
