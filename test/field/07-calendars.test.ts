// Field report 07: a calendar that is not found once, and one that disappears and comes back.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy({ service: { choresEverySeconds: 1 } });
});
afterAll(() => deployment?.stop());
afterEach(() => deployment.sandbox.control.clearFaults());

describe.each([
  ['google', 'google.events.list', { error: { code: 404, errors: [{ reason: 'notFound' }] } }],
  ['microsoft', 'microsoft.calendarView.delta', { error: { code: 'ErrorItemNotFound' } }],
] as const)('%s', (provider, route, body) => {
  let person: Person;
  let team: string;
  let unticked: string;

  /** The calendars that are not primary, by name: what a host holds on to. */
  const others = async () =>
    Object.fromEntries(
      (await person.calendars())
        .filter(({ primary }) => !primary)
        .map(({ name, id, selected }) => [name, { id, selected }]),
    );
  const changesSince = async (since: string) =>
    (
      await person.browser
        .get(`/integrations/accounts/${person.accountId}/events?updatedSince=${since}`)
        .expect(200)
    ).body;

  beforeAll(async () => {
    person = new Person(deployment, provider);
    person.add('own', 1);
    team = person.addCalendar({ name: 'Team' });
    unticked = person.addCalendar({ name: 'Unticked', selected: false });
    person.add('of the team', 2, {}, team);
    person.add('unticked', 3, {}, unticked);
    await person.connect();
    // Both choices are made by hand.
    for (const [name, selected] of [
      ['Team', true],
      ['Unticked', true],
    ] as const) {
      const { id } = (await others())[name]!;
      await person.browser
        .patch(`/integrations/accounts/${person.accountId}/calendars/${id}`, { selected })
        .expect(200);
      await person.browser.synced(person.accountId);
    }
    await person.syncAgain();
    expect((await person.titles()).sort()).toEqual(['of the team', 'own', 'unticked']);
  });

  test('calendars that answer 404 while the list names them are kept and tried again', async () => {
    const before = await others();
    const since = new Date().toISOString();
    for (const path of [team, unticked])
      deployment.sandbox.control.addFault({ route, user: person.email, path, status: 404, body });
    expect(await person.syncAgain()).toMatchObject({ error: { code: 'calendar_gone' } });
    expect(await others()).toEqual(before);
    expect((await person.titles()).sort()).toEqual(['of the team', 'own', 'unticked']);
    expect((await changesSince(since)).deleted).toEqual([]);
    const [{ sync }] = (await person.calendars()).filter(({ name }) => name === 'Team');
    expect(sync).toMatchObject({ state: 'backoff', error: { code: 'calendar_gone' } });
    expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
    expect(await others()).toEqual(before);
  });

  test('a calendar that the list drops is gone, and comes back with its id and the choice', async () => {
    const { Team, Unticked } = await others();
    await person.browser
      .patch(`/integrations/accounts/${person.accountId}/calendars/${Team!.id}`, {
        selected: false,
      })
      .expect(200);
    const since = new Date().toISOString();
    for (const calendarId of [team, unticked])
      person.control.deleteCalendar({ ...person.ref, calendarId });
    expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
    expect(await others()).toEqual({});
    expect(await person.titles()).toEqual(['own']);
    expect((await changesSince(since)).deleted).not.toEqual([]);
    await person.browser
      .patch(`/integrations/accounts/${person.accountId}/calendars/${Unticked!.id}`, {
        selected: false,
      })
      .expect(404);
    for (const calendarId of [team, unticked])
      person.control.restoreCalendar({ ...person.ref, calendarId });
    expect(await person.syncAgain()).toMatchObject({ state: 'idle', error: null });
    expect(await others()).toEqual({
      Team: { id: Team!.id, selected: false },
      Unticked: { id: Unticked!.id, selected: true },
    });
    expect((await person.titles()).sort()).toEqual(['own', 'unticked']);
  });

  test('a calendar that is gone for more than 30 days is forgotten', async () => {
    const { Unticked } = await others();
    person.control.deleteCalendar({ ...person.ref, calendarId: unticked });
    await person.syncAgain();
    await deployment.query(
      `UPDATE calendars SET gone_at = now() - interval '31 days' WHERE id = '${Unticked!.id}'`,
    );
    for (let tries = 0; tries < 100; tries += 1) {
      const rows = await deployment.query(`SELECT 1 FROM calendars WHERE id = '${Unticked!.id}'`);
      if (rows.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    person.control.restoreCalendar({ ...person.ref, calendarId: unticked });
    await person.syncAgain();
    expect((await others())['Unticked']!.id).not.toBe(Unticked!.id);
  });
});
