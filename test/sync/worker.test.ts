/** Queue and worker on a real database: jobs in transactions, parallel workers, runs taken over. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createDataSource } from '../../src/database/options.js';
import { ProviderError } from '../../src/errors.js';
import { type Chore, syncChores } from '../../src/sync/chores.js';
import { JOBS } from '../../src/sync/jobs/jobs.js';
import { createQueue, JOBS_SCHEMA, type Queue } from '../../src/sync/queue.js';
import { Syncs } from '../../src/sync/syncs.js';
import { startWorker } from '../../src/sync/worker.js';
import { event, page, put } from './scripted-provider.js';
import { silent, useSyncFixture } from './sync-fixture.js';

const fixture = useSyncFixture();
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await fixture.dataSource.query(`TRUNCATE ${JOBS_SCHEMA}.job`);
});

async function startQueue(
  role: 'web' | 'worker' = 'web',
  dataSource = fixture.dataSource,
): Promise<Queue> {
  const queue = createQueue({ dataSource, logger: silent, role, queues: JOBS });
  await queue.start();
  closers.push(() => queue.stop({ graceMs: 1_000 }));
  return queue;
}

function syncsOn(queue: Queue, dataSource = fixture.dataSource): Syncs {
  return new Syncs(dataSource, fixture.schedule, fixture.calendars, queue, fixture.services.now);
}

async function work({ chores = [] as Chore[] } = {}) {
  const queue = await startQueue('worker');
  const syncs = syncsOn(queue);
  const worker = await startWorker(queue, {
    services: fixture.services,
    syncs,
    push: { afterRun: async () => {}, notified: async () => {} },
    chores: [...syncChores(fixture.services, syncs), ...chores],
    choresEverySeconds: 1,
    concurrency: 3,
  });
  closers.push(() => worker.stop());
  return worker;
}

async function until(what: () => Promise<boolean>, seconds = 10): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await what()); ) {
    if (Date.now() > end) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function jobs(): Promise<number> {
  const [{ count }] = await fixture.dataSource.query(
    `SELECT count(*)::integer AS count FROM ${JOBS_SCHEMA}.job WHERE name LIKE 'sync-account%'`,
  );
  return count;
}

const isSynced = (account: string) => async () => (await fixture.account(account)).state === 'idle';

describe('sending a job', () => {
  test('a job commits with its transaction, or not at all', async () => {
    const account = await fixture.connect();
    const syncs = syncsOn(await startQueue());
    const undone = fixture.dataSource.transaction(async (manager) => {
      await syncs.enqueueConnected(manager, account);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await jobs()).toBe(0);
    expect((await fixture.account(account)).syncId).toBeNull();
    await fixture.dataSource.transaction((manager) => syncs.enqueueConnected(manager, account));
    expect(await jobs()).toBe(1);
  });

  test('a job can be sent within a transaction on a pool of one connection, also the first time', async () => {
    const dataSource = await createDataSource({ url: fixture.url, poolSize: 1 }).initialize();
    try {
      const queue = await startQueue('web', dataSource);
      const account = await fixture.connect();
      await syncsOn(queue, dataSource).request(account, { trigger: 'manual', full: false });
      expect(await jobs()).toBe(1);
    } finally {
      for (const close of closers.splice(0)) await close();
      await dataSource.destroy();
    }
  });

  test('one run sent many times makes one job, and a lost job is made again', async () => {
    const account = await fixture.connect();
    const syncs = syncsOn(await startQueue());
    const all = await Promise.all(
      Array.from({ length: 10 }, () => syncs.request(account, { trigger: 'manual', full: false })),
    );
    expect(new Set(all.map(({ syncId }) => syncId)).size).toBe(1);
    expect(await jobs()).toBe(1);
    await fixture.dataSource.query(`TRUNCATE ${JOBS_SCHEMA}.job`);
    await syncs.request(account, { trigger: 'manual', full: false });
    expect(await jobs()).toBe(1);
  });
});

test('many processes can start together on an empty database', async () => {
  await fixture.dataSource.query(`DROP SCHEMA IF EXISTS ${JOBS_SCHEMA} CASCADE`);
  await Promise.all(Array.from({ length: 5 }, (_, i) => startQueue(i % 2 ? 'web' : 'worker')));
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => fixture.dataSource.query('SELECT 1 AS one')),
  );
  expect(answers.flat()).toHaveLength(10);
});

describe('running jobs', () => {
  test('a run is started at once, by one of several workers', async () => {
    const account = await fixture.connect();
    await work();
    await work();
    const syncs = syncsOn(await startQueue());
    await new Promise((resolve) => setTimeout(resolve, 700));
    fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
    const asked = Date.now();
    await syncs.request(account, { trigger: 'manual', full: false });
    await until(isSynced(account));
    expect(Date.now() - asked).toBeLessThan(1_500);
    expect(await fixture.ids(account)).toEqual(['a']);
    expect(fixture.provider.asked).toHaveLength(1);
  });

  test('a full sync drops the cursors, and one requested during a run makes the next run full', async () => {
    const account = await fixture.connect();
    const syncs = syncsOn(await startQueue());
    await fixture.sync(account);
    await syncs.request(account, { trigger: 'manual', full: true });
    expect(await fixture.cursor(account)).toBeNull();
    const { syncId } = await fixture.account(account);
    await fixture.run(account, syncId!);
    fixture.provider.say('primary', async () => {
      await syncs.request(account, { trigger: 'manual', full: true });
      return page([], { cursor: 'after' });
    });
    await fixture.sync(account);
    await fixture.sync(account);
    expect(fixture.provider.asked.map(({ cursor }) => cursor)).toEqual([null, null, 'first', null]);
  });

  test('a stop returns a run at the end of its page, and another worker continues it', async () => {
    const account = await fixture.connect();
    const first = await work();
    const syncs = syncsOn(await startQueue());
    let stopped: Promise<void> | undefined;
    fixture.provider.say('primary', () => {
      stopped = first.stop();
      return page(put(event('a')), { next: '2' });
    });
    const { syncId } = await syncs.request(account, { trigger: 'manual', full: false });
    await until(async () => stopped !== undefined);
    await stopped;
    expect(await fixture.account(account)).toMatchObject({ state: 'queued', syncId });
    fixture.provider.say('primary', page(put(event('b')), { cursor: 'c1' }));
    await work();
    await until(isSynced(account));
    expect(await fixture.ids(account)).toEqual(['b']);
  });

  test('a run whose worker died is ended and restarted, and the old worker’s return changes nothing', async () => {
    const account = await fixture.connect();
    const dead = await fixture.queue(account);
    await fixture.runs.begin(account, dead);
    fixture.clock = new Date(fixture.clock.getTime() + 120_000);
    await work();
    await until(isSynced(account));
    expect(await fixture.account(account)).toMatchObject({
      errorCode: null,
      trigger: 'schedule',
    });
    expect((await fixture.account(account)).syncId).not.toBe(dead);
    await fixture.run(account, dead);
    expect(fixture.provider.asked).toHaveLength(1);
  });

  test('any number of requests during a run cause exactly one more run', async () => {
    const account = await fixture.connect();
    const syncs = syncsOn(await startQueue());
    await work();
    const answers: unknown[] = [];
    await fixture.sync(account);
    fixture.provider.say('primary', async () => {
      for (let i = 0; i < 20; i++)
        answers.push(
          await syncs.request(account, { trigger: i % 2 ? 'push' : 'manual', full: i === 7 }),
        );
      return page(put(event('a')), { cursor: 'c1' });
    });
    const { syncId } = await syncs.request(account, { trigger: 'manual', full: false });
    await until(async () => fixture.provider.asked.length === 3 && (await isSynced(account)()));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(answers).toEqual(
      Array.from({ length: 20 }, () =>
        expect.objectContaining({ syncId, state: 'running', joined: true }),
      ),
    );
    // The next run is the requested full sync.
    expect(fixture.provider.asked.map(({ cursor }) => cursor)).toEqual([null, 'first', null]);
    expect((await fixture.account(account)).syncId).not.toBe(syncId);
  });

  test('due accounts are queued, chores are run, and a chore that fails stops no other', async () => {
    const account = await fixture.connect();
    await fixture.change(account, { nextSyncAt: fixture.clock });
    let done = 0;
    const failing = { name: 'failing', run: () => Promise.reject(new Error('no')) };
    await work({ chores: [failing, { name: 'counting', run: async () => void done++ }] });
    await until(async () => done >= 2 && (await isSynced(account)()));
    expect(fixture.provider.asked).toHaveLength(1);
    const next = (await fixture.account(account)).nextSyncAt!.getTime() - fixture.clock.getTime();
    expect(next).toBe(600_000);
  });

  test('a failing provider leaves no job that is retried at once', async () => {
    const account = await fixture.connect();
    fixture.provider.beforeListing = () => {
      throw new ProviderError('provider_error');
    };
    await work();
    await syncsOn(await startQueue()).request(account, { trigger: 'manual', full: false });
    await until(async () => (await fixture.account(account)).state === 'backoff');
    const [job] = await fixture.dataSource.query(
      `SELECT state FROM ${JOBS_SCHEMA}.job WHERE name LIKE 'sync-account%'`,
    );
    expect(['active', 'completed']).toContain(job.state);
  });
});
