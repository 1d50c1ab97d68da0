/** The trigger on `events` sees a change of every column that a reader can see. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { EVENT_COLUMNS } from '../../src/calendars/event-row.js';
import { createDataSource } from '../../src/database/options.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

const ID = '00000000-0000-4000-8000-000000000001';

/** A new value for a column, by its type. Every one differs from what the event was inserted with. */
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
    await dataSource.query(
      `INSERT INTO connected_accounts (id, user_id, provider, provider_account_id, scopes, status, access_token,
                                       refresh_token, access_token_expires_at, connected_at, updated_at)
       VALUES ($1::uuid, 'user', 'any', 'account', '{}', 'connected', 'a', 'r', now(), now(), now())`,
      [ID],
    );
    await dataSource.query(
      `INSERT INTO calendars (id, account_id, provider_calendar_id, name, is_primary, access_role, selected)
       VALUES ($1::uuid, $1::uuid, 'calendar', 'Calendar', true, 'owner', true)`,
      [ID],
    );
    // The dates are there already: an all-day event must have both.
    await dataSource.query(
      `INSERT INTO events (id, account_id, calendar_id, provider_event_id, kind, all_day, starts_at, ends_at, start_date,
                           end_date, status, busy, event_type, visibility, attendees, sparse, shown, round)
       VALUES ($1::uuid, $1::uuid, $1::uuid, 'event', 'single', false, '2026-12-24T09:00:00Z', '2026-12-24T10:00:00Z',
               '2026-12-24', '2026-12-25', 'confirmed', false, 'default', 'default', '[]', false, true, $1::uuid)`,
      [ID],
    );
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
  const { sparse, providerEventId, ...visible } = EVENT_COLUMNS;
  const columns = Object.values(visible).map(({ column, type }) => [column, type] as const);

  test.each(columns)('moves with %s', async (column, type) => {
    expect(await moves(column, OTHER_VALUE[type] ?? 'NULL')).toBe(true);
  });

  test('moves when an event becomes hidden', async () => {
    expect(await moves('shown', 'false')).toBe(true);
  });

  test.each([
    [sparse.column, 'true'],
    ['round', `gen_random_uuid()`],
  ])('stays with %s, which no reader sees', async (column, value) => {
    expect(await moves(column, value)).toBe(false);
  });

  test('stays when nothing changes', async () => {
    expect(await moves('title', 'title')).toBe(false);
  });
});
