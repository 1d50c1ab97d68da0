// `npm run bench`: compares this service with the usual way, on one PostgreSQL, one Redis and a
// provider that responds at once. BENCH_DATABASE_URL and BENCH_REDIS_URL name the stores (default:
// those of this machine); BENCH_ROUNDS, BENCH_SECONDS.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Browser } from './browser.mjs';
import { targets } from './targets.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 8);
const seconds = Number(process.env.BENCH_SECONDS ?? 2);
const BROWSERS = 32;
const FRONTEND = 'http://localhost:9/connected';
const serverUrl = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const redisUrl = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379/15';
const children = [];

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function run(command, environment) {
  const port = await freePort();
  const filled = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace('{port}', port)]),
  );
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env.PATH, PORT: String(port), ...filled },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => String(text).includes('ready') && resolve());
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)));
  });
  return { pid: child.pid, url: `http://127.0.0.1:${port}` };
}

/** Processor time of a process so far, all threads, in microseconds (Linux). */
function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return Number.NaN;
  }
}

async function slice(target, job) {
  const times = [];
  const cpu = cpuOf(target.pid);
  const began = performance.now();
  const until = began + seconds * 1_000;
  await Promise.all(
    target.browsers.map(async (browser) => {
      while (performance.now() < until) {
        const from = performance.now();
        await job(browser, target);
        times.push(performance.now() - from);
      }
    }),
  );
  const took = (performance.now() - began) / 1_000;
  times.sort((a, b) => a - b);
  return {
    rate: times.length / took,
    p99: times[Math.floor(times.length * 0.99)],
    cpu: (cpuOf(target.pid) - cpu) / times.length,
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function main() {
  const database = `bench_${process.pid}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  try {
    const databaseUrl = new URL(serverUrl);
    databaseUrl.pathname = `/${database}`;
    const provider = await run([fileURLToPath(new URL('provider.mjs', import.meta.url))], {});
    const all = targets({
      databaseUrl: databaseUrl.href,
      redisUrl,
      providerUrl: provider.url,
      frontend: FRONTEND,
    });
    for (const target of Object.values(all)) {
      Object.assign(target, await run(target.command, target.environment));
      target.browsers = Array.from(
        { length: BROWSERS },
        (_, number) => new Browser(target.url, number + 1),
      );
      for (const browser of target.browsers) {
        await target.signIn(browser);
        // Creates accounts to list, and warms up both targets.
        for (let accounts = 0; accounts < 3; accounts += 1) await browser.flow(target, FRONTEND);
      }
    }
    const jobs = {
      start: (browser, target) => browser.start(target),
      list: (browser, target) => browser.list(target),
      flow: (browser, target) => browser.flow(target, FRONTEND),
    };
    console.log(
      `Node ${process.versions.node}, ${BROWSERS} browsers, ${rounds} rounds of ${seconds} s, the first dropped; medians\n`,
    );
    console.log(
      '| job | tutorial /s | ours /s | ratio | tutorial p99 ms | ours p99 ms | CPU µs tutorial | CPU µs ours | CPU ratio |',
    );
    console.log('|---|---|---|---|---|---|---|---|---|');
    for (const [name, job] of Object.entries(jobs)) {
      const seen = { tutorial: [], ours: [] };
      for (let round = 0; round < rounds; round += 1)
        for (const target of round % 2 === 0 ? ['tutorial', 'ours'] : ['ours', 'tutorial'])
          seen[target].push(await slice(all[target], job));
      const kept = (target, what) => seen[target].slice(1).map((one) => one[what]);
      const paired = (what) =>
        median(kept('ours', what).map((value, index) => value / kept('tutorial', what)[index]));
      const of = (target, what, digits = 0) => median(kept(target, what)).toFixed(digits);
      console.log(
        `| ${name} | ${of('tutorial', 'rate')} | ${of('ours', 'rate')} | ${paired('rate').toFixed(2)} | ${of('tutorial', 'p99', 1)} | ${of('ours', 'p99', 1)} | ${of('tutorial', 'cpu')} | ${of('ours', 'cpu')} | ${paired('cpu').toFixed(2)} |`,
      );
    }
    for (const target of Object.values(all))
      for (const browser of target.browsers) await browser.client.destroy();
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.end();
  }
}

await main();
