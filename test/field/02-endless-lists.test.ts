// Field report 02: a list that never ends is noticed, and what it has is shown by other means.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { day, Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment?.stop());

const LISTS = { google: 'google.events.list', microsoft: 'microsoft.calendarView' } as const;

describe.each(['google', 'microsoft'] as const)('%s', (provider) => {
  function personWithEvents(): Person {
    const person = new Person(deployment, provider);
    person.add('single', 1);
    person.add('daily', 2, { recurrence: 'RRULE:FREQ=DAILY;COUNT=3' });
    return person;
  }

  function configure(
    endlessLists: 'none' | 'largePages' | 'changes' | 'all',
    endlessKind: 'same' | 'revised' | 'lost' = 'same',
  ): void {
    deployment.sandbox.control.configure({ [provider]: { endlessLists, endlessKind } });
  }

  const all = ['single', 'daily', 'daily', 'daily'];

  test('smaller pages end a list that does not end with large ones', async () => {
    configure('largePages');
    const person = personWithEvents();
    expect(await person.connect()).toMatchObject({ state: 'idle', error: null });
    expect(await person.titles()).toEqual(all);
    expect((await person.calendar()).sync).toMatchObject({ state: 'idle', error: null });
    expect(person.requests(LISTS[provider]).length).toBeLessThan(12);
    configure('none');
  });

  test('a list of changes that never ends is replaced by a plain list, and the calendar says why', async () => {
    configure('changes');
    const person = personWithEvents();
    expect(await person.connect()).toMatchObject({ state: 'idle' });
    expect(await person.titles()).toEqual(all);
    expect(person.requests(LISTS[provider]).length).toBeLessThan(20);
    const { sync, lastSyncedAt } = await person.calendar();
    expect(sync).toMatchObject({ state: 'idle', error: { code: 'changes_unavailable' } });
    expect(lastSyncedAt).not.toBeNull();

    person.add('later', 8);
    await person.syncAgain();
    expect(await person.titles()).toEqual([...all, 'later']);

    configure('none');
    await person.syncAgain();
    expect((await person.calendar()).sync.error).toBeNull();
    expect(await person.titles()).toEqual([...all, 'later']);
  });

  test('where no list ends, what was listed is shown, and the calendar has an error', async () => {
    configure('all');
    const person = personWithEvents();
    await person.connect();
    expect(await person.titles()).toEqual(all);
    expect((await person.calendar()).sync).toMatchObject({
      state: 'backoff',
      error: { code: 'provider_error' },
    });
    configure('none');
    await person.syncAgain({ full: true });
    expect(await person.titles()).toEqual(all);
    expect((await person.calendar()).sync.error).toBeNull();
  });

  test('a list that goes round with new revisions of the same events is noticed', async () => {
    configure('changes', 'revised');
    const person = personWithEvents();
    expect(await person.connect()).toMatchObject({ state: 'idle' });
    expect(await person.titles()).toEqual(all);
    expect(person.requests(LISTS[provider]).length).toBeLessThan(20);
    expect((await person.calendar()).sync.error).toMatchObject({ code: 'changes_unavailable' });
    configure('none');
  });

  test('where the next page cannot be requested, the calendar is listed in another way', async () => {
    configure('changes', 'lost');
    const person = personWithEvents();
    expect(await person.connect()).toMatchObject({ state: 'idle' });
    expect(await person.titles()).toEqual(all);
    expect((await person.calendar()).sync.error).toMatchObject({ code: 'changes_unavailable' });
    configure('none');
    await person.syncAgain();
    expect((await person.calendar()).sync.error).toBeNull();
  });

  test('where no next page can be requested, what was listed is shown, and nothing is removed', async () => {
    const person = personWithEvents();
    const extra = person.addCalendar({ name: 'Extra' });
    await person.connect();
    person.control.updateCalendar({ ...person.ref, calendarId: extra, changes: { hidden: true } });
    person.add('later', 8);
    configure('all', 'lost');
    await person.syncAgain({ full: true });
    expect(await person.titles()).toEqual([...all, 'later']);
    expect(await person.calendars()).toHaveLength(2);
    expect((await person.calendar()).sync).toMatchObject({
      state: 'backoff',
      error: { code: 'provider_error' },
    });
    configure('none');
    await person.syncAgain();
    expect(await person.calendars()).toHaveLength(1);
    expect((await person.calendar()).sync.error).toBeNull();
  });

  test('calendars that an endless list lacks are kept', async () => {
    const person = personWithEvents();
    const extra = person.addCalendar({ name: 'Extra' });
    await person.connect();
    expect(await person.calendars()).toHaveLength(2);
    configure('all');
    person.control.updateCalendar({ ...person.ref, calendarId: extra, changes: { hidden: true } });
    await person.syncAgain();
    expect(await person.calendars()).toHaveLength(2);
    configure('none');
    await person.syncAgain();
    expect(await person.calendars()).toHaveLength(1);
  });
});

test('mailboxes whose lists never end do not keep others waiting', async () => {
  deployment.sandbox.control.configure({ microsoft: { endlessLists: 'changes', latencyMs: 100 } });
  const stuck = Array.from({ length: 4 }, () => new Person(deployment, 'microsoft'));
  for (const person of stuck) person.add('stuck', 1);
  await Promise.all(
    stuck.map((person) => person.browser.connect('microsoft', { as: person.email })),
  );
  const well = new Person(deployment, 'google');
  well.add('well', 1);
  await well.connect();
  expect(await well.titles()).toEqual(['well']);
  deployment.sandbox.control.configure({ microsoft: { endlessLists: 'none', latencyMs: 5 } });
  expect(day(0)).toMatch(/^\d{4}-/);
}, 30_000);
