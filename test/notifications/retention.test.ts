/** What is deleted: old notifications with their deliveries, and those of an erased user. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/options.js';
import { announceAdminConsent } from '../../src/notifications/admin-consent.js';
import { ACCOUNT_ANNOUNCEMENTS } from '../../src/notifications/announcements.js';
import { Feed } from '../../src/notifications/feed.js';
import { Numbering } from '../../src/notifications/numbering.js';
import { deleteOldNotifications, eraseNotifications } from '../../src/notifications/retention.js';
import { insertAccount } from '../support/insert-rows.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 4 }).initialize();
});
afterAll(async () => {
  await dataSource?.destroy();
  await database?.drop();
});

const ALL = { userId: null, accountId: null, types: null };
const feed = () => new Feed(dataSource, new Numbering(dataSource));

const tell = (accountId: string) =>
  dataSource.transaction((manager) =>
    ACCOUNT_ANNOUNCEMENTS.onReauthorizationRequired(manager, accountId),
  );

test('old notifications are deleted, and a cursor from before them expires', async () => {
  const accountId = await insertAccount(dataSource);
  const start = await feed().end();
  for (let i = 0; i < 3; i++) await tell(accountId);
  const { entries } = await feed().read(start, ALL, 10);
  await dataSource.query(
    `UPDATE notifications SET created_at = now() - interval '31 days' WHERE sequence < 3`,
  );
  await deleteOldNotifications(dataSource, 30);
  await expect(feed().read(start, ALL, 10)).rejects.toMatchObject({ code: 'changes_expired' });
  const left = await feed().read(entries[1]!.cursor, ALL, 10);
  expect(left.entries.map(({ notification }) => notification.sequence)).toEqual([3]);
});

test('an erased user leaves no notification, and gets none of the erasure', async () => {
  const accountId = await insertAccount(dataSource, { userId: 'erased' });
  await tell(accountId);
  const start = await feed().end();
  await dataSource.transaction(async (manager) => {
    await ACCOUNT_ANNOUNCEMENTS.onDisconnecting(manager, accountId);
    await eraseNotifications(manager, 'erased');
  });
  await tell(accountId);
  expect((await feed().read(start, ALL, 10)).entries).toEqual([]);
  expect(await dataSource.query(`SELECT FROM notifications WHERE user_id = 'erased'`)).toEqual([]);
});

test('the decision of an administrator concerns no account', async () => {
  const start = await feed().end();
  await announceAdminConsent(dataSource, {
    requestId: 'r1',
    outcome: 'granted',
    userId: 'asking',
    provider: 'microsoft',
  });
  const { entries } = await feed().read(start, { ...ALL, userId: 'asking' }, 10);
  expect(entries.map(({ notification }) => notification)).toMatchObject([
    {
      type: 'admin_consent.granted',
      sequence: null,
      data: { accountId: null, userId: 'asking', provider: 'microsoft', requestId: 'r1' },
    },
  ]);
});
