/** Calendars and events in the forms of Google and Graph, with the changes that a test needs. */
import type { GoogleCalendar } from './google.js';
import type { GraphCalendar } from './microsoft.js';
import { day } from './reading.js';
import type { Json } from './wire.js';

export type Item = Json & { id: string };

export function googleCalendar(
  id: string,
  entry: Json = {},
  events: Item[] = [],
  pageSize = 2,
): GoogleCalendar {
  return {
    entry: {
      kind: 'calendar#calendarListEntry',
      etag: '"c"',
      id,
      summary: `Name of ${id}`,
      accessRole: 'owner',
      timeZone: 'Europe/Madrid',
      ...entry,
    },
    events: new Map(events.map((event) => [event.id, event])),
    changes: [],
    epoch: 0,
    pageSize,
  };
}

/** One hour from ten o'clock in Madrid's summer time. */
export function googleEvent(id: string, offset: number, more: Json = {}): Item {
  return {
    kind: 'calendar#event',
    etag: `"${id}-1"`,
    id,
    status: 'confirmed',
    summary: `Title of ${id}`,
    start: { dateTime: `${day(offset)}T10:00:00+02:00`, timeZone: 'Europe/Madrid' },
    end: { dateTime: `${day(offset)}T11:00:00+02:00`, timeZone: 'Europe/Madrid' },
    iCalUID: `${id}@google.com`,
    created: '2026-01-01T08:00:00.000Z',
    updated: '2026-01-02T09:30:00.123Z',
    newField: { nobody: ['knows'] },
    ...more,
  };
}

export function graphCalendar(
  id: string,
  entry: Json = {},
  events: Item[] = [],
  pageSize = 2,
): GraphCalendar {
  return {
    entry: {
      id,
      name: `Name of ${id}`,
      color: 'auto',
      hexColor: '',
      canEdit: true,
      canViewPrivateItems: true,
      isDefaultCalendar: false,
      owner: { name: 'x', address: 'ana@contoso.com' },
      ...entry,
    },
    events: new Map(events.map((event) => [event.id, event])),
    changes: [],
    epoch: 0,
    pageSize,
  };
}

/** A time as Graph writes it. */
export function graphTime(offset: number, time: string): Json {
  return { dateTime: `${day(offset)}T${time}.0000000`, timeZone: 'UTC' };
}

/** One hour from eight o'clock UTC, created in western Europe. */
export function graphEvent(id: string, offset: number, more: Json = {}): Item {
  return {
    '@odata.etag': `W/"${id}-1"`,
    id,
    type: 'singleInstance',
    subject: `Title of ${id}`,
    iCalUId: `0400-${id}`,
    changeKey: 'k',
    createdDateTime: '2026-01-01T14:19:20.1234567Z',
    lastModifiedDateTime: '2026-01-02T14:19:20.1Z',
    originalStartTimeZone: 'W. Europe Standard Time',
    originalEndTimeZone: 'W. Europe Standard Time',
    start: graphTime(offset, '08:00:00'),
    end: graphTime(offset, '09:00:00'),
    isAllDay: false,
    isCancelled: false,
    showAs: 'busy',
    sensitivity: 'normal',
    isReminderOn: true,
    reminderMinutesBeforeStart: 15,
    seriesMasterId: null,
    recurrence: null,
    responseStatus: { response: 'organizer', time: '0001-01-01T00:00:00Z' },
    organizer: { emailAddress: { name: 'Ana', address: 'ana@contoso.com' } },
    attendees: [],
    location: { displayName: '', locationType: 'default' },
    body: { contentType: 'text', content: '' },
    webLink: 'https://outlook.office365.com/owa/?itemid=x',
    isOnlineMeeting: false,
    onlineMeeting: null,
    newField: { nobody: ['knows'] },
    ...more,
  };
}

/** A sparse occurrence of a delta round: only its times and its series. */
export function sparse(id: string, series: string, offset: number): Item {
  return {
    '@odata.type': '#microsoft.graph.event',
    '@odata.etag': `W/"${id}"`,
    id,
    type: 'occurrence',
    seriesMasterId: series,
    start: graphTime(offset, '08:00:00'),
    end: graphTime(offset, '09:00:00'),
  };
}

/** A weekly series that began before any window. */
export function graphMaster(id: string, more: Json = {}): Item {
  const recurrence = { pattern: { type: 'weekly' }, range: { type: 'noEnd' } };
  return graphEvent(id, -30, { type: 'seriesMaster', recurrence, ...more });
}
