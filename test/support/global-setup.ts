/** Jest's global setup: the servers of this run, made known to the tests by TEST_DATABASE_URL, TEST_REDIS_URL, TEST_RUN_ID. */
import '../../scripts/typescript.mjs';

/** Starts or finds the servers; `global-teardown.ts` stops them. */
export default async function globalSetup(): Promise<void> {
  // Not a static import: the sources can be loaded only once the first one above has run.
  const { startRunServers } = await import('./run-servers.js');
  const servers = await startRunServers(process.env);
  Object.assign(process.env, servers.environment);
  Object.assign(globalThis, { [Symbol.for('calendar-connect test servers')]: servers });
}
