// Locking a table that is in use without stopping everyone who uses it.

import { setTimeout as delay } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';

const TRIES = 30;
/**
 * While a lock is waited for, every later statement on the table waits behind it: so never for
 * long.
 */
const LOCK_TIMEOUT = '2s';
const PAUSE_MS = 500;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Takes the lock of `statement` inside the transaction of a migration. Where another transaction
 * holds the table, tries again for about a minute.
 * @throws the last failure of PostgreSQL
 */
export async function lockPatiently(queryRunner: QueryRunner, statement: string): Promise<void> {
  await queryRunner.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
  for (let tries = 1; ; tries++) {
    await queryRunner.query('SAVEPOINT before_lock');
    try {
      await queryRunner.query(statement);
      break;
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE || tries === TRIES) throw error;
      await queryRunner.query('ROLLBACK TO SAVEPOINT before_lock');
      await delay(PAUSE_MS);
    }
  }
  await queryRunner.query('SET LOCAL lock_timeout = 0');
}
