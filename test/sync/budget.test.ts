// A run that takes long gives its slot to others and loses nothing of what it has read.

import { afterEach, expect, test } from '@jest/globals';
import { JOBS } from '../../src/sync/jobs/jobs.js';
import { SYNC_ACCOUNT_JOBS } from '../../src/sync/jobs/sync-account.job.js';
import { LaneWorker } from '../../src/sync/lane-worker.js';
import { createQueue, JOBS_SCHEMA, type Queue } from '../../src/sync/queue.js';
import { Syncs } from '../../src/sync/syncs.js';
import { startWorker } from '../../src/sync/worker.js';
import { calendar, event, page, put } from './scripted-provider.js';
import { silent, useSyncFixture } from './sync-fixture.js';

const fixture = useSyncFixture();
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await fixture.dataSource.query(`TRUNCATE ${JOBS_SCHEMA}.job`);
});

async function startQueue(): Promise<{ queue: Queue; syncs: Syncs }> {
  const { dataSource, schedule, calendars, services } = fixture;
  const queue = createQueue({ dataSource, logger: silent, role: 'worker', queues: JOBS });
  await queue.start();
  closers.push(() => queue.stop({ graceMs: 1_000 }));
  return { queue, syncs: new Syncs(dataSource, schedule, calendars, queue, services.now) };
}

async function work(queue: Queue, syncs: Syncs, budgetMs: number): Promise<void> {
  const worker = await startWorker(queue, {
    services: fixture.services,
    syncs,
    push: { afterRun: async () => {}, notified: async () => {} },
    chores: [],
    choresEverySeconds: 60,
    concurrency: 1,
    budgetMs,
  });
  closers.push(() => worker.stop());
}

async function until(what: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await what()); ) {
    if (Date.now() > end) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const isIdle = async (account: string) => (await fixture.account(account)).state === 'idle';

interface JobRow {
  readonly name: string;
  readonly priority: number;
}

const jobsOf = (account: string): Promise<JobRow[]> =>
  fixture.dataSource.query(
    `SELECT name, priority FROM ${JOBS_SCHEMA}.job WHERE data->>'accountId' = $1`,
    [account],
  );

test('with one slot, others take their turn in the middle of a large calendar, which is read once', async () => {
  const PAGES = 12;
  const large = await fixture.connect();
  const small = await fixture.connect();
  const { queue, syncs } = await startQueue();
  let pages = 0;
  let pagesBefore = 0;
  let begun: () => void = () => {};
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  for (let i = 1; i <= PAGES; i++)
    fixture.provider.say('primary', async () => {
      pages++;
      begun();
      await new Promise((resolve) => setTimeout(resolve, 150));
      const change = put(event(`event ${i}`));
      return i < PAGES ? page(change, { next: `page ${i}` }) : page(change, { cursor: 'end' });
    });
  await syncs.request(large, { trigger: 'manual', full: false });
  await work(queue, syncs, 300);
  await isBegun;
  fixture.provider.beforeListing = () => {
    pagesBefore = pages;
    fixture.provider.calendars = [calendar('other')];
  };
  await syncs.request(small, { trigger: 'manual', full: false });
  await until(async () => (await isIdle(large)) && pages === PAGES);
  expect(pagesBefore).toBeGreaterThan(0);
  expect(pagesBefore).toBeLessThan(PAGES);
  expect(await fixture.cursor(large)).toBe('end');
  expect(await fixture.ids(large)).toHaveLength(PAGES);
  // In all: the pages of the one, and one empty page of the other.
  await until(() => isIdle(small));
  expect(fixture.provider.asked).toHaveLength(PAGES + 1);
}, 30_000);

test('a person’s request takes the waiting job of the schedule to the front', async () => {
  const account = await fixture.connect('google');
  const { syncs } = await startQueue();
  await syncs.request(account, { trigger: 'schedule', full: false });
  expect(await jobsOf(account)).toEqual([{ name: 'sync-account-google', priority: 0 }]);
  const { joined } = await syncs.request(account, { trigger: 'manual', full: false });
  expect(joined).toBe(true);
  expect(await jobsOf(account)).toEqual([{ name: 'sync-account-google', priority: 2 }]);
  await syncs.request(account, { trigger: 'schedule', full: false });
  expect(await jobsOf(account)).toEqual([{ name: 'sync-account-google', priority: 2 }]);
});

test('accounts that failed are queued last, and behind the others', async () => {
  const failed = await fixture.connect('google');
  const well = await fixture.connect('google');
  const hour = 3_600_000;
  await fixture.change(failed, {
    failures: 1,
    nextSyncAt: new Date(fixture.clock.getTime() - hour),
  });
  await fixture.change(well, { nextSyncAt: fixture.clock });
  expect(await fixture.schedule.due(10)).toEqual([well, failed]);
  const { syncs } = await startQueue();
  for (const account of [failed, well])
    await syncs.request(account, { trigger: 'schedule', full: false });
  expect(await jobsOf(failed)).toMatchObject([{ priority: -1 }]);
  expect(await jobsOf(well)).toMatchObject([{ priority: 0 }]);
});

test('a job that an older version queued is worked on, and not queued a second time', async () => {
  const account = await fixture.connect('google');
  const { queue, syncs } = await startQueue();
  const syncId = await fixture.queue(account);
  const old = SYNC_ACCOUNT_JOBS.find(({ name }) => name === 'sync-account')!;
  await fixture.dataSource.transaction((manager) =>
    queue.send(manager, old, { accountId: account, syncId }, { key: syncId }),
  );
  await syncs.request(account, { trigger: 'manual', full: false });
  expect(await jobsOf(account)).toEqual([{ name: 'sync-account', priority: 2 }]);
  await work(queue, syncs, 60_000);
  await until(async () => (await fixture.account(account)).state !== 'queued');
});

test('an idle lane looks at its queue twice in a second, however many slots it has', async () => {
  let looks = 0;
  const worker = new LaneWorker({
    queue: {
      onWake: () => {},
      take: async () => {
        looks++;
        return [];
      },
      failed: (error) => {
        throw error;
      },
    },
    definition: SYNC_ACCOUNT_JOBS[0]!,
    slots: 100,
    handler: async () => {},
  });
  await new Promise((resolve) => setTimeout(resolve, 2_300));
  await worker.stop({ graceMs: 0 });
  expect(looks).toBeGreaterThanOrEqual(2);
  expect(looks).toBeLessThanOrEqual(5);
});
