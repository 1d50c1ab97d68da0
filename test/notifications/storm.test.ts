/**
 * Many notifications, receivers that fail, hang, throttle and go, and workers that are killed: each
 * notification arrives at least once, first attempts in order per account, signed by a good secret.
 *
 * `STORM_NOTIFICATIONS=100000` sets their number, `STORM_RATE=200` writes 200 in a second and
 * kills no worker, to measure the time from commit to receipt.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { DataSource } from 'typeorm';
import { sealerOf } from '../../src/accounts/sealer.js';
import { TokenCipher } from '../../src/accounts/token-cipher.js';
import { createDataSource } from '../../src/database/options.js';
import { appendNotifications } from '../../src/notifications/append.js';
import { SECRETS_TABLE } from '../../src/notifications/endpoint-secrets.js';
import { EndpointStore } from '../../src/notifications/endpoint-store.js';
import { insertAccount } from '../support/insert-rows.js';
import { TOKEN_KEY } from '../support/secrets.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';
import { type Receiver, type Reply, startReceiver } from './receiver.js';

const COUNT = Number(process.env['STORM_NOTIFICATIONS'] ?? 1_000);
const RATE = Number(process.env['STORM_RATE'] ?? 0);
const ACCOUNTS = 50;
const LEASE_SECONDS = 5;
const WORKER = fileURLToPath(new URL('storm-worker.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let database: TestDatabase;
let dataSource: DataSource;
let endpoints: EndpointStore;
const receivers: Receiver[] = [];
const workers: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({
    url: database.url,
    poolSize: 5,
    statementTimeoutMs: 60_000,
  }).initialize();
  const key = createSecretKey(Buffer.from(TOKEN_KEY, 'base64'));
  const sealer = sealerOf(new TokenCipher([{ id: 'test', key }]), SECRETS_TABLE);
  endpoints = new EndpointStore(dataSource, sealer, true);
});
afterAll(async () => {
  await Promise.all([...workers].map(kill));
  for (const receiver of receivers) await receiver.close();
  await dataSource?.destroy();
  await database?.drop();
});

async function startWorker(): Promise<ChildProcess> {
  const child = fork(WORKER, [database.url, String(LEASE_SECONDS)], {
    cwd: ROOT,
    execArgv: ['--import', './scripts/typescript.mjs'],
  });
  workers.push(child);
  await new Promise((resolve) => child.once('message', resolve));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const place = workers.indexOf(child);
  if (place >= 0) workers.splice(place, 1);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** An endpoint for one type, with its receiver. */
async function receive(type: string, reply: Reply) {
  const receiver = await startReceiver(reply);
  receivers.push(receiver);
  const { endpoint, secret } = await endpoints.create({
    url: receiver.url,
    types: [type as 'sync.completed'],
  });
  return { receiver, id: endpoint.id, secrets: [secret] };
}

/** Writes some notifications of each account in one transaction. @param share types by weight */
async function write(accounts: readonly string[], share: readonly string[]): Promise<void> {
  await dataSource.query(
    `WITH happened AS (
       SELECT id AS account_id, 'user' AS user_id, 'google' AS provider,
              ($2::text[])[1 + floor(random() * cardinality($2::text[]))::integer] AS type,
              jsonb_build_object('writtenAt', extract(epoch FROM clock_timestamp()) * 1000) AS data
         FROM unnest($1::uuid[]) AS id),
     ${appendNotifications('happened')} SELECT count(*) FROM written`,
    [accounts, share],
  );
}

const ok: Reply = (_received, response) => void response.writeHead(204).end();

async function left(ids: readonly string[]): Promise<number> {
  const [row] = await dataSource.query(
    `SELECT (SELECT count(*)::integer FROM webhook_deliveries
              WHERE endpoint_id = ANY($1) AND state = 'pending')
          + (SELECT count(*)::integer FROM notifications WHERE position IS NULL) AS count`,
    [ids],
  );
  return row.count;
}

/** Of first arrivals: accounts whose numbers do not rise. */
function outOfOrder({ received }: Receiver): string[] {
  const seen = new Set<string>();
  const last = new Map<unknown, number>();
  const problems: string[] = [];
  for (const { notification } of received) {
    if (seen.has(notification.id)) continue;
    seen.add(notification.id);
    const { accountId } = notification.data;
    const sequence = notification.sequence ?? 0;
    if (sequence <= (last.get(accountId) ?? 0)) problems.push(`${accountId} ${sequence}`);
    last.set(accountId, sequence);
  }
  return problems;
}

async function storm(): Promise<void> {
  let throttled = 0;
  const flaky = await receive('account.connected', (received, response) => {
    const chance = Math.random();
    if (chance < 0.1) response.destroy();
    else if (chance < 0.3) response.writeHead(500).end('no');
    else ok(received, response);
  });
  const steady = await receive('sync.completed', ok);
  const throttling = await receive('events.changed', (received, response) => {
    if (++throttled % Math.ceil(COUNT / 10) === 0)
      response.writeHead(429, { 'retry-after': '1' }).end();
    else ok(received, response);
  });
  const hanging = await receive('sync.failing', () => {});
  const gone = await receive('account.recovered', (_received, response) =>
    response.writeHead(410).end(),
  );
  const accounts = await Promise.all(
    Array.from({ length: ACCOUNTS }, () => insertAccount(dataSource)),
  );
  const usual = ['account.connected', 'sync.completed', 'events.changed'];
  const share = [
    ...usual,
    ...usual,
    ...usual,
    ...usual,
    ...usual,
    'sync.failing',
    'account.recovered',
  ];
  await startWorker();
  await startWorker();
  const began = Date.now();
  let written = 0;
  let killed = 0;
  const writing = (async () => {
    for (; written < COUNT; written += ACCOUNTS) {
      await write(accounts, share);
      // The secret of one endpoint is changed in the middle.
      if (written === Math.floor(COUNT / 2 / ACCOUNTS) * ACCOUNTS)
        steady.secrets.push((await endpoints.rotate(steady.id)).secret);
    }
  })();
  const alive = [flaky.id, steady.id, throttling.id];
  let lastKill = Date.now();
  await writing;
  while ((await left(alive)) > 0) {
    if (killed < 4 && Date.now() - lastKill > Math.min(20_000, COUNT)) {
      await kill(workers[killed % workers.length]!);
      killed += 1;
      await startWorker();
      lastKill = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const seconds = (Date.now() - began) / 1_000;
  const expected = await dataSource.query(
    `SELECT type, count(*)::integer AS count FROM notifications GROUP BY type`,
  );
  const countOf = (type: string) =>
    (expected as { type: string; count: number }[]).find((one) => one.type === type)?.count;
  for (const [type, { receiver }] of [
    ['account.connected', flaky],
    ['sync.completed', steady],
    ['events.changed', throttling],
  ] as const) {
    const ids = new Set(receiver.received.map(({ notification }) => notification.id));
    expect([type, ids.size]).toEqual([type, countOf(type)]);
    expect([type, outOfOrder(receiver)]).toEqual([type, []]);
  }
  for (const { body, headers } of steady.receiver.received) {
    const verified = steady.secrets.some((secret) => {
      try {
        new Webhook(secret).verify(body, headers as unknown as Record<string, string>);
        return true;
      } catch (error) {
        // The time of an old attempt is no fault of its signature.
        return /timestamp/i.test(String(error));
      }
    });
    if (!verified) throw new Error('a webhook with a wrong signature');
  }
  const [row] = await dataSource.query(
    `SELECT disabled_reason AS reason FROM webhook_endpoints WHERE id = $1`,
    [gone.id],
  );
  expect(row).toEqual({ reason: 'gone' });
  const requests = receivers.reduce((sum, { received }) => sum + received.length, 0);
  console.info(
    `${COUNT} notifications, ${requests} requests, ${hanging.receiver.received.length} of them hung, ` +
      `${killed} workers killed, ${Math.round(seconds)} s`,
  );
}

async function measure(): Promise<void> {
  const arrivals: number[] = [];
  const steady = await receive('sync.completed', (received, response) => {
    arrivals.push(received.at - Number(received.notification.data['writtenAt']));
    ok(received, response);
  });
  await receive('sync.completed', () => {});
  const accounts = await Promise.all(
    Array.from({ length: ACCOUNTS }, () => insertAccount(dataSource)),
  );
  await startWorker();
  // The worker finds its endpoints first.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const began = Date.now();
  for (let written = 0; written < COUNT; written += 10) {
    const wait = began + (written / RATE) * 1_000 - Date.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const from = (written / 10) % 5;
    void write(accounts.slice(from * 10, from * 10 + 10), ['sync.completed']);
  }
  while ((await left([steady.id])) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  arrivals.sort((one, other) => one - other);
  const at = (part: number) => Math.round(arrivals[Math.floor(arrivals.length * part)] ?? 0);
  console.info(
    `${arrivals.length} webhooks at ${RATE}/s beside an endpoint that hangs: ` +
      `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`,
  );
  expect(at(0.99)).toBeLessThanOrEqual(500);
}

if (RATE === 0)
  test(
    'everything arrives in order and signed, while receivers fail and workers are killed',
    () => storm(),
    3_600_000,
  );
else test('at a steady rate a webhook arrives soon after its commit', () => measure(), 3_600_000);
