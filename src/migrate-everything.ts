// Our tables and the queue's, brought up to date on connections that may take their time.

import { migrateDatabase } from './database/migrate.js';
import { createDataSource } from './database/options.js';
import type { SyncLog } from './sync/log.js';
import { createQueue } from './sync/queue.js';

/** However many processes do it together, it is done once. @throws when the server cannot be reached or refuses */
export async function migrateEverything(url: string, logger: SyncLog): Promise<void> {
  await migrateDatabase(url);
  const dataSource = await createDataSource({
    url,
    poolSize: 2,
    statementTimeoutMs: 0,
  }).initialize();
  try {
    const queue = createQueue({ dataSource, logger, role: 'web' });
    await queue.start();
    await queue.stop({ graceMs: 1_000 });
  } finally {
    await dataSource.destroy();
  }
}
