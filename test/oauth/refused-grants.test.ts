// A grant that is refused leaves no access behind at the provider, and harms no connected account.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy, type Host } from '../support/deployment.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const [ANA, BO] = ['ana@example.com', 'bo@example.com'];
const IDENTITY_ONLY = ['openid', 'email'];

let users = 0;
const newUser = () => `user-${++users}`;

describe.each(HOSTS)('a refused grant, %s', (host) => {
  let deployment: Deployment;
  let exclusive: Deployment;

  beforeAll(async () => {
    const environment = { ROLE: 'web', PROVIDER_TIMEOUT_MS: '8000' };
    deployment = await deploy({ host, sandbox: { contents: 'empty' }, environment });
    exclusive = await deploy({
      host,
      beside: deployment,
      environment: { ONE_USER_PER_PROVIDER_ACCOUNT: 'true' },
    });
  });
  afterAll(async () => {
    await exclusive?.stop();
    await deployment?.stop();
  });
  beforeEach(() => deployment.sandbox.control.clearRequests());
  afterEach(async () => {
    deployment.sandbox.control.clearFaults();
    for (const user of [ANA, BO])
      deployment.sandbox.control.revokeGrants({ provider: 'google', user });
    await deployment.query('DELETE FROM connected_accounts');
  });

  const revocations = () => deployment.sandbox.control.requests({ route: 'google.revoke' }).length;
  const grantOf = (user: string) => {
    const all = deployment.sandbox.control.accounts();
    const account = all.find(({ provider, email }) => provider === 'google' && email === user);
    return { scopes: account?.grantedScopes.length, refreshTokens: account?.liveRefreshTokens };
  };
  const GONE = { scopes: 0, refreshTokens: 0 };
  const errorOf = (end: URL) => end.searchParams.get('error');
  const lines = ({ log }: Deployment) => log.filter(({ audit }) => audit === 'grant_refused');
  const lastLine = (of = deployment) => lines(of).at(-1);

  /** Connects as `user` at the provider. @returns the account's id */
  async function connected(userId: string, user: string): Promise<string> {
    const end = await deployment.browser(userId).connect('google', { as: user });
    return String(end.searchParams.get('accountId'));
  }
  /** Whether the provider still gives the account a new access token. */
  async function isAlive(user: string): Promise<boolean> {
    const tokens = deployment.sandbox.control.refreshTokens({ provider: 'google', user });
    return tokens.some(({ ended }) => !ended);
  }

  test('one without the calendar scope is revoked', async () => {
    const browser = deployment.browser(newUser());
    const end = await browser.connect('google', { as: ANA, grant: IDENTITY_ONLY });
    expect(errorOf(end)).toBe('missing_scopes');
    expect(revocations()).toBe(1);
    expect(grantOf(ANA)).toEqual(GONE);
    expect(lastLine()).toMatchObject({ code: 'missing_scopes', revoked: true, reason: null });
    expect(lastLine()).toMatchObject({ provider: 'google', userId: `user-${users}` });
  });

  test('one without the calendar scope leaves a connected account of the same person alone', async () => {
    for (const userId of [newUser(), newUser()]) {
      await connected(userId, ANA);
      const end = await deployment
        .browser(newUser())
        .connect('google', { as: ANA, grant: IDENTITY_ONLY });
      expect(errorOf(end)).toBe('missing_scopes');
      expect(lastLine()).toMatchObject({ revoked: false, reason: 'shared_grant' });
      const own = await deployment.browser(userId).connect('google', {
        as: ANA,
        grant: IDENTITY_ONLY,
      });
      expect(errorOf(own)).toBe('missing_scopes');
    }
    expect(revocations()).toBe(0);
    expect(await isAlive(ANA)).toBe(true);
  });

  test('one without a refresh token is revoked, so that the next consent gives one', async () => {
    const browser = deployment.browser(newUser());
    const { control } = deployment.sandbox;
    const { accessToken } = control.issueTokens({
      provider: 'google',
      user: ANA,
      scopes: ['openid', 'email', 'https://www.googleapis.com/auth/calendar'],
    });
    const body = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 3599,
      scope: 'openid email https://www.googleapis.com/auth/calendar',
    };
    control.addFault({ route: 'google.token', status: 200, body, times: 1 });
    expect(errorOf(await browser.connect('google', { as: ANA }))).toBe('no_refresh_token');
    expect(revocations()).toBe(1);
    expect(grantOf(ANA)).toEqual(GONE);
    expect((await browser.connect('google', { as: ANA })).searchParams.get('status')).toBe(
      'success',
    );
  });

  test('one without a refresh token leaves the account that has it alone', async () => {
    await connected(newUser(), ANA);
    const { control } = deployment.sandbox;
    const { accessToken } = control.issueTokens({
      provider: 'google',
      user: ANA,
      scopes: ['openid', 'email', 'https://www.googleapis.com/auth/calendar'],
    });
    const body = { access_token: accessToken, token_type: 'Bearer', expires_in: 3599 };
    control.addFault({ route: 'google.token', status: 200, body, times: 1 });
    const end = await deployment.browser(newUser()).connect('google', { as: ANA });
    expect(errorOf(end)).toBe('no_refresh_token');
    expect(revocations()).toBe(0);
    expect(await isAlive(ANA)).toBe(true);
  });

  test('one of another person is revoked, unless that person is connected', async () => {
    const userId = newUser();
    const accountId = await connected(userId, ANA);
    const browser = deployment.browser(userId);
    const wrong = await browser.connect('google', { as: BO }, { accountId });
    expect(errorOf(wrong)).toBe('account_mismatch');
    expect(revocations()).toBe(1);
    expect([grantOf(BO), await isAlive(ANA)]).toEqual([GONE, true]);

    await connected(newUser(), BO);
    const again = await browser.connect('google', { as: BO }, { accountId });
    expect(errorOf(again)).toBe('account_mismatch');
    expect(revocations()).toBe(1);
    expect([await isAlive(BO), await isAlive(ANA)]).toEqual([true, true]);
  });

  test('one of a person whom another user has connected stays', async () => {
    await connected(newUser(), ANA);
    const end = await exclusive.browser(newUser()).connect('google', { as: ANA });
    expect(errorOf(end)).toBe('account_already_connected');
    expect(revocations()).toBe(0);
    expect(await isAlive(ANA)).toBe(true);
    expect(lastLine(exclusive)).toMatchObject({ revoked: false, reason: 'shared_grant' });
  });

  test.each([
    ['answers 503', { status: 503 }],
    ['hangs', { hang: true }],
    ['drops the connection', { drop: true }],
  ] as const)(
    'a revocation endpoint that %s changes nothing of the answer',
    async (_name, fault) => {
      deployment.sandbox.control.addFault({ route: 'google.revoke', times: 'always', ...fault });
      const began = Date.now();
      const browser = deployment.browser(newUser());
      const end = await browser.connect('google', { as: ANA, grant: IDENTITY_ONLY });
      expect(errorOf(end)).toBe('missing_scopes');
      expect(Date.now() - began).toBeLessThan(5_000);
      expect(lastLine()).toMatchObject({ revoked: false, reason: 'provider_unavailable' });
      const kept = await deployment.query(
        'SELECT FROM authorization_attempts WHERE access_token IS NOT NULL',
      );
      expect(kept).toEqual([]);
    },
  );

  test('Microsoft has no revocation, and the log says so', async () => {
    const end = await deployment
      .browser(newUser())
      .connect('microsoft', { as: 'ana@northwind.example', grant: ['User.Read'] });
    expect(errorOf(end)).toBe('missing_scopes');
    expect(lastLine()).toMatchObject({ provider: 'microsoft', reason: 'not_supported' });
  });

  test('an attempt that its process abandoned: the grant of a removed user is revoked', async () => {
    const removed = newUser();
    const { control } = deployment.sandbox;
    const reaping = await deploy({
      host,
      beside: deployment,
      environment: { ROLE: 'all' },
      service: { choresEverySeconds: 1, isUserActive: (userId) => userId !== removed },
    });
    try {
      control.addFault({ route: 'google.userinfo', delayMs: 4_000, times: 1 });
      const connecting = deployment.browser(removed).connect('google', { as: BO });
      await until(async () => {
        const rows = await deployment.query(
          `UPDATE authorization_attempts SET updated_at = now() - interval '10 minutes'
            WHERE user_id = '${removed}' AND status = 'exchanged' RETURNING id`,
        );
        return rows.length > 0;
      });
      await until(async () => lines(reaping).length > 0);
      expect(lastLine(reaping)).toMatchObject({ code: 'unauthenticated', revoked: true });
      expect((await connecting).searchParams.get('status')).toBe('error');
      expect(grantOf(BO)).toEqual(GONE);
      expect(await deployment.query('SELECT FROM connected_accounts')).toEqual([]);
    } finally {
      await reaping.stop();
    }
  });
});

async function until(what: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await what()); ) {
    if (Date.now() > end) throw new Error('the condition was not met within 15 seconds');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
