// Brings a database up to date, once, however many processes start together.

import { Client } from 'pg';
import { createDataSource, SCHEMA } from './options.js';

/** Arbitrary but fixed: the advisory lock under which migrations run. */
const MIGRATION_LOCK = 7_140_218_551;

/** Creates our schema if absent and runs what migrations are missing. @throws when the server cannot be reached or refuses */
export async function migrateDatabase(url: string): Promise<void> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'calendar-connect migrate',
  });
  client.on('error', () => {}); // a connection cut while it waits is told by the statement that waits
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    // Asked first, since the statement needs the right to create even where there is nothing to create.
    const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [
      SCHEMA,
    ]);
    if (rowCount === 0) await client.query(`CREATE SCHEMA ${SCHEMA}`);
    const dataSource = createDataSource({
      url,
      poolSize: 2,
      statementTimeoutMs: 0,
      idleInTransactionTimeoutMs: 0,
    });
    await dataSource.initialize();
    try {
      await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await client.end();
  }
}
