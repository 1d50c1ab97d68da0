// PostgreSQL frozen, unreachable, killed or out of connections: requests fail in bounded time, and
// the service recovers by itself.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type Deployment, deploy } from '../support/deployment.js';
import { startThrowawayPostgres, type ThrowawayPostgres } from '../support/servers.js';
import { eventually, timed } from './stopwatch.js';
import { type Wire, wireTo } from './wire.js';

const ANA = { as: 'ana@example.com' };
/** A killed server is noticed at once, a silent one after the statement timeout. */
const GONE_MS = 3_000;
const SILENT_MS = 7_000;

let postgres: ThrowawayPostgres;
let wire: Wire;
let deployment: Deployment;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  wire = await wireTo(postgres.url);
  deployment = await deploy({ environment: { DATABASE_URL: wire.url } });
}, 60_000);
afterAll(async () => {
  await deployment?.stop();
  await wire?.close();
  await postgres?.stop();
}, 60_000);

const ready = async () => (await fetch(`${deployment.url}/readyz`)).status === 200;
const tokenRequests = () => deployment.sandbox.control.requests({ route: 'google.token' });

async function onServer<T>(
  work: (client: pg.Client) => Promise<T>,
  url = postgres.url,
): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'the test itself' });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * A user with an account, a second account to disconnect, and a third connection between consent
 * and callback.
 */
async function underWay(user: string) {
  const browser = deployment.browser(user);
  const accountId = await browser.connectAndSync('google', ANA);
  const leavingId = await browser.connectAndSync('google', { as: 'bo@example.com' });
  const callbackUrl = await browser.consent(await browser.begin('google'), ANA);
  return { browser, accountId, leavingId, callbackUrl };
}

/** What must hold while PostgreSQL is unavailable, for any reason. */
async function expectClosed(
  flow: Awaited<ReturnType<typeof underWay>>,
  boundMs: number,
): Promise<void> {
  const { browser, accountId, leavingId, callbackUrl } = flow;
  deployment.sandbox.control.clearRequests();
  const callback = timed(browser.comeBack(callbackUrl));
  const closed = [
    browser.get('/integrations/accounts'),
    browser.get(`/integrations/accounts/${accountId}`),
    browser.delete(`/integrations/accounts/${leavingId}`),
    browser.post(`/integrations/sync/${accountId}`, {}),
    browser.get(`/integrations/accounts/${accountId}/events`),
    browser.get(`/integrations/oauth-url/google`).query({ accountId }),
  ].map((request) => timed(request));
  const health = await timed(fetch(`${deployment.url}/healthz`));
  expect(health.answer.status).toBe(200);
  expect(health.ms).toBeLessThan(1_000);
  const readiness = await timed(fetch(`${deployment.url}/readyz`));
  expect(readiness.answer.status).toBe(503);
  expect(await readiness.answer.json()).toMatchObject({ status: 'degraded', database: false });
  expect(readiness.ms).toBeLessThan(GONE_MS);
  for (const { answer, ms } of await Promise.all(closed)) {
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'temporarily_unavailable' });
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(3);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(ms).toBeLessThan(boundMs);
  }
  const { answer: end, ms } = await callback;
  expect(Object.fromEntries(end.searchParams)).toMatchObject({
    status: 'error',
    error: 'temporarily_unavailable',
  });
  expect(ms).toBeLessThan(boundMs);
  expect(tokenRequests()).toEqual([]);
  // Routes that do not need the database still work.
  expect((await browser.get('/integrations/providers')).status).toBe(200);
  expect((await browser.get('/integrations/oauth-url/google')).status).toBe(200);
}

async function expectRecovered({
  browser,
  accountId,
}: Awaited<ReturnType<typeof underWay>>): Promise<void> {
  await eventually(ready, 10_000);
  await browser.get(`/integrations/accounts/${accountId}`).expect(200);
  await browser.post(`/integrations/sync/${accountId}`, {}).expect(202);
  expect(await browser.synced(accountId)).toMatchObject({ state: 'idle', error: null });
  await browser.connectAndSync('google', ANA);
}

const queueLines = () => deployment.log.filter(({ msg }) => String(msg).startsWith('queue '));

test('when PostgreSQL is cut off the service is not ready, and the same process recovers when it is back', async () => {
  const flow = await underWay('cut');
  const before = queueLines().length;
  await wire.cut();
  await expectClosed(flow, GONE_MS);
  await sleep(5_000); // some looks at the queue
  await wire.restore();
  await expectRecovered(flow);
  await eventually(async () => queueLines().at(-1)?.['msg'] === 'queue is available again');
  const lines = queueLines().slice(before);
  expect(lines).toEqual([
    expect.objectContaining({
      msg: 'queue is unavailable',
      err: expect.objectContaining({ message: expect.stringMatching(/./) }),
    }),
    expect.objectContaining({ msg: 'queue is available again' }),
  ]);
}, 60_000);

test('while PostgreSQL is frozen no response takes longer than the statement limit, and open work is not lost', async () => {
  const flow = await underWay('frozen');
  postgres.freeze();
  try {
    await expectClosed(flow, SILENT_MS);
  } finally {
    postgres.thaw();
  }
  await expectRecovered(flow);
  // A transaction left open on a pooled connection would roll back what the next user of it writes.
  await onServer(async (client) => {
    await sleep(300);
    const { rows } = await client.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND now() - state_change > interval '200 ms'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
}, 60_000);

test('after all connections are terminated at once, the next requests are served', async () => {
  const { browser, accountId } = await underWay('terminated');
  await onServer((client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'calendar-connect%'`,
    ),
  );
  await eventually(
    async () => (await browser.get(`/integrations/accounts/${accountId}`)).status === 200,
    3_000,
  );
  await browser.post(`/integrations/sync/${accountId}`, {}).expect(202);
  expect(await browser.synced(accountId)).toMatchObject({ state: 'idle', error: null });
}, 60_000);

test('connections lost without a close are dropped one by one, and no request waits for them', async () => {
  const flow = await underWay('lost');
  wire.lose();
  const { ms } = await timed(flow.browser.get('/integrations/accounts'));
  expect(ms).toBeLessThan(SILENT_MS);
  await eventually(ready, 15_000);
  await expectRecovered(flow);
}, 60_000);

test('a locked table delays its requests up to the statement limit, and delays no other request', async () => {
  const { browser, accountId } = await underWay('locked');
  await onServer(async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM integrations.connected_accounts WHERE id = $1 FOR UPDATE', [
      accountId,
    ]);
    const leaving = timed(browser.delete(`/integrations/accounts/${accountId}`));
    const { answer, ms } = await timed(browser.get('/integrations/accounts'));
    expect(answer.status).toBe(200);
    expect(ms).toBeLessThan(1_000);
    const left = await leaving;
    expect(left.answer.status).toBe(503);
    expect(left.ms).toBeLessThan(SILENT_MS);
    await client.query('ROLLBACK');
  });
  await browser.delete(`/integrations/accounts/${accountId}`).expect(200);
}, 60_000);

test('a pool with no free connection answers 503 within two seconds, and recovers', async () => {
  const { browser, accountId } = await underWay('exhausted');
  await onServer(async (client) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE integrations.connected_accounts IN ACCESS EXCLUSIVE MODE');
    const waiting = Array.from({ length: 12 }, () =>
      timed(browser.get(`/integrations/accounts/${accountId}`)),
    );
    for (const { answer, ms } of await Promise.all(waiting)) {
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBeDefined();
      expect(ms).toBeLessThan(SILENT_MS);
    }
    await client.query('ROLLBACK');
  });
  await eventually(ready);
  await browser.get(`/integrations/accounts/${accountId}`).expect(200);
}, 60_000);

test('a database that accepts no connections gives temporarily_unavailable, not a server error', async () => {
  const { browser } = await underWay('refused');
  const name = new URL(postgres.url).pathname.slice(1);
  const elsewhere = new URL(postgres.url);
  elsewhere.pathname = '/template1';
  const allow = (allowed: boolean) =>
    onServer(async (client) => {
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${allowed}`);
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`,
        [name],
      );
    }, elsewhere.href);
  await allow(false);
  try {
    await sleep(100);
    const { body, status } = await browser.get('/integrations/accounts');
    expect([status, body.code]).toEqual([503, 'temporarily_unavailable']);
  } finally {
    await allow(true);
  }
  await eventually(ready);
}, 60_000);

describe('a killed PostgreSQL', () => {
  test('the service stays not ready, keeps running, stops in time, and logs no unexpected error', async () => {
    const flow = await underWay('killed');
    postgres.kill();
    await expectClosed(flow, GONE_MS);
    const surprises = deployment.log.filter(
      ({ code, msg }) => code === 'server_error' || msg === 'unhandledRejection',
    );
    expect(surprises).toEqual([]);
  }, 60_000);
});
