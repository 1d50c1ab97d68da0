// The browser session: opened with a JWT so that a browser can navigate, and valid for that user
// only.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { NEWER_SESSION_SECRET } from '../support/secrets.js';
import {
  bindings,
  cookiesSet,
  expectProblem,
  expectWayBack,
  type RawAnswer,
  raw,
} from './expectations.js';
import { seconds } from './tokens.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const NAVIGATION = 'text/html,*/*;q=0.8';
const ABSENT = '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11';

const own = (response: { headers: Record<string, unknown> }) =>
  cookiesSet(response).find(({ name }) => name.endsWith('integrations-session'));

describe.each(HOSTS)('a browser session, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web' },
    });
  });
  afterAll(() => deployment?.stop());

  const request = (method: string, path: string, headers: Record<string, string>) =>
    raw(deployment.url, path, { method, headers });
  const open = (
    userId: string,
    headers: Record<string, string> = {},
    claims = {},
  ): Promise<RawAnswer> =>
    request('POST', '/integrations/session', {
      Authorization: `Bearer ${deployment.token(userId, claims)}`,
      ...headers,
    });
  /** @returns the cookie of a session just opened, as a Cookie header */
  const cookieOf = async (userId: string, claims = {}): Promise<string> => {
    const cookie = own(await open(userId, {}, claims));
    return `${cookie?.name}=${cookie?.value}`;
  };
  const accountsAs = (cookie: string, query = '') =>
    request('GET', `/integrations/accounts${query}`, { Cookie: cookie });

  test('opening a session answers 204 with a signed HttpOnly Lax cookie that lasts as long as the JWT', async () => {
    const response = await open('ana', { Origin: FRONTEND }, { exp: seconds() + 300 });
    expect(response.status).toBe(204);
    expect(response.text).toBe('');
    expect(response.headers['cache-control']).toBe('no-store');
    const cookie = own(response);
    expect(cookie?.name).toBe('integrations-session');
    expect(cookie?.attributes).toMatchObject({ path: '/', httponly: '', samesite: 'Lax' });
    expect(cookie?.attributes).not.toHaveProperty('domain');
    const life = (Date.parse(cookie?.attributes['expires'] as string) - Date.now()) / 1_000;
    expect(life).toBeGreaterThan(290);
    expect(life).toBeLessThanOrEqual(301);
    expect(decodeURIComponent(cookie?.value ?? '')).not.toContain('ana');
  });

  test('opening a session takes no fields: an unknown one is named, and no session is opened', async () => {
    const post = (body: string, type = 'application/json') =>
      raw(deployment.url, '/integrations/session', {
        method: 'POST',
        headers: { Authorization: `Bearer ${deployment.token('ana')}`, 'Content-Type': type },
        body,
      });
    expect((await post('{}')).status).toBe(204);
    const refused = await post('{"expiresIn":60}');
    expectProblem(refused, 'invalid_request');
    expect(refused.body.detail).toContain('expiresIn is not a field of this request');
    expect(own(refused)).toBeUndefined();
    expectProblem(
      await post('expiresIn=60', 'application/x-www-form-urlencoded'),
      'unsupported_media_type',
    );
  });

  test('a browser with a session reads and navigates as the session’s user only', async () => {
    const cookie = await cookieOf('ana');
    expect((await accountsAs(cookie, '?userId=ana')).status).toBe(200);
    expectProblem(await accountsAs(cookie, '?userId=bo'), 'forbidden');
    const navigated = await request('GET', '/integrations/auth/google', {
      Cookie: cookie,
      Accept: NAVIGATION,
    });
    expect(navigated.status).toBe(302);
    expect(navigated.headers.location).toContain('code_challenge_method=S256');
    expect(bindings(navigated)).toHaveLength(1);
    expect(own(navigated)).toBeUndefined();
  });

  test('a session keeps the admin role, and gives it to no user', async () => {
    expect(
      (await accountsAs(await cookieOf('boss', { roles: ['admin'] }), '?userId=bo')).status,
    ).toBe(200);
    expectProblem(
      await accountsAs(await cookieOf('ana', { roles: ['nonadmin'] }), '?userId=bo'),
      'forbidden',
    );
  });

  test('each session has a new id, and signing in again ends the previous session', async () => {
    const first = await cookieOf('ana');
    const again = await open('ana', { Cookie: first });
    expect(`${own(again)?.name}=${own(again)?.value}`).not.toBe(first);
    expectProblem(await accountsAs(first), 'unauthenticated');
  });

  test('a planted session id is replaced at sign-in', async () => {
    const planted = await cookieOf('attacker');
    const victims = own(await open('victim', { Cookie: planted }));
    expect((await accountsAs(`${victims?.name}=${victims?.value}`, '?userId=victim')).status).toBe(
      200,
    );
    expectProblem(await accountsAs(planted), 'unauthenticated');
  });

  test('an invented, cut or unsigned session id is refused', async () => {
    const cookie = await cookieOf('ana');
    const [name, value] = cookie.split('=') as [string, string];
    const id = decodeURIComponent(value).slice(2).split('.')[0];
    for (const forgery of [
      '',
      'x',
      id,
      `s:${id}`,
      `s:${id}.`,
      `s:${id}.AAAA`,
      `${value.slice(0, -3)}AAA`,
      's:__proto__.x',
      'j:{"caller":{"userId":"ana"}}',
    ])
      expectProblem(
        await accountsAs(`${name}=${encodeURIComponent(String(forgery))}`),
        'unauthenticated',
      );
    expect((await accountsAs(cookie)).status).toBe(200);
  });

  test('a session ends when its JWT expires', async () => {
    const cookie = await cookieOf('ana', { exp: seconds() + 2 });
    expect((await accountsAs(cookie)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expectProblem(await accountsAs(cookie), 'unauthenticated');
    const navigated = await request('GET', '/integrations/auth/google', {
      Cookie: cookie,
      Accept: NAVIGATION,
    });
    expectWayBack(navigated as never, {
      status: 'error',
      provider: 'google',
      error: 'unauthenticated',
    });
  });

  test('a page of another origin cannot open a session, and a session cannot open another', async () => {
    for (const origin of ['https://evil.example', 'null', `${FRONTEND}.evil.example`]) {
      const response = await open('victim', { Origin: origin });
      expectProblem(response, 'origin_not_allowed');
      expect(own(response)).toBeUndefined();
    }
    expectProblem(
      await request('POST', '/integrations/session', {
        Cookie: await cookieOf('ana'),
        Origin: FRONTEND,
      }),
      'unauthenticated',
    );
    expectProblem(
      await request('POST', '/integrations/session', {
        Authorization: 'Bearer x',
        Cookie: await cookieOf('ana'),
      }),
      'unauthenticated',
    );
    expectProblem(
      await request('PUT', '/integrations/session', { Cookie: await cookieOf('ana') }),
      'method_not_allowed',
    );
  });

  test('a session may change data only from a trusted page', async () => {
    const cookie = await cookieOf('ana');
    for (const [method, path] of [
      ['DELETE', `/integrations/accounts/${ABSENT}`],
      ['POST', `/integrations/sync/${ABSENT}`],
      ['PATCH', `/integrations/accounts/${ABSENT}/calendars/${ABSENT}`],
      ['DELETE', '/integrations/session'],
      ['POST', '/integrations/complete'],
    ] as const) {
      for (const headers of [
        {},
        { Origin: 'https://evil.example' },
        { Origin: 'null' },
        { 'Sec-Fetch-Site': 'cross-site' },
      ] as Record<string, string>[])
        expectProblem(
          await request(method, path, { Cookie: cookie, ...headers }),
          'origin_not_allowed',
        );
    }
    expectProblem(
      await request('DELETE', `/integrations/accounts/${ABSENT}`, {
        Cookie: cookie,
        Origin: FRONTEND,
      }),
      'account_not_found',
    );
    expect((await accountsAs(cookie)).status).toBe(200);
  });

  test('a request with an Authorization header is authenticated by that header alone', async () => {
    const cookie = await cookieOf('ana');
    for (const authorization of ['Bearer x', 'Basic dTpw', 'Bearer', ''])
      expectProblem(
        await request('GET', '/integrations/accounts', {
          Cookie: cookie,
          Authorization: authorization,
        }),
        'unauthenticated',
      );
    const asBo = await request('GET', '/integrations/accounts?userId=bo', {
      Cookie: cookie,
      Authorization: `Bearer ${deployment.token('bo')}`,
    });
    expect(asBo.status).toBe(200);
  });

  test('ending a session deletes it in the store and the browser, with the cookies of running flows', async () => {
    const cookie = await cookieOf('ana');
    const begun = await request('GET', '/integrations/oauth-url/google', { Cookie: cookie });
    const [binding] = bindings(begun);
    const ended = await request('DELETE', '/integrations/session', {
      Cookie: `${cookie}; ${binding?.name}=${binding?.value}`,
      Origin: FRONTEND,
    });
    expect(ended.status).toBe(204);
    const cleared = cookiesSet(ended).filter(({ attributes }) => attributes['max-age'] === '0');
    expect(cleared.map(({ name }) => name).sort()).toEqual(
      ['integrations-session', binding?.name].sort(),
    );
    expectProblem(await accountsAs(cookie), 'unauthenticated');
  });

  test('signing out works also after the session or the JWT has expired', async () => {
    const past = { exp: seconds() - 60 };
    const cookie = await cookieOf('ana');
    const signOut = (headers: Record<string, string>) =>
      request('DELETE', '/integrations/session', headers);
    expect((await signOut({ Cookie: cookie, Origin: FRONTEND })).status).toBe(204);
    for (const headers of [
      { Cookie: `${cookie}; oauth-x=1`, Origin: FRONTEND },
      { Cookie: `${cookie}; oauth-x=1`, 'Sec-Fetch-Site': 'same-origin' },
      {
        Cookie: 'integrations-session=s%3Aforged.forged; oauth-x=1',
        Authorization: `Bearer ${deployment.token('ana', past)}`,
      },
      { Cookie: `${cookie}; oauth-x=1`, Origin: FRONTEND, Authorization: 'Bearer x' },
    ] as Record<string, string>[]) {
      const ended = await signOut(headers);
      expect([ended.status, ended.text]).toEqual([204, '']);
      const cleared = cookiesSet(ended).filter(({ attributes }) => attributes['max-age'] === '0');
      expect(cleared.map(({ name }) => name).sort()).toEqual(['integrations-session', 'oauth-x']);
    }
    const nothing = await signOut({});
    expect([nothing.status, cookiesSet(nothing).filter(({ name }) => name !== 'host.sid')]).toEqual(
      [204, []],
    );
  });

  test('a request without a session gets no session cookie', async () => {
    for (const path of [
      '/integrations/accounts',
      '/integrations/oauth-url/google',
      '/integrations/providers',
    ]) {
      const response = await request('GET', path, {
        Authorization: `Bearer ${deployment.token('ana')}`,
        Cookie: 'integrations-session=x',
      });
      expect(own(response)).toBeUndefined();
    }
  });

  test('a public service sets a __Host- Secure cookie, with any proxy header', async () => {
    const secure = await deploy({
      host,
      beside: deployment,
      environment: { ROLE: 'web', OAUTH_REDIRECT_BASE_URL: 'https://calendars.example.com' },
    });
    try {
      const response = await raw(secure.url, '/integrations/session', {
        method: 'POST',
        headers: { Authorization: `Bearer ${secure.token('ana')}` },
      });
      const cookie = own(response);
      expect(cookie?.name).toBe('__Host-integrations-session');
      expect(cookie?.attributes).toMatchObject({
        path: '/',
        secure: '',
        httponly: '',
        samesite: 'Lax',
      });
      expect(cookie?.attributes).not.toHaveProperty('domain');
      const read = await raw(secure.url, '/integrations/accounts', {
        headers: { Cookie: `${cookie?.name}=${cookie?.value}` },
      });
      expect(read.status).toBe(200);
      const plain = await raw(secure.url, '/integrations/accounts', {
        headers: { Cookie: `integrations-session=${cookie?.value}` },
      });
      expectProblem(plain, 'unauthenticated');
    } finally {
      await secure.stop();
    }
  });

  test('a rotated secret still verifies cookies that it signed', async () => {
    const cookie = await cookieOf('ana');
    const rotated = await deploy({
      host,
      beside: deployment,
      environment: {
        ROLE: 'web',
        SESSION_SECRET: `${NEWER_SESSION_SECRET},${deployment.environment['SESSION_SECRET']}`,
      },
    });
    const replaced = await deploy({
      host,
      beside: deployment,
      environment: { ROLE: 'web', SESSION_SECRET: NEWER_SESSION_SECRET },
    });
    try {
      const read = (url: string) =>
        raw(url, '/integrations/accounts', { headers: { Cookie: cookie } });
      if (process.env['TEST_REDIS_URL']) expect((await read(rotated.url)).status).toBe(200);
      expectProblem(await read(replaced.url), 'unauthenticated');
    } finally {
      await rotated.stop();
      await replaced.stop();
    }
  });
});
