/** Scheduled runs look first whether anything is new, and write little where nothing is. */
import { beforeEach, expect, test } from '@jest/globals';
import { ProviderError } from '../../src/errors.js';
import { calendar, event, page, put } from './scripted-provider.js';
import { useSyncFixture } from './sync-fixture.js';

const fixture = useSyncFixture();
let account: string;
let lists: number;

beforeEach(async () => {
  lists = 0;
  fixture.provider.beforeListing = () => {
    lists += 1;
  };
  fixture.provider.calendars.push(calendar('team'));
  fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
  account = await fixture.connect();
  await fixture.sync(account);
  lists = 0;
  fixture.provider.asked.length = 0;
});

async function scheduled(minutesLater = 10): Promise<unknown> {
  fixture.clock = new Date(fixture.clock.getTime() + minutesLater * 60_000);
  const { syncId } = await fixture.request(account, 'schedule');
  return fixture.run(account, syncId);
}

const told = () =>
  fixture.dataSource.query(
    `SELECT data FROM notifications WHERE account_id = $1 AND type = 'sync.completed'
      ORDER BY sequence`,
    [account],
  );

test('a run that finds nothing new asks once for each calendar and says so', async () => {
  fixture.provider.say('primary', page([], { cursor: 'c2' }));
  expect(await scheduled()).toBe('quiet');
  expect([lists, fixture.provider.asked.map(({ cursor }) => cursor).sort()]).toEqual([
    0,
    ['c1', 'first'],
  ]);
  expect(await fixture.account(account)).toMatchObject({
    state: 'idle',
    errorCode: null,
    lastSyncedAt: fixture.clock,
    finishedAt: fixture.clock,
    nextSyncAt: new Date(fixture.clock.getTime() + 600_000),
    calendarsDone: 2,
    calendarsTotal: 2,
  });
  expect(await fixture.cursor(account)).toBe('c2');
  const { lastSyncedAt } = (await fixture.calendars.list(account))[0]!;
  expect(lastSyncedAt).toEqual(fixture.clock);
  const [, second] = await told();
  expect(second.data).toMatchObject({ trigger: 'schedule', first: false, changed: 0, deleted: 0 });
  expect(await fixture.ids(account)).toEqual(['a']);
});

test('a run that finds a change saves it without asking again', async () => {
  fixture.provider.say('primary', page(put(event('b')), { cursor: 'c2' }));
  expect(await scheduled()).toBe('ended');
  expect(fixture.provider.asked.filter((one) => one.providerCalendarId === 'primary')).toHaveLength(
    1,
  );
  expect([await fixture.ids(account), await fixture.cursor(account)]).toEqual([['a', 'b'], 'c2']);
});

test('calendars are listed at least once an hour, and a new one is read', async () => {
  await scheduled(50);
  expect(lists).toBe(0);
  expect(await scheduled(11)).toBe('ended');
  expect(lists).toBe(1);
  expect(await scheduled(50)).toBe('quiet');
  fixture.provider.calendars.push(calendar('new'));
  fixture.provider.say('new', page(put(event('n')), { cursor: 'n1' }));
  await scheduled(11);
  expect(await fixture.ids(account)).toEqual(['a', 'n']);
});

test('a calendar that was renamed, or is listed no more, is noticed within an hour', async () => {
  fixture.provider.calendars = [calendar('primary', { primary: true, name: 'Renamed' })];
  await scheduled(61);
  const names = (await fixture.calendars.list(account)).map(({ name }) => name);
  expect(names).toEqual(['Renamed']);
});

test('a cursor that was dropped during the look stays dropped', async () => {
  fixture.provider.say('primary', async () => {
    await fixture.dataSource.transaction((manager) =>
      fixture.calendars.dropCursors(manager, account),
    );
    return page([], { cursor: 'c2' });
  });
  await scheduled();
  expect(await fixture.cursor(account)).toBeNull();
});

test('a calendar that was deselected during the look stays empty', async () => {
  const id = await fixture.calendarId(account);
  fixture.provider.say('primary', async () => {
    await fixture.calendars.select(account, id, false);
    return page([], { cursor: 'c2' });
  });
  await scheduled();
  expect([await fixture.cursor(account), await fixture.ids(account)]).toEqual([null, []]);
});

test('a run that another one has replaced during the look records nothing', async () => {
  fixture.provider.say('primary', async () => {
    await fixture.request(account, 'connect');
    await fixture.dataSource.query('UPDATE account_syncs SET sync_id = gen_random_uuid()');
    return page([], { cursor: 'c2' });
  });
  await scheduled();
  expect(await fixture.cursor(account)).toBe('c1');
  expect(await told()).toHaveLength(1);
});

test('a request during the look is followed by a run', async () => {
  fixture.provider.say('primary', async () => {
    await fixture.request(account, 'manual');
    return page([], { cursor: 'c2' });
  });
  expect(await scheduled()).toBe('ended');
  expect(await fixture.account(account)).toMatchObject({
    again: 'manual',
    nextSyncAt: fixture.clock,
  });
});

test('a provider that is unavailable fails the run, and the next one reads as usual', async () => {
  fixture.provider.say(
    'primary',
    ...Array.from({ length: 3 }, () => new ProviderError('provider_unavailable')),
  );
  await scheduled();
  expect(await fixture.account(account)).toMatchObject({
    state: 'backoff',
    errorCode: 'provider_unavailable',
    failures: 1,
  });
  expect(lists).toBe(0);
  await scheduled();
  expect(lists).toBe(1);
  expect(await fixture.account(account)).toMatchObject({ state: 'idle', failures: 0 });
});

test('a cursor that expired leads to a full read', async () => {
  fixture.provider.say(
    'primary',
    new ProviderError('cursor_expired'),
    page(put(event('fresh')), { cursor: 'c9' }),
  );
  await scheduled();
  expect([await fixture.ids(account), await fixture.cursor(account)]).toEqual([['fresh'], 'c9']);
});
