// For migrations: makes an index while the table is in use.

import type { QueryRunner } from 'typeorm';
import { rowsOf } from './rows.js';

/**
 * An index is made after the transactions that began before it. A longer wait ends the migration,
 * which the next start repeats.
 */
const LOCK_TIMEOUT = '2min';

/**
 * Makes an index without stopping those who write. Only in a migration with `transaction = false`.
 * What an interrupted attempt has left is removed first.
 * @param definition table, columns and condition: `events (account_id) WHERE shown`
 * @throws the failure of PostgreSQL
 */
export async function createIndex(
  queryRunner: QueryRunner,
  name: string,
  definition: string,
): Promise<void> {
  await queryRunner.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
  const [left] = await rowsOf<{ isValid: boolean }>(
    queryRunner,
    `SELECT indisvalid AS "isValid" FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [name],
  );
  if (left?.isValid === false) await dropIndex(queryRunner, name);
  await queryRunner.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ON ${definition}`);
  await queryRunner.query('RESET lock_timeout');
}

/** Drops an index, if it exists, without stopping anyone. */
export async function dropIndex(queryRunner: QueryRunner, name: string): Promise<void> {
  await queryRunner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}
