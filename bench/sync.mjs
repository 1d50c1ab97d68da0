// `npm run bench:sync`: what syncs cost on a PostgreSQL, with a provider that responds at once.
// Accounts with nothing new: statements and provider requests for each, and processor time. The
// first sync of a large calendar, beside a program that fetches the same pages and writes each with
// one INSERT. BENCH_DATABASE_URL and BENCH_REDIS_URL name the stores; BENCH_ACCOUNTS (1000),
// BENCH_EVENTS (20000) and BENCH_ROUNDS (5) how much is done.

import { setTimeout as sleep } from 'node:timers/promises';
import { insertByHand } from './insert-by-hand.mjs';
import { cpuOf, endAll, memoryOf, withChildren } from './processes.mjs';
import { openStage } from './sync-stage.mjs';
import { median, spread, table } from './tables.mjs';

const accounts = Number(process.env.BENCH_ACCOUNTS ?? 1_000);
const events = Number(process.env.BENCH_EVENTS ?? 20_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const server = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const redisUrl = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379/15';
const IDLE_MS = 5_000;

const stage = await openStage({ server, redisUrl, more: { SYNC_CONCURRENCY: '20' } });

const now = async () => (await stage.database.query('SELECT now() AS now')).rows[0].now;

/** What one account with nothing new costs. */
async function measureQuiet() {
  const postgres = await stage.postgresPid();
  await stage.insertAccounts(accounts, 0);
  const worker = await stage.startWorker();
  await stage.allSynced(new Date(0));
  const busy = () => ({
    worker: cpuOf([worker.pid]),
    postgres: cpuOf(withChildren(postgres)),
    statements: stage.proxy.counted.statements,
    trips: stage.proxy.counted.trips,
  });
  const rows = [];
  for (let round = 0; round < Math.min(rounds, 3); round += 1) {
    const idle = busy();
    await sleep(IDLE_MS);
    const before = busy();
    const requests = await stage.requests();
    const mark = await now();
    const marked = performance.now();
    await stage.database.query('UPDATE account_syncs SET next_sync_at = now()');
    const { began, ended } = await stage.allSynced(mark);
    const waited = performance.now() - marked;
    const after = busy();
    const each = (what) => {
      const perMs = (before[what] - idle[what]) / IDLE_MS;
      return (after[what] - before[what] - perMs * waited) / accounts;
    };
    const took = (ended - began) / 1_000;
    rows.push([
      each('statements').toFixed(2),
      each('trips').toFixed(2),
      (((await stage.requests()) - requests) / accounts).toFixed(2),
      (accounts / took).toFixed(0),
      each('worker').toFixed(0),
      each('postgres').toFixed(0),
      memoryOf(worker.pid).toFixed(0),
    ]);
  }
  await worker.end();
  await stage.database.query('TRUNCATE connected_accounts CASCADE');
  const heads = ['statements', 'round trips', 'provider requests', 'accounts/s', 'worker µs'];
  return table([...heads, 'PostgreSQL µs', 'worker MB'], rows);
}

/** The first sync of a large calendar, and the same written by hand. */
async function measureInitial() {
  const worker = await stage.startWorker();
  const seen = { ours: [], hand: [], ratio: [] };
  for (let round = 0; round <= rounds; round += 1) {
    const hand = await insertByHand(stage, events);
    const [id] = await stage.insertAccounts(1, events);
    let row = {};
    while (row.state !== 'idle' || row.last_synced_at === null) {
      await sleep(20);
      [row] = (
        await stage.database.query('SELECT * FROM account_syncs WHERE account_id = $1', [id])
      ).rows;
    }
    const ours = row.finished_at - row.started_at;
    await stage.database.query('DELETE FROM account_syncs');
    await stage.database.query('DELETE FROM connected_accounts');
    await stage.database.query('VACUUM events');
    if (round === 0) continue;
    seen.ours.push(ours / 1_000);
    seen.hand.push(hand / 1_000);
    seen.ratio.push(hand / ours);
  }
  await worker.end();
  return table(
    ['first sync, s', 'by hand, s', 'speed to by hand'],
    [[median(seen.ours).toFixed(2), median(seen.hand).toFixed(2), spread(seen.ratio)]],
  );
}

const jobs = (process.env.BENCH_JOBS ?? 'quiet,initial').split(',');
try {
  if (jobs.includes('quiet'))
    console.log(`\n${accounts} accounts with nothing new, for each:\n${await measureQuiet()}`);
  if (jobs.includes('initial'))
    console.log(`\nThe first sync of ${events} events:\n${await measureInitial()}`);
} finally {
  endAll();
  await stage.close();
}
