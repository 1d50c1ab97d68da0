/**
 * How a test run's databases and Redis keys are named, so that its teardown finds them and no other
 * run's.
 */

/** Begins the name of every database of the run. */
export function databasePrefix(runId: string): string {
  return `calendar_connect_test_${runId}_`;
}

/** The migrated database that the others are copied from. */
export function templateName(runId: string): string {
  return `${databasePrefix(runId)}template`;
}

/** Begins every Redis key of the run. */
export function keyPrefixOfRun(runId: string): string {
  return `calendar-connect-test:${runId}:`;
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
