// Maps one item of Graph's calendarView/delta, instances or events to an EventChange:
// learn.microsoft.com/graph/api/resources/event.

import { z } from 'zod';
import type {
  Attendee,
  EventChange,
  EventKind,
  EventRecord,
  Reminders,
  ResponseStatus,
} from '../../event-model.js';
import { cleanAddress, cleanLine, cleanText, cleanUrl, identifier } from '../clean-text.js';
import { type Span, timestamp } from '../event-time.js';
import { ATTENDEES, DESCRIPTION, ETAG, LOCATION, NAME, TITLE, UID } from '../limits.js';
import { field } from '../responses.js';
import { anything, flag, list, part, text, whole } from '../tolerant.js';
import { originalStartOf, readSpan, spanOfMaster, time } from './event-span.js';

const address = part({ name: text, address: text });

const schema = z.object({
  id: text,
  '@removed': anything,
  '@odata.etag': text,
  changeKey: text,
  type: text,
  seriesMasterId: text,
  recurrence: anything,
  iCalUId: text,
  subject: text,
  body: part({ content: text }),
  bodyPreview: text,
  location: part({ displayName: text }),
  start: time,
  end: time,
  originalStart: text,
  originalStartTimeZone: text,
  originalEndTimeZone: text,
  isAllDay: flag,
  isCancelled: flag,
  isOrganizer: flag,
  showAs: text,
  sensitivity: text,
  organizer: part({ emailAddress: address }),
  attendees: list(
    z.object({ type: text, status: part({ response: text }), emailAddress: address }),
  ),
  responseStatus: part({ response: text }),
  onlineMeeting: part({ joinUrl: text }),
  onlineMeetingUrl: text,
  isReminderOn: flag,
  reminderMinutesBeforeStart: whole,
  webLink: text,
  createdDateTime: text,
  lastModifiedDateTime: text,
});

type Item = z.output<typeof schema>;

const KINDS: ReadonlyMap<string, EventKind> = new Map([
  ['singleinstance', 'single'],
  ['occurrence', 'occurrence'],
  ['exception', 'exception'],
  ['seriesmaster', 'master'],
]);

/** The values of `showAs` that Outlook does not count as busy. */
const FREE: ReadonlySet<string> = new Set(['free', 'workingelsewhere']);

/** By `showAs`. */
const EVENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['oof', 'outOfOffice'],
  ['workingelsewhere', 'workingLocation'],
]);

const RESPONSES: ReadonlyMap<string, ResponseStatus> = new Map([
  ['organizer', 'accepted'],
  ['accepted', 'accepted'],
  ['tentativelyaccepted', 'tentative'],
  ['declined', 'declined'],
]);

/** The change that an item describes. Never throws: an item that cannot be read is a `skip`. */
export function toChange(raw: unknown): EventChange {
  const parsed = schema.safeParse(raw);
  const id = parsed.success ? identifier(parsed.data.id) : null;
  if (!parsed.success || id === null)
    return { change: 'skip', providerEventId: null, reason: 'no usable id' };
  const item = parsed.data;
  // The reason does not matter: `changed` means that the event left the window.
  if (isRemoved(item['@removed'])) return { change: 'remove', providerEventId: id };
  const span = readSpan(item) ?? spanOfMaster(item);
  if (span === null) return { change: 'skip', providerEventId: id, reason: 'no readable start' };
  return { change: 'put', event: toEvent(id, item, span) };
}

function toEvent(id: string, item: Item, span: Span): EventRecord {
  const seriesId = identifier(item.seriesMasterId);
  const kind = kindOf(item, seriesId);
  const showAs = item.showAs?.toLowerCase();
  const self = item.responseStatus?.response;
  const organizer = item.organizer?.emailAddress;
  return {
    providerEventId: id,
    iCalUid: cleanLine(item.iCalUId, UID),
    etag: cleanLine(item['@odata.etag'], ETAG) ?? cleanLine(item.changeKey, ETAG),
    title: cleanLine(item.subject, TITLE),
    description:
      cleanText(item.body?.content, DESCRIPTION) ?? cleanText(item.bodyPreview, DESCRIPTION),
    location: cleanLine(item.location?.displayName, LOCATION),
    kind,
    seriesId,
    originalStart:
      kind === 'occurrence' || kind === 'exception' ? originalStartOf(item, span) : null,
    ...span,
    status: statusOf(item.isCancelled, showAs),
    busy: !FREE.has(showAs ?? ''),
    eventType: EVENT_TYPES.get(showAs ?? '') ?? 'default',
    visibility: visibilityOf(item.sensitivity),
    organizer: organizer ? { ...nameOf(organizer), self: item.isOrganizer === true } : null,
    attendees: item.attendees.slice(0, ATTENDEES).map((one) => toAttendee(one, organizer?.address)),
    selfResponse: self ? responseOf(self) : null,
    conferenceUrl: cleanUrl(item.onlineMeeting?.joinUrl) ?? cleanUrl(item.onlineMeetingUrl),
    reminders: toReminders(item),
    link: cleanUrl(item.webLink),
    createdAt: timestamp(item.createdDateTime),
    updatedAt: timestamp(item.lastModifiedDateTime),
    sparse: kind === 'occurrence' && isSparse(item),
  };
}

function isRemoved(mark: unknown): boolean {
  return mark === true || (typeof mark === 'object' && mark !== null);
}

/** A cancelled meeting stays in the calendar until its attendee removes it. */
function statusOf(isCancelled: boolean | null | undefined, showAs: string | undefined) {
  if (isCancelled === true) return 'cancelled';
  return showAs === 'tentative' ? 'tentative' : 'confirmed';
}

function kindOf(item: Item, seriesId: string | null): EventKind {
  const kind = KINDS.get(item.type?.toLowerCase() ?? '');
  if (kind !== undefined) return kind;
  if (seriesId !== null) return 'occurrence';
  return field(item.recurrence, 'pattern') ? 'master' : 'single';
}

/** A delta response gives occurrences only as id, series, type, start and end. */
function isSparse({ subject, organizer, showAs, responseStatus }: Item): boolean {
  return [subject, organizer, showAs, responseStatus].every(
    (one) => one === undefined || one === null,
  );
}

function visibilityOf(sensitivity: string | null | undefined): EventRecord['visibility'] {
  const value = sensitivity?.toLowerCase();
  if (value === 'confidential') return 'confidential';
  return value === 'personal' || value === 'private' ? 'private' : 'default';
}

function responseOf(response: string | null | undefined): ResponseStatus {
  return RESPONSES.get(response?.toLowerCase() ?? '') ?? 'needsAction';
}

function nameOf(one: { name?: string | null; address?: string | null }) {
  return { email: cleanAddress(one.address), name: cleanLine(one.name, NAME) };
}

function toAttendee(
  one: Item['attendees'][number],
  organizer: string | null | undefined,
): Attendee {
  const type = one.type?.toLowerCase();
  const email = one.emailAddress?.address;
  return {
    ...nameOf(one.emailAddress ?? {}),
    response: responseOf(one.status?.response),
    optional: type === 'optional',
    resource: type === 'resource',
    organizer: Boolean(email) && email?.toLowerCase() === organizer?.toLowerCase(),
    // Graph does not mark the account's own entry, and the account can have several addresses.
    self: false,
  };
}

function toReminders({
  isReminderOn,
  reminderMinutesBeforeStart: minutes,
}: Item): Reminders | null {
  if (isReminderOn === null || isReminderOn === undefined) return null;
  if (!isReminderOn) return { useDefault: false, overrides: [] };
  // Negative minutes are after the start: nine in the morning of an all-day event is -540.
  return typeof minutes === 'number'
    ? { useDefault: false, overrides: [{ method: 'popup', minutes }] }
    : { useDefault: true, overrides: [] };
}
