// Makes test/upgrade/fixture/: the database and the providers' state as version 0.1.0 leaves them
// in the middle of its work.
//
//   git worktree add OLD 09b8452 && (cd OLD && npm ci && npm run build)
//   TEST_DATABASE_URL=postgres://… TEST_REDIS_URL=redis://… node test/upgrade/make-fixture.mjs OLD
//
// It needs pg_dump. It runs the code of that version against its own sandbox, both providers, with
// push.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const old = resolve(process.argv[2]);
const fixture = join(dirname(fileURLToPath(import.meta.url)), 'fixture');
const load = (path) => import(pathToFileURL(join(old, 'dist', path)).href);
const require = createRequire(join(old, 'package.json'));
const pg = require('pg');
const jwt = require('jsonwebtoken');

const { startSandbox } = await load('sandbox/index.js');
const { environmentFor } = await load('sandbox/environment.js');
const { loadConfig } = await load('src/config.js');
const { createService } = await load('src/service.js');
const { createStandalone } = await load('src/standalone.js');

/** The fixture names these ports; the test replaces them with its own. */
const SANDBOX_PORT = 18_601;
const SERVICE_PORT = 18_602;
const JWT_SECRET = 'fdaa4e433de62a295ec632a9a92a7b51b552a34621ddb43050e7ca1fb1693ed2';
const DATABASE = 'calendar_connect_upgrade_fixture';

const server = new URL(process.env.TEST_DATABASE_URL);
const admin = new pg.Client({ connectionString: server.href });
await admin.connect();
await admin.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
await admin.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0`);
const url = new URL(server);
url.pathname = `/${DATABASE}`;

const folder = mkdtempSync(join(tmpdir(), 'upgrade-fixture-'));
const stateFile = join(folder, 'sandbox.json');
const sandbox = await startSandbox({
  stateFile,
  contents: 'empty',
  host: '127.0.0.1',
  port: SANDBOX_PORT,
});
const { control } = sandbox;
control.configure({
  google: { latencyMs: 0, requestsPerMinutePerUser: null },
  microsoft: { latencyMs: 0 },
});

const base = `http://127.0.0.1:${SERVICE_PORT}`;
const config = loadConfig({
  DATABASE_URL: url.href,
  REDIS_URL: process.env.TEST_REDIS_URL,
  JWT_SECRET,
  SESSION_SECRET: 'aa1bf18482ba9bedcfb7aec06c36e54ab1baa0dd901c27e51085d1fc77b16ee6',
  TOKEN_ENCRYPTION_KEYS: 'test:mkQmDc0bAU2rflK+kojew5mZqTnJzcF+D2piHBWyi0g=',
  OAUTH_REDIRECT_BASE_URL: base,
  FRONTEND_BASE_URL: 'http://localhost:5173',
  WEBHOOK_BASE_URL: base,
  DATABASE_POOL_SIZE: '6',
  SYNC_CONCURRENCY: '1',
  LOG_LEVEL: 'warn',
  PROVIDER_TIMEOUT_MS: '25000',
  ...environmentFor(sandbox, 'google'),
  ...environmentFor(sandbox, 'microsoft'),
});
const service = createService(config, { keyPrefix: 'upgrade-fixture:', choresEverySeconds: 5 });
const http = createServer(createStandalone(config, service));
await new Promise((done) => http.listen(SERVICE_PORT, '127.0.0.1', done));
await service.start();

const database = new pg.Client({
  connectionString: url.href,
  options: '-c search_path=integrations',
});
await database.connect();

const soon = (days, hour = 9) =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T${String(hour).padStart(2, '0')}:00:00Z`;

/** A user of the product with one account at a provider, and three events in its calendar. */
async function connect(user, provider) {
  const email = `${user}@${provider}.example`;
  control.createAccount({ provider, email, name: user, timeZone: 'Europe/Madrid' });
  const events = ['Planning', 'Review', 'Lunch'].map((title, day) =>
    control.createEvent({
      provider,
      user: email,
      event: { title, start: soon(day + 1), end: soon(day + 1, 10) },
    }),
  );
  control.createEvent({
    provider,
    user: email,
    event: {
      title: 'Weekly',
      start: soon(1, 14),
      end: soon(1, 15),
      recurrence: 'RRULE:FREQ=WEEKLY;COUNT=4',
    },
  });
  const returned = await consent(user, provider, email);
  const location = await callback(returned);
  const id = new URL(location).searchParams.get('accountId');
  if (id === null) throw new Error(`not connected: ${location}`);
  await until(`${user} is synced`, async () => (await state(id)).sync_state === 'idle');
  return { id, user, provider, email, events };
}

const token = (user) =>
  jwt.sign({ sub: user, exp: Math.floor(Date.now() / 1_000) + 3_600 }, JWT_SECRET);
const call = (user, path, options = {}) =>
  fetch(`${base}${path}`, {
    ...options,
    headers: { authorization: `Bearer ${token(user)}`, ...options.headers },
  });

async function consent(user, provider, email) {
  const begun = await call(user, `/integrations/oauth-url/${provider}`);
  const cookie = begun.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const there = new URL((await begun.json()).url);
  there.searchParams.set('sim_user', email);
  const { headers } = await fetch(there, { redirect: 'manual' });
  return { location: headers.get('location'), cookie };
}

async function callback({ location, cookie }) {
  const response = await fetch(location, {
    redirect: 'manual',
    headers: { cookie, accept: 'text/html' },
  });
  return response.headers.get('location');
}

const requestSync = ({ id, user }) =>
  call(user, `/integrations/sync/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });

async function state(id) {
  const { rows } = await database.query('SELECT * FROM connected_accounts WHERE id = $1', [id]);
  return rows[0];
}

async function until(what, isTrue) {
  for (const end = Date.now() + 60_000; !(await isTrue()); await delay(100))
    if (Date.now() > end) throw new Error(`it did not happen: ${what}`);
}

const of = (account) => ({ provider: account.provider, user: account.email });
const API = { google: 'google.calendarList.list', microsoft: 'microsoft.calendars.list' };

// At rest, with push, and a tombstone each.
const resting = [await connect('ana', 'google'), await connect('ana', 'microsoft')];
for (const account of resting) {
  control.deleteEvent({ ...of(account), eventId: account.events[2].id });
  await requestSync(account);
  await until('the event is removed', async () => {
    const { rows } = await database.query('SELECT 1 FROM event_tombstones WHERE account_id = $1', [
      account.id,
    ]);
    return rows.length > 0;
  });
}

// A provider that asks to be left alone, a grant that was withdrawn, a calendar that fails.
const throttled = await connect('bo', 'google');
control.addFault({
  route: API.google,
  user: throttled.email,
  status: 429,
  body: { error: { code: 429, errors: [{ domain: 'usageLimits', reason: 'rateLimitExceeded' }] } },
  headers: { 'retry-after': '600' },
  times: 'always',
});
await requestSync(throttled);
await until('backoff', async () => (await state(throttled.id)).sync_state === 'backoff');
const withdrawn = await connect('bo', 'microsoft');
control.revokeGrants(of(withdrawn));
await requestSync(withdrawn);
await until(
  'reauthorization',
  async () => (await state(withdrawn.id)).status === 'reauthorization_required',
);
const broken = await connect('cleo', 'microsoft');
control.addFault({
  route: 'microsoft.calendarView.delta',
  user: broken.email,
  status: 500,
  times: 'always',
});
await requestSync(broken);
await until('an error', async () => {
  const { sync_state, sync_error_code } = await state(broken.id);
  return sync_state === 'idle' && sync_error_code !== null;
});

// Attempts: refused by the user's scopes, and two that hang between code and account.
const others = ['dora', 'emil', 'fay'];
for (const user of others)
  control.createAccount({
    provider: 'google',
    email: `${user}@google.example`,
    name: user,
    timeZone: 'UTC',
  });
control.addFault({ route: 'google.token', status: 400, body: { error: 'invalid_grant' } });
await callback(await consent('dora', 'google', 'dora@google.example'));
control.addFault({ route: 'google.token', hang: true });
const started = callback(await consent('emil', 'google', 'emil@google.example'));
started.catch(() => {});
await delay(300);
control.addFault({ route: 'google.userinfo', hang: true });
const exchanged = callback(await consent('fay', 'google', 'fay@google.example'));
exchanged.catch(() => {});
await delay(300);

// Being disconnected, running, queued.
const leaving = await connect('gus', 'google');
const running = [await connect('hana', 'google'), await connect('hana', 'microsoft')];
const queued = await connect('ivo', 'microsoft');
control.addFault({ route: 'google.revoke', hang: true, times: 'always' });
call('gus', `/integrations/accounts/${leaving.id}`, { method: 'DELETE' }).catch(() => {});
await until('disconnecting', async () => (await state(leaving.id)).status === 'disconnecting');
control.addFault({
  route: 'google.events.list',
  user: running[0].email,
  hang: true,
  times: 'always',
});
await requestSync(running[0]);
await until('running', async () => (await state(running[0].id)).sync_phase === 'incremental');
// Someone asks again while it runs, and one worker leaves the other accounts in the queue.
await requestSync(running[0]);
await requestSync(queued);
await requestSync(running[1]);
await delay(1_500);

for (const table of [
  'connected_accounts',
  'authorization_attempts',
  'calendars',
  'events',
  'event_tombstones',
  'push_channels',
]) {
  const { rows } = await database.query(`SELECT count(*)::int AS count FROM ${table}`);
  console.log(table, rows[0].count);
}
const summary = await database.query(
  `SELECT user_id, provider, status, sync_state, sync_error_code, sync_again FROM connected_accounts ORDER BY 1, 2`,
);
console.table(summary.rows);
console.table(
  (await database.query('SELECT status, count(*)::int FROM authorization_attempts GROUP BY 1'))
    .rows,
);
console.table(
  (
    await database.query(
      'SELECT name, state, count(*)::int FROM integrations_jobs.job GROUP BY 1, 2',
    )
  ).rows,
);

const dump = execFileSync('pg_dump', ['--no-owner', '--no-privileges', '--inserts', url.href], {
  encoding: 'utf8',
  maxBuffer: 1 << 28,
});
const lines = dump
  .split('\n')
  .filter((line) => !/^(--|$|\\(un)?restrict|SET transaction_timeout)/.test(line));
await delay(1_000);
// The test makes a signing key of its own.
const { signingKey: _, ...world } = JSON.parse(readFileSync(stateFile, 'utf8'));
const calendars = Object.fromEntries(
  Object.values(world.calendarFiles).map((name) => [
    name,
    JSON.parse(readFileSync(join(`${stateFile}.calendars`, name), 'utf8')),
  ]),
);
mkdirSync(fixture, { recursive: true });
writeFileSync(join(fixture, 'database.sql'), `${lines.join('\n')}\n`);
writeFileSync(
  join(fixture, 'providers.json'),
  `${JSON.stringify({ madeAt: Date.now(), world, calendars }, null, 1)}\n`,
);
await database.end();
await admin.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
await admin.end();
rmSync(folder, { recursive: true });
process.exit(0);
