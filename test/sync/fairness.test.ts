// A provider, an account or a calendar that does not respond holds up nothing else. One process of
// ten slots, with real stores; the sandbox leaves requests open.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/options.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { connectForWorker } from './worker-process.js';

const TIMEOUT_MS = 3_000;
const SLOW = 'slow@example.org';
const WELL = { google: 'well@example.org', microsoft: 'well@example.net' } as const;
const SAMPLES = 20;

type Provider = keyof typeof WELL;

let deployment: Deployment;
let dataSource: DataSource;

beforeAll(async () => {
  deployment = await deploy({
    sandbox: { contents: 'empty', host: '127.0.0.1' },
    environment: {
      SYNC_CONCURRENCY: '10',
      DATABASE_POOL_SIZE: '10',
      PROVIDER_TIMEOUT_MS: String(TIMEOUT_MS),
    },
    service: { choresEverySeconds: 1 },
  });
  dataSource = await createDataSource({ url: deployment.database.url, poolSize: 4 }).initialize();
  const { control } = deployment.sandbox;
  control.createAccount({ provider: 'google', email: SLOW, name: 'Slow' });
  for (const provider of ['google', 'microsoft'] as const)
    control.createAccount({ provider, email: WELL[provider], name: 'Well' });
}, 60_000);

/** Ends every run. The accounts stay and are not due any more. */
afterEach(async () => {
  await dataSource.query(`UPDATE account_syncs SET next_sync_at = NULL, sync_id = NULL`);
  await dataSource.query(`DELETE FROM integrations_jobs.job WHERE name LIKE 'sync-account%'`);
  deployment.sandbox.control.clearFaults();
}, 60_000);

afterAll(async () => {
  await dataSource?.destroy();
  await deployment?.stop();
}, 60_000);

const connect = (provider: Provider, user: string) =>
  connectForWorker(dataSource, deployment.sandbox, provider, user);

/** Accounts whose provider leaves every request open. */
async function connectHanging(count: number): Promise<string[]> {
  deployment.sandbox.control.addFault({
    provider: 'google',
    user: SLOW,
    hang: true,
    times: 'always',
  });
  const accounts: string[] = [];
  for (let i = 0; i < count; i++) accounts.push(await connect('google', SLOW));
  return accounts;
}

async function until(what: () => Promise<boolean>, seconds = 30): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; !(await what()); ) {
    if (Date.now() > end) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stateOf(account: string) {
  const [row] = await dataSource.query(
    `SELECT state, started_at AS "startedAt", error_code AS error FROM account_syncs
      WHERE account_id = $1`,
    [account],
  );
  return row as { state: string; startedAt: Date | null; error: string | null };
}

async function running(accounts: readonly string[]): Promise<number> {
  const [{ count }] = await dataSource.query(
    `SELECT count(*)::integer FROM account_syncs
      WHERE state = 'running' AND account_id = ANY($1)`,
    [accounts],
  );
  return count;
}

const askForSync = (account: string) =>
  deployment.browser('user').post(`/integrations/sync/${account}`, {}).expect(202);

/** How long (milliseconds) a sync that a person asks for waits for its start. */
async function waitOf(account: string): Promise<number> {
  const asked = Date.now();
  await askForSync(account);
  const startedAt = async () => (await stateOf(account)).startedAt?.getTime() ?? 0;
  await until(async () => (await startedAt()) >= asked);
  const wait = (await startedAt()) - asked;
  await until(async () => (await stateOf(account)).state === 'idle');
  return wait;
}

async function p95Of(account: string): Promise<number> {
  const waits: number[] = [];
  for (let i = 0; i < SAMPLES; i++) waits.push(await waitOf(account));
  waits.sort((a, b) => a - b);
  const p95 = waits[Math.ceil(SAMPLES * 0.95) - 1]!;
  process.stderr.write(`waits for a start: median ${waits[SAMPLES / 2]} ms, p95 ${p95} ms\n`);
  return p95;
}

const makeDue = (accounts: readonly string[]) =>
  dataSource.query(`UPDATE account_syncs SET next_sync_at = now() WHERE account_id = ANY($1)`, [
    accounts,
  ]);

describe('a thousand accounts of a provider that does not respond', () => {
  test('all due: a sync that a person asks for starts within a second, at either provider', async () => {
    const accounts = await connectHanging(1_000);
    const other = await connect('microsoft', WELL.microsoft);
    const same = await connect('google', WELL.google);
    await makeDue(accounts);
    // The others are for people.
    await until(async () => (await running(accounts)) === 8);
    expect(await p95Of(other)).toBeLessThan(1_000);
    expect(await p95Of(same)).toBeLessThan(1_000);
    expect(await running(accounts)).toBeGreaterThan(0);
  }, 120_000);

  test('all asked for by people: a sync of the other provider starts within a second', async () => {
    const accounts = await connectHanging(1_000);
    const other = await connect('microsoft', WELL.microsoft);
    for (let first = 0; first < accounts.length; first += 20)
      await Promise.all(accounts.slice(first, first + 20).map(askForSync));
    await until(async () => (await running(accounts)) === 10);
    expect(await p95Of(other)).toBeLessThan(1_000);
    expect(await running(accounts)).toBeGreaterThan(0);
  }, 120_000);

  test('its accounts that failed leave a slot to one that did not, also where people ask for all', async () => {
    const accounts = await connectHanging(100);
    const same = await connect('google', WELL.google);
    await dataSource.query(
      `UPDATE account_syncs SET failures = 1, error_code = 'provider_unavailable'
        WHERE account_id = ANY($1)`,
      [accounts],
    );
    for (const account of accounts) await askForSync(account);
    await until(async () => (await running(accounts)) === 9);
    expect(await p95Of(same)).toBeLessThan(1_000);
    expect(await running(accounts)).toBeLessThanOrEqual(9);
    // A slot is free for a moment between two of them.
    await until(async () => (await running(accounts)) === 9);
  }, 120_000);
});

test('a token endpoint that does not respond holds up no refresh at the other provider', async () => {
  const accounts = await connectHanging(40);
  const other = await connect('microsoft', WELL.microsoft);
  deployment.sandbox.control.addFault({ route: 'google.token', hang: true, times: 'always' });
  await dataSource.query(`UPDATE connected_accounts SET access_token_expires_at = now()`);
  for (const account of accounts) await askForSync(account);
  await until(async () => (await running(accounts)) === 10);
  const asked = Date.now();
  expect(await waitOf(other)).toBeLessThan(1_500);
  expect(await stateOf(other)).toMatchObject({ error: null });
  expect(Date.now() - asked).toBeLessThan(TIMEOUT_MS);
}, 60_000);

describe('calendars that do not respond', () => {
  const ref = { provider: 'google', user: WELL.google } as const;

  test('hold up the others of their account for one timeout, and are asked for once in a run', async () => {
    const { control } = deployment.sandbox;
    const broken: string[] = [];
    for (let i = 0; i < 7; i++) {
      const { id } = control.createCalendar({ ...ref, calendar: { name: `Calendar ${i}` } });
      if (i < 3) broken.push(id);
    }
    for (const path of broken)
      control.addFault({ route: 'google.events.list', path, hang: true, times: 'always' });
    const account = await connect('google', WELL.google);
    control.clearRequests();
    const asked = Date.now();
    await askForSync(account);
    await until(async () => (await stateOf(account)).error === 'provider_unavailable');
    expect(Date.now() - asked).toBeLessThan(2 * TIMEOUT_MS);
    for (const path of broken)
      expect(
        control.requests().filter((one) => decodeURIComponent(one.path).includes(path)),
      ).toHaveLength(1);
    const rows = await dataSource.query(
      `SELECT cursor IS NOT NULL AS done FROM calendars WHERE account_id = $1`,
      [account],
    );
    expect(rows.filter(({ done }: { done: boolean }) => done)).toHaveLength(rows.length - 3);
  }, 60_000);
});
