// `npm run bench:scale`: how much 1, 2 and 4 web processes and workers do together, on one PostgreSQL
// and one Redis, until one of these or the cores of this machine are the limit. BENCH_DATABASE_URL
// and BENCH_REDIS_URL name the stores, BENCH_SECONDS says how long each slice takes (default 5).

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Browser } from './browser.mjs';
import { cpuOf, endAll, run, withChildren } from './processes.mjs';
import { openStage } from './sync-stage.mjs';
import { table } from './tables.mjs';
import { signIn, targets } from './targets.mjs';

const server = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const redisUrl = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379/15';
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const COUNTS = [1, 2, 4];
const BROWSERS = 32;
const FRONTEND = 'http://localhost:9/connected';
const ACCOUNTS = 2_000;

const stage = await openStage({ server, redisUrl, more: { SYNC_CONCURRENCY: '20' } });

/** How many cores some processes use between two calls. */
function meter(pids) {
  const [began, busy] = [performance.now(), cpuOf(pids())];
  return () => (cpuOf(pids()) - busy) / 1_000 / (performance.now() - began);
}

async function jobsOf(browsers, target, job) {
  let count = 0;
  const until = performance.now() + seconds * 1_000;
  await Promise.all(
    browsers.map(async (browser) => {
      while (performance.now() < until) {
        await job(browser, target);
        count += 1;
      }
    }),
  );
  return count / seconds;
}

/** Beginnings, lists and connections of some web processes together. */
async function measureWeb(postgres) {
  const provider = await run([fileURLToPath(new URL('provider.mjs', import.meta.url))], {});
  const databaseUrl = stage.databaseUrl;
  const stores = { databaseUrl, redisUrl, providerUrl: provider.url, frontend: FRONTEND };
  const { ours } = targets(stores);
  const environment = { ...ours.environment, OAUTH_REDIRECT_BASE_URL: 'http://127.0.0.1:9' };
  const rows = [];
  for (const count of COUNTS) {
    const webs = [];
    for (let web = 0; web < count; web += 1) webs.push(await run(ours.command, environment));
    const browsers = Array.from(
      { length: BROWSERS },
      (_, number) => new Browser(webs[number % count].url, `${count}-${number}`),
    );
    for (const browser of browsers) {
      signIn(browser, browser.userId);
      for (let account = 0; account < 3; account += 1) await browser.flow(ours, FRONTEND);
    }
    const cores = {
      web: meter(() => webs.map(({ pid }) => pid)),
      postgres: meter(() => withChildren(postgres)),
    };
    rows.push([
      count,
      ...[
        await jobsOf(browsers, ours, (browser) => browser.start(ours)),
        await jobsOf(browsers, ours, (browser) => browser.list(ours)),
        await jobsOf(browsers, ours, (browser) => browser.flow(ours, FRONTEND)),
      ].map((rate) => rate.toFixed(0)),
      cores.web().toFixed(2),
      cores.postgres().toFixed(2),
    ]);
    for (const browser of browsers) await browser.client.destroy();
    for (const web of webs) await web.end();
  }
  await provider.end();
  const heads = ['web processes', 'beginnings/s', 'lists/s', 'connections/s'];
  return table([...heads, 'cores of the processes', 'cores of PostgreSQL'], rows);
}

/** Syncs with nothing new of some workers together. */
async function measureWorkers(postgres) {
  await stage.database.query('TRUNCATE connected_accounts CASCADE');
  await stage.insertAccounts(ACCOUNTS, 0);
  const rows = [];
  for (const count of COUNTS) {
    const workers = [];
    for (let worker = 0; worker < count; worker += 1) workers.push(await stage.startWorker());
    await stage.allSynced(new Date(0));
    const cores = {
      workers: meter(() => workers.map(({ pid }) => pid)),
      postgres: meter(() => withChildren(postgres)),
    };
    const { rows: found } = await stage.database.query('SELECT now() AS now');
    await stage.database.query('UPDATE account_syncs SET next_sync_at = now()');
    const { began, ended } = await stage.allSynced(found[0].now);
    const took = (ended - began) / 1_000;
    rows.push([
      count,
      (ACCOUNTS / took).toFixed(0),
      cores.workers().toFixed(2),
      cores.postgres().toFixed(2),
    ]);
    for (const worker of workers) await worker.end();
  }
  const heads = ['workers', 'syncs with nothing new/s', 'cores of the processes'];
  return table([...heads, 'cores of PostgreSQL'], rows);
}

try {
  const postgres = await stage.postgresPid();
  console.log(`${availableParallelism()} cores for everything, ${BROWSERS} browsers\n`);
  console.log(`${await measureWeb(postgres)}\n`);
  console.log(await measureWorkers(postgres));
} finally {
  endAll();
  await stage.close();
}
