// `npm run bench`: compares this service with the usual way and with the best that we can write by
// hand with the same durability, on one PostgreSQL, one Redis and a provider that responds at once.
// BENCH_DATABASE_URL and BENCH_REDIS_URL name the stores (default: those of this machine);
// BENCH_ROUNDS, BENCH_SECONDS; BENCH_JOBS, a list, for only some of the jobs.

import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createClient } from 'redis';
import { Browser } from './browser.mjs';
import { cpuOf, endAll, run, withChildren } from './processes.mjs';
import { measureStarts } from './startup.mjs';
import { median, quantile, spread, table } from './tables.mjs';
import { targets } from './targets.mjs';
import { countTrips } from './trips.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 8);
const seconds = Number(process.env.BENCH_SECONDS ?? 1.5);
const BROWSERS = 32;
const FRONTEND = 'http://localhost:9/connected';
const serverUrl = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const redisUrl = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379/15';
const NAMES = ['tutorial', 'ours', 'durable'];

/** Each job: how many browsers do it at a time, and what it is. */
const JOBS = {
  start: [BROWSERS, 'begin an authorization', (browser, target) => browser.start(target)],
  list: [BROWSERS, 'list accounts', (browser, target) => browser.list(target)],
  flow: [BROWSERS, 'a whole connection', (browser, target) => browser.flow(target, FRONTEND)],
  flow1: [1, 'a whole connection, one by one', (browser, target) => browser.flow(target, FRONTEND)],
};
const chosen = (process.env.BENCH_JOBS ?? Object.keys(JOBS).join()).split(',');

/** One turn of one target at one job. @param watched pids by the name of their column */
async function slice(target, [browsers, , job], watched) {
  const times = [];
  const busyBefore = new Map(Object.entries(watched).map(([name, pids]) => [name, cpuOf(pids())]));
  const own = cpuOf([target.pid]);
  const began = performance.now();
  const until = began + seconds * 1_000;
  await Promise.all(
    target.browsers.slice(0, browsers).map(async (browser) => {
      while (performance.now() < until) {
        const from = performance.now();
        await job(browser, target);
        times.push(performance.now() - from);
      }
    }),
  );
  const took = (performance.now() - began) / 1_000;
  const perJob = (before, now) => (now - before) / times.length;
  const cpu = { service: perJob(own, cpuOf([target.pid])) };
  for (const [name, pids] of Object.entries(watched))
    cpu[name] = perJob(busyBefore.get(name), cpuOf(pids()));
  return { rate: times.length / took, p50: median(times), p99: quantile(times, 0.99), cpu };
}

/** All targets in turn, in another order in each round. The first round is dropped. */
async function measure(all, job, watched) {
  const seen = Object.fromEntries(NAMES.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (let turn = 0; turn < NAMES.length; turn += 1) {
      const name = NAMES[(round + turn) % NAMES.length];
      const one = await slice(all[name], job, watched);
      if (round > 0) seen[name].push(one);
    }
  return seen;
}

/** The ratios within each round, whose spread is smaller than that of the rates. */
const ratios = (seen, name, to) => seen[name].map(({ rate }, at) => rate / seen[to][at].rate);

function print(measured) {
  const heads = ['job', 'usual way /s', 'this service /s', 'to the usual way', 'to the best'];
  const rows = Object.entries(measured).map(([job, seen]) => [
    JOBS[job][1],
    ...['tutorial', 'ours'].map((name) => median(seen[name].map(({ rate }) => rate)).toFixed(0)),
    spread(ratios(seen, 'ours', 'tutorial')),
    spread(ratios(seen, 'ours', 'durable')),
  ]);
  console.log(`\n${table(heads, rows)}\n`);
  const columns = ['service', 'PostgreSQL', 'Redis', 'provider'];
  const details = Object.entries(measured).flatMap(([job, seen]) =>
    NAMES.map((name) => [
      job,
      LABELS[name],
      ...['p50', 'p99'].map((what) => median(seen[name].map((one) => one[what])).toFixed(1)),
      ...columns.map((column) => median(seen[name].map(({ cpu }) => cpu[column])).toFixed(0)),
    ]),
  );
  const units = ['p50 ms', 'p99 ms', ...columns.map((column) => `${column} µs`)];
  console.log(
    `Processor time of each process per job:\n\n${table(['job', 'of', ...units], details)}\n`,
  );
}

const LABELS = { tutorial: 'usual way', ours: 'this service', durable: 'best by hand' };

async function begin(all) {
  for (const target of Object.values(all)) {
    Object.assign(target, await run(target.command, target.environment));
    target.browsers = Array.from(
      { length: BROWSERS },
      (_, number) => new Browser(target.url, number + 1),
    );
    for (const browser of target.browsers) {
      await target.signIn(browser);
      // Creates accounts to list, and warms up every target.
      for (let accounts = 0; accounts < 3; accounts += 1) await browser.flow(target, FRONTEND);
    }
  }
}

/** Users of their own for a job, so that each finds the same number of accounts. */
async function renew(target) {
  for (const browser of target.browsers) {
    browser.become(`${browser.userId}x`);
    await target.signIn(browser);
    for (let accounts = 0; accounts < 3; accounts += 1) await browser.flow(target, FRONTEND);
  }
}

async function main() {
  const database = `bench_${process.pid}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  const redis = await createClient({ url: redisUrl }).connect();
  try {
    const databaseUrl = new URL(serverUrl);
    databaseUrl.pathname = `/${database}`;
    const provider = await run([fileURLToPath(new URL('provider.mjs', import.meta.url))], {});
    const stores = {
      databaseUrl: databaseUrl.href,
      redisUrl,
      providerUrl: provider.url,
      frontend: FRONTEND,
    };
    const all = targets(stores);
    await begin(all);
    const watched = await pidsOf(admin, redis, provider.pid);
    console.log(
      `Node ${process.versions.node}, ${BROWSERS} browsers, ${rounds} rounds of ${seconds} s; medians (quartiles)`,
    );
    const measured = {};
    for (const name of chosen) {
      for (const target of Object.values(all)) await renew(target);
      measured[name] = await measure(all, JOBS[name], watched);
    }
    for (const { browsers, end } of Object.values(all)) {
      for (const browser of browsers) await browser.client.destroy();
      await end();
    }
    print(measured);
    console.log(`Statements and round trips per job:\n\n${await countTrips(stores, LABELS)}\n`);
    console.log(await measureStarts(stores));
  } finally {
    endAll();
    redis.destroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.end();
  }
}

/** The processes beside the services, where they run on this machine. */
async function pidsOf(admin, redis, provider) {
  const text = `SELECT setting FROM pg_settings WHERE name = 'data_directory'`;
  const { rows } = await admin.query(text);
  const server = await admin
    .query(`SELECT pg_read_file($1 || '/postmaster.pid') AS text`, [rows[0].setting])
    .then((result) => Number(result.rows[0].text.split('\n')[0]))
    .catch(() => 0);
  const info = await redis.sendCommand(['INFO', 'server']);
  const redisPid = Number(/process_id:(\d+)/.exec(String(info))?.[1]);
  return {
    PostgreSQL: () => withChildren(server),
    Redis: () => [redisPid],
    provider: () => [provider],
  };
}

await main();
