// A path in OAUTH_REDIRECT_BASE_URL, and a router that is mounted elsewhere than the settings say.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { Browser } from '../support/browser.js';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { bindings, cookiesSet, raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const NAVIGATION = 'text/html,*/*;q=0.8';

describe.each(HOSTS)('a service whose public URL has the path /api, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      basePath: '/api',
      push: true,
      sandbox: { contents: 'empty' },
    });
  });
  afterAll(() => deployment?.stop());

  const authorized = (path: string, method: 'get' | 'post' | 'delete' = 'get') =>
    supertest(deployment.url)
      [method](path)
      .set('Authorization', `Bearer ${deployment.token('ana')}`);

  /** From the start to the redirect to the frontend, in a browser with a session. */
  async function connect(provider: string, as: string) {
    const agent = supertest.agent(deployment.url);
    await agent
      .post('/api/integrations/session')
      .set('Authorization', `Bearer ${deployment.token('ana')}`)
      .expect(204);
    const start = await agent
      .get(`/api/integrations/auth/${provider}`)
      .set('Accept', NAVIGATION)
      .expect(302);
    const consent = start.headers['location'] as string;
    const callback = await new Browser(deployment.url, null).consent(consent, { as });
    const end = await agent.get(callback.slice(deployment.url.length)).set('Accept', NAVIGATION);
    return { agent, start, consent: new URL(consent), callback: new URL(callback), end };
  }

  test.each([
    ['google', 'ana@example.com'],
    ['microsoft', 'ana@northwind.example'],
  ])('%s sends the user back below the path, and the account is synced', async (provider, as) => {
    const { agent, start, consent, callback, end } = await connect(provider, as);
    const path = `/api/integrations/auth/${provider}/callback`;
    expect(consent.searchParams.get('redirect_uri')).toBe(deployment.url + path);
    expect(callback.origin + callback.pathname).toBe(deployment.url + path);
    expect(bindings(start).map(({ attributes }) => attributes['path'])).toEqual(['/']);
    expect(end.status).toBe(302);
    const way = new URL(end.headers['location'] as string);
    expect(way.searchParams.get('status')).toBe('success');
    const id = way.searchParams.get('accountId');
    const { body } = await agent.get(`/api/integrations/accounts/${id}`).expect(200);
    expect(body).toMatchObject({ id, provider, userId: 'ana', status: 'connected' });
    const sync = await authorized(`/api/integrations/sync/${id}`, 'post').expect(202);
    expect(sync.body.statusUrl).toBe(`${deployment.url}/api/integrations/sync/${id}`);
    await supertest(sync.body.statusUrl)
      .get('')
      .set('Authorization', `Bearer ${deployment.token('ana')}`)
      .expect(200);
  });

  test('providers send their notices below the path', async () => {
    const { end } = await connect('microsoft', 'ana@northwind.example');
    const id = new URL(end.headers['location'] as string).searchParams.get('accountId');
    const until = Date.now() + 15_000;
    let state = '';
    while (state !== 'active' && Date.now() < until) {
      state = (await authorized(`/api/integrations/accounts/${id}`).expect(200)).body.push.state;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(state).toBe('active');
    const answer = await raw(deployment.url, '/api/integrations/webhooks/microsoft', {
      method: 'POST',
    });
    expect(answer.status).toBe(400);
    const echo = await raw(
      deployment.url,
      '/api/integrations/webhooks/microsoft?validationToken=hello',
      { method: 'POST' },
    );
    expect([echo.status, echo.text]).toEqual([200, 'hello']);
  });

  test('cookies are for the whole origin, so that the __Host- prefix holds', async () => {
    const opened = await authorized('/api/integrations/session', 'post').expect(204);
    expect(
      cookiesSet(opened)
        .filter(({ name }) => name.includes('integrations'))
        .map(({ attributes }) => attributes['path']),
    ).toEqual(['/']);
  });

  test('links in problems and in the documents lead to pages that exist', async () => {
    const problem = await authorized('/api/integrations/accounts/x').expect(404);
    expect(problem.body.type).toBe('/api/integrations/docs/errors#account_not_found');
    const page = await raw(deployment.url, problem.body.type.split('#')[0]);
    expect(page.status).toBe(200);
    expect(page.text).toContain('id="account_not_found"');
    const at = host === 'standalone' ? '/api' : '';
    const document = await raw(deployment.url, `${at}/openapi.json`);
    expect(document.body.servers).toMatchObject([{ url: `${deployment.url}/api` }]);
  });

  test('requests below the path are not reported as a wrong mount', async () => {
    await authorized('/api/integrations/accounts').expect(200);
    const at = host === 'standalone' ? '/api' : '';
    const ready = await raw(deployment.url, `${at}/readyz`);
    expect([ready.status, ready.body.mount]).toEqual([200, undefined]);
    expect(deployment.log.filter(({ msg }) => /mounted/.test(String(msg)))).toEqual([]);
  });

  if (host === 'standalone')
    test('a proxy that removes the path reaches the same routes', async () => {
      for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs'])
        for (const base of ['', '/api'])
          expect([base + path, (await raw(deployment.url, base + path)).status]).toEqual([
            base + path,
            200,
          ]);
      const { body } = await authorized('/integrations/accounts/x').expect(404);
      expect(body.type).toBe('/api/integrations/docs/errors#account_not_found');
      await authorized('/integrations/accounts').expect(200);
      for (const path of ['/', '/api', '/api/', '/api?x=1']) {
        const { status, headers } = await raw(deployment.url, path);
        expect([path, status, headers.location]).toEqual([path, 302, '/api/integrations']);
      }
      const { status, body: missing } = await raw(deployment.url, '/apis');
      expect([status, missing.type]).toEqual([404, '/api/integrations/docs/errors#not_found']);
    });
});

describe('a service that is its own frontend, below a path', () => {
  let deployment: Deployment;
  afterEach(() => deployment?.stop());

  test.each(HOSTS)('the callback ends at its page, %s', async (host) => {
    deployment = await deploy({
      host,
      basePath: '/calendars/v1',
      ownFrontend: true,
      sandbox: { contents: 'empty' },
    });
    const agent = supertest.agent(deployment.url);
    const begun = await agent
      .get('/calendars/v1/integrations/oauth-url/google')
      .set('Authorization', `Bearer ${deployment.token('ana')}`)
      .expect(200);
    const callback = await new Browser(deployment.url, null).consent(begun.body.url, {
      as: 'ana@example.com',
    });
    const end = await agent
      .get(callback.slice(deployment.url.length))
      .set('Accept', NAVIGATION)
      .expect(302);
    const location = new URL(end.headers['location'] as string);
    expect(location.origin + location.pathname).toBe(`${deployment.url}/calendars/v1/integrations`);
    const page = await raw(deployment.url, location.pathname + location.search, {
      headers: { Accept: NAVIGATION },
    });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const links = [...page.text.matchAll(/(?:href|src)="([^"?#]+)"/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      const { pathname } = new URL(link as string, location);
      const headers = { Accept: NAVIGATION };
      expect([link, (await raw(deployment.url, pathname, { headers })).status]).toEqual([
        link,
        200,
      ]);
    }
  });
});

describe('a router that is mounted elsewhere than the settings say', () => {
  let deployment: Deployment;
  afterEach(() => deployment?.stop());

  test.each([
    ['', '/api/calendar', '/integrations', /Mount the router at \/integrations\. /],
    ['', '/api/integrations', '/integrations', /set OAUTH_REDIRECT_BASE_URL to http:.*\/api\./],
    ['/api', '/integrations', '/api/integrations', /set OAUTH_REDIRECT_BASE_URL to http:[^ ]+\d\./],
    ['/api', '/api', '/api/integrations', /Mount the router at \/api\/integrations\. /],
  ])(
    'is named once in the log and in readiness (path %j, mounted at %s)',
    async (basePath, mountAt, expected, cure) => {
      deployment = await deploy({
        host: 'mounted',
        basePath,
        mountAt,
        sandbox: { contents: 'empty' },
        environment: { ROLE: 'web' },
      });
      expect((await raw(deployment.url, '/readyz')).body.mount).toBeUndefined();
      for (let times = 0; times < 3; times += 1) {
        const { body } = await raw(deployment.url, `${mountAt}/accounts`);
        expect(body.code).toBe('unauthenticated');
      }
      const warnings = deployment.log.filter(({ msg }) => /mounted at/.test(String(msg)));
      expect(warnings).toEqual([expect.objectContaining({ level: 40, expected, actual: mountAt })]);
      expect(warnings[0]?.['msg']).toMatch(cure);
      const { status, body } = await raw(deployment.url, '/readyz');
      expect([status, body.status]).toEqual([200, 'ready']);
      expect(body.mount).toEqual({
        expected,
        actual: mountAt,
        message: warnings[0]?.['msg'],
      });
    },
  );

  test('its problems lead to the page at the place where it is', async () => {
    deployment = await deploy({
      host: 'mounted',
      mountAt: '/api/calendar',
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web' },
    });
    const { body } = await raw(deployment.url, '/api/calendar/accounts');
    expect(body.type).toBe('/api/calendar/docs/errors#unauthenticated');
    expect((await raw(deployment.url, body.type.split('#')[0])).text).toContain(
      'id="unauthenticated"',
    );
  });
});
