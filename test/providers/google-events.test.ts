// Google's events and calendars become the unified model.

import { describe, expect, test } from '@jest/globals';
import type { EventChange, EventRecord } from '../../src/event-model.js';
import { toCalendar } from '../../src/providers/google/calendar.js';
import { toChange } from '../../src/providers/google/event.js';

const window = { from: new Date('2026-08-01T00:00:00Z'), to: new Date('2027-08-01T00:00:00Z') };
const times = {
  start: { dateTime: '2026-09-07T10:00:00+02:00', timeZone: 'Europe/Madrid' },
  end: { dateTime: '2026-09-07T11:00:00+02:00', timeZone: 'Europe/Madrid' },
};

function change(item: unknown, zone: string | null = null): EventChange {
  return toChange(item, { window, zone });
}

function event(item: object, zone: string | null = null): EventRecord {
  const read = change({ id: 'e', ...times, ...item }, zone);
  if (read.change !== 'put') throw new Error(JSON.stringify(read));
  return read.event;
}

test('a complete event is mapped', () => {
  const read = change({
    kind: 'calendar#event',
    etag: '"3418"',
    id: '7b4kqf0l',
    status: 'confirmed',
    htmlLink: 'https://www.google.com/calendar/event?eid=x',
    created: '2026-09-01T08:00:00.000Z',
    updated: '2026-09-02T09:30:00.123Z',
    summary: 'Plan\0 A',
    description: '<b>html</b>\nor text',
    location: 'Room 1',
    organizer: { email: 'ana@example.com', displayName: 'Ana', self: true },
    ...times,
    iCalUID: '7b4kqf0l@google.com',
    attendees: [
      { email: 'bo@example.com', displayName: 'Bo', responseStatus: 'needsAction', optional: true },
      { email: 'ana@example.com', self: true, organizer: true, responseStatus: 'accepted' },
      { email: 'room@example.com', resource: true, responseStatus: 'maybe' },
      'nonsense',
    ],
    hangoutLink: 'https://meet.google.com/hangout',
    conferenceData: {
      entryPoints: [
        { entryPointType: 'phone', uri: 'tel:+1' },
        { entryPointType: 'video', uri: 'https://meet.google.com/video' },
      ],
    },
    visibility: 'private',
    reminders: {
      useDefault: false,
      overrides: [
        { method: 'popup', minutes: 10 },
        { method: 'email', minutes: 'soon' },
      ],
    },
    eventType: 'focusTime',
  });
  const person = { optional: false, resource: false, organizer: false, self: false };
  expect(read).toEqual({
    change: 'put',
    event: {
      providerEventId: '7b4kqf0l',
      iCalUid: '7b4kqf0l@google.com',
      etag: '"3418"',
      title: 'Plan A',
      description: '<b>html</b>\nor text',
      location: 'Room 1',
      kind: 'single',
      seriesId: null,
      originalStart: null,
      allDay: false,
      start: { dateTime: '2026-09-07T08:00:00.000Z', timeZone: 'Europe/Madrid' },
      end: { dateTime: '2026-09-07T09:00:00.000Z', timeZone: 'Europe/Madrid' },
      status: 'confirmed',
      busy: true,
      eventType: 'focusTime',
      visibility: 'private',
      organizer: { email: 'ana@example.com', name: 'Ana', self: true },
      attendees: [
        { ...person, email: 'bo@example.com', name: 'Bo', response: 'needsAction', optional: true },
        {
          ...person,
          email: 'ana@example.com',
          name: null,
          response: 'accepted',
          organizer: true,
          self: true,
        },
        {
          ...person,
          email: 'room@example.com',
          name: null,
          response: 'needsAction',
          resource: true,
        },
      ],
      selfResponse: 'accepted',
      conferenceUrl: 'https://meet.google.com/video',
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] },
      link: 'https://www.google.com/calendar/event?eid=x',
      createdAt: '2026-09-01T08:00:00.000Z',
      updatedAt: '2026-09-02T09:30:00.123Z',
      sparse: false,
    },
  });
});

test('an event with only times, as a free-busy reader sees it, is mapped', () => {
  expect(event({})).toMatchObject({
    title: null,
    description: null,
    organizer: null,
    attendees: [],
    selfResponse: null,
    conferenceUrl: null,
    reminders: null,
    status: 'confirmed',
    visibility: 'default',
    eventType: 'default',
    busy: true,
    link: null,
    createdAt: null,
  });
});

describe('times', () => {
  test('all-day events keep their dates', () => {
    expect(event({ start: { date: '2026-12-25' }, end: { date: '2026-12-26' } })).toMatchObject({
      allDay: true,
      start: { date: '2026-12-25' },
      end: { date: '2026-12-26' },
    });
    expect(event({ start: { date: '2026-12-25' }, end: { date: '2026-12-24' } }).end).toEqual({
      date: '2026-12-26',
    });
    expect(event({ start: { date: '2026-12-25' }, end: undefined }).end).toEqual({
      date: '2026-12-26',
    });
  });

  test('an end before the start becomes the start', () => {
    const { start, end } = event({ end: { dateTime: '2026-09-07T09:00:00+02:00' } });
    expect((end as { dateTime: string }).dateTime).toBe((start as { dateTime: string }).dateTime);
  });

  test('an unknown time zone becomes null, and the instant stays', () => {
    const start = { dateTime: '2026-09-07T10:00:00-07:00', timeZone: 'GMT-07:00' };
    for (const zone of [undefined, 'Europe/Madrid'])
      expect(event({ start }, zone).start).toEqual({
        dateTime: '2026-09-07T17:00:00.000Z',
        timeZone: null,
      });
  });

  test('a time without offset is wall time in its zone, or in the calendar’s zone', () => {
    expect(
      event({ start: { dateTime: '2026-09-07T10:00:00', timeZone: 'Europe/Madrid' } }).start,
    ).toMatchObject({
      dateTime: '2026-09-07T08:00:00.000Z',
    });
    expect(event({ start: { dateTime: '2026-09-07T10:00:00' } }, 'Europe/Madrid').start).toEqual({
      dateTime: '2026-09-07T08:00:00.000Z',
      timeZone: 'Europe/Madrid',
    });
  });
});

describe('series', () => {
  const instance = { recurringEventId: 'm', id: 'm_20260907T080000Z' };

  test.each<[string, object, string, unknown]>([
    [
      'an occurrence',
      { originalStartTime: times.start },
      'occurrence',
      { dateTime: '2026-09-07T08:00:00.000Z', timeZone: 'Europe/Madrid' },
    ],
    [
      'a moved one',
      { originalStartTime: { dateTime: '2026-09-08T10:00:00+02:00' } },
      'exception',
      { dateTime: '2026-09-08T08:00:00.000Z', timeZone: null },
    ],
    [
      'one whose original start is in its id',
      {},
      'occurrence',
      { dateTime: '2026-09-07T08:00:00.000Z', timeZone: null },
    ],
    [
      'one of a split series',
      { id: 'm_R20260901T080000_20260907T080000Z' },
      'occurrence',
      { dateTime: '2026-09-07T08:00:00.000Z', timeZone: null },
    ],
    [
      'a day of its own',
      { id: 'm_20260907', start: { date: '2026-09-07' }, end: { date: '2026-09-08' } },
      'occurrence',
      { date: '2026-09-07' },
    ],
    ['one that says nothing', { id: 'odd' }, 'occurrence', null],
  ])('%s', (_name, item, kind, originalStart) => {
    expect(event({ ...instance, ...item })).toMatchObject({ kind, seriesId: 'm', originalStart });
  });

  test('a master that is not expanded is mapped', () => {
    expect(
      event({ recurrence: ['RRULE:FREQ=WEEKLY'], start: { dateTime: '2020-01-01T10:00:00Z' } }),
    ).toMatchObject({
      kind: 'master',
      seriesId: null,
    });
  });
});

describe('removed events', () => {
  test.each<[string, object]>([
    [
      'an instance',
      { id: 'e', status: 'cancelled', recurringEventId: 'm', originalStartTime: times.start },
    ],
    ['no more than an id', { id: 'e', status: 'cancelled' }],
    ["an attendee's own copy", { id: 'e', status: 'cancelled', summary: 'x', ...times }],
    [
      'moved before the window',
      {
        id: 'e',
        start: { dateTime: '2026-07-31T22:00:00Z' },
        end: { dateTime: '2026-08-01T00:00:00Z' },
      },
    ],
    [
      'moved behind the window',
      {
        id: 'e',
        start: { dateTime: '2027-08-01T00:00:00Z' },
        end: { dateTime: '2027-08-01T01:00:00Z' },
      },
    ],
    [
      'a day before the window',
      { id: 'e', start: { date: '2026-07-31' }, end: { date: '2026-08-01' } },
    ],
  ])('%s', (_name, item) => {
    const seriesId = 'recurringEventId' in item ? item.recurringEventId : undefined;
    expect(change(item)).toEqual({ change: 'remove', providerEventId: 'e', seriesId });
  });

  test.each([
    ['_s_20260901T080000Z', '_s'],
    ['s_20260901', 's'],
    ['s_20260931', undefined],
  ])('the cancelled item %s is of the series %s', (id, seriesId) => {
    const removed = { change: 'remove', providerEventId: id, seriesId };
    expect(change({ id, status: 'cancelled' })).toEqual(removed);
  });

  test('a day starts at midnight in the calendar’s time zone', () => {
    const last = { id: 'e', start: { date: '2026-07-31' }, end: { date: '2026-08-01' } };
    expect(change(last, 'America/Los_Angeles').change).toBe('put');
    expect(change(last, 'Europe/Madrid').change).toBe('remove');
  });

  test('an event that overlaps the window is inside it', () => {
    expect(
      event({
        start: { dateTime: '2026-07-31T23:00:00Z' },
        end: { dateTime: '2026-08-01T00:01:00Z' },
      }).kind,
    ).toBe('single');
    expect(
      event({
        start: { dateTime: '2027-07-31T23:59:00Z' },
        end: { dateTime: '2027-08-02T00:00:00Z' },
      }).kind,
    ).toBe('single');
  });
});

describe('unusual values', () => {
  test.each<[unknown, string | null]>([
    [null, null],
    ['text', null],
    [{}, null],
    [{ id: 7 }, null],
    [{ id: 'a\0b', ...times }, null],
    [{ id: 'x'.repeat(3000), ...times }, null],
    [{ id: 'e' }, 'e'],
    [{ id: 'e', start: {}, end: {} }, 'e'],
    [{ id: 'e', start: { date: '2026-02-31' } }, 'e'],
    [{ id: 'e', start: { dateTime: 'soon' }, end: { dateTime: 'later' } }, 'e'],
    [{ id: 'e', start: { dateTime: '0001-01-01T00:00:00Z' } }, 'e'],
  ])('%p is skipped', (item, providerEventId) => {
    expect(change(item)).toEqual({ change: 'skip', providerEventId, reason: expect.any(String) });
  });

  test('an invalid part loses only that part', () => {
    const read = event({
      summary: { a: 1 },
      status: 'perhaps',
      eventType: 'somethingNew',
      visibility: 'secret',
      attendees: 'many',
      organizer: [],
      conferenceData: {
        entryPoints: [null, { entryPointType: 'video', uri: 'javascript:alert(1)' }],
      },
      hangoutLink: 'https://meet.google.com/abc',
      reminders: { useDefault: 'yes', overrides: null },
      htmlLink: 'javascript:alert(1)',
      created: 'once',
    });
    expect(read).toMatchObject({
      title: null,
      status: 'confirmed',
      eventType: 'somethingNew',
      visibility: 'default',
      attendees: [],
      conferenceUrl: 'https://meet.google.com/abc',
      reminders: { useDefault: false, overrides: [] },
      link: null,
      createdAt: null,
    });
  });

  test('every text and list has a maximum length', () => {
    const read = event({
      summary: 'x'.repeat(10_000),
      description: 'x'.repeat(1_000_000),
      attendees: Array.from({ length: 2000 }, () => ({ displayName: 'x'.repeat(1000) })),
    });
    expect(read.title).toHaveLength(4096);
    expect(read.description).toHaveLength(65_536);
    expect(read.attendees).toHaveLength(500);
    expect(read.attendees[0]!.name).toHaveLength(256);
  });
});

test.each([
  [{ transparency: 'transparent' }, false],
  [{ transparency: 'opaque' }, true],
  [{ eventType: 'workingLocation' }, false],
  [{ eventType: 'outOfOffice' }, true],
])('an event with %j is busy: %p', (item, busy) => {
  expect(event(item).busy).toBe(busy);
});

describe('a calendar', () => {
  const entry = { id: 'ana@example.com', summary: 'ana@example.com' };

  test('a complete calendar is mapped', () => {
    const all = {
      ...entry,
      summaryOverride: 'Mine',
      description: 'd',
      timeZone: 'Europe/Madrid',
      backgroundColor: '#9fe1e7',
      accessRole: 'owner',
      primary: true,
    };
    expect(toCalendar(all)).toEqual({
      providerCalendarId: 'ana@example.com',
      name: 'Mine',
      description: 'd',
      timeZone: 'Europe/Madrid',
      color: '#9fe1e7',
      primary: true,
      accessRole: 'owner',
      selectedByDefault: true,
    });
  });

  test.each<[object, string, boolean]>([
    [{ accessRole: 'owner' }, 'owner', true],
    [{ accessRole: 'writer' }, 'writer', true],
    [{ accessRole: 'writerWithoutPrivateAccess' }, 'writer', true],
    [{ accessRole: 'reader' }, 'reader', false],
    [{ accessRole: 'reader', selected: true }, 'reader', true],
    [{ accessRole: 'freeBusyReader' }, 'freeBusyReader', false],
    [{ accessRole: 'somethingNew', selected: true }, 'reader', true],
    [{ primary: true }, 'owner', true],
    [{}, 'reader', true],
    [{ selected: false }, 'reader', false],
    [
      { id: 'es.spain#holiday@group.v.calendar.google.com', accessRole: 'reader', selected: true },
      'reader',
      false,
    ],
    [
      {
        id: 'addressbook#contacts@group.v.calendar.google.com',
        accessRole: 'reader',
        selected: true,
      },
      'reader',
      false,
    ],
    [{ id: 'x@import.calendar.google.com', accessRole: 'owner' }, 'owner', false],
  ])('%j: %s, selected %p', (item, accessRole, selectedByDefault) => {
    expect(toCalendar({ ...entry, ...item })).toMatchObject({ accessRole, selectedByDefault });
  });

  test.each([{ hidden: true }, { deleted: true }, { id: null }, { id: '' }])(
    'the value %j is not a calendar',
    (item) => {
      expect(toCalendar({ ...entry, ...item })).toBeNull();
    },
  );

  test('a calendar without a name or a colour is mapped', () => {
    expect(toCalendar({ id: 'c', backgroundColor: 'red;', timeZone: 'Nowhere' })).toMatchObject({
      name: 'c',
      color: null,
      timeZone: null,
    });
  });
});
