/** The fields of an event, and the version of the mapping that fills them. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { EVENT_COLUMNS, type ListedEvent } from '../../src/calendars/event-columns.js';
import { rowOf, shownEventOf } from '../../src/calendars/event-row.js';
import { EVENT_MODEL } from '../../src/event-model.js';
import { modelFingerprint, pageCursor } from '../../src/providers/cursor-version.js';
import { allDay, event } from '../sync/scripted-provider.js';

describe('the version of the event mapping', () => {
  const version = modelFingerprint(EVENT_MODEL);
  const changed = (fields: z.ZodRawShape) => modelFingerprint(EVENT_MODEL.extend(fields));
  const { status, title, organizer } = EVENT_MODEL.shape;

  test('cursors begin with the version of the model that the service maps to', () => {
    expect(pageCursor(null, 'token')).toMatch(new RegExp(`^v\\d+\\.${version}:token$`));
  });

  test.each<[string, string]>([
    ['a field is added', changed({ another: z.string() })],
    ['a field is removed', modelFingerprint(EVENT_MODEL.omit({ link: true }))],
    [
      'a field of a field is added',
      changed({ organizer: organizer.unwrap().extend({ phone: z.string() }).nullable() }),
    ],
    ['a field has another value', changed({ status: z.enum([...status.options, 'proposed']) })],
  ])('the version is another one when %s', (_change, other) => {
    expect(other).not.toBe(version);
  });

  test('the version stays when only the description or the order of fields changes', () => {
    expect(changed({ title: title.meta({ description: 'The subject' }) })).toBe(version);
    const reversed = Object.entries(EVENT_MODEL.shape).reverse();
    expect(modelFingerprint(z.object(Object.fromEntries(reversed)))).toBe(version);
  });
});

test('every field of the model has columns, under its name or as times', () => {
  const stored = Object.keys(rowOf(event('a')));
  expect(stored).toEqual(EVENT_COLUMNS.map(({ column }) => column));
  const times = ['start', 'end', 'createdAt', 'updatedAt'];
  const fields = Object.keys(EVENT_MODEL.shape).filter((name) => !times.includes(name));
  expect(EVENT_COLUMNS.map(({ property }) => property)).toEqual(expect.arrayContaining(fields));
});

const known = {
  createdAt: '2026-11-01T00:00:00.000Z',
  updatedAt: '2026-12-01T00:00:00.000Z',
  start: { dateTime: '2026-12-24T09:00:00.000Z', timeZone: 'Europe/Madrid' },
  end: { dateTime: '2026-12-24T10:00:00.000Z', timeZone: null },
};

test.each([
  ['an event with times', event('a', known)],
  [
    'an all-day event',
    { ...allDay('b', '2026-12-24', '2026-12-26'), createdAt: null, updatedAt: null },
  ],
])('%s is shown as it was stored', (_name, record) => {
  const row = rowOf(record);
  const listed = Object.fromEntries(
    EVENT_COLUMNS.filter(({ property }) => property !== 'sparse').map(
      ({ property, column, type }) => {
        const value = row[column];
        return [property, type === 'timestamptz' && value ? new Date(String(value)) : value];
      },
    ),
  );
  const { sparse, ...values } = record;
  expect(sparse).toBe(false);
  expect(shownEventOf(listed as unknown as ListedEvent)).toEqual(values);
});
