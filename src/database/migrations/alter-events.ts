// For migrations: adds and drops columns of events, together with the trigger that sees their
// changes.

import type { QueryRunner } from 'typeorm';
import { EVENT_COLUMNS } from '../../calendars/event-columns.js';
import { lockPatiently } from '../patient-lock.js';
import { rowsOf } from '../rows.js';

const LOCK = 'LOCK TABLE events IN ACCESS EXCLUSIVE MODE';

/** Changes that readers cannot see, or that cannot happen, do not move `changed_at`. */
const WATCHED: readonly string[] = [
  ...EVENT_COLUMNS.filter(
    ({ property }) => property !== 'sparse' && property !== 'providerEventId',
  ).map(({ column }) => column),
  'shown',
];

/**
 * Adds a column to events. A change of its values moves `changed_at`, if the entity has it as a
 * column that comes from the provider.
 * @param definition its type, and a constant default if it has one: `text`
 */
export async function addEventColumn(
  queryRunner: QueryRunner,
  column: string,
  definition: string,
): Promise<void> {
  await lockPatiently(queryRunner, LOCK);
  await queryRunner.query(`ALTER TABLE events ADD COLUMN ${column} ${definition}`);
  await watchChanges(queryRunner, []);
}

/** Drops a column of events. */
export async function dropEventColumn(queryRunner: QueryRunner, column: string): Promise<void> {
  await lockPatiently(queryRunner, LOCK);
  await watchChanges(queryRunner, [column]);
  await queryRunner.query(`ALTER TABLE events DROP COLUMN ${column}`);
}

/**
 * Creates the trigger of `changed_at` anew. Columns that later migrations add to the entity do not
 * exist yet, and are left out.
 */
async function watchChanges(queryRunner: QueryRunner, except: readonly string[]): Promise<void> {
  const existing = await rowsOf<{ column: string }>(
    queryRunner,
    `SELECT attname AS "column" FROM pg_attribute
      WHERE attrelid = 'events'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  const names = existing.map(({ column }) => column).filter((one) => !except.includes(one));
  const watched = WATCHED.filter((column) => names.includes(column));
  const row = (of: string) => watched.map((column) => `${of}.${column}`).join(', ');
  await queryRunner.query(`DROP TRIGGER events_changed ON events`);
  await queryRunner.query(`
    CREATE TRIGGER events_changed BEFORE UPDATE ON events FOR EACH ROW
      WHEN ((${row('OLD')}) IS DISTINCT FROM (${row('NEW')}))
      EXECUTE FUNCTION note_event_change()`);
}
