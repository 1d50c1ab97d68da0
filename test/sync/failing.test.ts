/** When the host learns that the syncs of an account fail. */
import { expect, test } from '@jest/globals';
import { ProviderError } from '../../src/errors.js';
import { appendNotifications } from '../../src/notifications/append.js';
import { tellFailing } from '../../src/sync/failing.js';
import type { SyncTrigger } from '../../src/vocabulary.js';
import { calendar } from './scripted-provider.js';
import { useSyncFixture } from './sync-fixture.js';

const fixture = useSyncFixture();
const MINUTE = 60_000;

async function sync(account: string, trigger: SyncTrigger, fails = false): Promise<void> {
  fixture.provider.calendars = [calendar('primary', { primary: true })];
  if (fails) fixture.provider.say('primary', new ProviderError('provider_error'));
  const { syncId } = await fixture.request(account, trigger);
  await fixture.run(account, syncId);
}

function pass(minutes: number): void {
  fixture.clock = new Date(fixture.clock.getTime() + minutes * MINUTE);
}

/** Does the chore. @returns all notifications of the account, in order */
async function told(account: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  await tellFailing(fixture.dataSource, appendNotifications, {
    now: fixture.clock,
    pollMinutes: 10,
  });
  return fixture.dataSource.query(
    `SELECT type, data FROM notifications WHERE account_id = $1 ORDER BY sequence`,
    [account],
  );
}

test('the failure is announced once, when a success is overdue by three intervals', async () => {
  const account = await fixture.connect();
  await sync(account, 'connect');
  const { lastSyncedAt } = await fixture.account(account);
  pass(10);
  await sync(account, 'manual', true);
  pass(29);
  expect((await told(account)).map(({ type }) => type)).toEqual(['sync.completed']);
  pass(2);
  await sync(account, 'manual', true);
  const [, failing, ...more] = await told(account);
  expect(failing).toEqual({
    type: 'sync.failing',
    data: { code: 'provider_error', lastSyncedAt: lastSyncedAt!.toISOString() },
  });
  expect(more).toEqual([]);
  pass(60);
  await sync(account, 'manual', true);
  expect(await told(account)).toHaveLength(2);

  await sync(account, 'manual');
  pass(41);
  await sync(account, 'manual', true);
  expect((await told(account)).map(({ type }) => type)).toEqual([
    'sync.completed',
    'sync.failing',
    'sync.completed',
    'sync.failing',
  ]);
});

test('an account that never succeeded is announced too', async () => {
  const account = await fixture.connect();
  await sync(account, 'connect', true);
  pass(31);
  expect(await told(account)).toEqual([
    { type: 'sync.failing', data: { code: 'provider_error', lastSyncedAt: null } },
  ]);
});

test('an account that no worker has come to is not announced', async () => {
  const account = await fixture.connect();
  await sync(account, 'connect');
  pass(600);
  expect((await told(account)).map(({ type }) => type)).toEqual(['sync.completed']);
});

test('an account that needs its user is not announced', async () => {
  const account = await fixture.connect();
  await sync(account, 'connect', true);
  await fixture.change(account, { status: 'reauthorization_required' });
  pass(600);
  expect(await told(account)).toEqual([]);
});
