// `npm run migrate`: brings the database of DATABASE_URL up to date, or local mode's own, and ends. Both our tables and
// the queue's, so that the service's own role needs no right to create anything.

import { migrateDatabase } from './database/migrate.js';
import { createDataSource } from './database/options.js';
import { isProduction, readEnvironment } from './environment.js';
import { createLogger } from './logger.js';
import { createQueue } from './sync/queue.js';

async function migrateEverything(url: string): Promise<void> {
  await migrateDatabase(url);
  const dataSource = await createDataSource({ url, poolSize: 2, statementTimeoutMs: 0 }).initialize();
  try {
    const queue = createQueue({ dataSource, logger: createLogger('warn'), role: 'web' });
    await queue.start();
    await queue.stop({ graceMs: 1_000 });
  } finally {
    await dataSource.destroy();
  }
}

async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const url = environment['DATABASE_URL'] || null;
  if (url !== null) {
    await migrateEverything(url);
  } else if (isProduction(environment)) {
    throw new Error('DATABASE_URL is missing: postgres://user:password@host:5432/database');
  } else {
    const { startEmbeddedPostgres } = await import('./local/embedded-postgres.js');
    const postgres = await startEmbeddedPostgres({
      dataDir: environment['DATA_DIR'] || '.data',
      log: (line) => console.log(line),
    });
    try {
      await migrateEverything(postgres.url);
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
