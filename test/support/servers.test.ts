/** Tests of the servers that other tests rely on. */
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { createClient } from 'redis';
import {
  createEmptyDatabase,
  createTestDatabase,
  describeWithRedis,
  describeWithRedisServer,
  keyPrefix,
  startThrowawayPostgres,
  startThrowawayRedis,
  testRedisUrl,
} from './servers.js';

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    query_timeout: 300,
    connectionTimeoutMillis: 300,
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function connectedRedis(url: string) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false },
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

test('a test database is migrated, an empty one is not, and many can be created at once', async () => {
  const databases = await Promise.all([
    createTestDatabase(),
    createTestDatabase(),
    createEmptyDatabase(),
  ]);
  const tables = await Promise.all(
    databases.map(async ({ url }) => {
      const client = await connected(url);
      const { rows } = await client.query(
        "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
      );
      await client.end();
      return (rows[0] as { n: number }).n;
    }),
  );
  expect(tables[0]).toBeGreaterThan(0);
  expect(tables[1]).toBe(tables[0]);
  expect(tables[2]).toBe(0);
  const open = await connected(databases[0]!.url);
  await Promise.all(databases.map((database) => database.drop()));
  await expect(open.query('SELECT 1')).rejects.toThrow();
});

test('a PostgreSQL of its own can be frozen, thawed and killed', async () => {
  const server = await startThrowawayPostgres();
  try {
    const client = await connected(server.url);
    server.freeze();
    await expect(client.query('SELECT 1')).rejects.toThrow(/timeout/);
    await expect(connected(server.url)).rejects.toThrow(/timeout/);
    server.thaw();
    const another = await connected(server.url);
    await another.query('SELECT 1');
    server.kill();
    await expect(another.query('SELECT 1')).rejects.toThrow();
    await expect(connected(server.url)).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
  } finally {
    await server.stop();
  }
});

describeWithRedis('the Redis of this run', () => {
  test('the run’s Redis answers, and every caller gets its own prefix', async () => {
    const client = await connectedRedis(testRedisUrl());
    const key = `${keyPrefix()}key`;
    await client.set(key, 'value', { EX: 10 });
    expect(await client.get(key)).toBe('value');
    client.destroy();
    expect(keyPrefix()).not.toBe(keyPrefix());
  });
});

describeWithRedisServer('a Redis of its own', () => {
  test('a throwaway Redis can be filled, frozen, thawed, killed, and started again in the same place', async () => {
    const server = await startThrowawayRedis({ maxmemory: '2mb' });
    const client = await connectedRedis(server.url);
    await client.set('before', 'value');
    await expect(
      client.set('big', 'x'.repeat(4_000_000)).then(() => client.set('more', 'x')),
    ).rejects.toThrow(/OOM/);
    server.freeze();
    const answer = client.get('before');
    const late = new Promise((resolve) => setTimeout(resolve, 200, 'no answer'));
    expect(await Promise.race([answer, late])).toBe('no answer');
    server.thaw();
    expect(await answer).toBe('value');
    await server.kill();
    await expect(client.get('before')).rejects.toThrow();
    client.destroy();
    const again = await startThrowawayRedis({ port: Number(new URL(server.url).port) });
    const back = await connectedRedis(again.url);
    expect(await back.get('before')).toBeNull();
    back.destroy();
    await again.stop();
  });
});
