// A worker of this service on a database of its own, with accounts at the provider of the benchmark.

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { placeOfToken, TokenCipher } from '../dist/src/accounts/token-cipher.js';
import { migrateEverything } from '../dist/src/migrate-everything.js';
import { run } from './processes.mjs';
import { countingProxy } from './wire.mjs';

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @param server the URL of a PostgreSQL @param redisUrl of a Redis @param role of the process */
export async function openStage({ server, redisUrl, role = 'worker', more = {} }) {
  const admin = new pg.Client(server);
  await admin.connect();
  const name = `calendar_connect_bench_${process.pid}`;
  await admin.query(`CREATE DATABASE ${name}`);
  const databaseUrl = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  await migrateEverything(databaseUrl, { info() {}, warn: console.warn });
  const database = new pg.Client({
    connectionString: databaseUrl,
    options: '-c search_path=integrations',
  });
  await database.connect();
  const proxy = await countingProxy(databaseUrl, 'postgres', 5_432);
  const provider = await run([pathOf('calendar-provider.mjs')], {});
  const key = randomBytes(32);
  const environment = {
    NODE_ENV: 'production',
    ROLE: role,
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    DATABASE_URL: proxy.url,
    REDIS_URL: redisUrl,
    JWT_SECRET: randomBytes(32).toString('hex'),
    SESSION_SECRET: randomBytes(32).toString('hex'),
    TOKEN_ENCRYPTION_KEYS: `bench:${key.toString('base64')}`,
    OAUTH_REDIRECT_BASE_URL: 'http://localhost:3000',
    FRONTEND_BASE_URL: 'http://localhost:5173',
    GOOGLE_CLIENT_ID: 'bench',
    GOOGLE_CLIENT_SECRET: 'bench',
    GOOGLE_CALENDAR_API_URL: `${provider.url}/calendar/v3`,
    ...more,
  };
  return {
    admin,
    database,
    databaseUrl,
    proxy,
    provider,
    environment,
    startWorker: () => run([pathOf('../dist/src/main.js')], environment),
    insertAccounts: (count, events) => insertAccounts(database, key, count, events),
    postgresPid: () => postgresPid(admin),
    allSynced: (mark) => allSynced(database, mark),
    requests: async () => (await (await fetch(`${provider.url}/counted`)).json()).requests,
    async close() {
      await database.end();
      proxy.close();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

/** The pid of the server; 0 where it may not be read. */
async function postgresPid(admin) {
  const { rows } = await admin.query('SHOW data_directory');
  const { rows: found } = await admin
    .query(`SELECT pg_read_file($1 || '/postmaster.pid') AS text`, [rows[0].data_directory])
    .catch(() => ({ rows: [{ text: '0' }] }));
  return Number(found[0].text.split('\n')[0]);
}

/**
 * Waits until every account has ended a sync that began after `mark`.
 * @returns `{ began, ended }`: the first beginning and the last end
 */
async function allSynced(database, mark) {
  for (;;) {
    const { rows } = await database.query(
      `SELECT count(*) FILTER (WHERE last_synced_at > $1)::integer AS synced,
              count(*)::integer AS accounts, min(started_at) FILTER (WHERE started_at > $1) AS began,
              max(finished_at) AS ended FROM account_syncs`,
      [mark],
    );
    if (rows[0].synced === rows[0].accounts) return rows[0];
    await sleep(50);
  }
}

/** Accounts whose first sync is due. Their calendars have this many events. */
async function insertAccounts(database, key, count, events) {
  const cipher = new TokenCipher([{ id: 'bench', key: createSecretKey(key) }]);
  const rows = Array.from({ length: count }, () => {
    const id = randomUUID();
    const seal = (token, column) => cipher.seal(token, placeOfToken(id, column, 'user'));
    return {
      id,
      access: seal(`events-${events}`, 'access_token'),
      refresh: seal('refresh', 'refresh_token'),
    };
  });
  await database.query(
    `WITH account AS (
       INSERT INTO connected_accounts (id, user_id, provider, provider_account_id, scopes, status,
              access_token, refresh_token, access_token_expires_at, connected_at, updated_at)
       SELECT id, 'user', 'google', id::text, '{}', 'connected', access, refresh,
              now() + interval '5 hours', now(), now()
         FROM json_to_recordset($1) AS row (id uuid, access text, refresh text) RETURNING id)
     INSERT INTO account_syncs (account_id, next_sync_at) SELECT id, now() FROM account`,
    [JSON.stringify(rows)],
  );
  return rows.map(({ id }) => id);
}
