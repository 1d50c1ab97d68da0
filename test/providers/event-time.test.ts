// Time zones, instants and days in the forms that providers use.

import { describe, expect, test } from '@jest/globals';
import {
  between,
  clockOf,
  dayIn,
  dayOf,
  ianaZone,
  instantOf,
  timestamp,
  wholeDays,
} from '../../src/providers/event-time.js';

describe('a zone', () => {
  test.each([
    ['Europe/Madrid', 'Europe/Madrid'],
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['Pacific Standard Time', 'America/Los_Angeles'],
    ['Eastern Standard Time', 'America/New_York'],
    ['India Standard Time', 'Asia/Calcutta'],
    ['UTC', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['tzone://Microsoft/Utc', 'UTC'],
    ['tzone://Microsoft/Custom', null],
    ['Customized Time Zone', null],
    ['GMT-07:00', null],
    ['+02:00', null],
    ['Mars/Olympus', null],
    ['__proto__', null],
    ['constructor', null],
    ['', null],
    ['x'.repeat(1000), null],
    [undefined, null],
    [7, null],
  ])('the value %p becomes %p', (name, zone) => {
    expect(ianaZone(name)).toBe(zone);
  });
});

test.each([
  ['Europe/Madrid', 'Europe/Madrid'],
  ['W. Europe Standard Time', 'Europe/Berlin'],
  ['GMT-07:00', '-07:00'],
  ['UTC+2', '+02:00'],
  ['+0530', '+05:30'],
  ['GMT+19:00', null],
  ['GMT-07:60', null],
  ['Mars/Olympus', null],
  [7, null],
])('a wall time of %p is read in %p', (name, clock) => {
  expect(clockOf(name)).toBe(clock);
});

describe('an instant', () => {
  test.each<[unknown, string | null, string | null]>([
    ['2026-09-07T10:00:00+02:00', null, '2026-09-07T08:00:00.000Z'],
    ['2026-09-07T10:00:00-07:30', 'Europe/Madrid', '2026-09-07T17:30:00.000Z'],
    ['2026-09-07T08:00:00Z', null, '2026-09-07T08:00:00.000Z'],
    ['2026-09-07T08:00:00.1234567', 'UTC', '2026-09-07T08:00:00.123Z'],
    ['2026-09-07T08:00', null, '2026-09-07T08:00:00.000Z'],
    ['2026-09-07T10:00:00.0000000', 'Europe/Berlin', '2026-09-07T08:00:00.000Z'],
    ['2026-12-07T10:00:00', 'Europe/Berlin', '2026-12-07T09:00:00.000Z'],
    ['2026-09-07T10:00:00', 'America/St_Johns', '2026-09-07T12:30:00.000Z'],
    // The hours around both changes of 2026 in Berlin: 29 March, 25 October.
    ['2026-03-29T01:59:00', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
    ['2026-03-29T03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T01:59:00', 'Europe/Berlin', '2026-10-24T23:59:00.000Z'],
    ['2026-10-25T03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
    ['2026-03-08T03:00:00', 'America/Los_Angeles', '2026-03-08T10:00:00.000Z'],
    ['2026-11-01T00:30:00', 'America/Los_Angeles', '2026-11-01T07:30:00.000Z'],
    ['2026-09-07T10:00:00', '-07:00', '2026-09-07T17:00:00.000Z'],
    ['2026-09-07T10:00:00+24:00', null, null],
    ['2026-09-07T10:00:00+02:99', null, null],
    ['0001-01-01T00:00:00Z', null, null],
    ['2026-13-01T00:00:00Z', null, null],
    ['2026-09-07', null, null],
    ['tomorrow', null, null],
    [1_790_000_000, null, null],
    [null, null, null],
  ])('%p in %p is %p', (text, zone, instant) => {
    expect(instantOf(text, zone)?.toISOString() ?? null).toBe(instant);
  });

  test('a time skipped by a clock change is still an instant', () => {
    expect(instantOf('2026-03-29T02:30:00', 'Europe/Berlin')?.toISOString()).toMatch(
      /^2026-03-29T0[01]:30/,
    );
  });

  test('timestamps keep milliseconds, and year 1 becomes null', () => {
    expect(timestamp('2026-08-30T14:19:20.1Z')).toBe('2026-08-30T14:19:20.100Z');
    expect(timestamp('0001-01-01T00:00:00Z')).toBeNull();
  });
});

describe('a day', () => {
  test.each([
    ['2026-12-25', '2026-12-25'],
    ['2026-12-25T00:00:00.0000000', '2026-12-25'],
    ['2024-02-29', '2024-02-29'],
    ['2026-02-29', null],
    ['2026-02-31', null],
    ['0001-01-01', null],
    ['25.12.2026', null],
    [undefined, null],
  ])('%p is %p', (text, day) => {
    expect(dayOf(text)).toBe(day);
  });

  test('an all-day event has at least one day, and its end is exclusive', () => {
    expect(wholeDays('2026-12-31', null)).toEqual({
      allDay: true,
      start: { date: '2026-12-31' },
      end: { date: '2027-01-01' },
    });
    for (const end of ['2026-12-31', '2026-12-30'])
      expect(wholeDays('2026-12-31', end).end).toEqual({ date: '2027-01-01' });
    expect(wholeDays('2026-12-31', '2027-01-03').end).toEqual({ date: '2027-01-03' });
  });

  test('the day of an instant is the date in its time zone', () => {
    expect(dayIn(new Date('2026-09-06T22:00:00Z'), 'Europe/Berlin')).toBe('2026-09-07');
    expect(dayIn(new Date('2026-09-06T22:00:00Z'), null)).toBe('2026-09-06');
  });
});

test('an end before its start becomes the start', () => {
  const start = new Date('2026-09-07T08:00:00Z');
  for (const end of [null, new Date('2026-09-07T07:00:00Z'), start]) {
    expect(between(start, end, 'UTC').end).toEqual({
      dateTime: '2026-09-07T08:00:00.000Z',
      timeZone: 'UTC',
    });
  }
});
