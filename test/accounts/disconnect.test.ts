// Disconnecting: what is revoked, what the response reports, and that the account is always
// deleted.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { AccountStore } from '../../src/accounts/account-store.js';
import { ConsentAttemptStore } from '../../src/accounts/consent-attempt-store.js';
import { Disconnecting } from '../../src/accounts/disconnect.js';
import { Revoking } from '../../src/accounts/revoking.js';
import { TokenCipher } from '../../src/accounts/token-cipher.js';
import { SYNC_LISTENERS } from '../../src/sync/pauses.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { AccountFixture } from './account-fixture.js';

const GOOGLE = { as: 'ana@example.com' };
const MICROSOFT = { as: 'ana@northwind.example' };
const MANAGE = {
  google: 'https://myaccount.google.com/connections',
  microsoft: expect.stringMatching(/^https:\/\//),
};

let deployment: Deployment;
let database: pg.Client;

beforeAll(async () => {
  deployment = await deploy({ environment: { PROVIDER_TIMEOUT_MS: '1500' } });
  database = new pg.Client({ connectionString: deployment.database.url });
  database.on('error', () => {});
  await database.connect();
});
afterEach(async () => {
  deployment.sandbox.control.clearFaults();
  deployment.sandbox.control.clearRequests();
  await database.query('TRUNCATE integrations.connected_accounts CASCADE');
});
afterAll(async () => {
  await database?.end();
  await deployment?.stop();
});

const revocations = () => deployment.sandbox.control.requests({ route: 'google.revoke' });

async function count(table: string): Promise<number> {
  const { rows } = await database.query(`SELECT count(*)::int AS n FROM integrations.${table}`);
  return rows[0].n;
}

const remaining = async () => [
  await count('connected_accounts'),
  await count('calendars'),
  await count('events'),
];

describe('disconnecting at Google', () => {
  test('the grant is revoked with the refresh token, and account, calendars and events are deleted', async () => {
    const browser = deployment.browser('ana');
    const id = await browser.connectAndSync('google', GOOGLE);
    expect((await remaining()).every((rows) => rows > 0)).toBe(true);
    const { body } = await browser.delete(`/integrations/accounts/${id}`).expect(200);
    expect(body).toEqual({ id, revoked: true, reason: null, manageUrl: MANAGE.google });
    expect(revocations()).toHaveLength(1);
    expect(
      deployment.sandbox.control
        .refreshTokens({ provider: 'google', user: GOOGLE.as })
        .every(({ ended }) => ended),
    ).toBe(true);
    expect(await remaining()).toEqual([0, 0, 0]);
    await browser.get(`/integrations/accounts/${id}`).expect(404);
  });

  test('the grant is revoked only when its last user disconnects', async () => {
    const [ana, bo] = [deployment.browser('ana'), deployment.browser('bo')];
    const first = await ana.connectAndSync('google', GOOGLE);
    const second = await bo.connectAndSync('google', GOOGLE);
    const shared = await ana.delete(`/integrations/accounts/${first}`).expect(200);
    expect(shared.body).toMatchObject({ revoked: false, reason: 'shared_grant' });
    expect(revocations()).toHaveLength(0);
    await bo.post(`/integrations/sync/${second}`, {}).expect(202);
    expect(await bo.synced(second)).toMatchObject({ state: 'idle', error: null });
    const last = await bo.delete(`/integrations/accounts/${second}`).expect(200);
    expect(last.body).toMatchObject({ revoked: true, reason: null });
    expect(revocations()).toHaveLength(1);
  });

  test('an account in reauthorization_required does not keep the shared grant alive', async () => {
    const [ana, bo] = [deployment.browser('ana'), deployment.browser('bo')];
    const first = await ana.connectAndSync('google', GOOGLE);
    await bo.connectAndSync('google', GOOGLE);
    await database.query(
      `UPDATE integrations.connected_accounts SET status = 'reauthorization_required' WHERE user_id = 'bo'`,
    );
    const { body } = await ana.delete(`/integrations/accounts/${first}`).expect(200);
    expect(body).toMatchObject({ revoked: true, reason: null });
  });

  test.each<[string, Parameters<Deployment['sandbox']['control']['addFault']>[0]]>([
    ['answers 503', { status: 503 }],
    ['never answers', { hang: true }],
    ['drops the connection', { drop: true }],
    ['answers with a page', { html: true }],
  ])(
    'a provider that %s does not keep the account, and the answer comes in time',
    async (_name, fault) => {
      const browser = deployment.browser('ana');
      const id = await browser.connectAndSync('google', GOOGLE);
      deployment.sandbox.control.addFault({ route: 'google.revoke', times: 'always', ...fault });
      const started = Date.now();
      const { body } = await browser.delete(`/integrations/accounts/${id}`).expect(200);
      expect(Date.now() - started).toBeLessThan(3_000);
      expect(body).toEqual({
        id,
        revoked: false,
        reason: 'provider_unavailable',
        manageUrl: MANAGE.google,
      });
      expect(await remaining()).toEqual([0, 0, 0]);
    },
  );

  test('a grant that was revoked before counts as revoked', async () => {
    const browser = deployment.browser('ana');
    const id = await browser.connectAndSync('google', GOOGLE);
    deployment.sandbox.control.revokeGrants({ provider: 'google', user: GOOGLE.as });
    const { body } = await browser.delete(`/integrations/accounts/${id}`).expect(200);
    expect(body).toMatchObject({ revoked: true, reason: 'already_revoked' });
  });

  test('an account in reauthorization_required can be disconnected', async () => {
    const browser = deployment.browser('ana');
    const id = await browser.connectAndSync('google', GOOGLE);
    await database.query(
      `UPDATE integrations.connected_accounts SET status = 'reauthorization_required'`,
    );
    await browser.delete(`/integrations/accounts/${id}`).expect(200);
    expect(await remaining()).toEqual([0, 0, 0]);
  });

  test('an account whose tokens cannot be decrypted can be disconnected', async () => {
    const browser = deployment.browser('ana');
    const id = await browser.connectAndSync('google', GOOGLE);
    await database.query(
      `UPDATE integrations.connected_accounts SET refresh_token = 'v1.lost.AAAA'`,
    );
    const { body } = await browser.delete(`/integrations/accounts/${id}`).expect(200);
    expect(body).toMatchObject({ revoked: false, reason: 'token_unreadable' });
    expect(await remaining()).toEqual([0, 0, 0]);
  });

  test('no grant is revoked when the operator has turned revocation off', async () => {
    const other = await deploy({
      beside: deployment,
      environment: { GOOGLE_REVOKE_ON_DISCONNECT: 'false' },
    });
    try {
      const id = await deployment.browser('ana').connectAndSync('google', GOOGLE);
      const { body } = await other
        .browser('ana')
        .delete(`/integrations/accounts/${id}`)
        .expect(200);
      expect(body).toEqual({ id, revoked: false, reason: 'disabled', manageUrl: MANAGE.google });
      expect(revocations()).toHaveLength(0);
    } finally {
      await other.stop();
    }
  });
});

describe('disconnecting at Microsoft', () => {
  test('Microsoft has no revocation, and the response says where the user can remove access', async () => {
    const browser = deployment.browser('ana');
    const id = await browser.connectAndSync('microsoft', MICROSOFT);
    const { body } = await browser.delete(`/integrations/accounts/${id}`).expect(200);
    expect(body).toEqual({
      id,
      revoked: false,
      reason: 'not_supported',
      manageUrl: MANAGE.microsoft,
    });
    expect(await remaining()).toEqual([0, 0, 0]);
  });
});

describe('disconnecting at a difficult moment', () => {
  test('of two simultaneous disconnects, one reports the result and the other finds no account', async () => {
    const browser = deployment.browser('ana');
    const id = await browser.connectAndSync('google', GOOGLE);
    const answers = await Promise.all(
      [1, 2, 3].map(() => browser.delete(`/integrations/accounts/${id}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    expect(revocations()).toHaveLength(1);
    await browser.delete(`/integrations/accounts/${id}`).expect(404);
  });

  test.each(['google', 'microsoft'] as const)(
    'an account of %s that is being synced leaves no row',
    async (provider) => {
      const { control } = deployment.sandbox;
      control.configure({ google: { latencyMs: 40 }, microsoft: { latencyMs: 40 } });
      control.setPageSize(provider, 10);
      try {
        const browser = deployment.browser('ana');
        const end = await browser.connect(provider, provider === 'google' ? GOOGLE : MICROSOFT);
        const id = end.searchParams.get('accountId');
        while ((await count('events')) === 0) await sleep(20);
        await browser.delete(`/integrations/accounts/${id}`).expect(200);
        expect(await remaining()).toEqual([0, 0, 0]);
        await sleep(1_500);
        expect(await remaining()).toEqual([0, 0, 0]);
      } finally {
        control.configure({ google: { latencyMs: 2 }, microsoft: { latencyMs: 5 } });
        control.setPageSize(provider, null);
      }
    },
  );

  test('a reconnect during a slow revocation makes a new account, which is not deleted with the old one', async () => {
    const browser = deployment.browser('ana');
    const id = await browser.connectAndSync('google', GOOGLE);
    deployment.sandbox.control.addFault({ route: 'google.revoke', hang: true });
    const leaving = browser.delete(`/integrations/accounts/${id}`).then((response) => response);
    while (revocations().length === 0) await sleep(10);
    const anew = await browser.connectAndSync('google', GOOGLE);
    expect(anew).not.toBe(id);
    expect((await leaving).status).toBe(200);
    const { body } = await browser.get('/integrations/accounts').expect(200);
    expect(body.data.map((account: { id: string }) => account.id)).toEqual([anew]);
    expect(await browser.synced(anew)).toMatchObject({ state: 'idle', error: null });
  });

  test('a disconnect that a killed process began is finished later, and not too early', async () => {
    const fixture = new AccountFixture();
    await fixture.open();
    try {
      const revoked: string[] = [];
      const revoke = async (token: string) => {
        revoked.push(token);
        return 'revoked' as const;
      };
      const disconnecting = new Disconnecting({
        dataSource: fixture.sql,
        attempts: fixture.here.attempts,
        cipher: fixture.cipher,
        revoking: new Revoking(fixture.sql, () => ({ revoke })),
        dependents: { stopPush: async () => {}, deleteEvents: async () => {} },
        listeners: SYNC_LISTENERS,
        logger: { warn: () => {} },
      });
      const id = await fixture.connect();
      await fixture.sql.query(
        `UPDATE connected_accounts SET status = 'disconnecting', updated_at = now()`,
      );
      await disconnecting.finishAbandoned(60);
      expect(await fixture.row(id)).toBeDefined();
      await fixture.sql.query(
        `UPDATE connected_accounts SET updated_at = now() - interval '61 seconds'`,
      );
      await Promise.all([disconnecting.finishAbandoned(60), disconnecting.finishAbandoned(60)]);
      expect(await fixture.row(id)).toBeUndefined();
      expect(new Set(revoked)).toEqual(new Set(['refresh of the first grant']));
    } finally {
      await fixture.close();
    }
  });
});

test('an account that is being disconnected cannot be found and gives no token', async () => {
  const fixture = new AccountFixture();
  await fixture.open();
  try {
    const id = await fixture.connect({ userId: 'ana' });
    await fixture.sql.query(`UPDATE connected_accounts SET status = 'disconnecting'`);
    const cipher = new TokenCipher([fixture.key]);
    const store = new AccountStore(
      fixture.sql,
      cipher,
      new ConsentAttemptStore(fixture.sql, cipher),
      { oneUserPerProviderAccount: false },
      SYNC_LISTENERS,
    );
    expect(await store.find(id, 'ana')).toBeNull();
    await expect(fixture.here.tokens.use(id, async () => {})).rejects.toMatchObject({
      code: 'account_not_found',
    });
    await store.requireReauthorization(id, 'revoked', null);
    expect((await fixture.row(id))['status']).toBe('disconnecting');
  } finally {
    await fixture.close();
  }
});
