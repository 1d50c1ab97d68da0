// Field reports 16, 17 and 22, and their kind: values that the mapping read too strictly.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { day, Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment?.stop());

test('a negative reminder is a reminder at both providers', async () => {
  for (const provider of ['google', 'microsoft'] as const) {
    const person = new Person(deployment, provider);
    for (const reminderMinutes of [-540, -1, 0, 15])
      person.add(`at ${reminderMinutes}`, 1, { start: day(1), end: day(2), reminderMinutes });
    await person.connect();
    for (const minutes of [-540, -1, 0, 15])
      expect((await person.event(`at ${minutes}`)).reminders).toEqual({
        useDefault: false,
        overrides: [{ method: 'popup', minutes }],
      });
  }
});

test('Microsoft: a reminder without readable minutes is not "no reminder"', async () => {
  const person = new Person(deployment, 'microsoft');
  person.add('odd', 1, { extra: { isReminderOn: true, reminderMinutesBeforeStart: 'soon' } });
  person.add('text', 1, { extra: { isReminderOn: true, reminderMinutesBeforeStart: '-30' } });
  person.add('off', 1, { reminderMinutes: null });
  await person.connect();
  expect((await person.event('odd')).reminders).toEqual({ useDefault: true, overrides: [] });
  expect((await person.event('text')).reminders.overrides).toEqual([
    { method: 'popup', minutes: -30 },
  ]);
  expect((await person.event('off')).reminders).toEqual({ useDefault: false, overrides: [] });
});

test('Microsoft: workingElsewhere is not busy, in events and in free-busy', async () => {
  const person = new Person(deployment, 'microsoft');
  for (const showAs of ['workingElsewhere', 'free', 'busy', 'oof', 'tentative', 'unknown'] as const)
    person.add(showAs, 3, { showAs });
  person.add('at home', 5, { start: day(5), end: day(6), showAs: 'workingElsewhere' });
  await person.connect();
  const busy = (await person.events()).filter((event) => event.busy).map(({ title }) => title);
  expect(busy.sort()).toEqual(['busy', 'oof', 'tentative', 'unknown']);
  expect(await person.event('at home')).toMatchObject({
    busy: false,
    eventType: 'workingLocation',
  });
  const { body } = await person.browser
    .get(`/integrations/free-busy?from=${day(5)}T00:00:00Z&to=${day(6)}T00:00:00Z&timeZone=UTC`)
    .expect(200);
  expect(body.busy ?? body.data).toEqual([]);
});

test('Google: a list of rules without a rule is a single event', async () => {
  const person = new Person(deployment, 'google');
  const lists = [
    [],
    [''],
    ['  '],
    [null],
    ['EXDATE:20260101T000000Z'],
    'RRULE:FREQ=DAILY',
    {},
    false,
  ];
  for (const [index, recurrence] of lists.entries())
    person.add(`single ${index}`, 1, { extra: { recurrence } });
  await person.connect();
  const events = await person.events();
  expect(events).toHaveLength(lists.length);
  for (const { kind } of events) expect(kind).toBe('single');
  expect((await person.calendar()).sync.skipped).toBe(0);
});

test('Microsoft: an empty recurrence is a single event', async () => {
  const person = new Person(deployment, 'microsoft');
  const values = [{}, [], { pattern: null }, false, 'daily'];
  for (const [index, recurrence] of values.entries()) {
    person.add(`typed ${index}`, 1, { extra: { recurrence } });
    person.add(`untyped ${index}`, 1, { extra: { recurrence, type: null } });
  }
  await person.connect();
  expect(await person.titles()).toHaveLength(2 * values.length);
});

test('an address that is none is not shown as one', async () => {
  const none = [
    '/O=EXCHANGELABS/OU=EXCHANGE ADMINISTRATIVE GROUP/CN=RECIPIENTS/CN=ANA',
    '/o=org/cn=ana@example.com',
    'ana',
    'ana@',
    '@example.com',
    'ana@b@example.com',
    'Ana <ana@example.com>',
    'ana @example.com',
    `${'a'.repeat(400)}@example.com`,
    '',
    7,
  ];
  const google = new Person(deployment, 'google');
  const microsoft = new Person(deployment, 'microsoft');
  const addresses = [
    ...none,
    'ana@example.com',
    'unknownorganizer@calendar.google.com',
    'mailto:bo@example.com',
  ];
  google.add('people', 1, {
    extra: {
      organizer: { email: none[0], displayName: 'Ana' },
      attendees: addresses.map((email) => ({ email, responseStatus: 'accepted' })),
    },
  });
  microsoft.add('people', 1, {
    extra: {
      organizer: { emailAddress: { name: 'Ana', address: none[0] } },
      attendees: addresses.map((address) => ({ type: 'required', emailAddress: { address } })),
    },
  });
  for (const person of [google, microsoft]) {
    await person.connect();
    const { attendees, organizer } = await person.event('people');
    expect(organizer).toMatchObject({ email: null, name: 'Ana' });
    expect(attendees.map(({ email }: { email: string }) => email)).toEqual([
      ...none.map(() => null),
      'ana@example.com',
      'unknownorganizer@calendar.google.com',
      'bo@example.com',
    ]);
  }
});

test.each([['RRULE:'], ['RRULE:INTERVAL=2'], ['RDATE:'], ['EXDATE:20260101T100000Z'], ['']])(
  'Google: the recurrence %p makes no series, and the event is shown',
  async (line) => {
    const person = new Person(deployment, 'google');
    person.add('alone', 1, { extra: { recurrence: [line] } });
    await person.connect();
    expect(await person.event('alone')).toMatchObject({ kind: 'single' });
  },
);

test('Google: a wall time in a zone that is an offset is at its own hour', async () => {
  const person = new Person(deployment, 'google');
  const at = (hour: number) => ({ dateTime: `${day(3)}T${hour}:00:00`, timeZone: 'GMT-07:00' });
  person.add('offset', 3, { extra: { start: at(10), end: at(11) } });
  await person.connect();
  expect(await person.event('offset')).toMatchObject({
    start: { dateTime: `${day(3)}T17:00:00.000Z`, timeZone: null },
    end: { dateTime: `${day(3)}T18:00:00.000Z`, timeZone: null },
  });
});

test('Microsoft: the last day of a shorter month counts for day 29, 30 and 31', async () => {
  const person = new Person(deployment, 'microsoft');
  const start = '2025-01-31T10:00:00Z';
  person.add('month end', 0, {
    start,
    end: '2025-01-31T11:00:00Z',
    recurrence: 'RRULE:FREQ=MONTHLY;BYMONTHDAY=31',
  });
  await person.connect();
  const shown = (await person.events()).map((event) => event.start.dateTime.slice(0, 10));
  const [from, to] = [Date.parse(`${day(-30)}T00:00:00Z`), Date.parse(`${day(366)}T00:00:00Z`)];
  const expected: string[] = [];
  for (let month = 0; month < 60; month += 1) {
    const last = new Date(Date.UTC(2025, month + 1, 0));
    if (last.getTime() + 11 * 3_600_000 > from && last.getTime() + 10 * 3_600_000 < to)
      expected.push(last.toISOString().slice(0, 10));
  }
  expect(shown).toEqual(expected);
});
