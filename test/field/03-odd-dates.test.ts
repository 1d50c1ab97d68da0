// Field report 03: a date that no database keeps costs one field, never the event.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { day, Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment?.stop());

const ODD_DATES = [
  '0000-12-31T00:00:00.000Z',
  '0000-00-00T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '0001-01-02T00:00:00+14:00',
  '-0001-01-01T00:00:00Z',
  '-004713-01-01T00:00:00Z',
  '10000-01-01T00:00:00Z',
  '+012026-01-01T00:00:00Z',
  '9999-12-31T23:59:59-05:00',
  '294277-01-01T00:00:00Z',
  '2026-02-31T10:00:00Z',
  '2026-13-01T10:00:00Z',
  'yesterday',
  '',
  0,
  1_790_000_000_000,
  true,
  {},
  [],
];

test('Google: odd values of created and updated become null', async () => {
  const person = new Person(deployment, 'google');
  for (const [index, odd] of ODD_DATES.entries()) {
    person.add(`created ${index}`, 1, { extra: { created: odd } });
    person.add(`updated ${index}`, 2, { extra: { updated: odd } });
  }
  await person.connect();
  const events = await person.events();
  expect(events).toHaveLength(2 * ODD_DATES.length);
  for (const { title, createdAt, updatedAt } of events) {
    const [field] = title.split(' ');
    expect([title, field === 'created' ? createdAt : updatedAt]).toEqual([title, null]);
    expect([title, field === 'created' ? updatedAt : createdAt]).not.toEqual([title, null]);
  }
  expect((await person.calendar()).sync).toMatchObject({ skipped: 0, error: null });
});

test('Microsoft: odd values of both timestamps become null', async () => {
  const person = new Person(deployment, 'microsoft');
  for (const [index, odd] of ODD_DATES.entries())
    person.add(`odd ${index}`, 1, {
      extra: { createdDateTime: odd, lastModifiedDateTime: odd, originalStart: odd },
    });
  await person.connect();
  const events = await person.events();
  expect(events).toHaveLength(ODD_DATES.length);
  for (const { createdAt, updatedAt } of events)
    expect([createdAt, updatedAt]).toEqual([null, null]);
});

test('Google: an odd end becomes the shortest span, and an odd start the next best time', async () => {
  const person = new Person(deployment, 'google');
  const start = { dateTime: `${day(3)}T10:00:00Z` };
  for (const [index, odd] of ODD_DATES.entries()) {
    person.add(`end ${index}`, 3, { extra: { end: { dateTime: odd } } });
    person.add(`start ${index}`, 3, { extra: { start: { dateTime: odd } } });
    person.add(`original ${index}`, 3, {
      extra: { start: { dateTime: odd }, recurringEventId: 'r', originalStartTime: start },
    });
    person.add(`day ${index}`, 3, { start: day(3), end: day(4), extra: { end: { date: odd } } });
  }
  await person.connect();
  const events = new Map((await person.events()).map((event) => [event.title, event]));
  expect(events.size).toBe(4 * ODD_DATES.length);
  for (const index of ODD_DATES.keys()) {
    const at = (title: string) => {
      const { start: from, end: to } = events.get(`${title} ${index}`);
      return [from.dateTime ?? from.date, to.dateTime ?? to.date];
    };
    expect(at('end')).toEqual([`${day(3)}T10:00:00.000Z`, `${day(3)}T10:00:00.000Z`]);
    expect(at('start')).toEqual([`${day(3)}T11:00:00.000Z`, `${day(3)}T11:00:00.000Z`]);
    expect(at('original')).toEqual([`${day(3)}T10:00:00.000Z`, `${day(3)}T11:00:00.000Z`]);
    // The last day that can be stored is a day.
    const isLast = String(ODD_DATES[index]).startsWith('9999');
    expect(at('day')).toEqual([day(3), isLast ? '9999-12-31' : day(4)]);
  }
});

test('Microsoft: an odd end or start costs no more', async () => {
  const person = new Person(deployment, 'microsoft');
  for (const [index, odd] of ODD_DATES.entries()) {
    person.add(`end ${index}`, 3, { extra: { end: { dateTime: odd, timeZone: 'UTC' } } });
    person.add(`start ${index}`, 3, { extra: { start: { dateTime: odd, timeZone: 'UTC' } } });
    person.add(`day ${index}`, 3, {
      start: day(3),
      end: day(4),
      extra: { start: { dateTime: odd, timeZone: 'UTC' } },
    });
  }
  await person.connect();
  // One of them begins on the last day that can be stored, which is outside the window.
  expect(await person.titles()).toHaveLength(3 * ODD_DATES.length - 1);
});

test('an event without any readable time is skipped alone, and counted', async () => {
  for (const provider of ['google', 'microsoft'] as const) {
    const person = new Person(deployment, provider);
    person.add('good', 1);
    person.add('timeless', 1, { extra: { start: null, end: null } });
    await person.connect();
    expect(await person.titles()).toEqual(['good']);
    expect((await person.calendar()).sync).toMatchObject({ skipped: 1, error: null });
  }
});

test('events at the edges of what can be stored are outside the window, not errors', async () => {
  const person = new Person(deployment, 'google');
  const { id } = person.add('moves', 1);
  person.add('stays', 1);
  await person.connect();
  expect((await person.titles()).sort()).toEqual(['moves', 'stays']);
  for (const date of ['9999-12-31', '9999-12-30', '0002-01-01']) {
    const extra = { start: { date }, end: { date: '10000-01-01' } };
    person.control.updateEvent({ ...person.ref, eventId: id, changes: { extra } });
    await person.syncAgain();
    expect(await person.titles()).toEqual(['stays']);
    person.control.updateEvent({ ...person.ref, eventId: id, changes: { extra: {} } });
    await person.syncAgain();
    expect((await person.titles()).sort()).toEqual(['moves', 'stays']);
  }
});
