// TLS to PostgreSQL: the modes of a connection string mean what they mean for libpq and psql.

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../local/embedded-postgres.js';
import { connectionUrl } from '../../src/database/connection-url.js';
import { migrateDatabase } from '../../src/database/migrate.js';
import { createDataSource } from '../../src/database/options.js';
import { makeDataDir, removeDataDir } from '../support/temporary-data-dir.js';

/** The certificate of the server names `localhost` and is signed by the authority. */
const file = (name: string) => fileURLToPath(new URL(`tls/${name}`, import.meta.url));
const AUTHORITY = 'sslrootcert=authority.pem';
const OTHER_AUTHORITY = 'sslrootcert=other-authority.pem';

let dataDir: string;
let server: EmbeddedPostgres;

/** Runs statements as the superuser, without TLS. */
async function onServer(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await work(client).finally(() => client.end());
}

/** The server writes the file itself: its account owns it, and no other account can read it. */
async function install(client: pg.Client, name: string): Promise<void> {
  const lines = readFileSync(file(name), 'utf8').trim().split('\n');
  const rows = lines.map((line) => pg.escapeLiteral(line)).join(', ');
  const { rows: found } = await client.query<{ data_directory: string }>('SHOW data_directory');
  await client.query(
    `COPY (SELECT unnest(ARRAY[${rows}])) TO PROGRAM 'umask 077; cat > "${found[0]?.data_directory}/${name}"'`,
  );
}

beforeAll(async () => {
  dataDir = await makeDataDir();
  server = await startEmbeddedPostgres({ dataDir, durable: false });
  await onServer(async (client) => {
    for (const name of ['server.pem', 'server-key.pem']) await install(client, name);
    await client.query(`ALTER SYSTEM SET ssl_cert_file = 'server.pem'`);
    await client.query(`ALTER SYSTEM SET ssl_key_file = 'server-key.pem'`);
    await client.query('ALTER SYSTEM SET ssl = on');
    await client.query('SELECT pg_reload_conf()');
  });
  await onServer(async (client) => {
    for (let tries = 0; tries < 50; tries++) {
      const { rows } = await client.query<{ ssl: string }>('SHOW ssl');
      if (rows[0]?.ssl === 'on') return;
      await delay(100);
    }
    throw new Error('the server did not turn TLS on');
  });
}, 120_000);

afterAll(async () => {
  await server?.stop();
  await removeDataDir(dataDir);
});

const urlOf = (host: string, query: string) => {
  const url = new URL(server.url);
  url.hostname = host;
  return `${url.href}?${query.replace(/[-a-z]+\.pem$/, file)}`;
};

/** Whether the connection of the service is encrypted; the message where it is refused. */
async function encryptedWith(host: string, query: string): Promise<boolean | string> {
  const dataSource = createDataSource({ url: urlOf(host, query), poolSize: 1 });
  try {
    await dataSource.initialize();
    const [row] = await dataSource.query<{ ssl: boolean }[]>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    return row?.ssl ?? false;
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

describe('TLS to a server whose certificate a private authority has signed', () => {
  test.each([
    ['sslmode=disable', false],
    ['sslmode=allow', true],
    ['sslmode=prefer', true],
    ['sslmode=require', true],
    ['sslmode=no-verify', true],
    [`sslmode=require&${AUTHORITY}`, true],
    [`sslmode=verify-ca&${AUTHORITY}`, true],
    [`connect_timeout=5&sslmode=require&application_name=x`, true],
  ])('by address, %s connects', async (query, encrypted) => {
    expect(await encryptedWith('127.0.0.1', query)).toBe(encrypted);
  });

  test.each([
    ['127.0.0.1', `sslmode=require&${OTHER_AUTHORITY}`, /certificate/],
    ['127.0.0.1', `sslmode=verify-ca&${OTHER_AUTHORITY}`, /certificate/],
    ['127.0.0.1', `sslmode=verify-full&${AUTHORITY}`, /does not match certificate/],
    ['localhost', 'sslmode=verify-full', /certificate/],
    ['localhost', `sslmode=verify-full&${OTHER_AUTHORITY}`, /certificate/],
    ['localhost', 'sslrootcert=system', /certificate/],
    ['localhost', 'sslmode=verify-full&sslrootcert=system', /certificate/],
  ])('at %s, %s is refused', async (host, query, message) => {
    expect(await encryptedWith(host, query)).toMatch(message);
  });

  test('by name, verify-full with the authority connects', async () => {
    expect(await encryptedWith('localhost', `sslmode=verify-full&${AUTHORITY}`)).toBe(true);
  });

  test('migrations connect in the same way', async () => {
    await migrateDatabase(urlOf('127.0.0.1', 'sslmode=require'));
    expect(await encryptedWith('127.0.0.1', 'sslmode=require')).toBe(true);
  });
});

test('a connection string without TLS settings, and one that chose for pg, stay as they are', () => {
  for (const url of [
    'postgres://a:b%20c@host:5432/d',
    'postgres://a@%2Frun%2Fpostgresql/d?application_name=x',
    'postgres://a@h/d?sslmode=require&uselibpqcompat=false',
  ])
    expect(connectionUrl(url)).toBe(url);
});
