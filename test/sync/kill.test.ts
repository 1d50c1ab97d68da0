/**
 * A real worker process, killed without warning in the middle of syncs and started again: in the
 * end everything is equal.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import { listEvents } from '../../src/calendars/event-listing.js';
import { createDataSource } from '../../src/database/options.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';
import {
  askForSyncs,
  build,
  connectForWorker,
  startWorkerProcess,
  type WorkerProcess,
} from './worker-process.js';

const KILLS = 4;
const USER = 'somebody@example.org';
const DAY = 86_400_000;
const PROVIDERS = ['google', 'microsoft'] as const;

let database: TestDatabase;
let dataSource: DataSource;
let sandbox: Sandbox;

beforeAll(async () => {
  build();
  database = await createTestDatabase();
  dataSource = await createDataSource({
    url: database.url,
    poolSize: 4,
    statementTimeoutMs: 30_000,
  }).initialize();
  sandbox = await startSandbox({ contents: 'empty', host: '127.0.0.1' });
}, 180_000);

afterAll(async () => {
  await dataSource.destroy();
  await sandbox.close();
  await database.drop();
});

function busyLife(): void {
  const { control } = sandbox;
  control.configure({
    google: { pageSize: 40, latencyMs: 15 },
    microsoft: { pageSize: 40, latencyMs: 15 },
  });
  for (const provider of PROVIDERS) {
    const ref = { provider, user: USER };
    control.createAccount({ provider, email: USER, name: 'Somebody' });
    control.createCalendar({ ...ref, calendar: { name: 'Second' } });
    for (const { id } of control.calendars(ref)) {
      control.bulkCreateEvents({ ...ref, calendarId: id, count: 400, everyMinutes: 600 });
      const start = new Date(Date.now() + DAY).toISOString();
      const end = new Date(Date.now() + DAY + 3_600_000).toISOString();
      for (let i = 0; i < 5; i++)
        control.createEvent({
          ...ref,
          calendarId: id,
          event: { title: `Series ${i}`, start, end, recurrence: 'RRULE:FREQ=DAILY;COUNT=60' },
        });
    }
  }
}

/** Changes every calendar, so that the next sync has changes to read. */
function change(turn: number): void {
  const { control } = sandbox;
  for (const provider of PROVIDERS) {
    const ref = { provider, user: USER };
    for (const { id: calendarId } of control.calendars(ref)) {
      const seen = control.view(
        provider,
        USER,
        calendarId,
        new Date(),
        new Date(Date.now() + 90 * DAY),
      );
      seen
        .filter((_, i) => i % 7 === turn % 7)
        .forEach(({ id, seriesId }, i) => {
          if (i % 3 === 0) control.deleteEvent({ ...ref, calendarId, eventId: id });
          else
            control.updateEvent({
              ...ref,
              calendarId,
              eventId: seriesId !== null && i === 1 ? seriesId : id,
              changes: { title: `Turn ${turn}` },
            });
        });
      control.bulkCreateEvents({
        ...ref,
        calendarId,
        count: 60,
        everyMinutes: 300,
        title: `New in turn ${turn}`,
      });
    }
  }
}

async function until(what: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; !(await what()) && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 20));
}

async function isAtRest(accounts: string[], atRest = ['idle']): Promise<boolean> {
  const rows = await dataSource.query(
    `SELECT state FROM account_syncs WHERE account_id = ANY($1)`,
    [accounts],
  );
  return rows.every((row: { state: string }) => atRest.includes(row.state));
}

async function differences(
  account: string,
  provider: (typeof PROVIDERS)[number],
): Promise<string[]> {
  const calendars = await dataSource.query(
    'SELECT id, provider_calendar_id, window_from, window_to FROM calendars WHERE account_id = $1',
    [account],
  );
  expect(calendars).toHaveLength(2);
  const found: string[] = [];
  for (const { id, provider_calendar_id, window_from, window_to } of calendars) {
    const view = sandbox.control.view(provider, USER, provider_calendar_id, window_from, window_to);
    const said = view.map((one) => `${one.id} ${one.start} ${one.end} ${one.title}`);
    const filter = {
      accountId: account,
      calendarId: id,
      from: null,
      to: null,
      limit: 100_000,
      cursor: null,
    };
    const kept = (await listEvents(dataSource, filter)).events.map(
      (one) =>
        `${one.providerEventId} ${one.startsAt.toISOString()} ${one.endsAt.toISOString()} ${one.title}`,
    );
    expect(said.length).toBeGreaterThan(300);
    const [keptSet, saidSet] = [new Set(kept), new Set(said)];
    found.push(
      ...said.filter((one) => !keptSet.has(one)).map((one) => `missing ${one}`),
      ...kept.filter((one) => !saidSet.has(one)).map((one) => `extra ${one}`),
    );
  }
  return found;
}

test(`a worker killed ${KILLS} times at random moments loses nothing`, async () => {
  busyLife();
  const accounts: string[] = [];
  for (const provider of PROVIDERS)
    accounts.push(await connectForWorker(dataSource, sandbox, provider, USER));
  const syncs = await askForSyncs(dataSource);
  let worker: WorkerProcess = await startWorkerProcess(database.url, sandbox);
  try {
    for (let turn = 0; turn < KILLS; turn++) {
      change(turn);
      for (const account of accounts) await syncs.request(account);
      await until(async () => !(await isAtRest(accounts, ['queued', 'idle'])));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 700));
      await worker.kill();
      // A killed worker's runs have no heartbeat. The time until that counts is not tested here.
      await dataSource.query(
        `UPDATE account_syncs SET heartbeat_at = now() - interval '10 minutes'`,
      );
      worker = await startWorkerProcess(database.url, sandbox);
    }
    for (const account of accounts) await syncs.request(account);
    await until(() => isAtRest(accounts));
    const rows = await dataSource.query(
      `SELECT provider, state, error_code FROM connected_accounts
           JOIN account_syncs ON account_id = id ORDER BY provider`,
    );
    expect(rows).toEqual(
      PROVIDERS.map((provider) => ({ provider, state: 'idle', error_code: null })),
    );
    for (const [i, provider] of PROVIDERS.entries())
      expect(await differences(accounts[i]!, provider)).toEqual([]);
  } finally {
    await worker.kill();
    await syncs.close();
  }
}, 180_000);
