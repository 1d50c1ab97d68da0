/** Stories that once failed in invariant.test.ts, each as a test with a name. */
import { afterAll, beforeAll, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/options.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';
import type { Move } from './invariant/moves.js';
import { play } from './invariant/stage.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 5 }).initialize();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const slowly: Move = {
  do: 'dials',
  pageSize: 2,
  emptyPages: false,
  duplicates: false,
  masterLast: false,
  cancelled: 'mixed',
  seriesDeletion: 'master',
};

test('events of an interrupted full sync that the provider deleted since are removed', async () => {
  const moves: Move[] = [
    {
      do: 'create',
      calendar: 0,
      when: { day: -40, hour: 0, length: 1 },
      rule: 'RRULE:FREQ=DAILY;COUNT=6',
    },
    slowly,
    { do: 'run' },
    { do: 'move', event: 0, when: { day: 2, hour: 0, length: 1 } },
    { do: 'run', fault: { name: 'google.403.quota', nth: 4, times: 4 } },
    { do: 'move', event: 0, when: { day: -40, hour: 0, length: 1 } },
  ];
  await play(dataSource, { provider: 'google' }, moves);
});

test('events created and deleted in between, which Graph never reports, are removed', async () => {
  const at = (hour: number): Move => ({
    do: 'create',
    calendar: 0,
    when: { day: 1, hour, length: 1 },
  });
  const moves: Move[] = [
    { do: 'run' },
    slowly,
    at(1),
    at(2),
    at(3),
    { do: 'run', fault: { name: 'ms.503', nth: 4, times: 4 } },
    { do: 'delete', event: 0 },
  ];
  await play(dataSource, { provider: 'microsoft' }, moves);
});

test('a single event that became a series and was deleted before the next sync is removed', async () => {
  // Seed 324917701, path 77:0:5:4:4:4:9:9:11:13:14:15:14:19:21:19:18:19:19:19:19:20:21:19:17…
  const moves: Move[] = [
    { do: 'create', calendar: 0, when: { day: 0, hour: null, length: 1 } },
    { do: 'run' },
    { do: 'rule', event: 0, rule: 'RRULE:FREQ=DAILY;COUNT=6' },
    { do: 'delete', event: 0 },
    { ...slowly, seriesDeletion: 'instances' },
  ];
  await play(dataSource, { provider: 'google' }, moves);
});

test('events of a sync whose cursor was not saved before the process ended are removed', async () => {
  for (let step = 0; step < 14; step++) {
    const moves: Move[] = [
      { do: 'run' },
      { do: 'create', calendar: 0, when: { day: 1, hour: 1, length: 1 } },
      { do: 'run', crash: { step, done: true, comeback: 'never' } },
      { do: 'delete', event: 0 },
    ];
    await play(dataSource, { provider: 'microsoft' }, moves);
  }
});
