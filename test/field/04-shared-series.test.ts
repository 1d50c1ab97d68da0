// Field report 04: a series in a calendar of another person is shown; no series costs a calendar.

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment?.stop());
afterEach(() => deployment.sandbox.control.clearFaults());

/** A person with a calendar of Bo's, which has a single event and a series that began long ago. */
function personWithShared(): Person {
  const person = new Person(deployment, 'microsoft');
  const team = person.addCalendar({
    name: 'Team',
    owner: { email: 'bo@northwind.example', name: 'Bo' },
    accessRole: 'writer',
  });
  person.add('alone', 1, {}, team);
  person.add('weekly', 2, { recurrence: 'RRULE:FREQ=WEEKLY;COUNT=2' }, team);
  return person;
}

/** The delta has no masters, as for series that began before its window. */
function withoutMasters(): void {
  deployment.sandbox.control.configure({ microsoft: { masterPosition: 'absent' } });
}

test('the master of a series is read below its calendar', async () => {
  withoutMasters();
  const person = personWithShared();
  await person.connect();
  expect(await person.titles()).toEqual(['alone', 'weekly', 'weekly']);
});

test.each([
  ['is not found', { status: 404, body: { error: { code: 'ErrorItemNotFound' } } }],
  ['is forbidden', { status: 403, body: { error: { code: 'ErrorAccessDenied' } } }],
  ['is refused', { status: 400, body: { error: { code: 'ErrorInvalidRequest' } } }],
  ['is empty', { status: 200, body: {} }],
  ['is none', { status: 200, body: [] }],
  ['fails for ever', { status: 500, body: { error: { code: 'ErrorInternalServerError' } } }],
])(
  'where a master %s, its occurrences are shown with their times',
  async (_name, effect) => {
    withoutMasters();
    const person = personWithShared();
    deployment.sandbox.control.addFault({
      route: 'microsoft.events.get',
      times: 'always',
      ...effect,
    });
    await person.connect();
    expect(await person.titles()).toEqual(['alone', null, null]);
    for (const { busy, start, end } of (await person.events()).slice(1))
      expect([busy, start.dateTime.slice(11), end.dateTime.slice(11)]).toEqual([
        true,
        '10:00:00.000Z',
        '11:00:00.000Z',
      ]);
    for (const { sync } of await person.calendars())
      expect(sync).toMatchObject({ state: 'idle', error: null });

    deployment.sandbox.control.clearFaults();
    await person.syncAgain({ full: true });
    expect(await person.titles()).toEqual(['alone', 'weekly', 'weekly']);
  },
  60_000,
);

test('a master that was missing is requested again with the next change', async () => {
  withoutMasters();
  const person = new Person(deployment, 'microsoft');
  person.add('weekly', 2, { recurrence: 'RRULE:FREQ=WEEKLY;COUNT=2' });
  deployment.sandbox.control.addFault({
    route: 'microsoft.events.get',
    times: 'always',
    status: 404,
    body: { error: { code: 'ErrorItemNotFound' } },
  });
  await person.connect();
  expect(await person.titles()).toEqual([null, null]);
  deployment.sandbox.control.clearFaults();
  person.add('other', 1);
  await person.syncAgain();
  expect(await person.titles()).toEqual(['other', 'weekly', 'weekly']);
});
