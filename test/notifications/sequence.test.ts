/** Numbers and places of notifications that many transactions write at the same time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/options.js';
import { ACCOUNT_ANNOUNCEMENTS } from '../../src/notifications/announcements.js';
import { Feed } from '../../src/notifications/feed.js';
import { Numbering } from '../../src/notifications/numbering.js';
import { insertAccount } from '../support/insert-rows.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 20 }).initialize();
});
afterAll(async () => {
  await dataSource?.destroy();
  await database?.drop();
});

const ALL = { userId: null, accountId: null, types: null };

test('a reader misses nothing that commits while it reads, and sees each account in order', async () => {
  const notifications = new Feed(dataSource, new Numbering(dataSource));
  const accounts = await Promise.all(Array.from({ length: 8 }, () => insertAccount(dataSource)));
  let cursor = await notifications.end();
  let isWriting = true;
  const seen: { accountId: unknown; sequence: number | null }[] = [];
  const read = async () => {
    const page = await notifications.read(cursor, ALL, 50);
    cursor = page.nextCursor;
    for (const { notification } of page.entries)
      seen.push({ accountId: notification.data.accountId, sequence: notification.sequence });
    return page.hasMore;
  };
  const reading = (async () => {
    while (isWriting) await read();
    while (await read());
  })();
  let rolledBack = 0;
  await Promise.all(
    Array.from({ length: 12 }, async (_, writer) => {
      for (let i = 0; i < 40; i++) {
        const accountId = accounts[(writer + i) % accounts.length]!;
        await dataSource
          .transaction(async (manager) => {
            await ACCOUNT_ANNOUNCEMENTS.onReauthorizationRequired(manager, accountId);
            // Some hold their number for a while, and some give it back.
            if (i % 5 === 0) await manager.query('SELECT pg_sleep(0.02)');
            if (i % 7 === 3) throw new Error('rolled back');
          })
          .catch(() => rolledBack++);
      }
    }),
  );
  isWriting = false;
  await reading;
  expect(seen).toHaveLength(12 * 40 - rolledBack);
  expect(rolledBack).toBeGreaterThan(0);
  for (const accountId of accounts) {
    const own = seen.filter((one) => one.accountId === accountId).map(({ sequence }) => sequence);
    expect(own).toEqual(own.map((_, index) => index + 1));
  }
});

test('nothing is announced of an account after its disconnection', async () => {
  const accountId = await insertAccount(dataSource);
  await dataSource.transaction((manager) =>
    ACCOUNT_ANNOUNCEMENTS.onDisconnecting(manager, accountId),
  );
  await dataSource.transaction((manager) =>
    ACCOUNT_ANNOUNCEMENTS.onReauthorizationRequired(manager, accountId),
  );
  expect(
    await dataSource.query('SELECT type FROM notifications WHERE account_id = $1', [accountId]),
  ).toEqual([{ type: 'account.disconnected' }]);
});

test.each([
  ['other text', 'hello'],
  ['a page cursor', Buffer.from('["2026-12-01T09:00:00.000Z"]').toString('base64url')],
  ['a negative position', Buffer.from('feed:-1').toString('base64url')],
  ['another spelling of a position', `${Buffer.from('feed:1').toString('base64url')}=`],
])('%s is no cursor', async (_name, cursor) => {
  const notifications = new Feed(dataSource, new Numbering(dataSource));
  await expect(notifications.read(cursor, ALL, 50)).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test('a cursor before deleted notifications, and one after the end, have expired', async () => {
  const notifications = new Feed(dataSource, new Numbering(dataSource));
  const first = Buffer.from('feed:0').toString('base64url');
  const beyond = Buffer.from('feed:999999999').toString('base64url');
  await notifications.read(first, ALL, 1);
  await dataSource.query('UPDATE notification_feed SET deleted_to = 3');
  for (const cursor of [first, beyond])
    await expect(notifications.read(cursor, ALL, 1)).rejects.toMatchObject({
      code: 'changes_expired',
    });
});
