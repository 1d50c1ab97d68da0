// Brings a database up to date, once, even when several processes start together.

import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { connectionUrl } from './connection-url.js';
import { MigrationSource } from './migration-source.js';
import {
  AccountSyncsTable1764300000001,
  isView,
} from './migrations/1764300000000-account-syncs.js';

/** Arbitrary but fixed: the advisory lock under which migrations run. */
const MIGRATION_LOCK = 7_140_218_551;

/** Between two tries for the lock (milliseconds). */
const LOCK_EVERY_MS = 200;

/** Migrations after which the version before this one cannot run any more. They run on request. */
const CONTRACTIONS = [AccountSyncsTable1764300000001];

/**
 * Creates our schema if absent and runs the missing migrations.
 * @throws when the server cannot be reached or refuses
 */
export function migrateDatabase(url: string): Promise<void> {
  return underLock(url, () => runMigrations(new MigrationSource(url)));
}

/**
 * The last step of an upgrade: removes what only the version before this one needs. Afterwards that
 * version cannot run.
 * @throws when the server cannot be reached or refuses
 */
export function contractDatabase(url: string): Promise<void> {
  return underLock(url, async () => {
    await runMigrations(new MigrationSource(url));
    await runMigrations(new MigrationSource(url, CONTRACTIONS));
  });
}

/** Whether the last step of an upgrade is still to be done. */
export function awaitsContraction(dataSource: DataSource): Promise<boolean> {
  return isView(dataSource);
}

async function runMigrations(source: MigrationSource): Promise<void> {
  await source.initialize();
  try {
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}

async function underLock(url: string, work: () => Promise<void>): Promise<void> {
  const client = new Client({
    connectionString: connectionUrl(url),
    connectionTimeoutMillis: 5_000,
    application_name: 'calendar-connect migrate',
  });
  // A connection that is cut makes the waiting statement fail, which reports it.
  client.on('error', () => {});
  await client.connect();
  try {
    await lock(client);
    await work();
  } finally {
    await client.end();
  }
}

/**
 * Takes the lock when it is free. A statement that waited for it would be waited for in turn by
 * CREATE INDEX CONCURRENTLY, in the process that has the lock.
 */
async function lock(client: Client): Promise<void> {
  const attempt = 'SELECT pg_try_advisory_lock($1) AS taken';
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>(attempt, [MIGRATION_LOCK]);
    if (rows[0]?.taken) return;
    await delay(LOCK_EVERY_MS);
  }
}
