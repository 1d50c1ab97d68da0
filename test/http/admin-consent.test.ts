// The consent of an administrator: a user asks, someone else answers at the provider, the user is
// told. The visitor of the callback gets nothing, and nothing that the callback says is trusted.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../notifications/receiver.js';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { cookiesSet, expectProblem, raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const TENANT = 'fabrikam.example';
const USER = 'lena@fabrikam.example';
const ADMIN = 'admin@fabrikam.example';
const ABSENT = '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11';
const HOUR = 3_600_000;
const CALLBACK = '/integrations/admin-consent/microsoft/callback';

/** The cookies of this service: a host has its own. */
const ownCookies = (response: Parameters<typeof cookiesSet>[0]) =>
  cookiesSet(response).filter(({ name }) => name !== 'host.sid');

/** What a user gets who asks for the consent of an administrator. */
interface Asked {
  readonly requestId: string;
  readonly url: string;
  readonly expiresAt: string;
}

describe.each(HOSTS)('the consent of an administrator, %s', (host) => {
  let deployment: Deployment;
  let users = 0;
  let userId = '';
  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web', PRODUCT_NAME: 'Acme <Planner>' },
    });
  });
  beforeEach(() => {
    deployment.sandbox.control.withdrawAdminConsent({ tenant: TENANT });
    userId = `asking-${++users}`;
  });
  afterAll(() => deployment?.stop());

  const backend = () => deployment.browser('backend', { roles: ['service'] });
  const user = () => deployment.browser(userId);
  const administrator = () => deployment.browser(null);

  async function ask(body: object = {}): Promise<Asked> {
    const answer = await user().post('/integrations/admin-consent/microsoft', body);
    expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
    return answer.body;
  }

  /** Goes to the provider as `as`. @returns the URL to which the provider redirects */
  async function decide(url: string, more: Record<string, string> = {}): Promise<URL> {
    const target = new URL(url);
    for (const [name, value] of Object.entries({ sim_user: ADMIN, ...more }))
      target.searchParams.set(name, value);
    const answer = await fetch(target, { redirect: 'manual' });
    return new URL(answer.headers.get('location') ?? `missing:${answer.status}`);
  }

  /** Opens the callback on another machine: without a cookie, and without a sign-in. */
  const open = ({ pathname, search }: URL) =>
    administrator()
      .get(pathname + search)
      .set('Accept', 'text/html');

  /** The callback of a request, with other parameters. */
  function forged(url: string, parameters: Record<string, string> | string): URL {
    const state = new URL(url).searchParams.get('state') ?? '';
    const query =
      typeof parameters === 'string'
        ? parameters.replace('STATE', state)
        : new URLSearchParams({ state, ...parameters }).toString();
    return new URL(`${deployment.url}${CALLBACK}?${query}`);
  }

  const statusOf = async ({ requestId }: Asked) =>
    (await user().get(`/integrations/admin-consent/${requestId}`).expect(200)).body.status;

  const told = async (cursor: string) =>
    (await user().get(`/integrations/changes?after=${cursor}`).expect(200)).body.data;
  const cursor = async () =>
    (await user().get('/integrations/changes').expect(200)).body.nextCursor;
  const trail = async () =>
    (await backend().get(`/integrations/audit?userId=${userId}`).expect(200)).body.data;

  async function connect(): Promise<URLSearchParams> {
    return (await user().connect('microsoft', { as: USER })).searchParams;
  }

  test('a blocked user asks, an administrator elsewhere approves, the user connects', async () => {
    expect((await connect()).get('error')).toBe('admin_consent_required');
    const start = await cursor();
    const asked = await ask();
    expect(asked).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      url: expect.any(String),
      expiresAt: expect.stringMatching(/Z$/),
    });
    expect(Date.parse(asked.expiresAt) - Date.now()).toBeGreaterThan(24 * HOUR);
    expect(await statusOf(asked)).toBe('pending');
    const page = await open(await decide(asked.url));
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).toContain('Acme &#60;Planner&#62;');
    expect(page.text).toContain('approved');
    const { body } = await user().get(`/integrations/admin-consent/${asked.requestId}`);
    expect(body).toEqual({ requestId: asked.requestId, status: 'granted' });
    expect(await told(start)).toMatchObject([
      {
        type: 'admin_consent.granted',
        sequence: null,
        data: { accountId: null, userId, provider: 'microsoft', requestId: asked.requestId },
      },
    ]);
    expect((await connect()).get('status')).toBe('success');
  });

  test('the URL leads to the organization’s consent at the provider, with all scopes', async () => {
    const { url } = await ask();
    const { origin, pathname, searchParams } = new URL(url);
    expect(origin + pathname).toBe(
      `${deployment.sandbox.microsoft.authorityUrl}/organizations/v2.0/adminconsent`,
    );
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: deployment.sandbox.microsoft.clientId,
      redirect_uri: `${deployment.url}${CALLBACK}`,
      scope:
        'openid profile email offline_access https://graph.microsoft.com/Calendars.ReadWrite ' +
        'https://graph.microsoft.com/User.Read',
      state: expect.stringMatching(/^[\w-]{43}$/),
    });
    const read = new URL((await ask({ access: 'read' })).url);
    expect(read.searchParams.get('scope')).toContain('/Calendars.Read ');
  });

  test('a refusal, which also says admin_consent=True, is one', async () => {
    const start = await cursor();
    const asked = await ask();
    const callback = await decide(asked.url, { sim_deny: '1' });
    expect(callback.searchParams.get('admin_consent')).toBe('True');
    const page = await open(callback);
    expect([page.status, page.text.includes('Nothing was approved')]).toEqual([200, true]);
    expect(await statusOf(asked)).toBe('refused');
    expect(await told(start)).toMatchObject([{ type: 'admin_consent.refused' }]);
    expect(
      (await trail()).map(({ action, outcome, actor }: Record<string, string>) => [
        action,
        outcome,
        actor,
      ]),
    ).toEqual([
      ['admin_consent.result', 'refused', 'link'],
      ['admin_consent.request', 'success', `user:${userId}`],
    ]);
    // The link is spent: an approval by it comes too late, and the answer stays.
    await open(await decide(asked.url)).expect(400);
    await open(forged(asked.url, { error: 'server_error' })).expect(400);
    expect(await statusOf(asked)).toBe('refused');
  });

  test('someone who is no administrator does not spend the link', async () => {
    const asked = await ask();
    const page = await open(await decide(asked.url, { sim_user: USER }));
    expect([page.status, page.text.includes('An administrator has to approve')]).toEqual([
      200,
      true,
    ]);
    expect(await statusOf(asked)).toBe('pending');
    await open(await decide(asked.url)).expect(200);
    expect(await statusOf(asked)).toBe('granted');
  });

  test.each(['server_error', 'temporarily_unavailable', 'unauthorized_client'])(
    'a provider that says %s does not spend the link',
    async (error) => {
      const asked = await ask();
      const page = await open(await decide(asked.url, { sim_error: error }));
      expect(page.text).toContain('could not be completed');
      expect(await statusOf(asked)).toBe('pending');
      await open(await decide(asked.url)).expect(200);
    },
  );

  test('a forged tenant changes nothing, and is nowhere kept', async () => {
    const start = await cursor();
    const asked = await ask();
    const logged = deployment.log.length;
    await open(await decide(asked.url, { sim_tenant: 'forged-tenant-q7' })).expect(200);
    expect(await statusOf(asked)).toBe('granted');
    expect(await told(start)).toHaveLength(1);
    const rows = await deployment.query('SELECT r::text AS row FROM admin_consent_requests r');
    const kept = JSON.stringify([
      rows,
      deployment.log.slice(logged),
      await trail(),
      await told(start),
    ]);
    expect(kept).not.toContain('forged-tenant-q7');
  });

  test('a hint is no permission: granted in a forged callback lets no one connect', async () => {
    const asked = await ask();
    await open(forged(asked.url, { admin_consent: 'True', tenant: ABSENT })).expect(200);
    expect(await statusOf(asked)).toBe('granted');
    expect((await connect()).get('error')).toBe('admin_consent_required');
  });

  test('a callback is used once, also by sixteen at the same time', async () => {
    const start = await cursor();
    const asked = await ask();
    const callback = await decide(asked.url);
    const answers = await Promise.all(Array.from({ length: 16 }, () => open(callback)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(15).fill(400)]);
    await open(forged(asked.url, { error: 'access_denied', admin_consent: 'True' })).expect(400);
    expect(await statusOf(asked)).toBe('granted');
    expect(await told(start)).toHaveLength(1);
    expect(await trail()).toHaveLength(2);
  });

  test('a program gets the problem of a state that is unknown, spent or of another flow', async () => {
    const asked = await ask();
    const spent = await decide(asked.url);
    await open(spent).expect(200);
    const authorization = new URL(await user().begin('microsoft'));
    const connectState = authorization.searchParams.get('state') ?? '';
    const query = (state: string) =>
      `${CALLBACK}?admin_consent=True&tenant=${ABSENT}&state=${state}`;
    for (const path of [
      spent.pathname + spent.search,
      query('x'.repeat(43)),
      query('x'.repeat(1_000)),
      query(''),
      query('../../etc'),
      query('%00'),
      query(connectState),
      `${CALLBACK}?admin_consent=True&tenant=${ABSENT}`,
      CALLBACK,
    ])
      expectProblem(
        await administrator().get(path).set('Accept', 'application/json'),
        'invalid_state',
      );
    // The connection whose state was used here can still be completed.
    deployment.sandbox.control.updateTenant({ tenant: TENANT, changes: { usersMayConsent: true } });
    const me = deployment.browser('same-browser');
    const begun = await me.begin('microsoft');
    const state = new URL(begun).searchParams.get('state') ?? '';
    await open(new URL(deployment.url + query(state))).expect(400);
    const end = await me.comeBack(await me.consent(begun, { as: USER }));
    expect(end.searchParams.get('status')).toBe('success');
    deployment.sandbox.control.updateTenant({
      tenant: TENANT,
      changes: { usersMayConsent: false },
    });
    deployment.sandbox.control.revokeGrants({ provider: 'microsoft', user: USER });
  });

  test('the state of an administrator’s request is none of a connection', async () => {
    const asked = await ask();
    const state = new URL(asked.url).searchParams.get('state') ?? '';
    for (const query of [`code=x&state=${state}`, `error=access_denied&state=${state}`]) {
      const answer = await user()
        .get(`/integrations/auth/microsoft/callback?${query}`)
        .set('Accept', 'application/json');
      expectProblem(answer, 'invalid_state');
    }
    expect(await statusOf(asked)).toBe('pending');
  });

  test('the state counts at its own provider alone', async () => {
    const asked = await ask();
    const { search } = forged(asked.url, { admin_consent: 'True' });
    const json = (path: string) => administrator().get(path).set('Accept', 'application/json');
    expectProblem(
      await json(`/integrations/admin-consent/google/callback${search}`),
      'admin_consent_unsupported',
    );
    expectProblem(
      await json(`/integrations/admin-consent/apple/callback${search}`),
      'unsupported_provider',
    );
    expect(await statusOf(asked)).toBe('pending');
  });

  test.each(['provider', 'client_id'])(
    'a request with another %s is not answered',
    async (column) => {
      const asked = await ask();
      const callback = await decide(asked.url);
      await deployment.query(
        `UPDATE admin_consent_requests SET ${column} = 'another' WHERE id = '${asked.requestId}'`,
      );
      await open(callback).expect(400);
      expect(await statusOf(asked)).toBe('pending');
    },
  );

  test.each([
    ['no answer', 'state=STATE'],
    ['admin_consent that is false', 'state=STATE&admin_consent=False'],
    ['a repeated state', 'state=STATE&state=STATE&admin_consent=True'],
    ['a second state', `state=STATE&state=${'y'.repeat(43)}&admin_consent=True`],
    ['a repeated admin_consent', 'state=STATE&admin_consent=True&admin_consent=False'],
    ['a repeated error', 'state=STATE&error=a&error=b&admin_consent=True'],
    ['an empty error', 'state=STATE&error=&admin_consent=True'],
    ['a code', 'state=STATE&code=x'],
  ])('a callback with %s changes nothing', async (_, query) => {
    const asked = await ask();
    await open(forged(asked.url, query)).expect(400);
    expect(await statusOf(asked)).toBe('pending');
  });

  test('parameters that decide nothing may come twice, and unknown ones are ignored', async () => {
    const asked = await ask();
    const query = 'state=STATE&admin_consent=true&tenant=a&tenant=b&scope=x&scope=y&new=1';
    await open(forged(asked.url, query)).expect(200);
    expect(await statusOf(asked)).toBe('granted');
  });

  test('long values and markup in an answer are neither shown nor logged', async () => {
    const asked = await ask();
    const logged = deployment.log.length;
    const markup = '<script>alert(1)</script>';
    const page = await open(
      forged(asked.url, {
        error: `q7${markup}`,
        error_description: `AADSTS65004: q7${markup}\r\nSet-Cookie: a=b ${'x'.repeat(8_000)}`,
        error_uri: `javascript:q7`,
        tenant: `q7${markup}`,
        admin_consent: 'True',
      }),
    ).expect(200);
    expect(page.text).not.toContain('q7');
    expect(page.text).not.toContain('<script');
    expect(ownCookies(page)).toEqual([]);
    expect(JSON.stringify(deployment.log.slice(logged))).not.toContain('q7');
    expect(await statusOf(asked)).toBe('refused');
  });

  test('the page gives its visitor nothing: no cookie, no script, no id', async () => {
    const asked = await ask();
    const page = await open(await decide(asked.url)).expect(200);
    expect(ownCookies(page)).toEqual([]);
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('script-src');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.text).not.toContain(userId);
    expect(page.text).not.toContain(asked.requestId);
    const style = /href="([^"]+\.css)"/.exec(page.text)?.[1] ?? '';
    const { pathname } = new URL(style, deployment.url + CALLBACK);
    await administrator().get(pathname).expect(200);
  });

  test('HEAD and POST do not answer a request', async () => {
    const asked = await ask();
    const { pathname, search } = await decide(asked.url);
    for (const method of ['HEAD', 'POST'])
      expect((await raw(deployment.url, pathname + search, { method })).status).toBe(405);
    expect(await statusOf(asked)).toBe('pending');
  });

  test('a request that has expired is answered no more, and says so', async () => {
    const asked = await ask();
    const callback = await decide(asked.url);
    await deployment.query(
      `UPDATE admin_consent_requests SET expires_at = now() WHERE id = '${asked.requestId}'`,
    );
    expect(await statusOf(asked)).toBe('expired');
    const page = await open(callback).expect(400);
    expect(page.text).toContain('What was decided at Microsoft holds');
    expect(await statusOf(asked)).toBe('expired');
    await deployment.query(
      `UPDATE admin_consent_requests SET expires_at = now() - interval '31 days'
        WHERE id = '${asked.requestId}'`,
    );
  });

  test('only who asked sees how it went; a service caller sees every one', async () => {
    const { requestId } = await ask();
    const path = `/integrations/admin-consent/${requestId}`;
    expectProblem(await deployment.browser('eve').get(path), 'admin_consent_not_found');
    expectProblem(
      await deployment.browser('boss', { roles: ['admin'] }).get(path),
      'admin_consent_not_found',
    );
    expectProblem(await administrator().get(path), 'unauthenticated');
    await backend().get(path).expect(200);
    await backend().get(`${path}?userId=${userId}`).expect(200);
    expectProblem(await backend().get(`${path}?userId=eve`), 'admin_consent_not_found');
    for (const id of [ABSENT, 'x', 'microsoft'])
      expectProblem(
        await user().get(`/integrations/admin-consent/${id}`),
        'admin_consent_not_found',
      );
  });

  test('a service caller asks for the user it names', async () => {
    const path = '/integrations/admin-consent/microsoft';
    expectProblem(await backend().post(path), 'invalid_request');
    const { body } = await backend().post(path, { userId }).expect(201);
    await user().get(`/integrations/admin-consent/${body.requestId}`).expect(200);
    expect(await trail()).toMatchObject([
      {
        action: 'admin_consent.request',
        actor: 'service:backend',
        provider: 'microsoft',
        details: { request: body.requestId, access: 'write' },
      },
    ]);
    expectProblem(await user().post(path, { userId: 'eve' }), 'forbidden');
    expectProblem(await administrator().post(path), 'unauthenticated');
    expectProblem(
      await user().post(path).set('Origin', 'https://evil.example'),
      'origin_not_allowed',
    );
  });

  test.each([
    ['google', {}, 'admin_consent_unsupported'],
    ['apple', {}, 'unsupported_provider'],
    ['__proto__', {}, 'unsupported_provider'],
    ['microsoft', { access: 'all' }, 'invalid_request'],
    ['microsoft', { tenant: 'evil.example' }, 'invalid_request'],
  ])('asking %s with %j is %s', async (provider, body, code) => {
    expectProblem(
      await user().post(`/integrations/admin-consent/${provider}`, body),
      code as 'invalid_request',
    );
  });

  test('the state is in no table and no log', async () => {
    const { url } = await ask();
    await open(await decide(url)).expect(200);
    const state = new URL(url).searchParams.get('state') ?? '';
    const rows = await deployment.query('SELECT * FROM admin_consent_requests');
    expect(JSON.stringify(rows)).not.toContain(state);
    expect(JSON.stringify(deployment.log)).not.toContain(state);
  });

  test('an erased user’s request is gone, and its link answers nothing', async () => {
    const asked = await ask();
    await backend().delete(`/integrations/users/${userId}`).expect(200);
    await open(await decide(asked.url)).expect(400);
    expect(
      await deployment.query(`SELECT FROM admin_consent_requests WHERE user_id = '${userId}'`),
    ).toEqual([]);
    expect(await deployment.query(`SELECT FROM notifications WHERE user_id = '${userId}'`)).toEqual(
      [],
    );
  });
});

describe('the settings', () => {
  let deployment: Deployment | undefined;
  const start = async (environment: Record<string, string>) => {
    deployment = await deploy({ sandbox: { contents: 'empty' }, environment });
    return deployment;
  };
  const ask = (of: Deployment) => of.browser('ana').post('/integrations/admin-consent/microsoft');
  afterEach(async () => {
    await deployment?.stop();
    deployment = undefined;
  });

  test('a tenant of its own is the one that is asked', async () => {
    const of = await start({ ROLE: 'web', MICROSOFT_TENANT: TENANT });
    expect((await ask(of).expect(201)).body.url).toContain(`/${TENANT}/v2.0/adminconsent?`);
  });

  test('personal accounts alone have no administrator', async () => {
    const of = await start({ ROLE: 'web', MICROSOFT_TENANT: 'consumers' });
    expectProblem(await ask(of), 'admin_consent_unsupported');
  });

  test('asking and answering have limits', async () => {
    const of = await start({ ROLE: 'web', RATE_LIMIT_START: '2', RATE_LIMIT_CALLBACK: '2' });
    for (const _ of [1, 2]) await ask(of).expect(201);
    expectProblem(await ask(of), 'rate_limited');
    const callback = () => of.browser(null).get(CALLBACK).set('Accept', 'application/json');
    for (const _ of [1, 2]) expectProblem(await callback(), 'invalid_state');
    expectProblem(await callback(), 'rate_limited');
  });

  test('a worker deletes old requests', async () => {
    const of = await deploy({
      sandbox: { contents: 'empty' },
      service: { choresEverySeconds: 1 },
    });
    deployment = of;
    await ask(of).expect(201);
    await of.query(`UPDATE admin_consent_requests SET expires_at = now() - interval '31 days'`);
    await until(
      'the request is deleted',
      async () => (await of.query('SELECT FROM admin_consent_requests')).length === 0,
    );
  });

  test('the host’s function gets the notification, which is of no account', async () => {
    const told: unknown[] = [];
    const of = await deploy({
      sandbox: { contents: 'empty' },
      service: { onNotification: async (one) => void told.push(one) },
    });
    deployment = of;
    const { body } = await ask(of).expect(201);
    const url = new URL(body.url);
    url.searchParams.set('sim_user', ADMIN);
    const answer = await fetch(url, { redirect: 'manual' });
    const { pathname, search } = new URL(answer.headers.get('location') ?? '');
    await of
      .browser(null)
      .get(pathname + search)
      .expect(200);
    await until('the function was called', () => told.length === 1);
    expect(told).toMatchObject([
      {
        type: 'admin_consent.granted',
        sequence: null,
        data: { accountId: null, userId: 'ana', requestId: body.requestId },
      },
    ]);
  });
});
