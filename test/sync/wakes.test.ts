/** Workers learn of a queued job from another process, also after their connection was lost. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/options.js';
import { Wakes } from '../../src/sync/wakes.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

let database: TestDatabase;
let dataSource: DataSource;
const opened: Wakes[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 2 }).initialize();
});
afterEach(async () => {
  for (const wakes of opened.splice(0)) await wakes.stop();
});
afterAll(async () => {
  await dataSource?.destroy();
  await database?.drop();
});

function open(): Wakes {
  const wakes = new Wakes(dataSource);
  opened.push(wakes);
  return wakes;
}

async function worker() {
  const wakes = open();
  const looked: string[] = [];
  for (const queue of ['a', 'b']) wakes.on(queue, () => looked.push(queue));
  await wakes.listen();
  return { wakes, looked };
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await what()); ) {
    if (Date.now() > end) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const listeners = async () =>
  (
    await dataSource.query(
      `SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE '% listener'`,
    )
  ).map(({ pid }: { pid: number }) => pid);

test('a job of a process without workers wakes the workers of its queue in all processes', async () => {
  const [one, other] = [await worker(), await worker()];
  open().wake('b');
  await until(() => one.looked.length > 0 && other.looked.length > 0);
  expect([one.looked, other.looked]).toEqual([['b'], ['b']]);
});

test('a job of a process with workers wakes these', async () => {
  const { wakes, looked } = await worker();
  wakes.wake('a');
  expect(looked).toEqual(['a']);
});

test('many jobs of one moment share statements', async () => {
  const { looked } = await worker();
  const web = open();
  for (let jobs = 0; jobs < 1_000; jobs += 1) web.wake(jobs % 2 ? 'a' : 'b');
  await until(() => looked.includes('a') && looked.includes('b'));
  await web.stop();
  expect(looked.length).toBeLessThan(10);
});

test('a worker whose connection was lost opens another, and looks at every queue', async () => {
  const { looked } = await worker();
  const [lost] = await listeners();
  await dataSource.query('SELECT pg_terminate_backend($1)', [lost]);
  await until(() => looked.length > 0);
  expect(looked).toEqual(['a', 'b']);
  open().wake('a');
  await until(() => looked.length > 2);
});
