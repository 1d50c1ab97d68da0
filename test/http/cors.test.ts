// CORS: only the frontend's exact origins may call from a browser, with credentials.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { expectProblem, raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const SECOND = 'https://second.example';

describe.each(HOSTS)('calls across origins, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: {
        ROLE: 'web',
        FRONTEND_BASE_URL: `${FRONTEND}/app`,
        FRONTEND_ORIGINS: `${SECOND}, https://third.example:8443/`,
      },
    });
  });
  afterAll(() => deployment?.stop());

  const preflight = (
    origin: string,
    path = '/integrations/accounts',
    method = 'GET',
    headers = 'authorization',
  ) =>
    raw(deployment.url, path, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': headers,
      },
    });
  const read = (origin?: string) =>
    raw(deployment.url, '/integrations/accounts', {
      headers: {
        Authorization: `Bearer ${deployment.token('u')}`,
        ...(origin === undefined ? {} : { Origin: origin }),
      },
    });
  const granted = (answer: { headers: object }) =>
    Object.keys(answer.headers).filter((name) => name.startsWith('access-control-allow-'));

  test.each([FRONTEND, SECOND, 'https://third.example:8443'])(
    'the origin %s may read with credentials, and sees rate limit and request id headers',
    async (origin) => {
      for (const answer of [await preflight(origin), await read(origin)]) {
        expect(answer.headers).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          vary: expect.stringMatching(/\bOrigin\b/i),
        });
        expect(answer.status).toBeLessThan(300);
      }
      expect((await read(origin)).headers['access-control-expose-headers']).toMatch(
        /X-Request-Id.*Retry-After/,
      );
    },
  );

  test('a preflight needs no caller, and allows the existing methods and headers', async () => {
    for (const [path, method] of [
      ['/integrations/session', 'POST'],
      ['/integrations/oauth-url/google', 'GET'],
      ['/integrations/complete', 'POST'],
      ['/integrations/accounts/x', 'DELETE'],
      ['/integrations/accounts/x/calendars/y', 'PATCH'],
    ] as const) {
      const { status, headers, text } = await preflight(
        FRONTEND,
        path,
        method,
        'authorization,content-type',
      );
      expect([status, text]).toEqual([204, '']);
      expect(headers['access-control-allow-methods']?.split(',')).toContain(method);
      expect(headers['access-control-allow-headers']?.toLowerCase()).toMatch(
        /authorization.*content-type/,
      );
      expect(headers['set-cookie'] ?? []).toEqual(
        host === 'mounted' ? [expect.stringMatching(/^host\.sid=/)] : [],
      );
    }
  });

  test.each([
    'https://evil.example',
    'null',
    '*',
    '',
    `${FRONTEND}.evil.example`,
    `${FRONTEND}@evil.example`,
    `${FRONTEND}/`,
    `${FRONTEND}/app`,
    FRONTEND.replace('http:', 'https:'),
    FRONTEND.replace('5173', '5174'),
    FRONTEND.toUpperCase(),
    'http://localhost',
    'http://evil.localhost:5173',
    'https://xsecond.example',
    'https://second.example.evil.example',
    'https://a.second.example',
    'http://second.example',
    'https://third.example',
    `${SECOND}, https://evil.example`,
    'file://',
    'chrome-extension://abcdef',
  ])('the origin %j may not read, and is not echoed', async (origin) => {
    for (const answer of [await preflight(origin), await read(origin)]) {
      expectProblem(answer, 'origin_not_allowed');
      expect(granted(answer)).toEqual([]);
      expect(answer.headers['vary']).toMatch(/\bOrigin\b/i);
    }
    const warnings = deployment.log.filter((line) => line['variable'] === 'FRONTEND_ORIGINS');
    expect(warnings.filter((line) => line['origin'] === origin)).toEqual([
      expect.objectContaining({ level: 40, msg: expect.stringContaining('FRONTEND_ORIGINS') }),
    ]);
  });

  test.each(['POST', 'PATCH', 'DELETE'])(
    'a preflight for %s and the request itself are refused to a foreign origin, on every route',
    async (method) => {
      const Origin = 'https://evil.example';
      const Authorization = `Bearer ${deployment.token('u')}`;
      for (const path of [
        '/integrations/session',
        '/integrations/complete',
        '/integrations/accounts/x',
        '/integrations/accounts/x/calendars/y',
        '/integrations/nowhere',
      ])
        expectProblem(await preflight(Origin, path, method), 'origin_not_allowed');
      const path = {
        POST: '/integrations/complete',
        PATCH: '/integrations/accounts/x/calendars/y',
        DELETE: '/integrations/accounts/x',
      }[method] as string;
      expectProblem(
        await raw(deployment.url, path, { method, headers: { Origin, Authorization } }),
        'origin_not_allowed',
      );
    },
  );

  test('a path that does not exist is a 404 to any origin, which no other page can read', async () => {
    const headers = {
      Origin: 'https://evil.example',
      Authorization: `Bearer ${deployment.token('u')}`,
    };
    const answer = await raw(deployment.url, '/integrations/nowhere', { headers });
    expectProblem(answer, 'not_found');
    expect(granted(answer)).toEqual([]);
  });

  test('the service’s own origin may call it', async () => {
    expect((await read(deployment.url)).status).toBe(200);
    expect((await preflight(deployment.url)).status).toBe(204);
  });

  test('a callback and a notice are answered with any Origin', async () => {
    for (const Origin of ['null', 'https://accounts.google.com']) {
      const callback = await raw(deployment.url, '/integrations/auth/google/callback', {
        headers: { Origin, Accept: 'text/html' },
      });
      expect([callback.status, callback.headers.location]).toEqual([
        302,
        expect.stringContaining('error=invalid_state'),
      ]);
      const echo = await raw(
        deployment.url,
        '/integrations/webhooks/microsoft?validationToken=hello',
        { method: 'POST', headers: { Origin } },
      );
      expect([echo.status, echo.text]).toEqual([200, 'hello']);
    }
  });

  test('the log names at most a hundred foreign origins', async () => {
    for (let number = 0; number < 110; number += 1) await read(`https://${number}.example`);
    const named = deployment.log.filter((line) => line['variable'] === 'FRONTEND_ORIGINS');
    expect(named).toHaveLength(100);
  });

  test('a response without an Origin header still has Vary: Origin', async () => {
    const answer = await read();
    expect(granted(answer).filter((name) => name.endsWith('origin'))).toEqual([]);
    expect(answer.headers['vary']).toMatch(/\bOrigin\b/i);
  });

  test('error responses can be read by the frontend, and by no other origin', async () => {
    const unsigned = (origin: string) =>
      raw(deployment.url, '/integrations/accounts', { headers: { Origin: origin } });
    expect((await unsigned(FRONTEND)).headers['access-control-allow-origin']).toBe(FRONTEND);
    expect(granted(await unsigned('https://evil.example'))).toEqual([]);
  });
});
