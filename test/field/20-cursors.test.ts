// Field reports 20 and 21: no cursor, and a cursor that is refused with 400.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment?.stop());

describe.each([
  ['google', 'google.events.list', 'syncToken', ['invalid', 'bare400']],
  ['microsoft', 'microsoft.calendarView.delta', '$deltatoken', ['badToken', 'bare400']],
] as const)('%s', (provider, route, parameter, refusals) => {
  const withCursor = (person: Person) =>
    person.requests(route).map(({ query }) => query[parameter] !== undefined);

  test.each([null, 2])(
    'without a cursor all pages of %p events are shown, and read in full again',
    async (pageSize) => {
      deployment.sandbox.control.configure({ [provider]: { omitCursors: true, pageSize } });
      const person = new Person(deployment, provider);
      for (const title of ['a', 'b', 'c']) person.add(title, 1);
      const { id } = person.add('d', 2);
      expect(await person.connect()).toMatchObject({ state: 'idle', error: null });
      expect((await person.titles()).sort()).toEqual(['a', 'b', 'c', 'd']);
      expect((await person.calendar()).sync).toMatchObject({ state: 'idle', error: null });
      expect((await person.account()).lastSyncedAt).not.toBeNull();
      person.control.deleteEvent({ ...person.ref, eventId: id });
      person.add('e', 3);
      await person.syncAgain();
      expect((await person.titles()).sort()).toEqual(['a', 'b', 'c', 'e']);
      expect(withCursor(person)).not.toContain(true);
      deployment.sandbox.control.configure({ [provider]: { omitCursors: false, pageSize: null } });
      await person.syncAgain();
      await person.syncAgain();
      expect(withCursor(person)).toContain(true);
    },
  );

  test.each(refusals)(
    'a cursor that is refused with 400 leads to one full reading: %s',
    async (goneVariant) => {
      deployment.sandbox.control.configure({ [provider]: { goneVariant } });
      const person = new Person(deployment, provider);
      person.add('a', 1);
      await person.connect();
      person.control.expireCursors(person.ref);
      person.add('b', 2);
      expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
      expect(await person.titles()).toEqual(['a', 'b']);
      expect(withCursor(person)).toEqual([false, true, false]);
      await person.syncAgain();
      expect(withCursor(person)).toEqual([false, true, false, true]);
    },
  );

  test.each([
    ['words about nothing', 400, { error: { code: 400, message: 'Bad Request' } }],
    ['no body', 400, ''],
    ['an address that is too long', 414, '<title>Error 414</title>'],
  ])('with a cursor, %s leads to one full reading too', async (_name, status, body) => {
    const person = new Person(deployment, provider);
    person.add('a', 1);
    await person.connect();
    person.add('b', 2);
    person.control.addFault({ route, user: person.email, status, body });
    expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
    expect(await person.titles()).toEqual(['a', 'b']);
    expect(withCursor(person)).toEqual([false, true, false]);
  });

  test('where the full reading is refused too, the calendar keeps its events and has an error', async () => {
    const person = new Person(deployment, provider);
    person.add('a', 1);
    await person.connect();
    const body = { error: { code: 400, message: 'Bad Request' } };
    person.control.addFault({ route, user: person.email, times: 2, status: 400, body });
    await person.syncAgain();
    expect((await person.calendar()).sync.error).toMatchObject({ code: 'provider_error' });
    expect(await person.titles()).toEqual(['a']);
    await person.syncAgain();
    expect((await person.calendar()).sync.error).toBeNull();
    expect(withCursor(person)).toEqual([false, true, false, false]);
  });
});
