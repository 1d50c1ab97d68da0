// How often each target asks PostgreSQL, Redis and the provider for one job, counted on the wire.

import { Browser } from './browser.mjs';
import { run } from './processes.mjs';
import { table } from './tables.mjs';
import { targets } from './targets.mjs';
import { countingProxy } from './wire.mjs';

const JOBS = 20;

/** @param labels of the targets @returns a table in Markdown */
export async function countTrips(stores, labels) {
  const proxies = {
    database: await countingProxy(stores.databaseUrl, 'postgres', 5_432),
    redis: await countingProxy(stores.redisUrl, 'redis', 6_379),
    provider: await countingProxy(stores.providerUrl, 'http', 80),
  };
  const all = targets({
    ...stores,
    databaseUrl: proxies.database.url,
    redisUrl: proxies.redis.url,
    providerUrl: proxies.provider.url,
  });
  const rows = [];
  for (const [name, target] of Object.entries(all)) {
    Object.assign(target, await run(target.command, target.environment));
    const browser = new Browser(target.url, `trips-${name}`);
    await target.signIn(browser);
    await browser.flow(target, stores.frontend);
    const jobs = {
      start: () => browser.start(target),
      list: () => browser.list(target),
      flow: () => browser.flow(target, stores.frontend),
    };
    for (const [job, act] of Object.entries(jobs))
      rows.push([labels[name], job, ...(await count(proxies, act))]);
    await browser.client.destroy();
    await target.end();
  }
  for (const proxy of Object.values(proxies)) proxy.close();
  const heads = [
    'of',
    'job',
    'SQL statements',
    'SQL round trips',
    'Redis commands',
    'provider requests',
  ];
  return table(heads, rows);
}

async function count({ database, redis, provider }, act) {
  const read = () => [
    database.counted.statements,
    database.counted.trips,
    redis.counted.trips,
    provider.counted.trips,
  ];
  // Once before, for what is only asked the first time.
  await act();
  const before = read();
  for (let job = 0; job < JOBS; job += 1) await act();
  return read().map((after, at) => String(Math.round(((after - before[at]) / JOBS) * 10) / 10));
}
