/** Channels as rows: which accounts are due, and who wins a race with a disconnect. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/options.js';
import { ChannelFinder } from '../../src/push/channel-finder.js';
import { ChannelStore } from '../../src/push/channel-store.js';
import { NoticeStore } from '../../src/push/notice-store.js';
import { insertAccount, insertCalendar } from '../support/insert-rows.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

const DAY = 86_400_000;
const ADDRESS = 'https://hooks.example.com/integrations/webhooks/any';

let database: TestDatabase;
let dataSource: DataSource;
let store: ChannelStore;
let finder: ChannelFinder;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 4 }).initialize();
  store = new ChannelStore(dataSource);
  finder = new ChannelFinder(dataSource);
});
afterEach(() => dataSource.query('TRUNCATE connected_accounts CASCADE'));
afterAll(async () => {
  await dataSource?.destroy();
  await database?.drop();
});

interface Watched {
  readonly accountId: string;
  readonly calendarId: string;
  readonly channelId: string;
}

/** An account with one calendar that has been read, and a channel that was requested for it. */
async function pending(): Promise<Watched> {
  const accountId = await insertAccount(dataSource);
  const calendarId = await insertCalendar(dataSource, { accountId });
  await dataSource.query(`UPDATE calendars SET last_synced_at = now() WHERE id = $1`, [calendarId]);
  const channelId = randomUUID();
  const claim = { id: channelId, accountId, calendarId, address: ADDRESS };
  expect(await store.claim({ ...claim, secretHash: Buffer.alloc(32), at: new Date() })).toEqual({
    failures: 0,
  });
  return { accountId, calendarId, channelId };
}

const terms = (renewInDays: number) => ({
  resourceId: randomUUID(),
  expiresAt: new Date(Date.now() + 7 * DAY),
  renewAt: new Date(Date.now() + renewInDays * DAY),
});

/** The same, with the channel active. */
async function active({ renewInDays = 5 } = {}): Promise<Watched> {
  const watched = await pending();
  expect(await store.activate(watched.accountId, watched.channelId, terms(renewInDays))).toBe(true);
  return watched;
}

const stateOf = async ({ channelId }: Watched): Promise<string | undefined> => {
  const [row] = await dataSource.query(`SELECT state FROM push_channels WHERE id = $1`, [
    channelId,
  ]);
  return row?.state;
};
const setStatus = (accountId: string, status: string) =>
  dataSource.query(`UPDATE connected_accounts SET status = $2 WHERE id = $1`, [accountId, status]);
const deselect = (calendarId: string) =>
  dataSource.query(`UPDATE calendars SET selected = false WHERE id = $1`, [calendarId]);

describe('due accounts', () => {
  test('an account is due when a renewal is due, and not before', async () => {
    await active();
    const { accountId } = await active({ renewInDays: -1 });
    expect([...(await finder.due(new Date(), 10)).values()].flat()).toEqual([accountId]);
  });

  test('an account that needs its user is not due, so that it takes no place of another', async () => {
    const waiting = await active({ renewInDays: -2 });
    const { accountId } = await active({ renewInDays: -1 });
    await setStatus(waiting.accountId, 'reauthorization_required');
    expect([...(await finder.due(new Date(), 1)).values()].flat()).toEqual([accountId]);
  });

  test('each provider has its own places, so that none waits behind another', async () => {
    const first = await active({ renewInDays: -3 });
    await active({ renewInDays: -2 });
    const other = await active({ renewInDays: -1 });
    await dataSource.query(`UPDATE connected_accounts SET provider = 'microsoft' WHERE id = $1`, [
      other.accountId,
    ]);
    expect(Object.fromEntries(await finder.due(new Date(), 1))).toEqual({
      google: [first.accountId],
      microsoft: [other.accountId],
    });
  });

  test('an account is due when a calendar was deselected, and its channel is then retired', async () => {
    const watched = await active();
    await deselect(watched.calendarId);
    expect([...(await finder.due(new Date(), 10)).values()].flat()).toEqual([watched.accountId]);
    await store.retireUnwanted(watched.accountId);
    expect(await stateOf(watched)).toBe('retired');
    expect(await finder.toStop(watched.accountId, new Date())).toMatchObject([
      { id: watched.channelId },
    ]);
  });

  test('an account is due when a calendar was deleted, and the channel is kept until it is stopped', async () => {
    const watched = await active();
    await dataSource.query(`DELETE FROM calendars WHERE id = $1`, [watched.calendarId]);
    expect([...(await finder.due(new Date(), 10)).values()].flat()).toEqual([watched.accountId]);
    expect(await stateOf(watched)).toBe('active');
  });
});

describe('a channel that the provider agreed to', () => {
  test('it is not activated when the calendar was deselected meanwhile', async () => {
    const watched = await pending();
    await deselect(watched.calendarId);
    expect(await store.activate(watched.accountId, watched.channelId, terms(5))).toBe(false);
  });

  test('it waits for a disconnect that has begun, and is then not activated', async () => {
    const watched = await pending();
    const disconnect = dataSource.createQueryRunner();
    await disconnect.startTransaction();
    await disconnect.query(
      `UPDATE connected_accounts SET status = 'disconnecting' WHERE id = '${watched.accountId}'`,
    );
    let isDecided = false;
    const activated = store
      .activate(watched.accountId, watched.channelId, terms(5))
      .finally(() => (isDecided = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isDecided).toBe(false);
    await disconnect.commitTransaction();
    await disconnect.release();
    expect(await activated).toBe(false);
    expect(await stateOf(watched)).toBe('pending');
  });

  test('it is not requested for an account that is being disconnected', async () => {
    const accountId = await insertAccount(dataSource);
    const calendarId = await insertCalendar(dataSource, { accountId });
    await setStatus(accountId, 'disconnecting');
    const claim = { id: randomUUID(), accountId, calendarId, address: ADDRESS, at: new Date() };
    expect(await store.claim({ ...claim, secretHash: Buffer.alloc(32) })).toBeNull();
  });
});

test('a calendar is watched again after a new grant, since its channel may have ended with the old one', async () => {
  const { accountId, calendarId, channelId } = await active();
  const toWatch = () => finder.toWatch(accountId, ADDRESS, new Date());
  expect(await toWatch()).toEqual([]);
  await dataSource.query(
    `UPDATE account_syncs SET trigger = 'connect', started_at = now() + interval '1 second'
      WHERE account_id = $1`,
    [accountId],
  );
  expect(await toWatch()).toMatchObject([{ calendarId, current: { id: channelId } }]);
});

test('notices of a deselected calendar find a retired channel', async () => {
  const { calendarId, channelId } = await active();
  const notices = new NoticeStore(dataSource);
  expect(await notices.find('google', [channelId])).toMatchObject([{ state: 'active' }]);
  expect(await notices.find('microsoft', [channelId])).toEqual([]);
  await deselect(calendarId);
  expect(await notices.find('google', [channelId])).toMatchObject([{ state: 'retired' }]);
});
