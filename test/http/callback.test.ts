// The callback: what may finish a flow, what may not, and the response in each case.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import type { Browser } from '../support/browser.js';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { describeWithRedis, testRedisUrl } from '../support/servers.js';
import { bindings, cookiesSet, expectProblem, expectWayBack, raw } from './expectations.js';

type ProviderName = 'google' | 'microsoft';

const PROVIDERS = ['google', 'microsoft'] as const;
const PEOPLE = {
  google: ['ana@example.com', 'bo@example.com'],
  microsoft: ['ana@northwind.example', 'cleo@outlook.example'],
} as const;
const NAVIGATION = 'text/html,application/xhtml+xml,*/*;q=0.8';
const INVALID_STATE = { status: 'error', error: 'invalid_state' };
const HOSTS: readonly Host[] = ['standalone', 'mounted'];

let users = 0;
const newUser = (): string => `user-${++users}`;

/** Consents. @returns the callback's URL, not yet opened */
async function consented(
  browser: Browser,
  provider: ProviderName,
  query: Record<string, string> = {},
): Promise<URL> {
  return new URL(
    await browser.consent(await browser.begin(provider, query), { as: PEOPLE[provider][0] }),
  );
}

function open(browser: Browser, url: URL, accept = NAVIGATION) {
  return browser.agent.get(url.pathname + url.search).set('Accept', accept);
}

/** The same URL with parameters replaced, or without those that are null. */
function altered(url: URL, changes: Record<string, string | null>): URL {
  const other = new URL(url);
  for (const [name, value] of Object.entries(changes))
    if (value === null) other.searchParams.delete(name);
    else other.searchParams.set(name, value);
  return other;
}

describe.each(HOSTS)('the callback, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web', RETURN_PATHS: '/integrations,/settings' },
    });
  });
  afterAll(() => deployment?.stop());
  afterEach(() => {
    deployment.sandbox.control.clearFaults();
    deployment.sandbox.control.configure({ microsoft: { adminConsentRequired: false } });
  });

  const tokenRequests = () =>
    deployment.sandbox.control.requests().filter(({ route }) => route?.endsWith('.token')).length;
  const accountsOf = async (userId: string): Promise<{ id: string }[]> =>
    (await deployment.browser(userId).get('/integrations/accounts').expect(200)).body.data;
  const lastReason = () =>
    deployment.log.findLast((line) => line['code'] === 'invalid_state')?.['reason'];

  describe.each(PROVIDERS)('%s', (provider) => {
    test('a callback in another browser is refused without a token request, and the first browser can still finish', async () => {
      const [attacker, victim] = [newUser(), newUser()];
      const attackers = deployment.browser(attacker);
      const url = await consented(attackers, provider);
      const victims = deployment.browser(victim);
      await victims.begin(provider);
      await victims.post('/integrations/session').expect(204);
      const before = tokenRequests();
      expectWayBack(await open(victims, url), INVALID_STATE);
      expectWayBack(await open(deployment.browser(null), url), INVALID_STATE);
      expect(lastReason()).toMatch(/no binding cookie/);
      expect(tokenRequests()).toBe(before);
      expect([...(await accountsOf(attacker)), ...(await accountsOf(victim))]).toEqual([]);
      expect((await attackers.comeBack(url.href)).searchParams.get('status')).toBe('success');
    });

    test('a binding cookie with another secret is refused', async () => {
      const user = newUser();
      const browser = deployment.browser(user);
      const { body, headers } = await browser
        .get(`/integrations/oauth-url/${provider}`)
        .expect(200);
      const url = new URL(await browser.consent(body.url, { as: PEOPLE[provider][0] }));
      const [own] = bindings({ headers });
      const before = tokenRequests();
      for (const secret of ['A'.repeat(43), 'A', '', `${own?.value}A`, own?.value.toLowerCase()]) {
        const response = await raw(deployment.url, url.pathname + url.search, {
          headers: { Cookie: `${own?.name}=${secret}`, Accept: NAVIGATION },
        });
        expectWayBack(response as never, INVALID_STATE);
      }
      expect(tokenRequests()).toBe(before);
      expect(await accountsOf(user)).toEqual([]);
    });

    test('a callback of another provider is refused and spends the state', async () => {
      const user = newUser();
      const browser = deployment.browser(user);
      const url = await consented(browser, provider);
      const elsewhere = new URL(url);
      elsewhere.pathname = elsewhere.pathname.replace(
        provider,
        PROVIDERS.find((one) => one !== provider)!,
      );
      const before = tokenRequests();
      expectWayBack(await open(browser, altered(elsewhere, { iss: null })), INVALID_STATE);
      expect(lastReason()).toMatch(/another provider/);
      expectWayBack(await open(browser, url), INVALID_STATE);
      expect(tokenRequests()).toBe(before);
      expect(await accountsOf(user)).toEqual([]);
    });

    test('of 64 simultaneous callbacks one connects, with one token request', async () => {
      const user = newUser();
      const browser = deployment.browser(user);
      const { body, headers } = await browser
        .get(`/integrations/oauth-url/${provider}`)
        .expect(200);
      const url = new URL(await browser.consent(body.url, { as: PEOPLE[provider][0] }));
      const [binding] = bindings({ headers });
      const before = tokenRequests();
      const answers = await Promise.all(
        Array.from({ length: 64 }, () =>
          raw(deployment.url, url.pathname + url.search, {
            headers: { Cookie: `${binding?.name}=${binding?.value}`, Accept: NAVIGATION },
          }),
        ),
      );
      const outcomes = answers.map(({ headers }) =>
        new URL(headers.location as string).searchParams.get('status'),
      );
      expect(outcomes.filter((outcome) => outcome === 'success')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'error')).toHaveLength(63);
      expect(tokenRequests()).toBe(before + 1);
      expect(await accountsOf(user)).toHaveLength(1);
    });

    test('a callback opened again, in the same or another browser, changes nothing', async () => {
      const user = newUser();
      const browser = deployment.browser(user);
      const { body, headers } = await browser
        .get(`/integrations/oauth-url/${provider}`)
        .expect(200);
      const url = new URL(await browser.consent(body.url, { as: PEOPLE[provider][0] }));
      const first = await open(browser, url);
      const [binding] = bindings({ headers });
      expect(cookiesSet(first)).toContainEqual({
        name: binding?.name,
        value: '',
        attributes: expect.objectContaining({ 'max-age': '0', path: '/' }),
      });
      const account = await accountsOf(user);
      const before = tokenRequests();
      expectWayBack(await open(browser, url), INVALID_STATE);
      const again = await raw(deployment.url, url.pathname + url.search, {
        headers: { Cookie: `${binding?.name}=${binding?.value}`, Accept: NAVIGATION },
      });
      expectWayBack(again as never, INVALID_STATE);
      expect(lastReason()).toMatch(/spent/);
      expect(tokenRequests()).toBe(before);
      expect(await accountsOf(user)).toEqual(account);
    });

    test('another user’s code with one’s own state fails at PKCE', async () => {
      const [thief, victim] = [newUser(), newUser()];
      const stolen = (await consented(deployment.browser(victim), provider)).searchParams.get(
        'code',
      ) as string;
      const browser = deployment.browser(thief);
      const url = await consented(browser, provider);
      const response = await open(browser, altered(url, { code: stolen }));
      expectWayBack(response, { status: 'error', provider, error: 'provider_error' });
      expect(await accountsOf(thief)).toEqual([]);
    });

    test('a malformed callback is refused before the state is read', async () => {
      const user = newUser();
      const browser = deployment.browser(user);
      const url = await consented(browser, provider);
      const state = url.searchParams.get('state') as string;
      const code = url.searchParams.get('code') as string;
      const before = tokenRequests();
      const path = url.pathname;
      for (const query of [
        '',
        `code=${code}`,
        `state=&code=${code}`,
        `state=${state.slice(1)}&code=${code}`,
        `state=${state}A&code=${code}`,
        `state=${state.slice(1)}%00&code=${code}`,
        `state[]=${state}&code=${code}`,
        `state[a]=${state}&code=${code}`,
        `state=${state}&state=${state}&code=${code}`,
        `state=${state}`,
        `state=${state}&code=`,
        `state=${state}&code=${code}&code=${code}`,
        `state=${state}&code[]=${code}`,
        `state=${state}&code=${code}&error=access_denied`,
        `state=${state}&error=access_denied&error=x`,
        `state=${state}&code=${code}&iss=https://accounts.google.com&iss=https://accounts.google.com`,
        `state=${state}&code=${'c'.repeat(16_385)}`,
        `state=${state}&code=a%00b`,
        `state=${state}&code=a%0d%0ab`,
        `state=${Buffer.from(JSON.stringify({ userId: user })).toString('base64url')}&code=${code}`,
        `state=__proto__&code=${code}`,
      ])
        expectWayBack(
          await browser.agent.get(`${path}?${query}`).set('Accept', NAVIGATION),
          INVALID_STATE,
        );
      const huge = await raw(deployment.url, `${path}?state=${state}&code=${'c'.repeat(70_000)}`);
      expect(huge.status).toBe(431);
      for (const method of ['HEAD', 'POST', 'PUT', 'DELETE']) {
        const response = await raw(deployment.url, path + url.search, {
          method,
          headers: {
            Cookie: 'x=y',
            Accept: NAVIGATION,
            'Content-Type': 'application/x-www-form-urlencoded',
          },
        });
        expect(response.status).toBe(405);
      }
      expect(tokenRequests()).toBe(before);
      expect((await browser.comeBack(url.href)).searchParams.get('status')).toBe('success');
    });

    test('unknown callback parameters are ignored', async () => {
      const browser = deployment.browser(newUser());
      const url = await consented(browser, provider);
      const more =
        '&hd=example.com&authuser=0&prompt=consent&session_state=x&client_info=y&new=1&new=2&__proto__[a]=1&constructor=x';
      const response = await open(browser, new URL(url.href + more));
      expect(new URL(response.headers['location'] as string).searchParams.get('status')).toBe(
        'success',
      );
    });

    test.each([
      'https://evil.example',
      '',
      'https://accounts.google.com.evil.example',
      'https://accounts.google.com/',
    ])('a callback with the issuer %j is refused', async (iss) => {
      const user = newUser();
      const browser = deployment.browser(user);
      const url = await consented(browser, provider);
      const before = tokenRequests();
      expectWayBack(await open(browser, altered(url, { iss })), INVALID_STATE);
      expectWayBack(await open(browser, url), INVALID_STATE);
      expect(tokenRequests()).toBe(before);
    });

    test('a user who declines gets access_denied, and the state is spent', async () => {
      const user = newUser();
      const browser = deployment.browser(user);
      const begun = await browser.begin(provider, { returnTo: '/settings?tab=2' });
      const url = new URL(await browser.consent(begun, { as: PEOPLE[provider][0], deny: true }));
      expect(url.searchParams.get('error')).toBe('access_denied');
      const response = await open(browser, url);
      const end = new URL(response.headers['location'] as string);
      expect(end.origin + end.pathname).toBe(`${FRONTEND}/settings`);
      expect(Object.fromEntries(end.searchParams)).toEqual({
        tab: '2',
        status: 'error',
        provider,
        error: 'access_denied',
      });
      const late = altered(url, { error: null, error_description: null, code: 'whatever' });
      expectWayBack(await open(browser, late), INVALID_STATE);
      const audit = deployment.log.find(
        (line) => line['audit'] === 'connect_failed' && line['userId'] === user,
      );
      expect(audit).toMatchObject({
        code: 'access_denied',
        provider,
        requestId: response.headers['x-request-id'],
      });
    });

    test('an error without state or without its browser is invalid_state and spends nothing', async () => {
      const browser = deployment.browser(newUser());
      const url = await consented(browser, provider);
      const denial = altered(url, { code: null, error: 'access_denied', error_description: 'x' });
      expectWayBack(await open(browser, altered(denial, { state: null })), INVALID_STATE);
      expectWayBack(await open(browser, altered(denial, { state: 'A'.repeat(43) })), INVALID_STATE);
      expectWayBack(await open(deployment.browser(null), denial), INVALID_STATE);
      expect((await browser.comeBack(url.href)).searchParams.get('status')).toBe('success');
    });

    test('the text of a provider’s error reaches neither the frontend nor the log', async () => {
      const attack =
        'EVIL"><script>alert(1)</script>\r\nSet-Cookie: a=b\r\n\u001b[31mERROR forged&status=success&accountId=evil#';
      for (const error of [
        attack,
        'status=success',
        'x&status=success',
        '__proto__',
        '',
        'access_denied\r\n',
      ]) {
        const browser = deployment.browser(newUser());
        const url = altered(await consented(browser, provider), {
          code: null,
          error,
          error_description: attack,
          error_uri: 'https://evil.example',
          error_subcode: attack,
        });
        const response = await open(browser, url);
        expectWayBack(response, { status: 'error', provider, error: 'provider_error' });
        const { 'content-security-policy': _, ...headers } = response.headers;
        expect(JSON.stringify(headers)).not.toMatch(/evil|script|forged/i);
      }
      expect(JSON.stringify(deployment.log)).not.toMatch(/EVIL|script>|forged/);
    });

    test('a program gets a problem document for errors of the state and of the provider', async () => {
      const browser = deployment.browser(newUser());
      const url = await consented(browser, provider);
      for (const accept of [
        'application/json',
        'application/problem+json',
        'application/json, */*;q=0.1',
      ]) {
        const response = await open(deployment.browser(null), url, accept);
        expectProblem(response, 'invalid_state', 400);
        expect(response.text).not.toContain(url.searchParams.get('state'));
      }
      const denial = altered(url, {
        code: null,
        error: 'access_denied',
        error_description: 'EVIL',
      });
      const response = await open(browser, denial, 'application/json');
      expectProblem(response, 'access_denied');
      expect(response.text).not.toContain('EVIL');
    });

    test('several tabs finish in any order', async () => {
      const user = newUser();
      const browser = deployment.browser(user);
      const other = PROVIDERS.find((one) => one !== provider)!;
      const [one, two, three, four] = [
        await browser.consent(await browser.begin(provider), { as: PEOPLE[provider][0] }),
        await browser.consent(await browser.begin(provider), { as: PEOPLE[provider][1] }),
        await browser.consent(await browser.begin(other), { as: PEOPLE[other][0] }),
        await browser.consent(await browser.begin(provider), { as: PEOPLE[provider][0] }),
      ];
      const ends = [];
      for (const url of [three, one, four, two]) ends.push(await browser.comeBack(url));
      expect(ends.map((end) => end.searchParams.get('status'))).toEqual(Array(4).fill('success'));
      expect(await accountsOf(user)).toHaveLength(3);
    });

    test('a consent without calendar access connects nothing', async () => {
      const user = newUser();
      const end = await deployment
        .browser(user)
        .connect(provider, { as: PEOPLE[provider][0], grant: ['email', 'User.Read'] });
      expect(Object.fromEntries(end.searchParams)).toEqual({
        status: 'error',
        provider,
        error: 'missing_scopes',
      });
      expect(await accountsOf(user)).toEqual([]);
    });

    test('a first consent needs a refresh token; a later one may keep the stored token', async () => {
      const user = newUser();
      const browser = deployment.browser(user);
      const identity = {
        google: { sub: 'once', email: 'o@example.com' },
        microsoft: { id: 'once', mail: 'o@example.com' },
      }[provider];
      const scope = {
        google: 'openid https://www.googleapis.com/auth/calendar',
        microsoft: 'Calendars.ReadWrite User.Read',
      }[provider];
      const answer = { access_token: 'short-lived', token_type: 'Bearer', expires_in: 3599, scope };
      const { control } = deployment.sandbox;
      const connect = async (tokens: object) => {
        control.clearFaults();
        control.addFault({ route: `${provider}.token`, status: 200, body: tokens });
        control.addFault({
          route: provider === 'google' ? 'google.userinfo' : 'microsoft.me',
          status: 200,
          body: identity,
        });
        return Object.fromEntries(
          (await browser.comeBack((await consented(browser, provider)).href)).searchParams,
        );
      };
      expect(await connect(answer)).toEqual({
        status: 'error',
        provider,
        error: 'no_refresh_token',
      });
      expect(await accountsOf(user)).toEqual([]);
      const { accountId } = await connect({ ...answer, refresh_token: 'lasting' });
      expect(await connect(answer)).toEqual({ status: 'success', provider, accountId });
    });

    test('a reconnect with another provider account is refused and changes neither account', async () => {
      const user = newUser();
      const browser = deployment.browser(user);
      const end = await browser.connect(provider, { as: PEOPLE[provider][0] });
      const accountId = end.searchParams.get('accountId') as string;
      const before = await accountsOf(user);
      const wrong = await browser.connect(provider, { as: PEOPLE[provider][1] }, { accountId });
      expect(Object.fromEntries(wrong.searchParams)).toEqual({
        status: 'error',
        provider,
        error: 'account_mismatch',
      });
      expect(await accountsOf(user)).toEqual(before);
      const right = await browser.connect(provider, { as: PEOPLE[provider][0] }, { accountId });
      expect(Object.fromEntries(right.searchParams)).toEqual({
        status: 'success',
        provider,
        accountId,
      });
    });

    test('one provider account of two users is two accounts, and neither user sees the other', async () => {
      const [one, two] = [newUser(), newUser()];
      for (const user of [one, two])
        await deployment.browser(user).connect(provider, { as: PEOPLE[provider][0] });
      const [[first], [second]] = [await accountsOf(one), await accountsOf(two)];
      expect(first?.id).not.toBe(second?.id);
      expect(await accountsOf(one)).toHaveLength(1);
    });

    test.each([
      ['a body that is null', { body: null }, 'provider_unavailable'],
      ['a list', { body: [] }, 'provider_unavailable'],
      ['a page', { html: true, status: 200 }, 'provider_unavailable'],
      ['a gateway that fails', { html: true }, 'provider_unavailable'],
      ['half an answer', { truncate: true }, 'provider_unavailable'],
      ['a connection cut', { drop: true }, 'provider_unavailable'],
      ['a connection cut in the middle', { drop: 'mid-body' }, 'provider_unavailable'],
      ['a megabyte', { hugeBytes: 1_000_000 }, 'provider_unavailable'],
      ['a redirect', { redirectTo: 'http://127.0.0.1:9/' }, 'provider_unavailable'],
      [
        'a token that is an object',
        { body: { access_token: { a: 1 }, token_type: 'Bearer' } },
        'provider_unavailable',
      ],
      [
        'a MAC token',
        { body: { access_token: 'x', token_type: 'mac', refresh_token: 'y' } },
        'provider_unavailable',
      ],
      [
        'an error that says 200',
        { status: 200, body: { error: 'invalid_grant', access_token: 'x' } },
        'provider_error',
      ],
      [
        'our client refused',
        { status: 401, body: { error: 'invalid_client' } },
        'provider_misconfigured',
      ],
    ] as const)(
      'a token endpoint that answers %s gets one request, and nothing is connected',
      async (_name, fault, code) => {
        const user = newUser();
        const browser = deployment.browser(user);
        const url = await consented(browser, provider);
        const before = tokenRequests();
        deployment.sandbox.control.addFault({ route: `${provider}.token`, ...fault } as never);
        expectWayBack(await open(browser, url), { status: 'error', provider, error: code });
        expect(tokenRequests()).toBe(before + 1);
        expect(await accountsOf(user)).toEqual([]);
      },
    );
  });

  test('an organisation that requires an administrator’s consent gives admin_consent_required', async () => {
    deployment.sandbox.control.configure({ microsoft: { adminConsentRequired: true } });
    const { control } = deployment.sandbox;
    control.createAccount({
      provider: 'microsoft',
      email: `${host}@northwind.example`,
      name: 'New',
    });
    const end = await deployment
      .browser(newUser())
      .connect('microsoft', { as: `${host}@northwind.example` });
    expect(Object.fromEntries(end.searchParams)).toEqual({
      status: 'error',
      provider: 'microsoft',
      error: 'admin_consent_required',
    });

    const browser = deployment.browser(newUser());
    const blocked = altered(await consented(browser, 'google'), {
      code: null,
      error: 'admin_policy_enforced',
    });
    expectWayBack(await open(browser, blocked), {
      status: 'error',
      provider: 'google',
      error: 'admin_consent_required',
    });
  });

  test('the redirect to the frontend has the outcome and no secret', async () => {
    const browser = deployment.browser(newUser());
    const url = await consented(browser, 'google');
    const response = await open(browser, url);
    expectWayBack(response, {
      status: 'success',
      provider: 'google',
      accountId: expect.any(String),
    });
    expect(response.headers['content-type']).toBeUndefined();
    expect(response.headers['cross-origin-opener-policy']).toBeUndefined();
    for (const name of ['code', 'state'])
      expect(JSON.stringify(response.headers)).not.toContain(url.searchParams.get(name));
  });

  test('another user who is signed in by session cannot finish the first user’s flow', async () => {
    const [first, second] = [newUser(), newUser()];
    const browser = deployment.browser(first);
    const url = await consented(browser, 'google');
    await browser.agent
      .post('/integrations/session')
      .set('Authorization', `Bearer ${deployment.token(second)}`)
      .expect(204);
    const before = tokenRequests();
    expectWayBack(await open(browser, url), INVALID_STATE);
    expect(lastReason()).toMatch(/another signed-in user/);
    expect(tokenRequests()).toBe(before);
    expect([...(await accountsOf(first)), ...(await accountsOf(second))]).toEqual([]);
  });

  test('signing out of the browser session ends the running flows', async () => {
    const user = newUser();
    const browser = deployment.browser(user);
    await browser.post('/integrations/session').expect(204);
    const url = await consented(browser, 'google');
    const out = await browser.agent
      .delete('/integrations/session')
      .set('Origin', FRONTEND)
      .expect(204);
    expect(cookiesSet(out).filter(({ value }) => value === '')).toHaveLength(2);
    expectWayBack(await open(browser, url), INVALID_STATE);
  });
});

describe.each(HOSTS)('the callback under other settings, %s', (host) => {
  let usual: Deployment;
  const opened: Deployment[] = [];
  const variant = async (
    environment: Record<string, string>,
    service = {},
  ): Promise<Deployment> => {
    const deployment = await deploy({
      host,
      beside: usual,
      environment: { ROLE: 'web', ...environment },
      service,
    });
    opened.push(deployment);
    return deployment;
  };

  beforeAll(async () => {
    usual = await deploy({ host, sandbox: { contents: 'empty' }, environment: { ROLE: 'web' } });
  });
  afterAll(async () => {
    for (const deployment of opened) await deployment.stop();
    await usual?.stop();
  });

  test('an expired authorization request is refused for the browser that started it too', async () => {
    const deployment = await variant({ STATE_TTL_SECONDS: '1' });
    const browser = deployment.browser(newUser());
    const { body, headers } = await browser.get('/integrations/oauth-url/google').expect(200);
    const [binding] = bindings({ headers });
    expect(binding?.attributes['max-age']).toBe('1');
    const url = new URL(await browser.consent(body.url, { as: PEOPLE.google[0] }));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const response = await raw(deployment.url, url.pathname + url.search, {
      headers: { Cookie: `${binding?.name}=${binding?.value}`, Accept: NAVIGATION },
    });
    expectWayBack(response as never, INVALID_STATE);
    expect(deployment.log.findLast((line) => line['code'] === 'invalid_state')?.['reason']).toMatch(
      /expired/,
    );
  });

  test('with one user per provider account, the second user is refused and the first keeps the account', async () => {
    const deployment = await variant({ ONE_USER_PER_PROVIDER_ACCOUNT: 'true' });
    const [first, second] = [deployment.browser(newUser()), deployment.browser(newUser())];
    const end = await first.connect('google', { as: PEOPLE.google[0] });
    const accountId = end.searchParams.get('accountId') as string;
    const refused = await second.connect('google', { as: PEOPLE.google[0] });
    expect(Object.fromEntries(refused.searchParams)).toEqual({
      status: 'error',
      provider: 'google',
      error: 'account_already_connected',
    });
    expect((await second.get('/integrations/accounts').expect(200)).body.data).toEqual([]);
    await first.get(`/integrations/accounts/${accountId}`).expect(200);
    await first.delete(`/integrations/accounts/${accountId}`).expect(200);
    expect(
      (await second.connect('google', { as: PEOPLE.google[0] })).searchParams.get('status'),
    ).toBe('success');
  });

  test('a user who was removed during the consent connects nothing', async () => {
    const gone = newUser();
    const deployment = await variant({}, { isUserActive: (userId: string) => userId !== gone });
    const before = usual.sandbox.control.requests({ route: 'google.token' }).length;
    const end = await deployment.browser(gone).connect('google', { as: PEOPLE.google[0] });
    expect(Object.fromEntries(end.searchParams)).toEqual({
      status: 'error',
      provider: 'google',
      error: 'unauthenticated',
    });
    expect(usual.sandbox.control.requests({ route: 'google.token' })).toHaveLength(before);
  });

  test('every cookie that names a user must name the user who started', async () => {
    const deployment = await variant({ JWT_COOKIE_NAME: 'product_jwt' });
    const [first, second] = [newUser(), newUser()];
    const finish = async (sessionOf: string | null, cookieOf: string | null) => {
      const browser = deployment.browser(first);
      const url = await consented(browser, 'google');
      if (sessionOf !== null)
        await browser.agent
          .post('/integrations/session')
          .set('Authorization', `Bearer ${deployment.token(sessionOf)}`)
          .expect(204);
      const jar = browser.agent.jar.getCookies({
        domain: '127.0.0.1',
        path: '/',
        secure: false,
        script: false,
      });
      const cookies = [...jar].map(({ name, value }) => `${name}=${value}`);
      if (cookieOf !== null) cookies.push(`product_jwt=${deployment.token(cookieOf)}`);
      const response = await raw(deployment.url, url.pathname + url.search, {
        headers: { Cookie: cookies.join('; '), Accept: NAVIGATION },
      });
      return new URL(response.headers.location as string).searchParams.get('error') ?? 'success';
    };
    expect(await finish(null, second)).toBe('invalid_state');
    expect(await finish(first, second)).toBe('invalid_state');
    expect(await finish(second, first)).toBe('invalid_state');
    expect(await finish(first, first)).toBe('success');
    expect(await finish(null, first)).toBe('success');
  });

  test('callbacks are counted by address, and an untrusted X-Forwarded-For is ignored', async () => {
    const deployment = await variant({ RATE_LIMIT_CALLBACK: '3' });
    const path = '/integrations/auth/google/callback?state=x&code=y';
    for (let tries = 0; tries < 3; tries += 1)
      expect(
        (await raw(deployment.url, path, { headers: { 'X-Forwarded-For': `203.0.113.${tries}` } }))
          .status,
      ).toBe(302);
    const refused = await raw(deployment.url, path, {
      headers: { Accept: 'application/json', 'X-Forwarded-For': '203.0.113.7' },
    });
    expectProblem(refused, 'rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const navigated = await raw(deployment.url, path, { headers: { Accept: NAVIGATION } });
    expectWayBack(navigated as never, {
      status: 'error',
      provider: 'google',
      error: 'rate_limited',
    });
    const unknown = await raw(deployment.url, '/integrations/auth/EVIL/callback', {
      headers: { Accept: NAVIGATION },
    });
    expect(JSON.stringify([unknown.headers, unknown.text])).not.toContain('EVIL');
  });

  describeWithRedis('when Redis is restored from an older backup', () => {
    test('a state that was used is refused by PostgreSQL', async () => {
      const client = createClient({ url: testRedisUrl() });
      await client.connect();
      const browser = usual.browser(newUser());
      const { body, headers } = await browser.get('/integrations/oauth-url/google').expect(200);
      const [key, ...more] = await client.keys(`${usual.keyPrefix}state:*`);
      expect(more).toEqual([]);
      const value = (await client.get(key as string)) as string;
      const life = await client.ttl(key as string);
      expect(life).toBeGreaterThan(590);
      expect(life).toBeLessThanOrEqual(600);
      expect(key).not.toContain(body.state);
      expect(value).not.toContain(body.state);
      expect(value).not.toContain(bindings({ headers })[0]?.value);

      const url = new URL(await browser.consent(body.url, { as: PEOPLE.google[0] }));
      expect((await browser.comeBack(url.href)).searchParams.get('status')).toBe('success');
      expect(await client.exists(key as string)).toBe(0);
      await client.set(key as string, value, { expiration: { type: 'EX', value: 600 } });
      await client.close();
      const [binding] = bindings({ headers });
      const before = usual.sandbox.control.requests({ route: 'google.token' }).length;
      const response = await raw(usual.url, url.pathname + url.search, {
        headers: { Cookie: `${binding?.name}=${binding?.value}`, Accept: NAVIGATION },
      });
      expectWayBack(response as never, INVALID_STATE);
      expect(usual.log.findLast((line) => line['code'] === 'invalid_state')?.['reason']).toMatch(
        /replayed/,
      );
      expect(usual.sandbox.control.requests({ route: 'google.token' })).toHaveLength(before);
    });
  });
});
