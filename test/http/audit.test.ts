// The audit trail: what is recorded, who may read it, and that nothing changes it.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAudit } from '../../src/audit/audit.js';
import { BY_SYSTEM } from '../../src/audit/audit-words.js';
import { recordAudit } from '../../src/audit/record-audit.js';
import { createDataSource } from '../../src/database/options.js';
import { buildAccount } from '../support/build-account.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { expectProblem } from './expectations.js';

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly [name: string]: unknown;
}

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy({ sandbox: { contents: 'empty' }, environment: { ROLE: 'web' } });
  for (const email of ['r@example.com', 'u@example.com'])
    deployment.sandbox.control.createAccount({ provider: 'google', email, name: email });
});
afterAll(() => deployment?.stop());

const boss = () => deployment.browser('boss', { roles: ['admin'] });

async function trail(query: Record<string, string>): Promise<Entry[]> {
  const { body } = await boss().get('/integrations/audit').query(query).expect(200);
  return body.data;
}

const actions = (entries: readonly Entry[]) => entries.map(({ action }) => action);

describe('what is recorded', () => {
  test('a connection, a reconnection and a disconnection have an entry each', async () => {
    const { id, userId, email, browser, path } = await buildAccount(deployment, { synced: false });
    await browser.connect('google', { as: email });
    const { headers } = await browser.delete(path).expect(200);
    const entries = await trail({ userId });
    expect(actions(entries)).toEqual([
      'account.disconnect',
      'account.reconnect',
      'account.connect',
    ]);
    expect(entries[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      action: 'account.disconnect',
      actor: `user:${userId}`,
      userId,
      accountId: id,
      provider: 'google',
      outcome: 'success',
      requestId: headers['x-request-id'],
      details: {},
    });
    for (const entry of entries)
      expect(entry).toMatchObject({ userId, accountId: id, actor: `user:${userId}` });
  });

  test('a refused connection is recorded with its code, and a forged state is not', async () => {
    const browser = deployment.browser('refuser');
    await browser.connect('google', { as: 'r@example.com', deny: true });
    await browser.connect('google', { as: 'r@example.com', grant: ['openid'] });
    await browser.comeBack(
      `${deployment.url}/integrations/auth/google/callback?state=${'x'.repeat(43)}&code=1`,
    );
    expect(await trail({ userId: 'refuser' })).toMatchObject([
      {
        action: 'account.connect_refused',
        outcome: 'refused',
        details: { code: 'missing_scopes' },
      },
      {
        action: 'account.connect_refused',
        outcome: 'refused',
        actor: 'user:refuser',
        provider: 'google',
        details: { code: 'access_denied' },
      },
    ]);
  });

  test('a connection that the provider’s failure ends is recorded as failed', async () => {
    const browser = deployment.browser('unlucky');
    deployment.sandbox.control.addFault({ route: 'google.token', status: 503 });
    await browser.connect('google', { as: 'u@example.com' });
    deployment.sandbox.control.clearFaults();
    expect(await trail({ userId: 'unlucky' })).toMatchObject([
      {
        action: 'account.connect_refused',
        outcome: 'failed',
        details: { code: 'provider_unavailable' },
      },
    ]);
  });

  test('an admin’s reading of another’s account is recorded, and of their own is not', async () => {
    const one = await buildAccount(deployment, { synced: false });
    const own = await buildAccount(deployment, { userId: 'boss', synced: false });
    await boss().get(one.path).expect(200);
    await boss().get(own.path).expect(200);
    await boss().get('/integrations/accounts').query({ userId: one.userId }).expect(200);
    await one.browser.get(one.path).expect(200);
    const reads = await trail({ action: 'admin.read', userId: one.userId });
    expect(reads).toMatchObject([
      { actor: 'admin:boss', accountId: null, details: { accounts: 1 } },
      { actor: 'admin:boss', accountId: one.id, provider: 'google' },
    ]);
    expect(await trail({ action: 'admin.read', userId: 'boss' })).toEqual([]);
  });

  test('an admin’s disconnection names the admin and the owner', async () => {
    const { userId, path, id } = await buildAccount(deployment, { synced: false });
    await boss().delete(path).expect(200);
    expect(await trail({ accountId: id, action: 'account.disconnect' })).toMatchObject([
      { actor: 'admin:boss', userId },
    ]);
  });

  test('the trail contains no token, address or name of the account', async () => {
    const { email, id, browser, path } = await buildAccount(deployment, { synced: false });
    await browser.delete(path).expect(200);
    const text = JSON.stringify(await trail({ accountId: id }));
    expect(text).toContain(id);
    expect(text).not.toContain(email);
    expect(text).not.toMatch(/token|secret|Person /i);
  });
});

describe('reading the trail', () => {
  test('a user may not read it, and a visitor neither', async () => {
    expectProblem(await deployment.browser('ana').get('/integrations/audit'), 'forbidden');
    expectProblem(await deployment.browser(null).get('/integrations/audit'), 'unauthenticated');
  });

  test('pages follow each other without gap or repetition, the newest first', async () => {
    const userId = `many-${randomUUID()}`;
    const dataSource = await createDataSource({ url: deployment.database.url, poolSize: 1 });
    await dataSource.initialize();
    const record = { action: 'event.create', by: BY_SYSTEM, userId } as const;
    await recordAudit(
      dataSource,
      ...Array.from({ length: 25 }, (_, n) => ({ ...record, details: { n } })),
    );
    await dataSource.destroy();
    const seen: Entry[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await boss()
        .get('/integrations/audit')
        .query({ userId, limit: 10, ...(cursor === '' ? {} : { cursor }) })
        .expect(200);
      seen.push(...page.body.data);
      cursor = page.body.nextCursor as string | null;
    }
    expect(seen.map(({ details }) => (details as { n: number }).n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 25 }, (_, n) => n),
    );
    const times = seen.map(({ at }) => at as string);
    expect(times).toEqual(times.toSorted().reverse());
  });

  test('from and to bound the time', async () => {
    const { userId } = await buildAccount(deployment, { synced: false });
    const [{ at } = { at: '' }] = await trail({ userId });
    const after = new Date(Date.parse(String(at)) + 1).toISOString();
    expect(await trail({ userId, from: String(at), to: after })).toHaveLength(1);
    expect(await trail({ userId, from: after })).toEqual([]);
    expect(await trail({ userId, to: String(at) })).toEqual([]);
  });

  test.each([
    [{ action: 'account.stolen' }, 'action'],
    [{ accountId: 'one' }, 'accountId'],
    [{ from: '2026-12-02T00:00:00Z', to: '2026-12-01T00:00:00Z' }, 'to'],
    [{ cursor: 'abc' }, 'cursor'],
    [{ actor: 'boss' }, 'actor'],
  ])('the query %j is refused by name', async (query, name) => {
    const response = await boss().get('/integrations/audit').query(query);
    expectProblem(response, 'invalid_request');
    expect(response.body.detail).toContain(name);
  });
});

describe('keeping the trail', () => {
  test('an entry can be neither changed nor deleted', async () => {
    const { userId } = await buildAccount(deployment, { synced: false });
    const before = await trail({ userId });
    for (const statement of [
      `UPDATE audit_entries SET outcome = 'refused'`,
      `UPDATE audit_entries SET user_id = 'erased:x'`,
      `DELETE FROM audit_entries`,
      `TRUNCATE audit_entries`,
      `SELECT set_config('calendar_connect.audit', 'erasure', true);
       UPDATE audit_entries SET outcome = 'refused'`,
    ])
      await expect(deployment.query(statement)).rejects.toThrow('append-only');
    expect(await trail({ userId })).toEqual(before);
  });

  test('entries older than the retention are deleted, and younger ones are kept', async () => {
    const userId = `old-${randomUUID()}`;
    await deployment.query(
      `INSERT INTO audit_entries (at, action, actor_kind, outcome, user_id)
       SELECT now() - make_interval(days => days), 'admin.read', 'system', 'success', '${userId}'
         FROM unnest(ARRAY[0, 9, 11, 12]) AS days`,
    );
    const dataSource = createDataSource({ url: deployment.database.url, poolSize: 1 });
    await dataSource.initialize();
    await createAudit({ dataSource, retentionDays: 10 }).deleteOld();
    await dataSource.destroy();
    expect(await trail({ userId })).toHaveLength(2);
  });
});
