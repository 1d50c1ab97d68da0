// Brings a database up to date, once, even when several processes start together.

import { Client } from 'pg';
import { MigrationSource } from './migration-source.js';

/** Arbitrary but fixed: the advisory lock under which migrations run. */
const MIGRATION_LOCK = 7_140_218_551;

/** Creates our schema if absent and runs the missing migrations. @throws when the server cannot be reached or refuses */
export async function migrateDatabase(url: string): Promise<void> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'calendar-connect migrate',
  });
  // A connection that is cut makes the waiting statement fail, which reports it.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const source = await new MigrationSource(url).initialize();
    try {
      await source.runMigrations();
    } finally {
      await source.destroy();
    }
  } finally {
    await client.end();
  }
}
