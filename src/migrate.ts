// `npm run migrate`: brings the database of DATABASE_URL, or of local mode, up to date and exits.
// It also creates the queue's tables, so that the service's own role needs no right to create.
// `npm run migrate -- contract` is the last step of an upgrade (docs/operations.md, "Upgrading").

import { isProduction, readEnvironment } from './environment.js';
import { createLogger } from './logger.js';
import { type MigrationStep, migrateEverything } from './migrate-everything.js';

async function main(): Promise<void> {
  const step = readStep(process.argv[2]);
  const environment = readEnvironment(process.env);
  const url = environment['DATABASE_URL'] || null;
  if (url !== null) {
    await migrateEverything(url, createLogger('warn'), step);
  } else if (isProduction(environment)) {
    throw new Error(
      'DATABASE_URL is missing. Example: postgres://user:password@host:5432/database',
    );
  } else {
    await migrateLocalDatabase(environment['DATA_DIR'] || '.data', step);
  }
  console.log('The database is up to date.');
}

function readStep(argument: string | undefined): MigrationStep {
  if (argument === undefined) return 'expand';
  if (argument === 'contract') return argument;
  throw new Error(`There is no step "${argument}". Give no argument, or "contract".`);
}

/** Starts the database of local mode for as long as the migration takes. */
async function migrateLocalDatabase(dataDir: string, step: MigrationStep): Promise<void> {
  const { startEmbeddedPostgres } = await import('../local/embedded-postgres.js');
  const postgres = await startEmbeddedPostgres({ dataDir, log: (line) => console.log(line) });
  try {
    await migrateEverything(postgres.url, createLogger('warn'), step);
  } finally {
    await postgres.stop();
  }
}

main().catch((error: unknown) => {
  console.error('The migration failed:', error instanceof Error ? error.message : error);
  process.exit(1);
});
