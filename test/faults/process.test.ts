// The service as real processes: starting, sharing stores, stopping, and being killed.

import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { environmentFor } from '../../sandbox/environment.js';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import { Browser } from '../support/browser.js';
import { JWT_SECRET, SESSION_SECRET, TOKEN_KEY } from '../support/secrets.js';
import {
  createEmptyDatabase,
  describeWithRedis,
  type TestDatabase,
  testRedisUrl,
} from '../support/servers.js';
import { makeDataDir, removeDataDir } from '../support/temporary-data-dir.js';
import { type ServiceProcess, startProcess } from './service-process.js';
import { eventually, timed } from './stopwatch.js';

const ANA = { as: 'ana@example.com' };
const PATIENCE_MS = 90_000;
const disposables: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const dispose of disposables.splice(0).reverse()) await dispose();
}, 30_000);

async function start(...given: Parameters<typeof startProcess>): Promise<ServiceProcess> {
  const service = await startProcess(...given);
  disposables.push(() => service.dispose());
  return service;
}

async function inDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const tokenOf = (userId: string) =>
  jwt.sign({ sub: userId }, JWT_SECRET, { algorithm: 'HS256', expiresIn: 600 });

describe('a process in production', () => {
  test(
    'a process without settings does not start, and names every missing setting at once',
    async () => {
      const service = await start({ NODE_ENV: 'production' });
      expect(await service.ended).toBe(1);
      for (const name of [
        'DATABASE_URL',
        'REDIS_URL',
        'JWT_SECRET',
        'SESSION_SECRET',
        'TOKEN_ENCRYPTION_KEYS',
        'OAUTH_REDIRECT_BASE_URL',
        'FRONTEND_BASE_URL',
        'GOOGLE_CLIENT_ID',
        'MICROSOFT_CLIENT_ID',
      ])
        expect(service.output()).toContain(name);
      expect(service.output()).not.toMatch(/\n {4}at /);
    },
    PATIENCE_MS,
  );
});

describeWithRedis('several processes', () => {
  let sandbox: Sandbox;
  let database: TestDatabase;

  beforeAll(async () => {
    sandbox = await startSandbox();
    database = await createEmptyDatabase();
  });
  afterEach(() => {
    sandbox.control.clearFaults();
    sandbox.control.clearRequests();
    sandbox.control.configure({ google: { latencyMs: 2 } });
  });
  afterAll(async () => {
    await database?.drop();
    await sandbox?.close();
  });

  const production = (
    publicUrl: string,
    other: Record<string, string> = {},
  ): Record<string, string> => ({
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '4',
    REDIS_URL: testRedisUrl(),
    JWT_SECRET,
    SESSION_SECRET,
    TOKEN_ENCRYPTION_KEYS: `test:${TOKEN_KEY}`,
    OAUTH_REDIRECT_BASE_URL: publicUrl,
    FRONTEND_BASE_URL: 'http://localhost:5173',
    ...environmentFor(sandbox, 'google'),
    ...other,
  });

  test(
    'two processes that start together migrate once; a flow begun on one ends on the other, and the worker syncs it',
    async () => {
      const first = await start((url) => production(url, { ROLE: 'web' }));
      const second = await start(() => production(first.url, { ROLE: 'web' }));
      const worker = await start(() =>
        production(first.url, { ROLE: 'worker', SYNC_PAST_DAY: '7' }),
      );
      await Promise.all([first.ready, second.ready, worker.ready]);
      expect(worker.output()).toContain('SYNC_PAST_DAY is not a setting and has no effect');
      const { rows } = await inDatabase(database.url, (client) =>
        client.query(
          'SELECT count(*)::int AS ran, count(DISTINCT name)::int AS names FROM integrations.migrations',
        ),
      );
      expect(rows[0].ran).toBeGreaterThan(0);
      expect(rows[0].ran).toBe(rows[0].names);

      const began = await fetch(`${first.url}/integrations/oauth-url/google`, {
        headers: { authorization: `Bearer ${tokenOf('ana')}` },
      });
      const cookie = began.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
      const { url } = (await began.json()) as { url: string };
      const there = new Browser(second.url, tokenOf('ana'));
      const { pathname, search } = new URL(await there.consent(url, ANA));
      const back = await fetch(second.url + pathname + search, {
        redirect: 'manual',
        headers: { cookie },
      });
      const end = new URL(back.headers.get('location')!);
      expect(end.searchParams.get('status')).toBe('success');
      const accountId = end.searchParams.get('accountId')!;
      expect(await there.synced(accountId)).toMatchObject({ state: 'idle', error: null });
      const { body } = await new Browser(first.url, tokenOf('ana')).get(
        `/integrations/accounts/${accountId}/events`,
      );
      expect(body.data.length).toBeGreaterThan(0);
      // A worker serves only the operators' routes.
      expect((await fetch(`${worker.url}/readyz`)).status).toBe(200);
      expect((await fetch(`${worker.url}/integrations/accounts`)).status).toBe(404);

      // All three processes stop on SIGTERM.
      for (const { child } of [first, second, worker]) child.kill('SIGTERM');
      expect(await Promise.all([first.ended, second.ended, worker.ended])).toEqual([0, 0, 0]);
    },
    PATIENCE_MS,
  );

  test(
    'on SIGTERM the process finishes requests, cuts hanging ones and returns its sync to the queue within ten seconds',
    async () => {
      const service = await start((url) => production(url, { PROVIDER_TIMEOUT_MS: '30000' }));
      await service.ready;
      const [ana, bo] = [
        new Browser(service.url, tokenOf('ana')),
        new Browser(service.url, tokenOf('bo')),
      ];
      const slow = await ana.consent(await ana.begin('google'), ANA);
      const stuck = await bo.consent(await bo.begin('google'), { as: 'bo@example.com' });
      sandbox.control.addFault({ route: 'google.events.list', hang: true, times: 'always' });
      const running = (
        await new Browser(service.url, tokenOf('cy')).connect('google', ANA)
      ).searchParams.get('accountId');
      await eventually(
        async () => sandbox.control.requests({ route: 'google.events.list' }).length > 0,
      );
      sandbox.control.clearRequests();
      sandbox.control.addFault({ route: 'google.userinfo', user: ANA.as, delayMs: 1_500 });
      sandbox.control.addFault({ route: 'google.userinfo', user: 'bo@example.com', hang: true });
      const finished = ana.comeBack(slow);
      const cut = bo.comeBack(stuck).then(
        () => 'answered',
        () => 'cut',
      );
      await eventually(
        async () => sandbox.control.requests({ route: 'google.userinfo' }).length === 2,
      );
      service.child.kill('SIGTERM');
      const { answer: code, ms } = await timed(service.ended);
      expect(code).toBe(0);
      expect(ms).toBeLessThan(10_000);
      expect((await finished).searchParams.get('status')).toBe('success');
      expect(await cut).toBe('cut');
      const { rows } = await inDatabase(database.url, (client) =>
        client.query(
          `SELECT state FROM integrations_jobs.job WHERE data->>'accountId' = $1 ORDER BY created_on DESC`,
          [running],
        ),
      );
      expect(['retry', 'created']).toContain(rows[0].state);
    },
    PATIENCE_MS,
  );

  test(
    'when a process is killed between the provider’s response and the commit, the next process finishes the connection',
    async () => {
      const service = await start((url) => production(url));
      await service.ready;
      const browser = new Browser(service.url, tokenOf('dee'));
      const callbackUrl = await browser.consent(await browser.begin('google'), ANA);
      sandbox.control.addFault({ route: 'google.userinfo', hang: true });
      browser.comeBack(callbackUrl).catch(() => {});
      const attempt = () =>
        inDatabase(database.url, async (client) => {
          const { rows } = await client.query(
            `SELECT id, status, access_token FROM integrations.authorization_attempts WHERE user_id = 'dee'`,
          );
          return rows[0] ?? {};
        });
      await eventually(async () => (await attempt()).status === 'exchanged');
      // Killed before its request, the process would leave the fault to the next one, which would
      // then wait for the response, and try again two minutes later.
      await eventually(
        async () => sandbox.control.requests({ route: 'google.userinfo' }).length === 1,
      );
      await service.dispose();
      expect((await attempt()).access_token).toMatch(/^v1\.test\./);
      await inDatabase(database.url, async (client) => {
        await client.query(
          `UPDATE integrations.authorization_attempts SET updated_at = now() - interval '61 seconds' WHERE user_id = 'dee'`,
        );
        await client.query(
          `DELETE FROM integrations_jobs.job WHERE name IN ('chores', 'provider-chores')`,
        );
      });
      const next = await start((url) => production(url));
      await next.ready;
      // Chores run once a minute over all processes.
      await eventually(async () => (await attempt()).status === 'done', 75_000).catch(
        (error: Error) => {
          throw new Error(`${error.message}\n${next.output()}`);
        },
      );
      expect((await attempt()).access_token).toBeNull();
      const { body } = await new Browser(next.url, tokenOf('dee'))
        .get('/integrations/accounts')
        .expect(200);
      expect(body.data).toMatchObject([{ email: ANA.as, status: 'connected' }]);
    },
    2 * PATIENCE_MS + 75_000,
  );

  test(
    'a database role without CREATE rights is enough once the database is migrated',
    async () => {
      const name = `limited_${Date.now().toString(36)}`;
      const other = await createEmptyDatabase();
      disposables.push(() => other.drop());
      const migrated = await start((url) => production(url, { DATABASE_URL: other.url }));
      await migrated.ready;
      migrated.child.kill('SIGTERM');
      await migrated.ended;
      const schemas = ['integrations', 'integrations_jobs'];
      await inDatabase(other.url, async (client) => {
        await client.query(`CREATE ROLE ${name} LOGIN PASSWORD 'limited'`);
        for (const schema of schemas)
          await client.query(
            `GRANT USAGE ON SCHEMA ${schema} TO ${name};
           GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${name};
           GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${name};
           GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${name}`,
          );
      });
      disposables.push(() =>
        inDatabase(other.url, (client) => client.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`)),
      );
      const limited = new URL(other.url);
      limited.username = name;
      limited.password = 'limited';
      const service = await start((url) => production(url, { DATABASE_URL: limited.href }));
      disposables.push(() => service.dispose());
      await service.ready;
      await new Browser(service.url, tokenOf('ana')).connectAndSync('google', ANA);
    },
    PATIENCE_MS,
  );
});

describe('a process in local mode', () => {
  test(
    'the process reports a port that is in use, and SIGKILL loses no account',
    async () => {
      const dataDir = await makeDataDir();
      disposables.push(() => removeDataDir(dataDir));
      const local = { DATA_DIR: dataDir, JWT_SECRET };
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const { port } = taken.address() as { port: number };
      const refused = await start(local, { port });
      expect(await refused.ended).toBe(1);
      expect(refused.output()).toContain(
        `Port ${port} is already in use. Set PORT to another port.`,
      );
      expect(refused.output()).not.toMatch(/\n {4}at /);
      await new Promise((resolve) => taken.close(resolve));

      const service = await start(local, { port });
      await service.ready;
      const accountId = await new Browser(service.url, tokenOf('ana')).connectAndSync(
        'google',
        ANA,
      );
      await service.dispose();
      const again = await start(local, { port });
      await again.ready;
      const browser = new Browser(again.url, tokenOf('ana'));
      await browser.get(`/integrations/accounts/${accountId}`).expect(200);
      await browser.post(`/integrations/sync/${accountId}`, {}).expect(202);
      expect(await browser.synced(accountId)).toMatchObject({ state: 'idle', error: null });
      again.child.kill('SIGTERM');
      const { answer: code, ms } = await timed(again.ended);
      expect(code).toBe(0);
      expect(ms).toBeLessThan(10_000);
    },
    PATIENCE_MS,
  );
});
