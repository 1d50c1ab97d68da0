// Starting an authorization request, and everything that must not start one.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { bindings, cookiesSet, expectProblem, expectWayBack, raw } from './expectations.js';

const SCOPES = {
  google: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/calendar'],
  microsoft: [
    'openid',
    'profile',
    'email',
    'offline_access',
    'https://graph.microsoft.com/Calendars.ReadWrite',
    'https://graph.microsoft.com/User.Read',
  ],
};
const ACCOUNTS = { google: 'ana@example.com', microsoft: 'ana@northwind.example' };
const PROVIDERS = ['google', 'microsoft'] as const;
const NAVIGATION = 'text/html,application/xhtml+xml,*/*;q=0.8';

describe.each<Host>(['standalone', 'mounted'])('beginning an authorization request, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web', RETURN_PATHS: '/integrations,/settings/calendars' },
    });
  });
  afterAll(() => deployment?.stop());

  describe.each(PROVIDERS)('%s', (provider) => {
    test('the response has the URL, its state and its expiry, and must not be stored', async () => {
      const response = await deployment
        .browser('u')
        .get(`/integrations/oauth-url/${provider}`)
        .expect(200);
      expect(Object.keys(response.body).sort()).toEqual(['expiresAt', 'state', 'url']);
      expect(response.body.state).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(new URL(response.body.url).searchParams.get('state')).toBe(response.body.state);
      const left = Date.parse(response.body.expiresAt) - Date.now();
      expect(left).toBeGreaterThan(590_000);
      expect(left).toBeLessThanOrEqual(600_000);
      expect(response.headers['cache-control']).toBe('no-store');
      expect(response.headers['referrer-policy']).toBe('no-referrer');
      expect(response.headers['x-powered-by']).toBeUndefined();
    });

    test('the URL has PKCE S256, the configured scopes and the absolute redirect URI', async () => {
      const url = new URL(
        await deployment
          .browser('u')
          .begin(provider, { loginHint: 'ana+1@example.com&prompt=none' }),
      );
      const asked = Object.fromEntries(url.searchParams);
      expect(asked).toMatchObject({
        response_type: 'code',
        redirect_uri: `${deployment.url}/integrations/auth/${provider}/callback`,
        code_challenge_method: 'S256',
        code_challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        login_hint: 'ana+1@example.com&prompt=none',
      });
      expect(asked['scope']?.split(' ').sort()).toEqual([...SCOPES[provider]].sort());
      expect(url.searchParams.getAll('prompt')).toHaveLength(1);
      if (provider === 'google') expect(asked).toMatchObject({ access_type: 'offline' });
      else expect(asked).toMatchObject({ response_mode: 'query' });
      for (const secret of ['client_secret', 'code_verifier', 'nonce'])
        expect(asked).not.toHaveProperty(secret);
    });

    test('no request header changes the redirect URI', async () => {
      const response = await raw(deployment.url, `/integrations/oauth-url/${provider}`, {
        headers: {
          Host: 'evil.example',
          'X-Forwarded-Host': 'evil.example',
          'X-Forwarded-Proto': 'https',
          Forwarded: 'host=evil.example;proto=https',
          'X-Original-Host': 'evil.example',
          Authorization: `Bearer ${deployment.token('u')}`,
        },
      });
      expect(response.status).toBe(200);
      expect(response.text).not.toContain('evil');
      expect(new URL(response.body.url).searchParams.get('redirect_uri')).toBe(
        `${deployment.url}/integrations/auth/${provider}/callback`,
      );
    });

    test('navigating starts the same request, with its cookie and a redirect without a page', async () => {
      const response = await deployment
        .browser('u')
        .get(`/integrations/auth/${provider}`)
        .set('Accept', NAVIGATION)
        .expect(302);
      const url = new URL(response.headers['location'] as string);
      expect(url.searchParams.get('code_challenge_method')).toBe('S256');
      expect(bindings(response)).toHaveLength(1);
      expect(response.headers['cache-control']).toBe('no-store');
      expect(response.text).toBe('');
    });

    test('two authorization requests have nothing in common', async () => {
      const browser = deployment.browser('u');
      const [one, two] = [
        new URL(await browser.begin(provider)),
        new URL(await browser.begin(provider)),
      ];
      for (const name of ['state', 'code_challenge'])
        expect(one.searchParams.get(name)).not.toBe(two.searchParams.get(name));
    });

    test('a reconnect names its account; an unknown account, or one of another user or provider, is not found', async () => {
      const browser = deployment.browser(`owner-${provider}`);
      const end = await browser.connect(provider, { as: ACCOUNTS[provider] });
      const accountId = end.searchParams.get('accountId') as string;
      const { body } = await browser.get(`/integrations/accounts/${accountId}`).expect(200);
      const url = new URL(await browser.begin(provider, { accountId }));
      expect(url.searchParams.get('login_hint')).toBe(body.email);

      const other = PROVIDERS.find((one) => one !== provider);
      const stranger = deployment.browser('stranger');
      const admin = deployment.browser('boss', { roles: ['admin'] });
      for (const refused of [
        await stranger.get(`/integrations/oauth-url/${provider}`).query({ accountId }),
        await admin.get(`/integrations/oauth-url/${provider}`).query({ accountId }),
        await browser.get(`/integrations/oauth-url/${other}`).query({ accountId }),
        await browser
          .get(`/integrations/oauth-url/${provider}`)
          .query({ accountId: '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11' }),
        await browser
          .get(`/integrations/oauth-url/${provider}`)
          .query({ accountId: "' or 1=1 --" }),
        await browser
          .get(`/integrations/auth/${provider}`)
          .query({ accountId: 'x' })
          .set('Accept', NAVIGATION),
      ]) {
        expectProblem(refused, 'account_not_found');
        expect(cookiesSet(refused).filter(({ name }) => name.includes('oauth'))).toEqual([]);
      }
    });
  });

  describe('the binding cookie', () => {
    test('the binding cookie is HttpOnly, Lax, for all paths and ten minutes, and its name is a hash', async () => {
      const response = await deployment
        .browser('u')
        .get('/integrations/oauth-url/google')
        .expect(200);
      const [cookie, ...more] = bindings(response);
      expect(more).toEqual([]);
      expect(cookie?.attributes).toEqual({
        'max-age': '600',
        path: '/',
        httponly: '',
        samesite: 'Lax',
      });
      expect(cookie?.value).toMatch(/^[A-Za-z0-9_-]{43}$/);
      const hash = createHash('sha256').update(response.body.state).digest('base64url');
      expect(cookie?.name).toBe(`oauth-${hash.slice(0, 12)}`);
      expect(JSON.stringify(response.body)).not.toContain(cookie?.value);
    });

    test('a browser has at most five binding cookies, and the next start drops the oldest', async () => {
      const browser = deployment.browser('u');
      const names: string[] = [];
      for (let flows = 0; flows < 5; flows += 1) {
        const response = await browser.get('/integrations/oauth-url/google').expect(200);
        expect(cookiesSet(response).filter(({ value }) => value === '')).toEqual([]);
        names.push(bindings(response)[0]!.name);
      }
      const response = await browser.get('/integrations/oauth-url/google').expect(200);
      expect(cookiesSet(response).filter(({ value }) => value === '')).toMatchObject([
        { name: names[0], attributes: { 'max-age': '0', path: '/' } },
      ]);
    });
  });

  describe('returnTo', () => {
    test.each([
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\\/evil.example',
      '///evil.example',
      'javascript:alert(1)',
      'data:text/html,x',
      `${FRONTEND}@evil.example`,
      `${FRONTEND}/integrations`,
      'https:evil.example',
      '/integrations\t//evil.example',
      '\t//evil.example',
      ' //evil.example',
      '/integrations\r\nSet-Cookie: a=b',
      '/integrations/../admin',
      '/integrations/%2e%2e/admin',
      '/integrations/..%2f..%2fadmin',
      '/integrations/%5c%5cevil.example',
      '/integrations/.%2e\\admin',
      '/integrations/../../\\evil.example',
      '/integrationsevil',
      '/integrations.evil.example',
      '/settings',
      '/Integrations',
      'integrations',
      '/integrations\u0000',
      '?x=/integrations',
      '#/integrations',
    ])('returnTo %j is refused and starts nothing', async (returnTo) => {
      const browser = deployment.browser('u');
      for (const response of [
        await browser.get('/integrations/oauth-url/google').query({ returnTo }),
        await browser
          .get('/integrations/auth/google')
          .query({ returnTo })
          .set('Accept', NAVIGATION),
      ]) {
        expect(response.status).toBe(400);
        expect(['return_to_not_allowed', 'invalid_request']).toContain(response.body.code);
        expect(bindings(response)).toEqual([]);
        expect(response.text).not.toContain('evil');
      }
    });

    test.each([
      ['/integrations', '/integrations', {}],
      ['/integrations/done', '/integrations/done', {}],
      ['/settings/calendars?tab=2&q=a%26b', '/settings/calendars', { tab: '2', q: 'a&b' }],
      [
        '/settings/calendars?next=//evil.example?x',
        '/settings/calendars',
        { next: '//evil.example?x' },
      ],
      [
        '/integrations?status=error&error=x&accountId=evil&ticket=t#status=success',
        '/integrations',
        {},
      ],
    ])('returnTo %s is a path of the frontend', async (returnTo, path, query) => {
      const end = await deployment
        .browser('u')
        .connect('google', { as: ACCOUNTS.google }, { returnTo });
      expect(end.origin + end.pathname).toBe(FRONTEND + path);
      expect(Object.fromEntries(end.searchParams)).toEqual({
        status: 'success',
        provider: 'google',
        accountId: expect.any(String),
        ...query,
      });
      for (const name of ['status', 'accountId'])
        expect(end.searchParams.getAll(name)).toHaveLength(1);
      expect(end.hash).toBe('');
    });
  });

  test.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'Google',
    'google%20',
    'google%00',
    'google%0a',
    '..%2fgoogle',
    'google%2fcallback',
    'g%C3%B6ogle',
    '%F0%9F%92%A9',
    '%E0%A4%A',
    'x'.repeat(5_000),
  ])('a provider called %.40s is refused', async (name) => {
    const headers = { Authorization: `Bearer ${deployment.token('u')}`, Accept: NAVIGATION };
    for (const path of [
      `/integrations/oauth-url/${name}`,
      `/integrations/auth/${name}`,
      `/integrations/auth/${name}/callback`,
    ]) {
      const response = await raw(deployment.url, path, { headers });
      expectProblem(
        response,
        name === '%E0%A4%A' ? 'invalid_request' : 'unsupported_provider',
        400,
      );
      expect(cookiesSet(response).filter(({ name }) => name !== 'host.sid')).toEqual([]);
    }
  });

  test('HEAD is refused before anything starts', async () => {
    const browser = deployment.browser('u');
    for (const path of [
      '/integrations/oauth-url/google',
      '/integrations/auth/google',
      '/integrations/auth/google/callback',
    ]) {
      const response = await browser.agent.head(path).set('Authorization', `Bearer ${browser.jwt}`);
      expect(response.status).toBe(405);
      expect(response.headers['allow']).toBe('GET');
      expect(bindings(response)).toEqual([]);
    }
  });

  test.each([
    ['Sec-Purpose', 'prefetch'],
    ['Sec-Purpose', 'prefetch;prerender'],
    ['Purpose', 'prefetch'],
    ['X-Moz', 'prefetch'],
    ['X-Purpose', 'preview'],
  ])('a prefetch (%s: %s) starts nothing', async (header, value) => {
    const response = await deployment
      .browser('u')
      .get('/integrations/auth/google')
      .set({ Accept: NAVIGATION, [header]: value });
    expectProblem(response, 'prefetch_refused');
    expect(bindings(response)).toEqual([]);
  });

  test.each([
    'https://evil.example',
    'null',
    `${FRONTEND}.evil.example`,
    'http://localhost:5174',
    'file://',
  ])('a page of %s starts nothing, with any credentials', async (origin) => {
    for (const path of ['/integrations/oauth-url/google', '/integrations/auth/google']) {
      const response = await deployment
        .browser('u')
        .get(path)
        .set({ Origin: origin, Accept: NAVIGATION });
      expectProblem(response, 'origin_not_allowed');
      expect(bindings(response)).toEqual([]);
      expect(response.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('the frontend’s origin may start with credentials', async () => {
    const response = await deployment
      .browser('u')
      .get('/integrations/oauth-url/google')
      .set('Origin', FRONTEND)
      .expect(200);
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': FRONTEND,
      'access-control-allow-credentials': 'true',
    });
    expect(bindings(response)).toHaveLength(1);
  });

  test('a browser without a caller is redirected to the frontend, a program gets a problem, and neither a cookie', async () => {
    const nobody = deployment.browser(null);
    const navigated = await nobody.get('/integrations/auth/google').set('Accept', NAVIGATION);
    expectWayBack(navigated, { status: 'error', provider: 'google', error: 'unauthenticated' });
    expect(bindings(navigated)).toEqual([]);
    for (const [path, accept] of [
      ['/integrations/auth/google', 'application/json'],
      ['/integrations/auth/google', '*/*'],
      ['/integrations/oauth-url/google', NAVIGATION],
      ['/integrations/oauth-url/google', 'application/json'],
    ] as const) {
      const response = await nobody.get(path).set('Accept', accept);
      expectProblem(response, 'unauthenticated');
      expect(response.headers['www-authenticate']).toBe('Bearer');
      expect(bindings(response)).toEqual([]);
    }
  });

  test('no parameter identifies the caller', async () => {
    const token = deployment.token('u');
    for (const name of ['token', 'access_token', 'jwt', 'userId', 'user', 'authorization']) {
      const response = await deployment
        .browser(null)
        .get('/integrations/auth/google')
        .query({ [name]: token });
      expectProblem(response, 'unauthenticated');
    }
    const named = await deployment.browser('u').get('/integrations/oauth-url/google?userId=victim');
    expectProblem(named, 'forbidden');
    const url = await deployment.browser('u').begin('google');
    const end = await deployment
      .browser(null)
      .comeBack(await deployment.browser(null).consent(url, { as: ACCOUNTS.google }));
    expect(end.searchParams.get('error')).toBe('invalid_state');
  });

  test('a parameter given twice or too long is refused', async () => {
    const browser = deployment.browser('u');
    for (const query of [
      'returnTo=/integrations&returnTo=//evil.example',
      'loginHint=a&loginHint=b',
      `loginHint=${'a'.repeat(400)}`,
      `returnTo=/integrations/${'a'.repeat(3_000)}`,
      'loginHint=%00',
    ])
      expectProblem(
        await browser.get(`/integrations/oauth-url/google?${query}`),
        'invalid_request',
      );
    for (const query of ['returnTo[]=//evil.example', '__proto__[returnTo]=//evil.example'])
      expectProblem(
        await browser.get(`/integrations/oauth-url/google?${query}`),
        'invalid_request',
      );
  });

  test('only GET starts an authorization request', async () => {
    for (const path of ['/integrations/oauth-url/google', '/integrations/auth/google']) {
      const response = await deployment.browser('u').post(path, {});
      expectProblem(response, 'method_not_allowed');
      expect(response.headers['allow']).toBe('GET');
    }
  });
});

describe.each<Host>(['standalone', 'mounted'])(
  'beginning where the service is public, %s',
  (host) => {
    let deployment: Deployment;

    beforeAll(async () => {
      deployment = await deploy({
        host,
        sandbox: { contents: 'empty' },
        environment: {
          ROLE: 'web',
          OAUTH_REDIRECT_BASE_URL: 'https://calendars.example.com',
          RATE_LIMIT_START: '3',
          MICROSOFT_CLIENT_ID: undefined,
          MICROSOFT_CLIENT_SECRET: undefined,
        },
      });
    });
    afterAll(() => deployment?.stop());

    test('the cookie is __Host- and Secure even without https in the proxy’s headers', async () => {
      const response = await deployment
        .browser('secure')
        .get('/integrations/oauth-url/google')
        .expect(200);
      const [cookie] = bindings(response);
      expect(cookie?.name).toMatch(/^__Host-oauth-/);
      expect(cookie?.attributes).toEqual({
        'max-age': '600',
        path: '/',
        httponly: '',
        secure: '',
        samesite: 'Lax',
      });
      expect(new URL(response.body.url).searchParams.get('redirect_uri')).toBe(
        'https://calendars.example.com/integrations/auth/google/callback',
      );
    });

    test('a known provider without settings is provider_not_configured', async () => {
      for (const path of [
        '/integrations/oauth-url/microsoft',
        '/integrations/auth/microsoft',
        '/integrations/auth/microsoft/callback',
      ])
        expectProblem(
          await deployment.browser('u').get(path).set('Accept', NAVIGATION),
          'provider_not_configured',
        );
      const { body } = await deployment.browser('u').get('/integrations/providers').expect(200);
      expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['google']);
    });

    test('starts are limited per user and minute, over all addresses and both routes, without affecting other users', async () => {
      const browser = deployment.browser('eager');
      await browser.post('/integrations/session').expect(204);
      await browser.get('/integrations/oauth-url/google').expect(200);
      await browser
        .get('/integrations/auth/google')
        .set('X-Forwarded-For', '203.0.113.9')
        .expect(302);
      await deployment.browser('eager').get('/integrations/oauth-url/google').expect(200);
      const refused = await deployment
        .browser('eager')
        .get('/integrations/oauth-url/google')
        .set('X-Forwarded-For', '203.0.113.10');
      expectProblem(refused, 'rate_limited');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
      expect(bindings(refused)).toEqual([]);
      const navigated = await browser.get('/integrations/auth/google').set('Accept', NAVIGATION);
      expectWayBack(navigated, { status: 'error', provider: 'google', error: 'rate_limited' });
      await deployment.browser('patient').get('/integrations/oauth-url/google').expect(200);
    });
  },
);
