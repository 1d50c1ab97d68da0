// Brings our tables and the queue's up to date, on connections without a time limit.

import { contractDatabase, migrateDatabase } from './database/migrate.js';
import { createDataSource } from './database/options.js';
import { JOBS } from './sync/jobs/jobs.js';
import type { SyncLog } from './sync/log.js';
import { createQueue } from './sync/queue.js';

/**
 * `expand` before the new version starts, `contract` when no process of the version before runs.
 */
export type MigrationStep = 'expand' | 'contract';

/**
 * Does the work once, even when several processes start together.
 * @throws when the server cannot be reached or refuses
 */
export async function migrateEverything(
  url: string,
  logger: SyncLog,
  step: MigrationStep = 'expand',
): Promise<void> {
  if (step === 'contract') await contractDatabase(url);
  else await migrateDatabase(url);
  const dataSource = await createDataSource({
    url,
    poolSize: 2,
    statementTimeoutMs: 0,
  }).initialize();
  try {
    const queue = createQueue({ dataSource, logger, role: 'web', queues: JOBS });
    await queue.start();
    await queue.stop({ graceMs: 1_000 });
  } finally {
    await dataSource.destroy();
  }
}
