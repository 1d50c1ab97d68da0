// `npm run migrate`: brings the database of DATABASE_URL up to date, or local mode's own, and ends. Both our tables and
// the queue's, so that the service's own role needs no right to create anything.

import { isProduction, readEnvironment } from './environment.js';
import { createLogger } from './logger.js';
import { migrateEverything } from './migrate-everything.js';

async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const url = environment['DATABASE_URL'] || null;
  if (url !== null) {
    await migrateEverything(url, createLogger('warn'));
  } else if (isProduction(environment)) {
    throw new Error('DATABASE_URL is missing: postgres://user:password@host:5432/database');
  } else {
    const { startEmbeddedPostgres } = await import('../local/embedded-postgres.js');
    const postgres = await startEmbeddedPostgres({
      dataDir: environment['DATA_DIR'] || '.data',
      log: (line) => console.log(line),
    });
    try {
      await migrateEverything(postgres.url, createLogger('warn'));
    } finally {
      await postgres.stop();
    }
  }
  console.log('the database is up to date');
}

main().catch((error: unknown) => {
  console.error('migration failed:', error instanceof Error ? error.message : error);
  process.exit(1);
});
