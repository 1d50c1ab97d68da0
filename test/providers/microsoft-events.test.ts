// Graph's events and calendars become the unified model.

import { describe, expect, test } from '@jest/globals';
import type { EventRecord } from '../../src/event-model.js';
import { toCalendar } from '../../src/providers/microsoft/calendar.js';
import { toChange } from '../../src/providers/microsoft/event.js';

const times = {
  start: { dateTime: '2026-09-10T08:00:00.0000000', timeZone: 'UTC' },
  end: { dateTime: '2026-09-10T09:00:00.0000000', timeZone: 'UTC' },
};

function event(item: object): EventRecord {
  const read = toChange({ id: 'e', subject: 's', ...times, ...item });
  if (read.change !== 'put') throw new Error(JSON.stringify(read));
  return read.event;
}

const whole = {
  '@odata.type': '#microsoft.graph.event',
  '@odata.etag': 'W/"EZ9r"',
  id: 'AAMkADNkNmAA=',
  type: 'singleInstance',
  subject: 'Plan\0',
  iCalUId: '0400',
  changeKey: 'k',
  createdDateTime: '2026-08-30T14:19:20.1Z',
  lastModifiedDateTime: '0001-01-01T00:00:00Z',
  originalStartTimeZone: 'W. Europe Standard Time',
  originalEndTimeZone: 'tzone://Microsoft/Custom',
  ...times,
  isAllDay: false,
  isCancelled: false,
  isOrganizer: true,
  showAs: 'busy',
  sensitivity: 'normal',
  isReminderOn: true,
  reminderMinutesBeforeStart: 15,
  seriesMasterId: null,
  recurrence: null,
  responseStatus: { response: 'organizer', time: '0001-01-01T00:00:00Z' },
  organizer: { emailAddress: { name: 'Ana', address: 'ana@contoso.com' } },
  attendees: [
    {
      type: 'required',
      status: { response: 'none', time: '0001-01-01T00:00:00Z' },
      emailAddress: { name: 'Bo', address: 'bo@contoso.com' },
    },
    {
      type: 'optional',
      status: { response: 'tentativelyAccepted' },
      emailAddress: { name: 'Ana', address: 'ANA@contoso.com' },
    },
    { type: 'resource', status: null, emailAddress: { address: 'room@contoso.com' } },
    null,
  ],
  location: { displayName: 'Room 1' },
  body: { contentType: 'text', content: 'words\r\n' },
  webLink: 'https://outlook.office365.com/owa/?itemid=x',
  onlineMeeting: { joinUrl: 'https://teams.microsoft.com/l/x' },
  onlineMeetingUrl: null,
};

test('a complete event is mapped', () => {
  const person = { optional: false, resource: false, organizer: false, self: false };
  expect(toChange(whole)).toEqual({
    change: 'put',
    event: {
      providerEventId: 'AAMkADNkNmAA=',
      iCalUid: '0400',
      etag: 'W/"EZ9r"',
      title: 'Plan',
      description: 'words\r\n',
      location: 'Room 1',
      kind: 'single',
      seriesId: null,
      originalStart: null,
      allDay: false,
      start: { dateTime: '2026-09-10T08:00:00.000Z', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-09-10T09:00:00.000Z', timeZone: 'Europe/Berlin' },
      status: 'confirmed',
      busy: true,
      eventType: 'default',
      visibility: 'default',
      organizer: { email: 'ana@contoso.com', name: 'Ana', self: true },
      attendees: [
        { ...person, email: 'bo@contoso.com', name: 'Bo', response: 'needsAction' },
        {
          ...person,
          email: 'ANA@contoso.com',
          name: 'Ana',
          response: 'tentative',
          optional: true,
          organizer: true,
        },
        {
          ...person,
          email: 'room@contoso.com',
          name: null,
          response: 'needsAction',
          resource: true,
        },
      ],
      selfResponse: 'accepted',
      conferenceUrl: 'https://teams.microsoft.com/l/x',
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 15 }] },
      link: 'https://outlook.office365.com/owa/?itemid=x',
      createdAt: '2026-08-30T14:19:20.100Z',
      updatedAt: null,
      sparse: false,
    },
  });
});

describe('times', () => {
  test('a time is wall time in the zone beside it', () => {
    const start = { dateTime: '2026-09-10T08:00:00.0000000', timeZone: 'Pacific Standard Time' };
    expect(event({ start, end: start }).start).toEqual({
      dateTime: '2026-09-10T15:00:00.000Z',
      timeZone: 'America/Los_Angeles',
    });
  });

  test('an unknown zone is read as UTC, and shown as null', () => {
    const start = { dateTime: '2026-09-10T08:00:00', timeZone: 'Customized Time Zone' };
    expect(event({ start }).start).toEqual({
      dateTime: '2026-09-10T08:00:00.000Z',
      timeZone: null,
    });
  });

  test('the requested UTC is not taken as the event’s own zone', () => {
    expect(event({}).start).toMatchObject({ timeZone: null });
    expect(event({ originalStartTimeZone: 'UTC' }).start).toMatchObject({ timeZone: 'UTC' });
    expect(event({ originalStartTimeZone: 'America/Lima' }).start).toMatchObject({
      timeZone: 'America/Lima',
    });
  });

  test('all-day events keep their dates and are never converted', () => {
    const day = (dateTime: string) => ({
      dateTime: `${dateTime}T00:00:00.0000000`,
      timeZone: 'Pacific Standard Time',
    });
    expect(
      event({
        isAllDay: true,
        start: day('2026-12-25'),
        end: day('2026-12-27'),
        originalStartTimeZone: 'Tokyo Standard Time',
      }),
    ).toMatchObject({
      allDay: true,
      start: { date: '2026-12-25' },
      end: { date: '2026-12-27' },
    });
    expect(event({ isAllDay: true, start: day('2026-12-25'), end: day('2026-12-25') }).end).toEqual(
      {
        date: '2026-12-26',
      },
    );
  });

  test('an end before the start becomes the start', () => {
    expect(event({ end: { dateTime: '2026-09-10T07:00:00', timeZone: 'UTC' } }).end).toMatchObject({
      dateTime: '2026-09-10T08:00:00.000Z',
    });
  });
});

describe('series', () => {
  test('a sparse occurrence is marked for completion from its master', () => {
    const read = toChange({
      '@odata.type': '#microsoft.graph.event',
      '@odata.etag': 'W/"x"',
      id: 'o',
      seriesMasterId: 'm',
      type: 'occurrence',
      ...times,
    });
    expect(read).toMatchObject({
      change: 'put',
      event: {
        kind: 'occurrence',
        seriesId: 'm',
        sparse: true,
        originalStart: { dateTime: '2026-09-10T08:00:00.000Z', timeZone: null },
        start: { dateTime: '2026-09-10T08:00:00.000Z', timeZone: null },
      },
    });
    expect(toChange({ id: 'o', seriesMasterId: 'm', isAllDay: false, ...times })).toMatchObject({
      event: { sparse: true, kind: 'occurrence' },
    });
  });

  test('a complete occurrence without a subject is not sparse', () => {
    expect(
      event({ ...whole, type: 'occurrence', seriesMasterId: 'm', subject: null }),
    ).toMatchObject({
      kind: 'occurrence',
      sparse: false,
      title: null,
    });
  });

  test('a master is mapped', () => {
    expect(event({ type: 'seriesMaster', recurrence: { pattern: {} } })).toMatchObject({
      kind: 'master',
      seriesId: null,
      originalStart: null,
      sparse: false,
    });
    expect(event({ recurrence: { pattern: {} } }).kind).toBe('master');
  });

  test('an exception keeps its original start', () => {
    const exception = {
      type: 'exception',
      seriesMasterId: 'm',
      originalStart: '2026-09-09T08:00:00Z',
    };
    expect(event(exception)).toMatchObject({
      kind: 'exception',
      originalStart: { dateTime: '2026-09-09T08:00:00.000Z' },
    });
    const day = { ...exception, isAllDay: true, originalStartTimeZone: 'W. Europe Standard Time' };
    expect(event({ ...day, originalStart: '2026-09-09T00:00:00Z' }).originalStart).toEqual({
      date: '2026-09-09',
    });
    expect(event({ ...day, originalStart: '2026-09-08T22:00:00Z' }).originalStart).toEqual({
      date: '2026-09-09',
    });
  });
});

test.each(['deleted', 'changed'])('an item @removed as %s is removed', (reason) => {
  expect(toChange({ id: 'e', '@removed': { reason } })).toEqual({
    change: 'remove',
    providerEventId: 'e',
  });
});

test('a cancelled meeting stays, with status cancelled', () => {
  expect(event({ isCancelled: true, showAs: 'free' })).toMatchObject({
    status: 'cancelled',
    busy: false,
  });
});

test.each([
  ['free', 'confirmed', false, 'default'],
  ['busy', 'confirmed', true, 'default'],
  ['tentative', 'tentative', true, 'default'],
  ['oof', 'confirmed', true, 'outOfOffice'],
  ['workingElsewhere', 'confirmed', false, 'workingLocation'],
  ['unknown', 'confirmed', true, 'default'],
  ['somethingNew', 'confirmed', true, 'default'],
])('showAs %s is mapped', (showAs, status, busy, eventType) => {
  expect(event({ showAs })).toMatchObject({ status, busy, eventType });
});

test.each([
  ['normal', 'default'],
  ['personal', 'private'],
  ['private', 'private'],
  ['confidential', 'confidential'],
  ['somethingNew', 'default'],
])('sensitivity %s is mapped', (sensitivity, visibility) => {
  expect(event({ sensitivity }).visibility).toBe(visibility);
});

test.each([
  ['none', 'needsAction'],
  ['notResponded', 'needsAction'],
  ['organizer', 'accepted'],
  ['accepted', 'accepted'],
  ['tentativelyAccepted', 'tentative'],
  ['declined', 'declined'],
  ['somethingNew', 'needsAction'],
])('the response %s is mapped', (response, expected) => {
  expect(event({ responseStatus: { response } }).selfResponse).toBe(expected);
});

test.each<[unknown, string | null]>([
  [null, null],
  [7, null],
  [{}, null],
  [{ id: 'a\0' }, null],
  [{ id: 'e' }, 'e'],
  [{ id: 'e', start: { dateTime: 'soon', timeZone: 'UTC' } }, 'e'],
  [{ id: 'e', isAllDay: true, start: { dateTime: '2026-02-31T00:00:00' } }, 'e'],
])('%p is skipped', (item, providerEventId) => {
  expect(toChange(item)).toEqual({ change: 'skip', providerEventId, reason: expect.any(String) });
});

test('an invalid part loses only that part', () => {
  const odd = {
    subject: 7,
    body: 'x',
    attendees: {},
    organizer: 'me',
    location: [],
    onlineMeeting: 1,
    reminderMinutesBeforeStart: 'x',
    isReminderOn: true,
    webLink: 'javascript:x',
    bodyPreview: 'preview',
  };
  expect(event({ ...odd, showAs: 'busy' })).toMatchObject({
    title: null,
    description: 'preview',
    attendees: [],
    organizer: null,
    location: null,
    conferenceUrl: null,
    link: null,
    reminders: { useDefault: true, overrides: [] },
  });
});

describe('a calendar', () => {
  test.each<[object, object]>([
    [
      { isDefaultCalendar: true, canEdit: true, hexColor: '' },
      { primary: true, accessRole: 'owner', selectedByDefault: true, color: null },
    ],
    [
      { canEdit: true, canShare: true, hexColor: '#0078d4' },
      { primary: false, accessRole: 'owner', selectedByDefault: true, color: '#0078d4' },
    ],
    [
      { canEdit: true, canShare: false },
      { accessRole: 'writer', selectedByDefault: true },
    ],
    [{ canEdit: false }, { accessRole: 'reader', selectedByDefault: false }],
    [{}, { accessRole: 'reader', selectedByDefault: true }],
  ])('%j', (item, expected) => {
    expect(toCalendar({ id: 'AAMk=', name: 'Calendar', ...item })).toMatchObject({
      providerCalendarId: 'AAMk=',
      name: 'Calendar',
      timeZone: null,
      ...expected,
    });
  });

  test('an entry without an id is not a calendar', () => {
    for (const item of [null, {}, { id: 7 }]) expect(toCalendar(item)).toBeNull();
  });
});
