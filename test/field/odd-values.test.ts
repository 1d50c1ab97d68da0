// Any field of an item may hold any value: the event is shown with its other fields, and PostgreSQL
// stores it.

import { describe, expect, test } from '@jest/globals';
import type { EventChange, EventRecord } from '../../src/event-model.js';
import { toCalendar as toGoogleCalendar } from '../../src/providers/google/calendar.js';
import { toChange as fromGoogle } from '../../src/providers/google/event.js';
import { toCalendar as toMicrosoftCalendar } from '../../src/providers/microsoft/calendar.js';
import { toChange as fromMicrosoft } from '../../src/providers/microsoft/event.js';
import { page, put } from '../sync/scripted-provider.js';
import { useSyncFixture } from '../sync/sync-fixture.js';

const fixture = useSyncFixture();

type Json = Record<string, unknown>;

const window = { from: new Date('2026-08-01T00:00:00Z'), to: new Date('2027-08-01T00:00:00Z') };

const ODD: readonly unknown[] = [
  undefined,
  null,
  '',
  ' ',
  '\0',
  '\ud800',
  'x',
  'x'.repeat(100_000),
  '\u202e\u2028\u0007',
  '{"a":1}',
  "'; DROP TABLE events; --",
  '0000-00-00T00:00:00Z',
  '0000-12-31',
  '0001-01-01T00:00:00Z',
  '-0001-01-01T00:00:00Z',
  '10000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '294277-01-01T00:00:00Z',
  '2026-02-30T25:61:61Z',
  'infinity',
  'NaN',
  'true',
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  1e21,
  -1e308,
  2 ** 53,
  [],
  [null],
  [[]],
  ['RRULE:nonsense'],
  {},
  { a: { b: { c: [] } } },
  { date: 7, dateTime: [], timeZone: {} },
  { emailAddress: { name: 7, address: [] } },
  { __proto__: null, constructor: 'x', toString: 7 },
];

const GOOGLE: Json = {
  kind: 'calendar#event',
  etag: '"1"',
  id: 'event',
  status: 'confirmed',
  htmlLink: 'https://www.google.com/calendar/event?eid=x',
  created: '2026-09-01T08:00:00.000Z',
  updated: '2026-09-02T09:30:00.000Z',
  summary: 'Plan',
  description: 'words',
  location: 'Room 1',
  organizer: { email: 'ana@example.com', displayName: 'Ana', self: true },
  creator: { email: 'ana@example.com' },
  start: { dateTime: '2026-09-07T10:00:00+02:00', timeZone: 'Europe/Madrid' },
  end: { dateTime: '2026-09-07T11:00:00+02:00', timeZone: 'Europe/Madrid' },
  originalStartTime: { dateTime: '2026-09-07T10:00:00+02:00', timeZone: 'Europe/Madrid' },
  recurringEventId: 'series',
  iCalUID: 'event@google.com',
  sequence: 0,
  attendees: [{ email: 'bo@example.com', displayName: 'Bo', responseStatus: 'accepted' }],
  hangoutLink: 'https://meet.google.com/abc',
  conferenceData: { entryPoints: [{ entryPointType: 'video', uri: 'https://meet.google.com/v' }] },
  transparency: 'opaque',
  visibility: 'private',
  reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] },
  eventType: 'default',
};

const MICROSOFT: Json = {
  '@odata.etag': 'W/"1"',
  id: 'event',
  type: 'exception',
  seriesMasterId: 'series',
  subject: 'Plan',
  iCalUId: '0400',
  changeKey: 'k',
  createdDateTime: '2026-08-30T14:19:20.1Z',
  lastModifiedDateTime: '2026-09-01T14:19:20.1Z',
  originalStart: '2026-09-07T08:00:00Z',
  originalStartTimeZone: 'W. Europe Standard Time',
  originalEndTimeZone: 'W. Europe Standard Time',
  start: { dateTime: '2026-09-07T08:00:00.0000000', timeZone: 'UTC' },
  end: { dateTime: '2026-09-07T09:00:00.0000000', timeZone: 'UTC' },
  isAllDay: false,
  isCancelled: false,
  isOrganizer: true,
  showAs: 'busy',
  sensitivity: 'private',
  isReminderOn: true,
  reminderMinutesBeforeStart: 15,
  recurrence: null,
  responseStatus: { response: 'organizer', time: '0001-01-01T00:00:00Z' },
  organizer: { emailAddress: { name: 'Ana', address: 'ana@contoso.com' } },
  attendees: [
    {
      type: 'required',
      status: { response: 'none' },
      emailAddress: { name: 'Bo', address: 'bo@contoso.com' },
    },
  ],
  location: { displayName: 'Room 1' },
  body: { contentType: 'text', content: 'words' },
  bodyPreview: 'words',
  webLink: 'https://outlook.office365.com/owa/?itemid=x',
  onlineMeeting: { joinUrl: 'https://teams.microsoft.com/l/1' },
  onlineMeetingUrl: null,
};

/** What else a field of the provider decides, beside the field of its own name. */
type Touches = Readonly<Record<string, readonly (keyof EventRecord)[]>>;

const GOOGLE_TOUCHES: Touches = {
  id: ['providerEventId'],
  etag: ['etag'],
  status: ['status'],
  htmlLink: ['link'],
  created: ['createdAt'],
  updated: ['updatedAt'],
  summary: ['title'],
  description: ['description'],
  location: ['location'],
  organizer: ['organizer'],
  start: ['start', 'end', 'kind', 'allDay'],
  end: ['end', 'allDay'],
  originalStartTime: ['originalStart', 'kind'],
  recurringEventId: ['seriesId', 'originalStart', 'kind'],
  iCalUID: ['iCalUid'],
  attendees: ['attendees', 'selfResponse'],
  hangoutLink: ['conferenceUrl'],
  conferenceData: ['conferenceUrl'],
  transparency: ['busy'],
  visibility: ['visibility'],
  reminders: ['reminders'],
  eventType: ['eventType', 'busy'],
};

const MICROSOFT_TOUCHES: Touches = {
  '@odata.etag': ['etag'],
  id: ['providerEventId'],
  type: ['kind', 'originalStart', 'sparse'],
  seriesMasterId: ['seriesId'],
  subject: ['title'],
  iCalUId: ['iCalUid'],
  createdDateTime: ['createdAt'],
  lastModifiedDateTime: ['updatedAt'],
  originalStart: ['originalStart'],
  originalStartTimeZone: ['start', 'end', 'originalStart'],
  originalEndTimeZone: ['end'],
  start: ['start', 'end', 'originalStart'],
  end: ['end'],
  isAllDay: ['allDay', 'start', 'end', 'originalStart'],
  isCancelled: ['status'],
  isOrganizer: ['organizer'],
  showAs: ['busy', 'eventType', 'status'],
  sensitivity: ['visibility'],
  isReminderOn: ['reminders'],
  reminderMinutesBeforeStart: ['reminders'],
  responseStatus: ['selfResponse'],
  organizer: ['organizer', 'attendees'],
  attendees: ['attendees'],
  location: ['location'],
  body: ['description'],
  webLink: ['link'],
  onlineMeeting: ['conferenceUrl'],
  onlineMeetingUrl: ['conferenceUrl'],
};

const DIALECTS = [
  {
    name: 'Google',
    item: GOOGLE,
    touches: GOOGLE_TOUCHES,
    read: (item: unknown) => fromGoogle(item, { window, zone: 'Europe/Madrid' }),
  },
  { name: 'Microsoft', item: MICROSOFT, touches: MICROSOFT_TOUCHES, read: fromMicrosoft },
] as const;

function eventIn(change: EventChange): EventRecord | null {
  return change.change === 'put' ? change.event : null;
}

describe.each(DIALECTS)('$name', ({ item, touches, read }) => {
  const usual = eventIn(read(item)) as EventRecord;

  /** Only an item whose id cannot be used, or that is cancelled, is not shown. */
  const shows = (field: string, odd: unknown) =>
    field !== 'id' || (typeof odd === 'string' && eventIn(read({ ...item, id: odd })) !== null);

  test('every odd value of every field leaves the event and its other fields', () => {
    for (const field of Object.keys(item))
      for (const odd of ODD) {
        if (!shows(field, odd)) continue;
        const event = eventIn(read({ ...item, [field]: odd }));
        expect({ field, odd, shown: event !== null }).toEqual({ field, odd, shown: true });
        for (const [name, value] of Object.entries(usual)) {
          if (touches[field]?.includes(name as keyof EventRecord)) continue;
          expect({ field, odd, [name]: event?.[name as keyof EventRecord] }).toEqual({
            field,
            odd,
            [name]: value,
          });
        }
      }
  });

  test('an item that is anything else is skipped, never an error', () => {
    for (const odd of ODD) expect(read(odd)).toMatchObject({ change: 'skip' });
  });

  test('two odd fields at once leave the event too, and PostgreSQL stores every one', async () => {
    const events: EventRecord[] = [];
    const fields = Object.keys(item).filter((field) => field !== 'id');
    for (const [index, field] of fields.entries())
      for (const [at, odd] of ODD.entries()) {
        const other = fields[(index * 7 + at) % fields.length] as string;
        const isTimeless = [field, other].every((name) => /^(start|originalStart)/.test(name));
        const oddItem = {
          ...item,
          id: `${field}-${at}`,
          [field]: odd,
          ...(isTimeless ? {} : { [other]: ODD[(at * 5 + index) % ODD.length] }),
        };
        const event = eventIn(read(oddItem));
        if (event !== null)
          events.push({ ...event, kind: event.kind === 'master' ? 'single' : event.kind });
        else
          expect([field, other].some((name) => ['start', 'end', 'status'].includes(name))).toBe(
            true,
          );
      }
    expect(events.length).toBeGreaterThan(fields.length * ODD.length * 0.97);
    fixture.clock = new Date('2026-09-01T12:00:00Z');
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(...events), { cursor: 'c' }));
    await fixture.sync(account);
    const [{ rows, skipped }] = await fixture.dataSource.query(
      `SELECT count(*)::integer AS rows, (SELECT events_skipped FROM calendars) AS skipped FROM events`,
    );
    expect({ rows, skipped }).toEqual({ rows: events.length, skipped: 0 });
    expect(await fixture.account(account)).toMatchObject({ errorCode: null });
  });
});

test('odd values of a calendar leave the calendar', () => {
  const google: Json = {
    id: 'a@example.com',
    summary: 'Ana',
    timeZone: 'Europe/Madrid',
    accessRole: 'owner',
    selected: true,
    backgroundColor: '#9fe1e7',
    description: 'mine',
    summaryOverride: 'Mine',
    primary: true,
  };
  const microsoft: Json = {
    id: 'AAMk=',
    name: 'Calendar',
    hexColor: '#0078d4',
    isDefaultCalendar: true,
    canEdit: true,
    canShare: true,
  };
  for (const [item, read] of [
    [google, toGoogleCalendar],
    [microsoft, toMicrosoftCalendar],
  ] as const)
    for (const field of Object.keys(item).filter((name) => name !== 'id'))
      for (const odd of ODD) {
        const calendar = read({ ...item, [field]: odd });
        expect({ field, odd, id: calendar?.providerCalendarId }).toEqual({
          field,
          odd,
          id: item['id'],
        });
        expect(calendar?.name.trim()).not.toBe('');
      }
});
