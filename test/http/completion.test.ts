// Completion by the frontend (OAUTH_COMPLETION=frontend): the callback stores a ticket, and the
// user's JWT redeems it.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { describeWithRedis, testRedisUrl } from '../support/servers.js';
import { bindings, expectProblem, expectWayBack } from './expectations.js';

type ProviderName = 'google' | 'microsoft';

const PEOPLE = { google: 'ana@example.com', microsoft: 'ana@northwind.example' };
const NAVIGATION = 'text/html,*/*;q=0.8';
const HOSTS: readonly Host[] = ['standalone', 'mounted'];

let users = 0;
const newUser = (): string => `user-${++users}`;

describe.each(HOSTS)('completing at the frontend, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web', OAUTH_COMPLETION: 'frontend' },
    });
  });
  afterAll(() => deployment?.stop());

  const tokenRequests = () =>
    deployment.sandbox.control.requests().filter(({ route }) => route?.endsWith('.token')).length;

  /** Consents and opens the callback in a browser without our cookies. @returns the ticket */
  async function parked(userId: string, provider: ProviderName): Promise<string> {
    const stranger = deployment.browser(null);
    const callback = await stranger.consent(await deployment.browser(userId).begin(provider), {
      as: PEOPLE[provider],
    });
    const end = await stranger.comeBack(callback);
    expect(end.origin + end.pathname).toBe(`${FRONTEND}/integrations`);
    expect(Object.fromEntries(end.searchParams)).toEqual({
      status: 'pending',
      provider,
      ticket: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    });
    return end.searchParams.get('ticket') as string;
  }

  const complete = (userId: string, ticket: unknown) =>
    deployment.browser(userId).post('/integrations/complete', { ticket });

  describe.each(['google', 'microsoft'] as const)('%s', (provider) => {
    test('the user who started completes once, and only then is the code redeemed', async () => {
      const user = newUser();
      const before = tokenRequests();
      const ticket = await parked(user, provider);
      expect(tokenRequests()).toBe(before);
      expect(
        (await deployment.browser(user).get('/integrations/accounts').expect(200)).body.data,
      ).toEqual([]);

      const response = await complete(user, ticket);
      expect(response.status).toBe(200);
      expect(response.headers['cache-control']).toBe('no-store');
      expect(response.body).toMatchObject({ userId: user, provider, status: 'connected' });
      expect(tokenRequests()).toBe(before + 1);
      const { body } = await deployment
        .browser(user)
        .get(`/integrations/accounts/${response.body.id}`)
        .expect(200);
      expect(body.id).toBe(response.body.id);

      expectProblem(await complete(user, ticket), 'invalid_ticket');
      expect(tokenRequests()).toBe(before + 1);
    });

    test('a ticket redeemed by another user is refused and spent', async () => {
      const [attacker, victim] = [newUser(), newUser()];
      const before = tokenRequests();
      const ticket = await parked(attacker, provider);
      expectProblem(await complete(victim, ticket), 'invalid_ticket', 403);
      expectProblem(await complete(attacker, ticket), 'invalid_ticket', 403);
      expect(tokenRequests()).toBe(before);
      for (const user of [attacker, victim])
        expect(
          (await deployment.browser(user).get('/integrations/accounts').expect(200)).body.data,
        ).toEqual([]);
      const audits = deployment.log.filter((line) => line['audit'] === 'connect_failed');
      expect(audits.map((line) => line['userId'])).toEqual(
        expect.arrayContaining([attacker, victim]),
      );
    });

    test('an admin cannot redeem a user’s ticket', async () => {
      const ticket = await parked(newUser(), provider);
      const admin = deployment.browser(newUser(), { roles: ['admin'] });
      expectProblem(await admin.post('/integrations/complete', { ticket }), 'invalid_ticket');
    });

    test('a ticket redeemed 32 times at once counts once', async () => {
      const user = newUser();
      const ticket = await parked(user, provider);
      const before = tokenRequests();
      const answers = await Promise.all(Array.from({ length: 32 }, () => complete(user, ticket)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 403)).toHaveLength(31);
      expect(tokenRequests()).toBe(before + 1);
    });

    test('a failure at the provider is reported, and the ticket is spent', async () => {
      const user = newUser();
      const ticket = await parked(user, provider);
      deployment.sandbox.control.addFault({
        route: `${provider}.token`,
        status: 503,
        body: { error: 'EVIL' },
      });
      const response = await complete(user, ticket);
      expectProblem(response, 'provider_unavailable');
      expect(response.text).not.toContain('EVIL');
      expectProblem(await complete(user, ticket), 'invalid_ticket');
    });
  });

  test('no binding cookie is set or required', async () => {
    const response = await deployment
      .browser(newUser())
      .get('/integrations/oauth-url/google')
      .expect(200);
    expect(bindings(response)).toEqual([]);
  });

  test('the callback spends the state and cannot be opened twice', async () => {
    const browser = deployment.browser(newUser());
    const callback = await browser.consent(await browser.begin('google'), { as: PEOPLE.google });
    expect((await browser.comeBack(callback)).searchParams.get('status')).toBe('pending');
    expect(Object.fromEntries((await browser.comeBack(callback)).searchParams)).toEqual({
      status: 'error',
      error: 'invalid_state',
    });
  });

  test('a refusal by the user redirects at once without a ticket', async () => {
    const browser = deployment.browser(newUser());
    const { pathname, search } = new URL(
      await browser.consent(await browser.begin('google'), { as: PEOPLE.google, deny: true }),
    );
    const response = await browser.agent.get(pathname + search).set('Accept', NAVIGATION);
    expectWayBack(response, { status: 'error', provider: 'google', error: 'access_denied' });
  });

  test('a browser session of another user is refused at the callback', async () => {
    const [first, second] = [newUser(), newUser()];
    const browser = deployment.browser(second);
    await browser.post('/integrations/session').expect(204);
    const callback = await browser.consent(await deployment.browser(first).begin('google'), {
      as: PEOPLE.google,
    });
    expect((await browser.comeBack(callback)).searchParams.get('error')).toBe('invalid_state');
  });

  test.each([
    [{ ticket: 'x' }, 'invalid_ticket'],
    [{ ticket: 'A'.repeat(43) }, 'invalid_ticket'],
    [{ ticket: '\ud800'.repeat(43) }, 'invalid_request'],
    [{ ticket: 'a\u0000b' }, 'invalid_request'],
    [{ ticket: '' }, 'invalid_request'],
    [{ ticket: ['A'.repeat(43)] }, 'invalid_request'],
    [{ ticket: { $ne: null } }, 'invalid_request'],
    [{ ticket: 'A'.repeat(43), userId: 'victim' }, 'forbidden'],
    [{}, 'invalid_request'],
    [[], 'invalid_request'],
  ] as const)('%j is refused', async (body, code) => {
    expectProblem(
      await deployment.browser(newUser()).post('/integrations/complete', body as object),
      code,
    );
  });

  test('completing requires an authenticated caller', async () => {
    const ticket = await parked(newUser(), 'google');
    expectProblem(
      await deployment.browser(null).post('/integrations/complete', { ticket }),
      'unauthenticated',
    );
  });

  test('a form body is refused', async () => {
    const response = await deployment
      .browser(newUser())
      .post('/integrations/complete')
      .type('form')
      .send({ ticket: 'A'.repeat(43) });
    expectProblem(response, 'unsupported_media_type');
  });

  describeWithRedis('in Redis', () => {
    test('a ticket expires after two minutes, and Redis holds neither it nor the code in clear', async () => {
      const client = createClient({ url: testRedisUrl() });
      await client.connect();
      const user = newUser();
      const stranger = deployment.browser(null);
      const callback = await stranger.consent(await deployment.browser(user).begin('google'), {
        as: PEOPLE.google,
      });
      const before = new Set(await client.keys(`${deployment.keyPrefix}ticket:*`));
      const ticket = (await stranger.comeBack(callback)).searchParams.get('ticket') as string;
      const [key] = (await client.keys(`${deployment.keyPrefix}ticket:*`)).filter(
        (one) => !before.has(one),
      );
      const value = await client.get(key as string);
      const life = await client.ttl(key as string);
      expect(life).toBeGreaterThan(110);
      expect(life).toBeLessThanOrEqual(120);
      for (const secret of [
        ticket,
        new URL(callback).searchParams.get('code'),
        new URL(callback).searchParams.get('state'),
      ])
        expect(`${key} ${value}`).not.toContain(secret);
      await client.del(key as string);
      await client.close();
      expectProblem(await complete(user, ticket), 'invalid_ticket');
    });
  });
});

describe.each(HOSTS)('where the browser completes, %s', (host) => {
  test('the completion route does not exist', async () => {
    const deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web' },
    });
    try {
      const response = await deployment
        .browser('u')
        .post('/integrations/complete', { ticket: 'A'.repeat(43) });
      expectProblem(response, 'not_found');
    } finally {
      await deployment.stop();
    }
  });
});
