// The account, its finished attempt and the job of its first sync are written together or not at
// all.

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createClient } from 'redis';
import { hashOf } from '../../src/oauth/authorization-request.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { describeWithRedis, testRedisUrl } from '../support/servers.js';
import { eventually } from './stopwatch.js';

const ANA = { as: 'ana@example.com' };
let deployment: Deployment;
let database: pg.Client;

beforeAll(async () => {
  // This queue only sends, so that queued jobs can be counted.
  deployment = await deploy({ environment: { ROLE: 'web', PROVIDER_TIMEOUT_MS: '1000' } });
  database = new pg.Client({ connectionString: deployment.database.url });
  await database.connect();
});
afterEach(async () => {
  deployment.sandbox.control.clearFaults();
  await database.query(`DROP FUNCTION IF EXISTS spoil() CASCADE`);
  await database.query(
    `TRUNCATE integrations.connected_accounts, integrations.authorization_attempts CASCADE`,
  );
  await database.query(`DELETE FROM integrations_jobs.job`);
});
afterAll(async () => {
  await database?.end();
  await deployment?.stop();
});

async function kept(): Promise<{
  accounts: number;
  jobs: number;
  attempts: string[];
  tokens: number;
}> {
  const { rows } = await database.query(
    `SELECT (SELECT count(*)::int FROM integrations.connected_accounts) AS accounts,
            (SELECT count(*)::int FROM integrations_jobs.job WHERE name LIKE 'sync-account%') AS jobs,
            (SELECT coalesce(array_agg(status), '{}') FROM integrations.authorization_attempts) AS attempts,
            (SELECT count(*)::int FROM integrations.authorization_attempts WHERE access_token IS NOT NULL) AS tokens`,
  );
  return rows[0];
}

/** Replaces the effect of a statement the next time it is run. */
async function spoil(when: string, statement: string): Promise<void> {
  await database.query(
    `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${statement}; RETURN NEW; END $$`,
  );
  await database.query(`CREATE TRIGGER spoil BEFORE ${when} EXECUTE FUNCTION spoil()`);
}

const ON_ACCOUNT = 'INSERT ON integrations.connected_accounts FOR EACH ROW';
const ON_JOB = `INSERT ON integrations_jobs.job FOR EACH ROW`;
const ON_END = `UPDATE ON integrations.authorization_attempts FOR EACH ROW WHEN (NEW.status = 'done')`;

async function connect() {
  const end = await deployment.browser('ana').connect('google', ANA);
  return Object.fromEntries(end.searchParams);
}

test('a success writes account, attempt and job, and leaves no token on the attempt', async () => {
  expect(await connect()).toMatchObject({ status: 'success' });
  expect(await kept()).toEqual({ accounts: 1, jobs: 1, attempts: ['done'], tokens: 0 });
});

test.each([
  ['the account', ON_ACCOUNT],
  ['the job', ON_JOB],
  ['the end of the attempt, the last of all', ON_END],
])('when %s cannot be written, no row and no token remains', async (_name, when) => {
  await spoil(when, `RAISE EXCEPTION 'spoiled'`);
  expect(await connect()).toEqual({ status: 'error', provider: 'google', error: 'server_error' });
  expect(await kept()).toEqual({ accounts: 0, jobs: 0, attempts: ['failed'], tokens: 0 });
});

test('when the connection breaks at the last statement, nothing remains and the user may retry at once', async () => {
  await spoil(ON_END, 'PERFORM pg_terminate_backend(pg_backend_pid())');
  expect(await connect()).toEqual({
    status: 'error',
    provider: 'google',
    error: 'temporarily_unavailable',
  });
  expect(await kept()).toEqual({ accounts: 0, jobs: 0, attempts: ['failed'], tokens: 0 });
  await database.query('DROP FUNCTION spoil() CASCADE');
  expect(await connect()).toMatchObject({ status: 'success' });
});

test('a failed reconnect leaves the account with the tokens it had', async () => {
  await connect();
  const before = (await database.query('SELECT * FROM integrations.connected_accounts')).rows;
  await spoil(ON_END, `RAISE EXCEPTION 'spoiled'`);
  expect(await connect()).toMatchObject({ status: 'error' });
  expect((await database.query('SELECT * FROM integrations.connected_accounts')).rows).toEqual(
    before,
  );
});

test('between the provider’s response and the account row, the tokens are sealed on the attempt', async () => {
  deployment.sandbox.control.addFault({ route: 'google.userinfo', delayMs: 600 });
  const connecting = connect();
  await eventually(async () => (await kept()).tokens === 1);
  const { rows } = await database.query(
    'SELECT access_token, refresh_token FROM integrations.authorization_attempts',
  );
  for (const envelope of Object.values(rows[0]))
    expect(envelope).toMatch(/^v1\.test\.[A-Za-z0-9_-]+$/);
  expect(await kept()).toMatchObject({ accounts: 0, jobs: 0, attempts: ['exchanged'] });
  expect(await connecting).toMatchObject({ status: 'success' });
  expect((await kept()).tokens).toBe(0);
});

describeWithRedis('a state store restored from an old copy', () => {
  test('a state that a restored Redis still holds is refused by the attempt row, without a second token request', async () => {
    const began = await deployment.browser('ana').get('/integrations/oauth-url/google').expect(200);
    const cookie = ([began.headers['set-cookie']].flat() as string[])
      .map((line) => line.split(';')[0])
      .join('; ');
    const { pathname, search } = new URL(
      await deployment.browser('ana').consent(began.body.url, ANA),
    );
    const comeBack = async () => {
      const response = await fetch(deployment.url + pathname + search, {
        redirect: 'manual',
        headers: { cookie },
      });
      return response.headers.get('location');
    };
    const redis = createClient({ url: testRedisUrl() });
    await redis.connect();
    try {
      const key = `${deployment.keyPrefix}state:${hashOf(began.body.state)}`;
      const remembered = (await redis.get(key))!;
      expect(await comeBack()).toContain('status=success');
      deployment.sandbox.control.clearRequests();
      await redis.set(key, remembered, { EX: 60 });
      expect(await comeBack()).toContain('error=invalid_state');
      expect(deployment.sandbox.control.requests({ route: 'google.token' })).toEqual([]);
      expect((await kept()).accounts).toBe(1);
    } finally {
      redis.destroy();
    }
  });
});
