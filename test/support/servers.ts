/** Databases and Redis key prefixes for tests, and throwaway servers that a test may break. */
import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../local/embedded-postgres.js';
import { signalTree } from './process-tree.js';
import {
  findRedisServer,
  type RedisServer,
  type RedisServerOptions,
  startRedisServer,
} from './redis-server.js';
import { databasePrefix, keyPrefixOfRun, templateName, withDatabase } from './run-names.js';
import { makeDataDir, removeDataDir } from './temporary-data-dir.js';

/** A database that belongs to one test or suite. */
export interface TestDatabase {
  readonly url: string;
  /** Works while connections are open. A suite that does not call it fails. */
  drop(): Promise<void>;
}

/** A fresh database with every migration applied. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(`TEMPLATE ${templateName(setting('TEST_RUN_ID'))}`);
}

/** A fresh database with nothing in it. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('TEMPLATE template0');
}

async function createDatabase(clause: string): Promise<TestDatabase> {
  const serverUrl = setting('TEST_DATABASE_URL');
  const name = `${databasePrefix(setting('TEST_RUN_ID'))}${randomBytes(4).toString('hex')}`;
  // PostgreSQL copies a template once at a time, so all Jest workers take turns.
  await query(serverUrl, "SELECT pg_advisory_lock(hashtext('calendar-connect test template'))", [
    `CREATE DATABASE ${name} ${clause}`,
  ]);
  undropped()?.add(name);
  return {
    url: withDatabase(serverUrl, name),
    async drop() {
      await query(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      undropped()?.delete(name);
    },
  };
}

/** The list that the leak guard reads (leak-guard.mjs). */
function undropped(): Set<string> | undefined {
  return Reflect.get(globalThis, Symbol.for('calendar-connect test databases'));
}

async function query(connectionString: string, first: string, more: string[] = []): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    for (const text of [first, ...more]) await client.query(text);
  } finally {
    await client.end();
  }
}

/**
 * The run's Redis. Keys must begin with a {@link keyPrefix}.
 *
 * @throws Error outside {@link describeWithRedis} where there is none
 */
export function testRedisUrl(): string {
  return setting('TEST_REDIS_URL');
}

/**
 * A new prefix for Redis keys, so that parallel tests do not share keys. The run deletes the
 * remaining keys.
 */
export function keyPrefix(): string {
  return `${keyPrefixOfRun(setting('TEST_RUN_ID'))}${randomBytes(4).toString('hex')}:`;
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(
      `${name} is not set: is this run under Jest, with test/support/global-setup.ts?`,
    );
  return value;
}

/** `describe`, or where the run has no Redis `describe.skip` with the reason in the title. */
export function describeWithRedis(name: string, suite: () => void): void {
  if (process.env['TEST_REDIS_URL']) describe(name, suite);
  else describe.skip(`${name} (skipped: no TEST_REDIS_URL and no redis-server)`, suite);
}

/**
 * The same for suites that start their own Redis. With `CI` set they always run, and fail without
 * redis-server.
 */
export function describeWithRedisServer(name: string, suite: () => void): void {
  const ci = process.env['CI'];
  if (findRedisServer() || (ci && ci !== 'false')) describe(name, suite);
  else describe.skip(`${name} (skipped: no redis-server on this machine)`, suite);
}

/** A Redis of the test's own. */
export function startThrowawayRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  return startRedisServer(options);
}

/** A PostgreSQL of the test's own, with an empty database. */
export interface ThrowawayPostgres {
  readonly url: string;
  readonly pid: number;
  /** SIGSTOP to the server and all its backends: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL to the server and all its backends, as if its machine had gone. */
  kill(): void;
  /** Also after {@link kill}: removes the files. */
  stop(): Promise<void>;
}

/** Takes about a second. */
export async function startThrowawayPostgres(): Promise<ThrowawayPostgres> {
  const dataDir = await makeDataDir();
  const server = await startEmbeddedPostgres({ dataDir, durable: false }).catch(async (error) => {
    await removeDataDir(dataDir);
    throw error;
  });
  const { pid } = server;
  return {
    url: server.url,
    pid,
    freeze: () => signalTree(pid, 'SIGSTOP'),
    thaw: () => signalTree(pid, 'SIGCONT'),
    kill: () => signalTree(pid, 'SIGKILL'),
    async stop() {
      signalTree(pid, 'SIGCONT');
      await server.stop();
      await removeDataDir(dataDir);
    },
  };
}
