// `npm run bench:growth`: how long requests, chores and notices take as the number of accounts and
// events grows. Each size is a database on BENCH_DATABASE_URL, filled by bench/generate.mjs and kept
// for the next time. GROWTH_SIZES is a list of accounts/events; GROWTH_TIMES says how often each job
// is done in each size (default 300). One job at a time, the sizes in turn.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createDataSource } from '../dist/src/database/options.js';
import { encodePageCursor } from '../dist/src/page-cursor.js';
import { SyncSchedule } from '../dist/src/sync/sync-schedule.js';
import { Browser } from './browser.mjs';
import { endAll, run } from './processes.mjs';
import { median, quantile, table } from './tables.mjs';
import { signIn, targets } from './targets.mjs';

const server = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const redisUrl = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379/15';
const times = Number(process.env.GROWTH_TIMES ?? 300);
const sizes = (process.env.GROWTH_SIZES ?? '10000/100000,100000/1000000,1000000/10000000').split(
  ',',
);
const DAY = 86_400_000;

const uuid = (text) =>
  createHash('md5')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const days = (count) => new Date(Date.now() + count * DAY).toISOString();
const some = (count) => Math.floor(Math.random() * count);

/** A database of this size, made where there is none. */
async function databaseOf(size) {
  const [accounts, events] = size.split('/').map(Number);
  const name = `calendar_connect_growth_${accounts}_${events}`;
  const client = new pg.Client(server);
  await client.connect();
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  await client.end();
  if (rowCount === 0) {
    const generate = fileURLToPath(new URL('generate.mjs', import.meta.url));
    const sizeOf = ['--accounts', accounts, '--events', events, '--database', name].map(String);
    console.log(`\n${size}`);
    execFileSync(process.execPath, [generate, ...sizeOf], { stdio: 'inherit' });
  }
  return { accounts, url: Object.assign(new URL(server), { pathname: `/${name}` }).href };
}

/** A connected account of a size. The first thousand are special (generate.sql). */
const anyOf = ({ accounts }) => 1_000 + 50 * some((accounts - 1_000) / 50);

/** The middle of a list of all accounts: half of them are newer. */
const middle = (size) =>
  encodePageCursor('accounts', {
    at: days(-200 - Math.random()),
    id: uuid(`account${anyOf(size)}`),
  });

const week = () => {
  const from = 200 + Math.random() * 100;
  return `from=${days(from)}&to=${days(from + 7)}`;
};

/** Jobs by name: who asks (`full` has a calendar of 50,000 events), and for which path. */
const REQUESTS = {
  'begin an authorization': ['any', () => 'oauth-url/google'],
  'list own accounts': ['any', () => 'accounts'],
  'list 1,000 own accounts': ['many', () => 'accounts'],
  'all accounts': ['admin', () => 'accounts'],
  'all accounts, a page in the middle': ['admin', (size) => `accounts?cursor=${middle(size)}`],
  ...Object.fromEntries(
    [
      'provider=google',
      'status=connected',
      'status=reauthorization_required',
      'status=disconnecting',
      'provider=microsoft&status=reauthorization_required',
      'userId=many',
    ].flatMap((filter) => [
      [`all accounts, ${filter}`, ['admin', () => `accounts?${filter}`]],
      [
        `all accounts, ${filter}, in the middle`,
        ['admin', (size) => `accounts?${filter}&cursor=${middle(size)}`],
      ],
    ]),
  ),
  'one account': ['admin', (size) => `accounts/${uuid(`account${anyOf(size)}`)}`],
  'events of a week': ['full', () => `accounts/${uuid('account0')}/events?${week()}`],
  'events of a week in one calendar': [
    'full',
    () => `accounts/${uuid('account0')}/events?${week()}&calendarId=${uuid('calendar0')}`,
  ],
  'changes of the last hour': [
    'full',
    () => `accounts/${uuid('account0')}/events?updatedSince=${days(-1 / 24)}`,
  ],
  'changes of 20 days, first page': [
    'full',
    () => `accounts/${uuid('account0')}/events?updatedSince=${days(-20)}`,
  ],
  'free and busy of a week': ['full', () => `free-busy?${week()}&timeZone=Europe/Berlin`],
};

async function open(size) {
  const database = await databaseOf(size);
  const stores = {
    databaseUrl: database.url,
    redisUrl,
    providerUrl: 'http://127.0.0.1:9',
    frontend: 'http://localhost:9/connected',
  };
  const { ours } = targets(stores);
  const { url } = await run(ours.command, {
    ...ours.environment,
    PUSH_PUBLIC_URL: 'https://calendars.example.com',
  });
  const dataSource = createDataSource({ url: database.url, poolSize: 1 });
  await dataSource.initialize();
  const schedule = new SyncSchedule(dataSource, () => new Date());
  return { ...database, browser: new Browser(url, 'growth'), dataSource, schedule };
}

/** Signs in, and asks for one path. */
async function ask(size, [who, path]) {
  const { browser } = size;
  const user = who === 'any' ? `user-${Math.floor(anyOf(size) / 3)}` : who;
  signIn(browser, user, who === 'admin' ? ['admin'] : []);
  const asked = path(size);
  const began = performance.now();
  const { status, body } = await browser.send('GET', `/integrations/${asked}`);
  if (status !== 200) throw new Error(`${asked}: ${status} ${body.slice(0, 200)}`);
  return performance.now() - began;
}

/** A notice of a channel that exists, without its secret: looked up, and refused. */
async function notice(size) {
  const { browser } = size;
  browser.headers = {
    'x-goog-channel-id': uuid(`channel${some(size.accounts / 2) * 2}`),
    'x-goog-channel-token': 'not its secret',
    'x-goog-resource-state': 'exists',
  };
  const began = performance.now();
  await browser.send('POST', '/integrations/webhooks/google');
  return performance.now() - began;
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const JOBS = {
  ...Object.fromEntries(
    Object.entries(REQUESTS).map(([name, request]) => [name, (size) => ask(size, request)]),
  ),
  'the look-up of a notice': notice,
  'the schedule: which accounts are due': ({ schedule }) => timed(() => schedule.due(100)),
  'the search for stuck runs': ({ schedule }) => timed(() => schedule.stuck(100)),
};

try {
  const opened = [];
  for (const size of sizes) opened.push(await open(size));
  const rows = [];
  for (const [name, job] of Object.entries(JOBS)) {
    const seen = opened.map(() => []);
    for (let time = -20; time < times; time += 1)
      for (const [place, size] of opened.entries()) {
        const took = await job(size);
        if (time >= 0) seen[place].push(took);
      }
    const p99 = seen.map((one) => quantile(one, 0.99));
    rows.push([
      name,
      ...seen.map((one, place) => `${median(one).toFixed(1)} / ${p99[place].toFixed(1)}`),
      (median(seen.at(-1)) / median(seen[0])).toFixed(2),
      (p99.at(-1) / p99[0]).toFixed(2),
    ]);
    console.log(rows.at(-1).join(' | '));
  }
  const heads = ['p50 / p99 in ms', ...sizes, 'p50, last to first', 'p99, last to first'];
  console.log(`\n${table(heads, rows)}`);
  for (const { dataSource, browser } of opened) {
    await browser.client.close();
    await dataSource.destroy();
  }
} finally {
  endAll();
}
