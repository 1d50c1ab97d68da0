// Erasing a user: afterwards no row, key, job or later log line has anything of theirs. Exporting.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { buildAccount, meeting } from '../support/build-account.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { expectProblem } from './expectations.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy({
    sandbox: { contents: 'empty' },
    environment: { RATE_LIMIT_READ: '1000', RATE_LIMIT_START: '1000' },
  });
});
afterAll(() => deployment?.stop());

const backend = () => deployment.browser('backend', { roles: ['service'] });

/** Every row of every table of the database, as text. @param except a table to leave out */
async function dump(except = ''): Promise<string> {
  const tables = await deployment.query(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_schema LIKE 'integrations%' AND table_type = 'BASE TABLE'`,
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    if (name === except) continue;
    const rows = await deployment.query(`SELECT one::text AS line FROM ${name} AS one`);
    lines.push(...rows.map(({ line }) => `${name} ${line}`));
  }
  return lines.join('\n');
}

/** Every key and value of this deployment in Redis, as text. */
async function redisContents(): Promise<string> {
  const url = process.env['TEST_REDIS_URL'];
  if (url === undefined) return '';
  const client = createClient({ url });
  await client.connect();
  try {
    const parts: string[] = [];
    for (const key of await client.keys(`${deployment.keyPrefix}*`))
      parts.push(key, String(await client.get(key).catch(() => '')));
    return parts.join('\n');
  } finally {
    await client.close();
  }
}

const UNIQUE = 'q7zebra';
const CANARIES = [`user-${UNIQUE}`, `mail-${UNIQUE}`, `title-${UNIQUE}`, `label-${UNIQUE}`];

/** A user with an account, events, a session, requests under way, a refusal and a link. */
async function userWithTraces() {
  const userId = `user-${UNIQUE}`;
  const account = await buildAccount(deployment, {
    userId,
    email: `mail-${UNIQUE}@example.com`,
    events: [meeting(`title-${UNIQUE}`)],
  });
  await account.browser.post('/integrations/session').expect(204);
  await account.browser.begin('google', { loginHint: `mail-${UNIQUE}@example.com` });
  await account.browser.connect('google', { as: account.email, deny: true });
  await backend()
    .post('/integrations/connect-links', { userId, userLabel: `label-${UNIQUE}` })
    .expect(201);
  await account.browser.post('/integrations/admin-consent/microsoft').expect(201);
  await deployment
    .browser('boss', { roles: ['admin'] })
    .get(account.path)
    .expect(200);
  return account;
}

test('an erased user leaves nothing in the database, in Redis and in later log lines', async () => {
  const account = await userWithTraces();
  const before = `${await dump()}${await redisContents()}`;
  for (const canary of CANARIES) expect([canary, before.includes(canary)]).toEqual([canary, true]);
  expect(before).toContain(account.id);

  const logged = deployment.log.length;
  const { body } = await backend().delete(`/integrations/users/${account.userId}`).expect(200);
  expect(body).toEqual({
    userId: account.userId,
    accounts: [{ id: account.id, provider: 'google', revoked: true, reason: null }],
    erasedAt: expect.stringMatching(/Z$/),
  });

  const after = `${await dump()}${await redisContents()}${JSON.stringify(deployment.log.slice(logged))}`;
  for (const canary of CANARIES) expect([canary, after.includes(canary)]).toEqual([canary, false]);
  expect(await dump('integrations.audit_entries')).not.toContain(account.id);
  expect(deployment.sandbox.control.requests({ route: 'google.revoke' })).toHaveLength(1);

  const { data } = (await backend().get('/integrations/audit?action=user.erase').expect(200)).body;
  expect(data).toMatchObject([
    { userId: expect.stringMatching(/^erased:[\w-]{43}$/), actor: 'service:backend' },
  ]);
  const rest = await backend().get(`/integrations/audit?userId=${data[0].userId}`).expect(200);
  expect(rest.body.data.map(({ action }: { action: string }) => action)).toEqual([
    'user.erase',
    'account.disconnect',
    'admin.read',
    'admin_consent.request',
    'link.create',
    'account.connect_refused',
    'account.connect',
  ]);
  const feed = await backend().get(`/integrations/changes?userId=${account.userId}`).expect(200);
  expect(feed.body.data).toEqual([]);
});

test('a request under way when its user is erased connects nothing', async () => {
  const browser = deployment.browser('user-late');
  deployment.sandbox.control.createAccount({
    provider: 'google',
    email: 'late@example.com',
    name: 'L',
  });
  const callback = await browser.consent(await browser.begin('google'), { as: 'late@example.com' });
  await backend().delete('/integrations/users/user-late').expect(200);
  const end = await browser.comeBack(callback);
  expect(end.searchParams.get('error')).toBe('invalid_state');
  expect(await dump()).not.toContain('late@example.com');
});

test('a grant that an erased user was about to connect is revoked', async () => {
  const { control } = deployment.sandbox;
  const browser = deployment.browser('user-between');
  const email = 'between@example.com';
  control.createAccount({ provider: 'google', email, name: 'Between' });
  const callback = await browser.consent(await browser.begin('google'), { as: email });
  control.addFault({ route: 'google.userinfo', user: email, delayMs: 1_500, times: 1 });
  const revoked = control.requests({ route: 'google.revoke' }).length;
  const end = browser.comeBack(callback);
  for (let rows: unknown[] = []; rows.length === 0; )
    rows = await deployment.query(
      `SELECT 1 FROM integrations.authorization_attempts
        WHERE user_id = 'user-between' AND status = 'exchanged'`,
    );
  await backend().delete('/integrations/users/user-between').expect(200);
  expect(control.requests({ route: 'google.revoke' }).length).toBeGreaterThan(revoked);
  expect((await end).searchParams.get('status')).toBe('error');
  expect(await dump()).not.toContain(email);
});

test('a grant that another user has too is not revoked', async () => {
  const one = await buildAccount(deployment, { email: 'shared@example.com', synced: false });
  await buildAccount(deployment, { email: 'shared@example.com', synced: false });
  const { body } = await backend().delete(`/integrations/users/${one.userId}`).expect(200);
  expect(body.accounts).toMatchObject([{ id: one.id, revoked: false, reason: 'shared_grant' }]);
});

test('an erasure can be repeated, and an unknown user has nothing to erase', async () => {
  for (const _ of [1, 2]) {
    const { body } = await backend().delete('/integrations/users/never-seen').expect(200);
    expect(body).toMatchObject({ userId: 'never-seen', accounts: [] });
  }
});

test('an admin may erase, and a user may not', async () => {
  const path = '/integrations/users/someone';
  await deployment
    .browser('boss', { roles: ['admin'] })
    .delete(path)
    .expect(200);
  expectProblem(await deployment.browser('someone').delete(path), 'forbidden');
});

test('the library erases a user too', async () => {
  const { id, userId, browser, path } = await buildAccount(deployment, { synced: false });
  const erased = await deployment.service.eraseUser(userId);
  expect(erased).toMatchObject({ userId, accounts: [{ id, revoked: true }] });
  expectProblem(await browser.get(path), 'account_not_found');
});

test('an export has every account, calendar and event of the user, and no token', async () => {
  const events = Array.from({ length: 230 }, (_, n) => meeting(`Event ${n}`));
  const { id, userId, browser } = await buildAccount(deployment, { events });
  const answer = await backend().get(`/integrations/users/${userId}/export`).expect(200);
  expect(answer.headers['content-type']).toMatch(/^application\/x-ndjson/);
  const text = answer.text ?? answer.body.toString();
  const lines: Record<string, unknown>[] = text
    .trim()
    .split('\n')
    .map((line: string) => JSON.parse(line));
  const of = (type: string) => lines.filter((line) => line['type'] === type);
  const { body: account } = await browser.get(`/integrations/accounts/${id}`).expect(200);
  expect(of('account')).toEqual([{ type: 'account', ...account }]);
  expect(of('calendar')).toMatchObject([{ accountId: id, primary: true }]);
  expect(new Set(of('event').map(({ title }) => title)).size).toBe(230);
  expect(text).not.toMatch(/token/i);
  const [entry] = (await backend().get(`/integrations/audit?userId=${userId}`)).body.data;
  expect(entry).toMatchObject({ action: 'user.export', actor: 'service:backend' });
  expectProblem(await browser.get(`/integrations/users/${userId}/export`), 'forbidden');
});
