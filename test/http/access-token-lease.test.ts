// The lease of access tokens: to service callers, refreshed once, recorded, and nowhere else.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeServiceKey } from '../../src/http/service-keys.js';
import { type BuiltAccount, buildAccount } from '../support/build-account.js';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { expectProblem, raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const PROVIDERS = ['google', 'microsoft'] as const;
const ABSENT = '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11';
const KEY = makeServiceKey();
const SERVICE_KEYS = `billing:${createHash('sha256').update(KEY).digest('hex')}`;
const AT_ONCE = 500;

const lease = (
  { url }: Pick<Deployment, 'url'>,
  accountId: string,
  { body, key = KEY, headers = {} }: { body?: unknown; key?: string; headers?: object } = {},
) =>
  raw(url, `/integrations/accounts/${accountId}/access-token`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const tokenRequests = ({ sandbox }: Deployment) =>
  sandbox.control.requests().filter(({ route }) => route?.endsWith('.token')).length;

const leaveSeconds = (deployment: Deployment, id: string, seconds: number) =>
  deployment.query(
    `UPDATE connected_accounts SET access_token_expires_at = now() + interval '${seconds} s'
      WHERE id = '${id}'`,
  );

const trail = (deployment: Deployment, id: string) =>
  deployment.query(
    `SELECT actor_kind, actor_id, user_id, outcome, details FROM audit_entries
      WHERE account_id = '${id}' AND action = 'token.lease' ORDER BY at`,
  );

describe.each(HOSTS)('a leased token, %s', (host) => {
  let deployment: Deployment;
  let beside: Deployment;
  beforeAll(async () => {
    const environment = { ROLE: 'web', SERVICE_KEYS, ACCESS_TOKEN_LEASE: 'true' };
    deployment = await deploy({ host, sandbox: { contents: 'empty' }, environment });
    beside = await deploy({ host, beside: deployment });
  });
  afterAll(async () => {
    await beside?.stop();
    await deployment?.stop();
  });

  describe.each(PROVIDERS)('of %s', (provider) => {
    let account: BuiltAccount;
    beforeAll(async () => {
      account = await buildAccount(deployment, { provider, synced: false });
    });

    test('is live at the provider, and is as the account was granted', async () => {
      const answer = await lease(deployment, account.id);
      expect(answer.status).toBe(200);
      expect(answer.headers['cache-control']).toBe('no-store');
      const { body } = await account.browser.get(account.path).expect(200);
      expect(answer.body).toEqual({
        accessToken: expect.any(String),
        tokenType: 'Bearer',
        expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
        scopes: body.scopes,
      });
      const { google, microsoft } = deployment.sandbox;
      const base =
        provider === 'google'
          ? `${google.calendarApiUrl}/users/me/calendarList`
          : `${microsoft.graphUrl}/me/calendars`;
      const headers = { Authorization: `Bearer ${answer.body.accessToken}` };
      expect((await fetch(base, { headers })).status).toBe(200);
    });

    test('is refreshed when less than minimumSeconds is left, and not otherwise', async () => {
      await leaveSeconds(deployment, account.id, 900);
      const before = tokenRequests(deployment);
      expect((await lease(deployment, account.id)).status).toBe(200);
      expect((await lease(deployment, account.id, { body: {} })).status).toBe(200);
      expect((await lease(deployment, account.id, { body: { minimumSeconds: 800 } })).status).toBe(
        200,
      );
      expect(tokenRequests(deployment)).toBe(before);
      const { body } = await lease(deployment, account.id, { body: { minimumSeconds: 1_000 } });
      expect(tokenRequests(deployment)).toBe(before + 1);
      expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now() + 1_000_000);
    });

    test(`is requested once for ${AT_ONCE} leases at once in two processes`, async () => {
      await leaveSeconds(deployment, account.id, -5);
      const before = tokenRequests(deployment);
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, n) =>
          lease(n % 2 === 0 ? deployment : beside, account.id),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(answers.map(({ body }) => body.accessToken)).size).toBe(1);
      expect(tokenRequests(deployment)).toBe(before + 1);
    });

    test('is in the audit trail, and never in the trail or the log itself', async () => {
      const { body } = await lease(deployment, account.id, { body: { minimumSeconds: 60 } });
      expect((await trail(deployment, account.id)).at(-1)).toEqual({
        actor_kind: 'service',
        actor_id: 'billing',
        user_id: account.userId,
        outcome: 'success',
        details: { minimumSeconds: 60, expiresAt: body.expiresAt },
      });
      const text = JSON.stringify([deployment.log, await trail(deployment, account.id)]);
      expect(text).not.toContain(body.accessToken);
    });

    test('is a 409 where the user has withdrawn the grant', async () => {
      const other = await buildAccount(deployment, { provider, synced: false });
      deployment.sandbox.control.revokeGrants({ provider, user: other.email });
      await leaveSeconds(deployment, other.id, 0);
      for (let tries = 0; tries < 2; tries += 1)
        expectProblem(await lease(deployment, other.id), 'reauthorization_required');
      expect((await trail(deployment, other.id)).at(-1)).toMatchObject({
        outcome: 'refused',
        details: { code: 'reauthorization_required' },
      });
    });

    test('is what the library returns', async () => {
      const { accessToken } = (await lease(deployment, account.id)).body;
      expect(await deployment.service.accessToken(account.id)).toMatchObject({ accessToken });
      await expect(deployment.service.accessToken(ABSENT)).rejects.toMatchObject({
        code: 'account_not_found',
      });
      await expect(
        deployment.service.accessToken(account.id, { minimumSeconds: 1_801 }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    });

    test('is for service callers alone', async () => {
      for (const [user, claims] of [
        [account.userId, {}],
        ['root', { roles: ['admin'] }],
      ] as const) {
        const key = deployment.token(user, claims);
        expectProblem(await lease(deployment, account.id, { key }), 'forbidden');
      }
      expectProblem(
        await lease(deployment, account.id, { headers: { Origin: FRONTEND } }),
        'origin_not_allowed',
      );
    });
  });

  test.each([0, -1, 1_801, 299.5, '300', null, [300]])(
    'minimumSeconds %j is refused',
    async (minimumSeconds) => {
      const { id } = await buildAccount(deployment, { synced: false });
      const answer = await lease(deployment, id, { body: { minimumSeconds } });
      expectProblem(answer, 'invalid_request');
      expect(answer.body.detail).toContain('minimumSeconds');
    },
  );

  test('of an absent account is a 404', async () => {
    expectProblem(await lease(deployment, ABSENT), 'account_not_found');
    expectProblem(await lease(deployment, 'one'), 'account_not_found');
  });
});

test('without ACCESS_TOKEN_LEASE there is no such route', async () => {
  const deployment = await deploy({
    sandbox: { contents: 'empty' },
    environment: { ROLE: 'web', SERVICE_KEYS },
  });
  try {
    const { id } = await buildAccount(deployment, { synced: false });
    expectProblem(await lease(deployment, id), 'not_found');
    expect(await trail(deployment, id)).toEqual([]);
  } finally {
    await deployment.stop();
  }
});
