/**
 * Jest's global teardown: drops this run's databases and stops what the setup started, also after
 * failed tests.
 */
import type { RunServers } from './run-servers.js';

/** Undoes `global-setup.ts`. */
export default async function globalTeardown(): Promise<void> {
  const servers = Reflect.get(globalThis, Symbol.for('calendar-connect test servers')) as
    | RunServers
    | undefined;
  await servers?.stop();
}
