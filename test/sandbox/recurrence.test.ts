// Tests of the sandbox's recurrence rules and wall clock times.

import { describe, expect, test } from '@jest/globals';
import { occurrencesOf } from '../../sandbox/calendars/occurrences.js';
import { toInstant, toLocal, toOffsetTime } from '../../sandbox/calendars/zoned-time.js';
import { fromPattern, toPattern } from '../../sandbox/microsoft/recurrence.js';

const YEAR = { from: Date.parse('2025-12-31T23:00:00Z'), to: Date.parse('2026-12-31T23:00:00Z') };

function starts(
  start: string,
  rule: string | string[],
  timeZone = 'Europe/Madrid',
  span = YEAR,
): string[] {
  const recurrence = typeof rule === 'string' ? [rule] : rule;
  const series = {
    start: { dateTime: start, timeZone },
    end: { dateTime: start, timeZone },
    recurrence,
  };
  return occurrencesOf(series, span, 'UTC').map((one) =>
    new Date(one.startsAt).toISOString().slice(0, 16),
  );
}

describe('wall clock time', () => {
  test('wall clock time moves forward in a gap and is the first of two in an overlap', () => {
    expect(new Date(toInstant('2026-03-29T02:30:00', 'Europe/Madrid')).toISOString()).toBe(
      '2026-03-29T01:30:00.000Z',
    );
    expect(new Date(toInstant('2026-10-25T02:30:00', 'Europe/Madrid')).toISOString()).toBe(
      '2026-10-25T00:30:00.000Z',
    );
    expect(toOffsetTime(Date.parse('2026-01-01T00:00:00Z'), 'Asia/Kathmandu')).toBe(
      '2026-01-01T05:45:00+05:45',
    );
    expect(toLocal(Date.parse('2026-10-03T15:30:00Z'), 'Australia/Lord_Howe')).toBe(
      '2026-10-04T02:30:00',
    );
  });
});

describe('recurrence rules', () => {
  test('rules keep their wall clock time across a change of the clock', () => {
    expect(starts('2026-03-23T10:00:00', 'RRULE:FREQ=WEEKLY;COUNT=2')).toEqual([
      '2026-03-23T09:00',
      '2026-03-30T08:00',
    ]);
  });

  test('rules repeat daily, weekly, monthly and yearly, with their parts', () => {
    expect(starts('2026-01-01T00:00:00', 'RRULE:FREQ=DAILY;INTERVAL=10;COUNT=3', 'UTC')).toEqual([
      '2026-01-01T00:00',
      '2026-01-11T00:00',
      '2026-01-21T00:00',
    ]);
    expect(
      starts(
        '2026-01-05T00:00:00',
        'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20260121T000000Z',
        'UTC',
      ),
    ).toEqual(['2026-01-05T00:00', '2026-01-07T00:00', '2026-01-19T00:00', '2026-01-21T00:00']);
    expect(
      starts('2026-01-31T00:00:00', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3', 'UTC'),
    ).toEqual(['2026-01-31T00:00', '2026-03-31T00:00', '2026-05-31T00:00']);
    expect(starts('2026-01-13T00:00:00', 'RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=3', 'UTC')).toEqual([
      '2026-01-13T00:00',
      '2026-02-10T00:00',
      '2026-03-10T00:00',
    ]);
    expect(
      starts(
        '2026-01-30T00:00:00',
        'RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2',
        'UTC',
      ),
    ).toEqual(['2026-01-30T00:00', '2026-02-27T00:00']);
    expect(
      starts('2020-02-29T00:00:00', 'RRULE:FREQ=YEARLY', 'UTC', {
        from: 0,
        to: Date.parse('2030-01-01T00:00:00Z'),
      }),
    ).toEqual(['2020-02-29T00:00', '2024-02-29T00:00', '2028-02-29T00:00']);
  });

  test('rules leave out EXDATEs, and reach a window long after they began', () => {
    expect(
      starts('2026-01-05T10:00:00', [
        'RRULE:FREQ=WEEKLY;COUNT=3',
        'EXDATE;TZID=Europe/Madrid:20260112T100000',
      ]),
    ).toEqual(['2026-01-05T09:00', '2026-01-19T09:00']);
    expect(starts('1990-01-01T10:00:00', 'RRULE:FREQ=DAILY', 'UTC')).toHaveLength(365);
  });

  test('rules convert to Graph patterns and back', () => {
    const start = { dateTime: '2026-01-13T09:00:00', timeZone: 'Europe/Berlin' };
    const pattern = toPattern({
      start,
      end: start,
      recurrence: ['RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=3'],
    });
    expect(pattern).toMatchObject({
      pattern: { type: 'relativeMonthly', index: 'second', daysOfWeek: ['tuesday'] },
      range: {
        type: 'numbered',
        numberOfOccurrences: 3,
        endDate: '0001-01-01',
        recurrenceTimeZone: 'W. Europe Standard Time',
      },
    });
    expect(fromPattern(pattern ?? {})).toEqual(['RRULE:FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2;COUNT=3']);
  });
});
