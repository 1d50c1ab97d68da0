/** The number of requests of a sync, counted at the provider. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/options.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';
import type { ProviderName } from './invariant/provider-hand.js';
import { Stage, USER } from './invariant/stage.js';

let database: TestDatabase;
let dataSource: DataSource;
let stage: Stage;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 5 }).initialize();
});

afterEach(() => stage.strike());

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** A synced account with this number of calendars. */
async function synced(provider: ProviderName, calendars: number): Promise<void> {
  stage = await Stage.set(dataSource, { provider });
  for (let i = 2; i < calendars; i++)
    stage.sandbox.control.createCalendar({
      provider,
      user: USER,
      calendar: { name: `Calendar ${i}` },
    });
  await stage.settle();
}

/**
 * The routes asked since the last look, and how often. A token that had expired is the stage's own
 * affair.
 */
function asked(): Record<string, number> {
  const routes: Record<string, number> = {};
  for (const { route, status } of stage.sandbox.control.requests())
    if (status !== 401) routes[route!] = (routes[route!] ?? 0) + 1;
  stage.sandbox.control.clearRequests();
  return routes;
}

describe.each([
  ['google', 'google.calendarList.list', 'google.events.list'],
  ['microsoft', 'microsoft.calendars.list', 'microsoft.calendarView.delta'],
] as const)('%s', (provider, listing, reading) => {
  test('a sync without changes sends one request for each calendar and one for their list', async () => {
    await synced(provider, 5);
    asked();
    await stage.settle();
    expect(asked()).toEqual({ [listing]: 1, [reading]: 5 });
  });

  test('a sync with changes sends no more requests', async () => {
    await synced(provider, 3);
    await stage.make({
      do: 'create',
      calendar: 0,
      when: { day: 1, hour: 9, length: 1 },
      rule: 'RRULE:FREQ=DAILY;COUNT=6',
    });
    await stage.settle();
    asked();
    await stage.make({ do: 'rename', event: 0, title: 'renamed' });
    await stage.make({
      do: 'occurrence',
      event: 0,
      occurrence: 2,
      change: { day: 4, hour: 12, length: 1 },
    });
    await stage.settle();
    expect(asked()).toEqual({ [listing]: 1, [reading]: 3 });
  });
});

test('10,000 events at Google are read with at most five requests', async () => {
  stage = await Stage.set(dataSource, { provider: 'google' });
  const many = { count: 10_000, from: '2026-06-07T00:00:00Z', everyMinutes: 4, minutes: 3 };
  stage.sandbox.control.bulkCreateEvents({ provider: 'google', user: USER, ...many });
  await stage.settle();
  const requests = stage.sandbox.control
    .requests({ route: 'google.events' })
    .filter(({ path }) => path.includes(encodeURIComponent(USER)));
  expect(requests.length).toBeLessThanOrEqual(5);
});

test('a mailbox never gets more than four requests at once', async () => {
  await synced('microsoft', 9);
  await stage.make({
    do: 'dials',
    pageSize: 2,
    emptyPages: true,
    duplicates: false,
    masterLast: false,
    cancelled: 'mixed',
    seriesDeletion: 'both',
  });
  for (let i = 0; i < 40; i++)
    await stage.make({ do: 'create', calendar: i, when: { day: 1, hour: i % 24, length: 1 } });
  stage.sandbox.control.configure({ microsoft: { latencyMs: 5 } });
  stage.sandbox.control.clearRequests();
  await stage.settle();
  const peak = stage.sandbox.control.peakParallelism({ provider: 'microsoft', user: USER });
  expect(peak).toBeGreaterThan(1);
  expect(peak).toBeLessThanOrEqual(4);
});
