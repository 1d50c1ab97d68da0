/**
 * The PostgreSQL and Redis of one test run: those of the environment, or servers started for the
 * run.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createClient } from 'redis';
import { startEmbeddedPostgres } from '../../local/embedded-postgres.js';
import { createLogger } from '../../src/logger.js';
import { migrateEverything } from '../../src/migrate-everything.js';
import { findRedisServer, startRedisServer } from './redis-server.js';
import { databasePrefix, keyPrefixOfRun, templateName, withDatabase } from './run-names.js';
import { makeDataDir, removeDataDir } from './temporary-data-dir.js';

/** The result of the setup, for the tests and the teardown. */
export interface RunServers {
  readonly environment: {
    readonly TEST_DATABASE_URL: string;
    /** Empty when there is no Redis; its suites are then skipped. */
    readonly TEST_REDIS_URL: string;
    readonly TEST_RUN_ID: string;
  };
  stop(): Promise<void>;
}

type Stop = () => Promise<unknown>;

/**
 * Finds or starts the servers and creates the migrated template that every test database is copied
 * from.
 *
 * @throws Error when a named server does not answer, and, with `CI` set, when there is no Redis.
 */
export async function startRunServers(env: NodeJS.ProcessEnv): Promise<RunServers> {
  const runId = `${Date.now().toString(36)}${randomBytes(3).toString('hex')}`;
  const stops: Stop[] = [];
  const stop = async () => {
    const results = await Promise.allSettled(stops.reverse().map((one) => one()));
    const failed = results.filter((result) => result.status === 'rejected');
    if (failed.length > 0) throw new AggregateError(failed.map(({ reason }) => reason));
  };
  try {
    // Redis first: a missing Redis is then reported without waiting for the database.
    const redisUrl = await redisFor(env, runId, stops);
    const databaseUrl = await databaseFor(env, runId, stops);
    return {
      environment: { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl, TEST_RUN_ID: runId },
      stop,
    };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

async function databaseFor(env: NodeJS.ProcessEnv, runId: string, stops: Stop[]): Promise<string> {
  const given = env['TEST_DATABASE_URL'];
  let url = given;
  if (!url) {
    const dataDir = await makeDataDir();
    const stopServer: Stop[] = [() => removeDataDir(dataDir)];
    stops.push(async () => {
      for (const one of stopServer.reverse()) await one();
    });
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    stopServer.push(() => server.stop());
    url = server.url;
  }
  try {
    await onServer(url, (client) => client.query(`CREATE DATABASE ${templateName(runId)}`));
  } catch (cause) {
    if (!given) throw cause;
    throw new Error(`TEST_DATABASE_URL is set, but cannot be used: ${(cause as Error).message}`, {
      cause,
    });
  }
  const serverUrl = url;
  if (given) stops.push(() => dropDatabases(serverUrl, runId));
  await migrateEverything(withDatabase(url, templateName(runId)), createLogger('warn'));
  return url;
}

/**
 * For a server that outlives the run. A server started for the run is deleted with its databases.
 */
async function dropDatabases(url: string, runId: string): Promise<void> {
  await onServer(url, async (client) => {
    const { rows } = await client.query(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [databasePrefix(runId)],
    );
    for (const { datname } of rows as { datname: string }[]) {
      await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
    }
  });
}

async function onServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function redisFor(env: NodeJS.ProcessEnv, runId: string, stops: Stop[]): Promise<string> {
  const given = env['TEST_REDIS_URL'];
  if (given) {
    await onRedis(given, (client) => client.ping()).catch((cause: Error) => {
      throw new Error(`TEST_REDIS_URL is set, but does not answer: ${cause.message}`, { cause });
    });
    stops.push(() => deleteKeys(given, runId));
    return given;
  }
  if (findRedisServer()) {
    const server = await startRedisServer();
    stops.push(() => server.stop());
    return server.url;
  }
  const problem = 'no Redis: TEST_REDIS_URL is not set and no redis-server is installed';
  if (env['CI'] && env['CI'] !== 'false')
    throw new Error(`${problem}; with CI set, the Redis suites must run`);
  console.warn(`\n${problem}. The suites that need Redis are skipped.`);
  return '';
}

async function deleteKeys(url: string, runId: string): Promise<void> {
  await onRedis(url, async (client) => {
    for await (const keys of client.scanIterator({
      MATCH: `${keyPrefixOfRun(runId)}*`,
      COUNT: 1000,
    })) {
      if (keys.length > 0) await client.del(keys);
    }
  });
}

async function onRedis(
  url: string,
  work: (client: ReturnType<typeof createClient>) => Promise<unknown>,
) {
  const client = createClient({ url, socket: { connectTimeout: 3000, reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  try {
    await work(client as ReturnType<typeof createClient>);
  } finally {
    client.destroy();
  }
}
