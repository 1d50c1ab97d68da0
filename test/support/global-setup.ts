/**
 * Jest's global setup: starts the servers of this run and sets TEST_DATABASE_URL, TEST_REDIS_URL
 * and TEST_RUN_ID.
 */
import '../../scripts/typescript.mjs';

/** Starts or finds the servers; `global-teardown.ts` stops them. */
export default async function globalSetup(): Promise<void> {
  // Not a static import: the loader above must be installed before the sources are loaded.
  const { startRunServers } = await import('./run-servers.js');
  const servers = await startRunServers(process.env);
  Object.assign(process.env, servers.environment);
  Object.assign(globalThis, { [Symbol.for('calendar-connect test servers')]: servers });
}
