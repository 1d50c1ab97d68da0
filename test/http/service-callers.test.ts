// Service callers: the host's own backend, by key or role, acting for the users it names.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { makeServiceKey } from '../../src/http/service-keys.js';
import { Browser } from '../support/browser.js';
import { buildAccount, meeting } from '../support/build-account.js';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { bindings, expectProblem, expectWayBack, raw } from './expectations.js';
import { forged, honest } from './tokens.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const ABSENT = '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11';
const KEY = makeServiceKey();
const OTHER_KEY = makeServiceKey();
const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');
const SERVICE_KEYS = `billing:${hashOf(KEY)}, crm.v2:${hashOf(OTHER_KEY).toUpperCase()}`;

/** Sends a request as a service caller. */
const ask = (
  { url }: Deployment,
  path: string,
  {
    key = KEY,
    method = 'GET',
    body,
    headers = {},
  }: { key?: string; method?: string; body?: object; headers?: Record<string, string> } = {},
) =>
  raw(url, `/integrations${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

describe.each(HOSTS)('a service caller, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { SERVICE_KEYS, JWT_COOKIE_NAME: 'product_jwt' },
    });
  });
  afterAll(() => deployment?.stop());

  test('each of several keys is accepted, and no other', async () => {
    for (const key of [KEY, OTHER_KEY])
      expect((await ask(deployment, '/providers', { key })).status).toBe(200);
    for (const key of [
      makeServiceKey(),
      'cck_',
      KEY.slice(0, -1),
      `${KEY}A`,
      KEY.toUpperCase(),
      hashOf(KEY),
      `cck_${hashOf(KEY)}`,
      `billing:${KEY}`,
    ])
      expectProblem(await ask(deployment, '/providers', { key }), 'unauthenticated');
  });

  test('a key in a cookie, the query or another header is no key', async () => {
    for (const headers of [
      { Cookie: `product_jwt=${KEY}` } as Record<string, string>,
      { 'X-Service-Key': KEY },
      { 'Proxy-Authorization': `Bearer ${KEY}` },
    ])
      expectProblem(
        await raw(deployment.url, '/integrations/providers', { headers }),
        'unauthenticated',
      );
    expectProblem(
      await raw(deployment.url, `/integrations/providers?key=${KEY}`),
      'unauthenticated',
    );
  });

  test('a request with an Origin is refused, with any origin and any key', async () => {
    for (const origin of [FRONTEND, deployment.url, 'https://evil.example', 'null'])
      for (const key of [KEY, makeServiceKey(), deployment.token('backend', { roles: 'service' })])
        for (const path of ['/providers', '/accounts?userId=ana'])
          expectProblem(
            await ask(deployment, path, { key, headers: { Origin: origin } }),
            'origin_not_allowed',
          );
    const forged = await ask(deployment, '/session?userId=ana', {
      method: 'POST',
      headers: { Origin: FRONTEND },
    });
    expectProblem(forged, 'origin_not_allowed');
  });

  test('a JWT with the service role is a service caller, with or without a user id', async () => {
    for (const claims of [
      { roles: 'service' },
      { roles: ['admin', 'service'] },
      { roles: ['service'], sub: undefined },
    ])
      expect(
        (await ask(deployment, '/accounts?userId=ana', { key: forged(honest(claims)) })).status,
      ).toBe(200);
    for (const roles of ['Service', 'services', ['service '], { service: true }, [['service']]])
      expectProblem(
        await ask(deployment, '/accounts?userId=ana', { key: forged(honest({ roles })) }),
        'forbidden',
      );
  });

  test('a JWT with the service role in a cookie proves no one', async () => {
    const Cookie = `product_jwt=${forged(honest({ roles: 'service' }))}`;
    expectProblem(
      await raw(deployment.url, '/integrations/accounts?userId=ana', { headers: { Cookie } }),
      'unauthenticated',
    );
  });

  test('it has to name the user where no account does', async () => {
    for (const [method, path] of [
      ['GET', '/accounts'],
      ['GET', '/free-busy?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z'],
      ['GET', '/oauth-url/google'],
      ['GET', '/auth/google'],
      ['POST', '/session'],
      ['POST', '/session?userId=me'],
      ['GET', '/accounts?userId=me'],
      ['GET', '/accounts?userId=%00'],
      ['GET', '/accounts?userId=%0Ax'],
    ] as const) {
      const answer = await ask(deployment, path, { method });
      expectProblem(answer, 'invalid_request');
      expect(answer.body.detail).toContain('userId');
    }
  });

  test('who is signed in is no one: it is no person', async () => {
    expect((await ask(deployment, '/session')).status).toBe(204);
  });

  test('a person may name themselves, and no one else', async () => {
    const path = '/integrations/free-busy?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z';
    const ana = deployment.browser('ana');
    const admin = deployment.browser('root', { roles: ['admin'] });
    await ana.get(`${path}&userId=ana`).expect(200);
    await ana.get(`${path}&userId=me`).expect(200);
    expectProblem(await ana.get(`${path}&userId=ben`), 'forbidden');
    expectProblem(await admin.get(`${path}&userId=ben`), 'forbidden');
    expectProblem(await ana.get('/integrations/oauth-url/google?userId=ben'), 'forbidden');
    expectProblem(await ana.post('/integrations/session?userId=ben'), 'forbidden');
    await ana.get('/integrations/providers?userId=ana').expect(200);
  });

  test('it opens a browser session for a user, and for no admin', async () => {
    const opened = await ask(deployment, '/session?userId=ana', { method: 'POST' });
    expect(opened.status).toBe(204);
    const cookie = (opened.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]);
    const { body } = await raw(deployment.url, '/integrations/session', {
      headers: { Cookie: cookie.join('; ') },
    });
    expect(body).toMatchObject({ userId: 'ana', admin: false });
  });

  describe.each(['google', 'microsoft'] as const)('with an account at %s', (provider) => {
    const carl = `carl.${provider}@example.com`;
    beforeAll(() => {
      deployment.sandbox.control.createAccount({ provider, email: carl, name: 'Carl' });
    });

    test('connects it for a user whose browser gets the binding cookie', async () => {
      // The backend passes on the cookie of the answer, as a proxy in front of both would.
      const browser = new Browser(deployment.url, null);
      const begun = await browser.agent
        .get(`/integrations/oauth-url/${provider}?userId=carl-${provider}`)
        .set('Authorization', `Bearer ${KEY}`)
        .expect(200);
      expect(bindings(begun)).toHaveLength(1);
      const callback = await browser.consent(begun.body.url, {
        as: carl,
      });
      const end = await browser.comeBack(callback);
      expect(end.searchParams.get('status')).toBe('success');
      const { body } = await ask(deployment, `/accounts?userId=carl-${provider}`);
      expect(body.data).toMatchObject([{ id: end.searchParams.get('accountId'), provider }]);
    });

    test('cannot connect an account in a browser without that cookie', async () => {
      const begun = await ask(deployment, `/oauth-url/${provider}?userId=dora-${provider}`);
      const other = new Browser(deployment.url, null);
      const callback = await other.consent(begun.body.url, { as: carl });
      const { pathname, search } = new URL(callback);
      expectWayBack(
        await supertest(deployment.url)
          .get(pathname + search)
          .set('Accept', '*/*'),
        {
          status: 'error',
          error: 'invalid_state',
        },
      );
      const { body } = await ask(deployment, `/accounts?userId=dora-${provider}`);
      expect(body.data).toEqual([]);
    });

    test('reads everything of it, without or with the name of its owner', async () => {
      const { id, userId } = await buildAccount(deployment, {
        provider,
        events: [meeting('Planning')],
      });
      for (const query of ['', `?userId=${userId}`]) {
        expect((await ask(deployment, `/accounts/${id}${query}`)).body).toMatchObject({ userId });
        expect((await ask(deployment, `/sync/${id}${query}`)).status).toBe(200);
        const { body } = await ask(deployment, `/accounts/${id}/calendars${query}`);
        expect(body.data).toHaveLength(1);
        const events = await ask(deployment, `/accounts/${id}/events${query}`);
        expect(events.body.data).toMatchObject([{ title: 'Planning' }]);
      }
      const range = 'from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z';
      for (const query of [
        `userId=${userId}`,
        `accountId=${id}`,
        `userId=${userId}&accountId=${id}`,
      ])
        expect((await ask(deployment, `/free-busy?${range}&${query}`)).body.accounts).toMatchObject(
          [{ accountId: id }],
        );
      // An admin sees the account and its calendars, and no events.
      const admin = deployment.browser('root', { roles: ['admin'] });
      await admin.get(`/integrations/accounts/${id}`).expect(200);
      expectProblem(await admin.get(`/integrations/accounts/${id}/events`), 'account_not_found');
    });

    test('does not find it for another user', async () => {
      const { id } = await buildAccount(deployment, { provider, synced: false });
      const range = 'from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z';
      for (const [method, path] of [
        ['GET', `/accounts/${id}?userId=eve`],
        ['GET', `/accounts/${id}/events?userId=eve`],
        ['POST', `/sync/${id}?userId=eve`],
        ['DELETE', `/accounts/${id}?userId=eve`],
        ['GET', `/free-busy?${range}&accountId=${id}&userId=eve`],
        ['GET', `/free-busy?${range}&accountId=${ABSENT}`],
        ['GET', `/oauth-url/${provider}?accountId=${id}&userId=eve`],
      ] as const)
        expectProblem(await ask(deployment, path, { method }), 'account_not_found');
      expect((await ask(deployment, `/accounts/${id}`)).status).toBe(200);
    });

    test('changes it: a calendar, a sync, a reconnection, its end', async () => {
      const { id, userId } = await buildAccount(deployment, { provider });
      const { body } = await ask(deployment, `/accounts/${id}/calendars`);
      const calendar = `/accounts/${id}/calendars/${body.data[0].id}`;
      const select = (more: object, query = '') =>
        ask(deployment, calendar + query, { method: 'PATCH', body: { selected: false, ...more } });
      expect((await select({})).status).toBe(200);
      expect((await select({ userId })).status).toBe(200);
      expectProblem(await select({ userId: 'eve' }), 'account_not_found');
      expectProblem(await select({ userId }, '?userId=eve'), 'invalid_request');
      expectProblem(await select({ userid: userId }), 'invalid_request');
      const sync = await ask(deployment, `/sync/${id}`, { method: 'POST', body: { userId } });
      expect(sync.status).toBe(202);
      // The account names its owner.
      const again = await ask(deployment, `/oauth-url/${provider}?accountId=${id}`);
      expect(again.status).toBe(200);
      const gone = await ask(deployment, `/accounts/${id}`, { method: 'DELETE' });
      expect(gone.body).toMatchObject({ id });
      expectProblem(await ask(deployment, `/accounts/${id}`), 'account_not_found');
    });
  });

  test('follows the notifications and reads the audit trail of every user', async () => {
    const { body: start } = await ask(deployment, '/changes');
    const [ana, ben] = [
      await buildAccount(deployment, { synced: false }),
      await buildAccount(deployment, { synced: false }),
    ];
    const connected = async (query: string) => {
      const path = `/changes?after=${start.nextCursor}&types=account.connected${query}`;
      const { status, body } = await ask(deployment, path);
      expect(status).toBe(200);
      return body.data.map(({ data }: { data: { accountId: string } }) => data.accountId);
    };
    expect(await connected('')).toEqual([ana.id, ben.id]);
    expect(await connected(`&accountId=${ben.id}`)).toEqual([ben.id]);
    expect(await connected(`&userId=${ana.userId}`)).toEqual([ana.id]);
    await ask(deployment, `/accounts/${ben.id}`, { method: 'DELETE' });
    expect(await connected(`&accountId=${ben.id}`)).toEqual([ben.id]);
    expect(await connected(`&accountId=${ben.id}&userId=${ben.userId}`)).toEqual([ben.id]);
    const foreign = await ask(deployment, `/changes?accountId=${ben.id}&userId=${ana.userId}`);
    expectProblem(foreign, 'account_not_found');
    const notFound = await ask(deployment, `/changes?accountId=${ABSENT}`);
    expectProblem(notFound, 'account_not_found');
    const trail = await ask(deployment, `/audit?userId=${ana.userId}`);
    expect(trail.body.data).toMatchObject([{ action: 'account.connect', accountId: ana.id }]);
    expectProblem(
      await raw(deployment.url, '/integrations/audit', {
        headers: { Authorization: `Bearer ${deployment.token('ana')}` },
      }),
      'forbidden',
    );
  });

  test('the log names the service caller and the user, and never the key', async () => {
    await ask(deployment, '/accounts?userId=logged', { key: OTHER_KEY });
    await ask(deployment, '/accounts?userId=logged', { key: `${KEY}x` });
    expect(deployment.log).toContainEqual(
      expect.objectContaining({ service: 'crm.v2', userId: 'logged', route: '/accounts' }),
    );
    const text = JSON.stringify(deployment.log);
    for (const key of [KEY, OTHER_KEY]) {
      expect(text).not.toContain(key.slice(4));
      expect(text).not.toContain(hashOf(key));
    }
  });

  const OF_BACKENDS = new Set(['Webhooks', 'Audit']);

  test('the document names it on every route of users, and its parameter', async () => {
    const { body } = await raw(deployment.url, '/openapi.json');
    expect(body.components.securitySchemes.service).toMatchObject({
      type: 'http',
      scheme: 'bearer',
    });
    for (const operations of Object.values<Record<string, Record<string, unknown>>>(body.paths))
      for (const operation of Object.values(operations)) {
        const schemes = (operation['security'] as object[]).flatMap(Object.keys);
        // Routes of the backend alone name no user.
        if (
          !schemes.includes('bearer') ||
          OF_BACKENDS.has(String((operation['tags'] as string[])[0]))
        )
          continue;
        const isForUser = schemes.includes('bearer') && operation['operationId'] !== 'getSession';
        expect([operation['operationId'], schemes.includes('service')]).toEqual([
          operation['operationId'],
          isForUser,
        ]);
        const names = ((operation['parameters'] ?? []) as { name: string }[]).map((p) => p.name);
        expect([operation['operationId'], names.includes('userId')]).toEqual([
          operation['operationId'],
          isForUser,
        ]);
      }
  });
});

describe('the limits of a service caller', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      sandbox: { contents: 'empty' },
      environment: {
        ROLE: 'web',
        SERVICE_KEYS,
        RATE_LIMIT_READ: '3',
        RATE_LIMIT_CALLBACK: '5',
      },
    });
  });
  afterAll(() => deployment?.stop());

  test('are those of the user it acts for, together with the user', async () => {
    for (const userId of ['ana', 'ben']) {
      for (let count = 0; count < 2; count += 1)
        expect((await ask(deployment, `/accounts?userId=${userId}`)).status).toBe(200);
      await deployment.browser(userId).get('/integrations/accounts').expect(200);
      const refused = await ask(deployment, `/accounts?userId=${userId}`);
      expectProblem(refused, 'rate_limited');
      expect(refused.headers['retry-after']).toMatch(/^\d+$/);
    }
    expect((await ask(deployment, '/accounts?userId=carl')).headers['ratelimit']).toContain('r=2');
  });

  test('are those of its name where it acts for no user', async () => {
    for (let count = 0; count < 3; count += 1)
      expect((await ask(deployment, '/providers')).status).toBe(200);
    expectProblem(await ask(deployment, '/providers'), 'rate_limited');
    expect((await ask(deployment, '/providers', { key: OTHER_KEY })).status).toBe(200);
  });

  test('stop the guessing of keys by address', async () => {
    for (let count = 0; count < 5; count += 1)
      expectProblem(
        await ask(deployment, '/providers', { key: makeServiceKey() }),
        'unauthenticated',
      );
    expectProblem(await ask(deployment, '/providers', { key: makeServiceKey() }), 'rate_limited');
    expect((await ask(deployment, '/accounts?userId=dora')).status).toBe(200);
  });
});

describe('a service caller with OAUTH_COMPLETION=frontend', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web', SERVICE_KEYS, OAUTH_COMPLETION: 'frontend' },
    });
  });
  afterAll(() => deployment?.stop());

  test('completes for the user who started, whom the body names', async () => {
    const begun = await ask(deployment, '/oauth-url/google?userId=ana');
    const browser = new Browser(deployment.url, null);
    const callback = await browser.consent(begun.body.url, { as: 'ana@example.com' });
    const ticket = (await browser.comeBack(callback)).searchParams.get('ticket');
    const complete = (body: object) => ask(deployment, '/complete', { method: 'POST', body });
    expectProblem(await complete({ ticket }), 'invalid_request');
    const { status, body } = await complete({ ticket, userId: 'ana' });
    expect({ status, userId: body.userId }).toEqual({ status: 200, userId: 'ana' });
  });
});

describe.each(HOSTS)('a host that names its backend, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web', SERVICE_KEYS, JWT_SECRET: undefined },
      service: {
        hostCaller: (request) => {
          const who = request.get('x-host-caller');
          if (who === 'backend') return { service: true };
          if (who === 'odd') return { service: 'yes', userId: 'odd' } as never;
          return who === undefined ? null : { userId: who };
        },
      },
    });
  });
  afterAll(() => deployment?.stop());

  const as = (who: string, path: string, headers: Record<string, string> = {}) =>
    raw(deployment.url, `/integrations${path}`, {
      headers: { 'X-Host-Caller': who, ...headers },
    });

  test('lets it act for every user, never from a browser', async () => {
    expect((await as('backend', '/accounts?userId=ana')).status).toBe(200);
    expectProblem(await as('backend', '/accounts'), 'invalid_request');
    expectProblem(
      await as('backend', '/accounts?userId=ana', { Origin: FRONTEND }),
      'origin_not_allowed',
    );
  });

  test('makes no one else a service caller', async () => {
    expectProblem(await as('odd', '/accounts?userId=ana'), 'forbidden');
    expectProblem(await as('ana', '/accounts?userId=ben'), 'forbidden');
  });

  test('accepts service keys beside its own sign-in', async () => {
    expect((await ask(deployment, '/accounts?userId=ana')).status).toBe(200);
    expectProblem(
      await ask(deployment, '/accounts?userId=ana', { key: makeServiceKey() }),
      'unauthenticated',
    );
  });
});
