// `node bench/memory.mjs [google|microsoft] [events]` after `npm run build`: how much a real worker
// process grows (resident memory, Linux) while it reads one large calendar for the first time. The
// limit is 64 MiB. BENCH_DATABASE_URL and BENCH_REDIS_URL name the stores (default: those of this
// machine); NODE_OPTIONS reaches the worker.

import { spawn } from 'node:child_process';
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { environmentFor } from '../dist/sandbox/environment.js';
import { startSandbox } from '../dist/sandbox/index.js';
import { placeOfToken, TokenCipher } from '../dist/src/accounts/token-cipher.js';
import { migrateEverything } from '../dist/src/migrate-everything.js';

const [provider = 'google', count = '100000'] = process.argv.slice(2);
const LIMIT_MIB = 64;
const SCOPES = {
  google: ['openid', 'https://www.googleapis.com/auth/calendar'],
  microsoft: ['openid', 'offline_access', 'https://graph.microsoft.com/Calendars.ReadWrite'],
};
const server = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const name = `calendar_connect_memory_${process.pid}`;
const key = randomBytes(32);
const user = 'many@example.org';

const admin = new pg.Client(server);
await admin.connect();
await admin.query(`CREATE DATABASE ${name}`);
const databaseUrl = Object.assign(new URL(server), { pathname: `/${name}` }).href;
// Migrating in the worker would make it grow before it is measured.
await migrateEverything(databaseUrl, console);
const sandbox = await startSandbox({ contents: 'empty', host: '127.0.0.1' });
sandbox.control.createAccount({ provider, email: user, name: 'Many' });
sandbox.control.bulkCreateEvents({
  provider,
  user,
  count: Number(count),
  everyMinutes: 5,
  title: 'One of very many',
});

const worker = spawn(
  process.execPath,
  [fileURLToPath(new URL('../dist/src/main.js', import.meta.url))],
  {
    env: {
      PATH: process.env.PATH,
      NODE_OPTIONS: process.env.NODE_OPTIONS ?? '',
      NODE_ENV: 'production',
      ROLE: 'worker',
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      DATABASE_URL: databaseUrl,
      REDIS_URL: process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379/15',
      JWT_SECRET: randomBytes(32).toString('hex'),
      SESSION_SECRET: randomBytes(32).toString('hex'),
      TOKEN_ENCRYPTION_KEYS: `bench:${key.toString('base64')}`,
      OAUTH_REDIRECT_BASE_URL: 'http://localhost:3000',
      FRONTEND_BASE_URL: 'http://localhost:5173',
      ...environmentFor(sandbox, provider),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
const memory = (field) =>
  Number(
    new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${worker.pid}/status`, 'utf8'))[1],
  ) / 1024;

try {
  await new Promise((resolve, reject) => {
    worker.stdout.on('data', (text) => String(text).includes('ready:') && resolve());
    worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
  });
  await delay(3_000);
  const idle = memory('VmRSS');
  const database = new pg.Client({
    connectionString: databaseUrl,
    options: '-c search_path=integrations',
  });
  await database.connect();
  const id = randomUUID();
  const cipher = new TokenCipher([{ id: 'bench', key: createSecretKey(key) }]);
  const tokens = sandbox.control.issueTokens({ provider, user, scopes: SCOPES[provider] });
  const sealed = ['access_token', 'refresh_token'].map((column) =>
    cipher.seal(
      tokens[column === 'access_token' ? 'accessToken' : 'refreshToken'],
      placeOfToken(id, column, 'user'),
    ),
  );
  await database.query(
    `INSERT INTO connected_accounts (id, user_id, provider, provider_account_id, scopes, status,
            access_token, refresh_token, access_token_expires_at, connected_at, updated_at)
     VALUES ($1::uuid, 'user', $2, $1::text, '{}', 'connected',
            $3, $4, now() + interval '50 minutes', now(), now())`,
    [id, provider, ...sealed],
  );
  await database.query('INSERT INTO account_syncs (account_id, next_sync_at) VALUES ($1, now())', [
    id,
  ]);
  console.log(
    `${provider}: idle ${idle.toFixed(0)} MiB; the worker starts the sync within a minute`,
  );
  let began = 0;
  for (let state = ''; state !== 'idle' || began === 0; await delay(100)) {
    [{ state }] = (await database.query('SELECT state FROM account_syncs')).rows;
    if (began === 0 && state === 'running') began = performance.now();
  }
  const seconds = (performance.now() - began) / 1_000;
  const [{ events }] = (await database.query('SELECT count(*)::integer AS events FROM events'))
    .rows;
  const growth = memory('VmHWM') - idle;
  console.log(
    `${events} events in ${seconds.toFixed(1)} s; growth at most ${growth.toFixed(0)} MiB`,
  );
  await database.end();
  if (growth > LIMIT_MIB) process.exitCode = 1;
} finally {
  worker.kill('SIGKILL');
  await sandbox.close();
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
}
