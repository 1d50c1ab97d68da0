/** The trigger on `events` sees a change of every column that a reader can see. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { EVENT_COLUMNS } from '../../src/calendars/event-columns.js';
import { createDataSource } from '../../src/database/options.js';
import { insertAccount, insertCalendar, insertEvent } from '../support/insert-rows.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

/**
 * A new value for a column, by its type. Every one differs from what the event was inserted with.
 */
const OTHER_VALUE: Record<string, string> = {
  text: `'changed'`,
  jsonb: `'{"date": "2026-12-24"}'`,
  boolean: 'true',
  timestamptz: `'2027-01-01T00:00:00Z'`,
  date: `'2027-01-01'`,
};

describe('changed_at', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await createDataSource({ url: database.url, poolSize: 2 }).initialize();
    const accountId = await insertAccount(dataSource);
    const calendarId = await insertCalendar(dataSource, { accountId });
    await insertEvent(dataSource, { accountId, calendarId });
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  /** Whether an update of the column, which is undone afterwards, moves `changed_at`. */
  async function moves(column: string, value: string): Promise<boolean> {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      // A time that the trigger, which sets the time of the transaction, cannot set.
      await runner.query(`ALTER TABLE events DISABLE TRIGGER events_changed`);
      await runner.query(`UPDATE events SET changed_at = '2000-01-01T00:00:00Z'`);
      await runner.query(`ALTER TABLE events ENABLE TRIGGER events_changed`);
      await runner.query(`UPDATE events SET ${column} = ${value}`);
      const [row] = await runner.query(
        `SELECT changed_at > '2000-01-01T00:00:00Z' AS moved FROM events`,
      );
      return row.moved;
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  }

  // The id that the provider gives an event never changes: it is what the row is found by.
  const columns = EVENT_COLUMNS.filter(
    ({ property }) => property !== 'sparse' && property !== 'providerEventId',
  ).map(({ column, type }) => [column, type] as const);

  test.each(columns)('changed_at moves with %s', async (column, type) => {
    expect(await moves(column, OTHER_VALUE[type] ?? 'NULL')).toBe(true);
  });

  test('changed_at moves when an event becomes hidden', async () => {
    expect(await moves('shown', 'false')).toBe(true);
  });

  test.each([
    ['sparse', 'true'],
    ['round', `gen_random_uuid()`],
  ])('changed_at does not move with %s, which readers cannot see', async (column, value) => {
    expect(await moves(column, value)).toBe(false);
  });

  test('changed_at does not move when no value changes', async () => {
    expect(await moves('title', 'title')).toBe(false);
  });
});
