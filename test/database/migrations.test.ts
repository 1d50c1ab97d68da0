/** The list of migrations, and the helper that alters events. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource, QueryRunner } from 'typeorm';
import { migrationList } from '../../scripts/migrations.js';
import { addEventColumn, dropEventColumn } from '../../src/database/migrations/alter-events.js';
import { createDataSource } from '../../src/database/options.js';
import { insertAccount, insertCalendar, insertEvent } from '../support/insert-rows.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

test('the list of migrations is what `npm run migration:new` writes', () => {
  const list = new URL('../../src/database/migrations.ts', import.meta.url);
  expect(readFileSync(list, 'utf8')).toBe(migrationList());
});

describe('altering events', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let runner: QueryRunner;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await createDataSource({ url: database.url, poolSize: 2 }).initialize();
    const accountId = await insertAccount(dataSource);
    const calendarId = await insertCalendar(dataSource, { accountId });
    await insertEvent(dataSource, { accountId, calendarId });
    runner = dataSource.createQueryRunner();
    await runner.startTransaction();
  });
  afterAll(async () => {
    await runner?.rollbackTransaction();
    await runner?.release();
    await dataSource?.destroy();
    await database?.drop();
  });

  /** Whether the trigger's condition has the column. */
  async function watches(column: string): Promise<boolean> {
    const [{ definition }] = await runner.query(
      `SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgname = 'events_changed'`,
    );
    return new RegExp(`\\bnew\\.${column}\\b`).test(definition);
  }

  test('a dropped column leaves the trigger of changed_at, and an added one joins it', async () => {
    await dropEventColumn(runner, 'location');
    expect([await watches('location'), await watches('title')]).toEqual([false, true]);
    await addEventColumn(runner, 'location', 'text');
    expect([await watches('location'), await watches('title')]).toEqual([true, true]);
  });

  test('a column that is not the provider’s does not join it', async () => {
    await addEventColumn(runner, 'read_at', 'timestamptz');
    const internal = ['read_at', 'round', 'sparse', 'changed_at'];
    expect(await Promise.all(internal.map(watches))).toEqual([false, false, false, false]);
  });
});
