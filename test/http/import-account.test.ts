// Importing accounts: each grant is tried, and becomes an account as a connection does.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeServiceKey } from '../../src/http/service-keys.js';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { expectProblem, raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const PROVIDERS = ['google', 'microsoft'] as const;
const KEY = makeServiceKey();
const SERVICE_KEYS = `billing:${createHash('sha256').update(KEY).digest('hex')}`;
const SCOPES = {
  google: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/calendar'],
  microsoft: [
    'openid',
    'profile',
    'offline_access',
    'https://graph.microsoft.com/Calendars.ReadWrite',
    'https://graph.microsoft.com/User.Read',
  ],
};
const READ = {
  google: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/calendar.readonly'],
  microsoft: [
    'openid',
    'profile',
    'offline_access',
    'https://graph.microsoft.com/Calendars.Read',
    'https://graph.microsoft.com/User.Read',
  ],
};
const NONE = {
  google: ['openid', 'email', 'profile'],
  microsoft: ['openid', 'profile', 'offline_access', 'https://graph.microsoft.com/User.Read'],
};

let people = 0;

describe.each(HOSTS)('an import, %s', (host) => {
  let deployment: Deployment;
  beforeAll(async () => {
    const environment = { SERVICE_KEYS };
    deployment = await deploy({ host, sandbox: { contents: 'empty' }, environment });
  });
  afterAll(() => deployment?.stop());

  const send = (body: unknown, { key = KEY, headers = {} } = {}) =>
    raw(deployment.url, '/integrations/accounts/import', {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  describe.each(PROVIDERS)('from %s', (provider) => {
    /** A person at the provider with a refresh token that another product got. */
    const person = (scopes: string[] = SCOPES[provider]) => {
      people += 1;
      const email = `person-${people}@example.com`;
      const { control } = deployment.sandbox;
      control.createAccount({ provider, email, name: `Person ${people}` });
      const { refreshToken } = control.issueTokens({ provider, user: email, scopes });
      return { email, userId: `user-${people}`, refreshToken };
    };
    const trail = (userId: string) =>
      deployment.query(
        `SELECT action, outcome, actor_kind, actor_id, account_id, details FROM audit_entries
          WHERE user_id = '${userId}' ORDER BY at`,
      );
    const notified = async (userId: string) =>
      (
        await deployment.query(
          `SELECT type FROM notifications WHERE user_id = '${userId}' AND type LIKE 'account.%'
            ORDER BY sequence`,
        )
      ).map(({ type }) => type);

    test('becomes an account, is synced, is announced and recorded', async () => {
      const { email, userId, refreshToken } = person();
      const answer = await send({ userId, provider, refreshToken });
      expect(answer.status).toBe(201);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.body).toMatchObject({
        userId,
        provider,
        email,
        status: 'connected',
        access: 'write',
        sync: { state: expect.stringMatching(/^(queued|running)$/), trigger: 'connect' },
      });
      const { id } = answer.body;
      const browser = deployment.browser(userId);
      expect(await browser.synced(id)).toMatchObject({ state: 'idle', error: null });
      const { body } = await browser.get(`/integrations/accounts/${id}/calendars`).expect(200);
      expect(body.data).toHaveLength(1);
      expect(await notified(userId)).toEqual(['account.connected']);
      expect(await trail(userId)).toEqual([
        {
          action: 'account.import',
          outcome: 'success',
          actor_kind: 'service',
          actor_id: 'billing',
          account_id: id,
          details: {},
        },
      ]);
      const rows = await deployment.query(
        `SELECT access_token, refresh_token FROM connected_accounts WHERE id = '${id}'`,
      );
      const attempts = await deployment.query(
        `SELECT access_token, refresh_token, status FROM authorization_attempts
          WHERE user_id = '${userId}'`,
      );
      expect(attempts).toEqual([{ access_token: null, refresh_token: null, status: 'done' }]);
      expect(JSON.stringify([rows, attempts, deployment.log])).not.toContain(refreshToken);
    });

    test('of a connected account keeps its id and replaces its tokens', async () => {
      const { email, userId, refreshToken } = person();
      const first = await send({ userId, provider, refreshToken });
      const { control } = deployment.sandbox;
      await deployment.browser(userId).synced(first.body.id);
      const newer = control.issueTokens({ provider, user: email, scopes: READ[provider] });
      const second = await send({ userId, provider, refreshToken: newer.refreshToken });
      expect([second.status, second.body.id, second.body.access]).toEqual([
        200,
        first.body.id,
        'read',
      ]);
      expect(await notified(userId)).toEqual(['account.connected', 'account.reconnected']);
      expect((await trail(userId)).map(({ action }) => action)).toEqual([
        'account.import',
        'account.import',
      ]);
      // The same person at another user is another account, as with a connection.
      const other = await send({ userId: `other-${userId}`, provider, refreshToken });
      expect(other.status).toBe(201);
      expect(other.body.id).not.toBe(first.body.id);
    });

    test('that the provider does not accept is a 422, and changes nothing', async () => {
      const { email, userId, refreshToken } = person();
      deployment.sandbox.control.revokeGrants({ provider, user: email });
      for (const token of [refreshToken, 'nonsense']) {
        const answer = await send({ userId, provider, refreshToken: token });
        expectProblem(answer, 'grant_not_accepted');
      }
      expect(await deployment.browser(userId).get('/integrations/accounts')).toMatchObject({
        body: { data: [] },
      });
      expect(await notified(userId)).toEqual([]);
      expect(await trail(userId)).toMatchObject([
        { action: 'account.import', outcome: 'refused', details: { code: 'grant_not_accepted' } },
        { action: 'account.import', outcome: 'refused' },
      ]);
    });

    test('without the calendar scope is refused, and its grant is left alone', async () => {
      const { email, userId, refreshToken } = person(NONE[provider]);
      expectProblem(await send({ userId, provider, refreshToken }), 'missing_scopes');
      const { control } = deployment.sandbox;
      expect(control.requests({ user: email, route: 'google.revoke' })).toEqual([]);
      expect(control.refreshTokens({ provider, user: email })).not.toHaveLength(0);
    });

    test('of a provider that is down is a 503, and can be repeated', async () => {
      const { userId, refreshToken } = person();
      deployment.sandbox.control.addFault({ provider, route: '*.token', status: 503, times: 1 });
      expectProblem(await send({ userId, provider, refreshToken }), 'provider_unavailable');
      expect((await send({ userId, provider, refreshToken })).status).toBe(201);
    });

    test('through the library reports each one', async () => {
      const [one, two] = [person(), person()];
      deployment.sandbox.control.revokeGrants({ provider, user: two.email });
      const accounts = [one, two, { ...one, userId: '' }].map(({ userId, refreshToken }) => ({
        userId,
        provider,
        refreshToken,
      }));
      const results = await deployment.service.importAccounts(accounts);
      expect(results).toMatchObject([
        { userId: one.userId, outcome: 'imported', accountId: expect.any(String), code: null },
        { outcome: 'failed', accountId: null, code: 'grant_not_accepted', retryable: false },
        { outcome: 'failed', code: 'invalid_request' },
      ]);
      expect(await deployment.service.importAccounts([accounts[0]!])).toMatchObject([
        { outcome: 'updated', accountId: results[0]?.accountId },
      ]);
    });
  });

  test('is for service callers alone, and says what is wrong', async () => {
    const right = { userId: 'ana', provider: 'google', refreshToken: 'x' };
    for (const key of [deployment.token('ana'), deployment.token('root', { roles: ['admin'] })])
      expectProblem(await send(right, { key }), 'forbidden');
    expectProblem(await send(right, { headers: { Origin: FRONTEND } }), 'origin_not_allowed');
    expectProblem(await send({ ...right, provider: 'yahoo' }), 'unsupported_provider');
    for (const wrong of [
      { userId: '' },
      { userId: undefined },
      { userId: 'a\u0007b' },
      { refreshToken: '' },
      { refreshToken: 'a\nb' },
      { refreshToken: undefined },
      { scopes: 'calendar' },
      { scope: 'calendar' },
    ])
      expectProblem(await send({ ...right, ...wrong }), 'invalid_request');
  });
});

test('with ONE_USER_PER_PROVIDER_ACCOUNT a second user is refused', async () => {
  const deployment = await deploy({
    sandbox: { contents: 'empty' },
    environment: { ROLE: 'web', ONE_USER_PER_PROVIDER_ACCOUNT: 'true' },
  });
  try {
    const { control } = deployment.sandbox;
    const person = { provider: 'google', user: 'one@example.com' } as const;
    control.createAccount({ provider: 'google', email: person.user, name: 'One' });
    const { refreshToken } = control.issueTokens({ ...person, scopes: SCOPES.google });
    const [first, second] = ['ana', 'ben'].map((userId) => ({
      userId,
      provider: 'google',
      refreshToken,
    }));
    expect(await deployment.service.importAccounts([first!])).toMatchObject([
      { outcome: 'imported' },
    ]);
    expect(await deployment.service.importAccounts([second!, first!])).toMatchObject([
      { outcome: 'failed', code: 'account_already_connected' },
      { outcome: 'updated' },
    ]);
    expect(control.requests({ route: 'google.revoke' })).toEqual([]);
  } finally {
    await deployment.stop();
  }
});
