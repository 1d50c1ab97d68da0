/** Builds event resources of Graph: complete ones, and the short ones of delta rounds. */
import { instantOf, type Occurrence } from '../calendars/occurrences.js';
import type {
  Attendee,
  EventDetails,
  Person,
  StoredCalendar,
  StoredEvent,
  When,
} from '../calendars/stored-event.js';
import { toLocal } from '../calendars/zoned-time.js';
import { ALPHABET, digest } from '../world/random.js';
import type { Account, CalendarEntry } from '../world/state.js';
import { graphId } from './graph-id.js';
import type { Preferences } from './prefer.js';
import { toPattern } from './recurrence.js';
import { windowsName } from './windows-zones.js';

type Json = Record<string, unknown>;

/** The account, calendar and preferences for which an event is shown. */
export interface View {
  account: Account;
  entry: CalendarEntry;
  calendar: StoredCalendar;
  preferences: Preferences;
}

/** Graph's value for "no time". */
export const NO_TIME = '0001-01-01T00:00:00Z';

const sevenDigits = (iso: string) => `${iso.slice(0, 23).padEnd(23, '0')}0000Z`;

/**
 * `{dateTime: '2026-09-10T08:00:00.0000000', timeZone: 'UTC'}`; an all-day event starts at midnight
 * in every zone.
 */
function timeResource(when: When, { timeZone }: Preferences): Json {
  const local =
    'date' in when ? `${when.date}T00:00:00` : toLocal(instantOf(when, 'UTC'), timeZone.zone);
  return { dateTime: `${local}.0000000`, timeZone: timeZone.name };
}

function changeKey(event: StoredEvent, occurrence?: Occurrence): string {
  return `${digest(`${event.id}:${event.revision}:${event.seq}:${occurrence?.override?.revision ?? ''}`, 22)}AAFXcvIw==`;
}

/** The etag of the current revision. */
export function etagOf(event: StoredEvent, occurrence?: Occurrence): string {
  return `W/"${changeKey(event, occurrence)}"`;
}

/** The fields of an occurrence in a delta round. */
export function sparseOccurrence(view: View, event: StoredEvent, occurrence: Occurrence): Json {
  const { account, preferences } = view;
  return {
    '@odata.type': '#microsoft.graph.event',
    '@odata.etag': etagOf(event, occurrence),
    id: graphId(account, event, preferences.immutableIds, occurrence.date),
    seriesMasterId: graphId(account, event, preferences.immutableIds),
    type: 'occurrence',
    start: timeResource(occurrence.start, preferences),
    end: timeResource(occurrence.end, preferences),
  };
}

/** The `@removed` item of an event or an occurrence. */
export function removedResource(view: View, event: StoredEvent, occurrence?: Occurrence): Json {
  return {
    '@odata.type': '#microsoft.graph.event',
    id: graphId(view.account, event, view.preferences.immutableIds, occurrence?.date),
    '@removed': { reason: 'deleted' },
  };
}

/** The whole resource of a single event, a master, an occurrence or an exception. */
export function eventResource(view: View, event: StoredEvent, occurrence?: Occurrence): Json {
  const { account, preferences, entry } = view;
  const details: EventDetails = { ...event.details, ...occurrence?.override?.details };
  const start = occurrence?.start ?? event.start;
  const end = occurrence?.end ?? event.end;
  const exception = occurrence?.override !== undefined;
  const type = occurrence
    ? exception
      ? 'exception'
      : 'occurrence'
    : event.recurrence
      ? 'seriesMaster'
      : 'singleInstance';
  const organizer = details.organizer ?? view.calendar.owner;
  const isOrganizer = organizer.email.toLowerCase() === view.calendar.owner.email.toLowerCase();
  const zone = details.customZone
    ? 'tzone://Microsoft/Custom'
    : windowsName('date' in event.start ? 'UTC' : event.start.timeZone);
  const modified = occurrence?.override?.updatedAt ?? event.updatedAt;
  const hidden =
    entry.accessRole === 'reader' &&
    ['private', 'confidential'].includes(details.visibility ?? 'default');
  const resource: Json = {
    '@odata.etag': etagOf(event, occurrence),
    id: graphId(account, event, preferences.immutableIds, occurrence?.date),
    createdDateTime: sevenDigits(event.createdAt),
    lastModifiedDateTime: sevenDigits(modified > event.updatedAt ? modified : event.updatedAt),
    changeKey: changeKey(event, occurrence),
    categories: details.categories ?? [],
    transactionId: null,
    originalStartTimeZone: zone,
    originalEndTimeZone: zone,
    iCalUId: event.iCalUid,
    uid: event.iCalUid,
    reminderMinutesBeforeStart: details.reminderMinutes ?? 15,
    isReminderOn: details.reminderMinutes !== null,
    hasAttachments: false,
    subject: hidden ? 'Private Appointment' : (details.title ?? ''),
    bodyPreview: hidden ? '' : preview(details),
    importance: details.importance ?? 'normal',
    sensitivity: sensitivity(details),
    isAllDay: 'date' in start,
    isCancelled: details.status === 'cancelled',
    isOrganizer,
    responseRequested: true,
    seriesMasterId: occurrence ? graphId(account, event, preferences.immutableIds) : null,
    showAs: details.showAs ?? 'busy',
    type,
    webLink: `https://outlook.office365.com/owa/?itemid=${encodeURIComponent(event.id)}&exvsurl=1&path=/calendar/item`,
    onlineMeetingUrl: null,
    isOnlineMeeting: details.conferenceUrl !== undefined,
    onlineMeetingProvider: details.conferenceUrl ? 'teamsForBusiness' : 'unknown',
    allowNewTimeProposals: true,
    occurrenceId: occurrence ? `OID.${event.id}.${occurrence.date}` : null,
    isDraft: false,
    hideAttendees: false,
    ...(exception
      ? { originalStart: sevenDigits(new Date(occurrence.originalInstant).toISOString()) }
      : {}),
    responseStatus: selfResponse(view, details, isOrganizer),
    body: hidden ? { contentType: 'text', content: '' } : body(details, preferences.textBodies),
    start: timeResource(start, preferences),
    end: timeResource(end, preferences),
    location: hidden ? location(undefined) : location(details.location),
    locations: details.location && !hidden ? [location(details.location)] : [],
    recurrence: occurrence ? null : toPattern(event),
    attendees: hidden ? [] : (details.attendees ?? []).map(attendee),
    organizer: { emailAddress: address(organizer) },
    onlineMeeting: details.conferenceUrl ? { joinUrl: details.conferenceUrl } : null,
  };
  return { ...resource, ...details.extra };
}

const address = (person: Person): Json => ({
  name: person.name ?? person.email,
  address: person.email,
});

const RESPONSES = {
  needsAction: 'none',
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentativelyAccepted',
};

function attendee(one: Attendee): Json {
  return {
    type: one.resource ? 'resource' : one.optional ? 'optional' : 'required',
    status: { response: RESPONSES[one.response], time: NO_TIME },
    emailAddress: address(one),
  };
}

function selfResponse(view: View, details: EventDetails, isOrganizer: boolean): Json {
  if (isOrganizer) return { response: 'organizer', time: NO_TIME };
  const self = details.attendees?.find((one) => one.email === view.calendar.owner.email);
  return { response: self ? RESPONSES[self.response] : 'notResponded', time: NO_TIME };
}

function sensitivity({ visibility }: EventDetails): string {
  if (visibility === 'private' || visibility === 'confidential') return visibility;
  return 'normal';
}

function location(name: string | undefined): Json {
  if (name === undefined)
    return {
      displayName: '',
      locationType: 'default',
      uniqueIdType: 'unknown',
      address: {},
      coordinates: {},
    };
  return { displayName: name, locationType: 'default', uniqueId: name, uniqueIdType: 'private' };
}

const plain = (markup: string) =>
  markup
    .replace(/<br\s*\/?>|<\/p>/gi, '\r\n')
    .replace(/<[^>]+>/g, '')
    .replaceAll('&amp;', '&');

function preview({ description = '', descriptionType }: EventDetails): string {
  return (descriptionType === 'html' ? plain(description) : description).slice(0, 255);
}

function body({ description = '', descriptionType }: EventDetails, text: boolean): Json {
  if (text)
    return {
      contentType: 'text',
      content: descriptionType === 'html' ? plain(description) : description,
    };
  const inner =
    descriptionType === 'html'
      ? description
      : description.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const head =
    '<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>';
  return {
    contentType: 'html',
    content: description ? `<html>\r\n${head}\r\n<body>\r\n${inner}\r\n</body>\r\n</html>\r\n` : '',
  };
}

/** Outlook's iCalUId for a new event. */
export function newICalUid(seed: string): string {
  return `040000008200E00074C5B7101A82E00800000000${digest(seed, 72, ALPHABET.hex.toUpperCase())}`;
}
