// Connect links: someone who is not signed in connects a calendar for one user, once.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { buildAccount } from '../support/build-account.js';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { expectProblem } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];

describe.each(HOSTS)('connect links, %s', (host) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: {
        ROLE: 'web',
        PRODUCT_NAME: 'Acme <Planner>',
        PRODUCT_LOGO_URL: 'https://cdn.example.com/logo.svg',
        PRODUCT_ACCENT_COLOR: '#ffcc00',
        PRODUCT_HOME_URL: 'https://acme.example.com',
      },
    });
    for (const email of ['guest@example.com', 'other@example.com'])
      deployment.sandbox.control.createAccount({ provider: 'google', email, name: email });
  });
  afterAll(() => deployment?.stop());

  const backend = () => deployment.browser('backend', { roles: ['service'] });
  const visitor = () => deployment.browser(null);

  async function link(body: Record<string, unknown> = {}): Promise<string> {
    const response = await backend().post('/integrations/connect-links', {
      userId: 'ana',
      ...body,
    });
    expect([response.status, response.body.detail]).toEqual([201, undefined]);
    return new URL(response.body.url).pathname;
  }

  /** Presses the button of the page. @returns the provider's URL */
  async function press(browser: Browser, path: string, name = 'Google'): Promise<string> {
    const page = await browser.get(path).set('Accept', 'text/html').expect(200);
    const form = new RegExp(
      `<form method="post" action="([^"]+)">\\s*<button[^>]*>Continue with ${name}<`,
    ).exec(page.text);
    const action = (form?.[1] ?? '').replaceAll('&#38;', '&');
    const target = new URL(action, deployment.url + path);
    const answer = await browser.agent
      .post(target.pathname + target.search)
      .set('Origin', deployment.url)
      .set('Accept', 'text/html')
      .expect(303);
    return answer.headers['location'] as string;
  }

  async function connectBy(browser: Browser, path: string, as = 'guest@example.com'): Promise<URL> {
    return browser.comeBack(await browser.consent(await press(browser, path), { as }));
  }

  const accountsOf = async (userId: string) =>
    (await deployment.browser(userId).get('/integrations/accounts').expect(200)).body.data;

  test('a visitor who is not signed in connects a calendar for the user of the link', async () => {
    const path = await link({ userId: 'link-1', userLabel: 'Ana & Bo' });
    const guest = visitor();
    const page = await guest.get(path).set('Accept', 'text/html').expect(200);
    expect(page.text).toContain('Ana &#38; Bo');
    expect(page.text).toContain('Acme &#60;Planner&#62;');
    expect(page.text).toContain('https://cdn.example.com/logo.svg');
    expect(page.text).toContain('Continue with Microsoft');
    const end = await connectBy(guest, path);
    expect(end.pathname).toBe('/integrations/connect/done');
    expect(end.searchParams.get('status')).toBe('success');
    const done = await guest.get(end.pathname + end.search).expect(200);
    expect(done.text).toContain('Your Google calendar is connected');
    expect(await accountsOf('link-1')).toMatchObject([{ email: 'guest@example.com' }]);
    await visitor()
      .get(end.pathname + end.search)
      .expect(404);
  });

  test('a link is spent by success: 410 and a page that says so', async () => {
    const path = await link({ userId: 'link-2' });
    const guest = visitor();
    await connectBy(guest, path);
    const spent = await visitor().get(path).set('Accept', 'text/html').expect(410);
    expect(spent.text).toContain('has expired or was already used');
    expectProblem(
      await visitor().get(path).set('Accept', 'application/json'),
      'connect_link_ended',
    );
  });

  test('after a refusal the visitor may try again, on the page that says what happened', async () => {
    const path = await link({ userId: 'link-3' });
    const guest = visitor();
    const end = await guest.comeBack(
      await guest.consent(await press(guest, path), { as: 'guest@example.com', deny: true }),
    );
    expect(end.pathname).toBe(path);
    expect(Object.fromEntries(end.searchParams)).toEqual({
      status: 'error',
      provider: 'google',
      error: 'access_denied',
    });
    const page = await guest
      .get(end.pathname + end.search)
      .set('Accept', 'text/html')
      .expect(200);
    expect(page.text).toContain('You did not give consent');
    expect((await connectBy(guest, path)).searchParams.get('status')).toBe('success');
  });

  test('of two visitors who complete at once only one connects, and the other’s grant ends', async () => {
    const path = await link({ userId: 'link-4' });
    const [one, other] = [visitor(), visitor()];
    const first = await one.consent(await press(one, path), { as: 'guest@example.com' });
    const second = await other.consent(await press(other, path), { as: 'other@example.com' });
    const ends = await Promise.all([one.comeBack(first), other.comeBack(second)]);
    expect(ends.map((end) => end.searchParams.get('status')).sort()).toEqual(['error', 'success']);
    expect(ends.find((end) => end.searchParams.get('status') === 'error')?.search).toContain(
      'error=invalid_state',
    );
    expect(await accountsOf('link-4')).toHaveLength(1);
  });

  test('an expired link is 410', async () => {
    const path = await link({ userId: 'link-5', expiresInSeconds: 1 });
    await deployment.query(`UPDATE connect_links SET expires_at = now() WHERE user_id = 'link-5'`);
    await visitor().get(path).set('Accept', 'text/html').expect(410);
    await visitor().agent.post(`${path}?provider=google&proof=x`).expect(410);
  });

  test('an unknown token is 404', async () => {
    await visitor()
      .get(`/integrations/connect/${'x'.repeat(43)}`)
      .expect(404);
    await visitor().get('/integrations/connect/short').expect(404);
  });

  test('the token is in no table, and the log has no address of a link', async () => {
    const path = await link({ userId: 'link-6' });
    await press(visitor(), path);
    const token = path.split('/').at(-1) ?? '';
    const rows = await deployment.query('SELECT * FROM connect_links');
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(JSON.stringify(deployment.log)).not.toContain(token);
  });

  test('the user of the link counts, also where another user is signed in', async () => {
    const path = await link({ userId: 'link-7' });
    const signedIn = deployment.browser('eve');
    await signedIn.post('/integrations/session').expect(204);
    const guest = signedIn;
    const end = await connectBy(guest, path);
    expect(end.searchParams.get('status')).toBe('success');
    expect(await accountsOf('link-7')).toHaveLength(1);
    expect(await accountsOf('eve')).toEqual([]);
  });

  test('a callback in another browser is refused, and does not spend the visitor’s', async () => {
    const path = await link({ userId: 'link-8' });
    const [guest, thief] = [visitor(), visitor()];
    const callback = await guest.consent(await press(guest, path), { as: 'guest@example.com' });
    const stolen = await thief.comeBack(callback);
    expect(stolen.origin).toBe(FRONTEND);
    expect(stolen.searchParams.get('error')).toBe('invalid_state');
    expect((await guest.comeBack(callback)).searchParams.get('status')).toBe('success');
    // The state is spent now, also for the visitor.
    const again = await guest.comeBack(callback);
    expect(again.searchParams.get('error')).toBe('invalid_state');
  });

  test('the button works only where the page was shown', async () => {
    const path = await link({ userId: 'link-9' });
    await visitor()
      .agent.post(`${path}?provider=google&proof=${'x'.repeat(43)}`)
      .expect(400);
    const guest = visitor();
    await guest.get(path).expect(200);
    await guest.agent.post(`${path}?provider=google&proof=${'x'.repeat(43)}`).expect(400);
    const foreign = await guest.agent
      .post(`${path}?provider=google&proof=${'x'.repeat(43)}`)
      .set('Origin', 'https://evil.example');
    expect(foreign.status).toBe(403);
  });

  test('a visitor with returnTo ends at the frontend, also after a refusal', async () => {
    const path = await link({ userId: 'link-10', returnTo: '/integrations/calendar?tab=2' });
    const guest = visitor();
    const refused = await guest.comeBack(
      await guest.consent(await press(guest, path), { as: 'guest@example.com', deny: true }),
    );
    expect(refused.origin + refused.pathname).toBe(`${FRONTEND}/integrations/calendar`);
    expect(refused.searchParams.get('error')).toBe('access_denied');
    const end = await connectBy(guest, path);
    expect(end.origin + end.pathname).toBe(`${FRONTEND}/integrations/calendar`);
    expect(Object.fromEntries(end.searchParams)).toEqual({
      tab: '2',
      status: 'success',
      provider: 'google',
      accountId: expect.any(String),
    });
  });

  test('accountId reconnects that account, and another one is refused', async () => {
    const { id, userId, email } = await buildAccount(deployment, { synced: false });
    const path = await link({ userId, accountId: id });
    const guest = visitor();
    const page = await guest.get(path).set('Accept', 'text/html').expect(200);
    expect(page.text).toContain(email);
    expect(page.text).not.toContain('Continue with Microsoft');
    const wrong = await connectBy(guest, path, 'other@example.com');
    expect(wrong.searchParams.get('error')).toBe('account_mismatch');
    const end = await connectBy(guest, path, email);
    expect(end.searchParams.get('accountId')).toBe(id);
  });

  test('the link of an account that is gone has ended', async () => {
    const {
      id,
      userId,
      browser,
      path: account,
    } = await buildAccount(deployment, { synced: false });
    const path = await link({ userId, accountId: id });
    await browser.delete(account).expect(200);
    await visitor().get(path).set('Accept', 'text/html').expect(410);
  });

  test('the trail has the link and the visitor', async () => {
    const path = await link({ userId: 'link-11', provider: 'google' });
    await connectBy(visitor(), path);
    const { body } = await backend().get('/integrations/audit?userId=link-11').expect(200);
    expect(body.data).toMatchObject([
      { action: 'account.connect', actor: 'link', outcome: 'success' },
      { action: 'link.create', actor: 'service:backend', provider: 'google' },
    ]);
  });

  test('the page runs no script, cannot be framed, and loads the logo alone from elsewhere', async () => {
    const page = await visitor()
      .get(await link())
      .set('Accept', 'text/html')
      .expect(200);
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("img-src 'self' data: https://cdn.example.com");
    expect(policy).not.toContain('script-src');
    expect(page.headers['cache-control']).toBe('no-store');
    const style = await visitor().get('/integrations/connect/style.css').expect(200);
    expect(style.text).toContain('--button: #ffcc00; --button-ink: #000');
  });

  test.each([
    [{ userId: undefined }, 'invalid_request'],
    [{ expiresInSeconds: 0 }, 'invalid_request'],
    [{ expiresInSeconds: 604_801 }, 'invalid_request'],
    [{ provider: 'apple' }, 'unsupported_provider'],
    [{ returnTo: 'https://evil.example' }, 'return_to_not_allowed'],
    [{ accountId: '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11' }, 'account_not_found'],
    [{ access: 'all' }, 'invalid_request'],
  ] as const)('a link with %j is refused', async (body, code) => {
    expectProblem(
      await backend().post('/integrations/connect-links', { userId: 'ana', ...body }),
      code,
    );
  });

  test('neither a user nor an admin may make one', async () => {
    for (const roles of [[], ['admin']])
      expectProblem(
        await deployment.browser('ana', { roles }).post('/integrations/connect-links', {
          userId: 'ana',
        }),
        'forbidden',
      );
  });

  test('the library makes links too, and refuses what the route refuses', async () => {
    const { url, expiresAt } = await deployment.service.createConnectLink({ userId: 'link-12' });
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
    await visitor().get(new URL(url).pathname).expect(200);
    await expect(
      deployment.service.createConnectLink({ userId: 'ana', expiresInSeconds: -1 }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('with completion by the frontend', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy({
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web', OAUTH_COMPLETION: 'frontend' },
    });
    deployment.sandbox.control.createAccount({
      provider: 'google',
      email: 'guest@example.com',
      name: 'Guest',
    });
  });
  afterAll(() => deployment?.stop());

  test('the callback of a link completes by itself, in the browser that began', async () => {
    const { url } = await deployment.service.createConnectLink({
      userId: 'ana',
      provider: 'google',
    });
    const guest = deployment.browser(null);
    const path = new URL(url).pathname;
    const { text } = await guest.get(path).expect(200);
    const action = /action="([^"]+)"/.exec(text)?.[1]?.replaceAll('&#38;', '&') ?? '';
    const target = new URL(action, url);
    const answer = await guest.agent.post(target.pathname + target.search).expect(303);
    const callback = await guest.consent(answer.headers['location'] as string, {
      as: 'guest@example.com',
    });
    const stranger = await deployment.browser(null).comeBack(callback);
    expect(stranger.searchParams.get('error')).toBe('invalid_state');
    expect((await guest.comeBack(callback)).searchParams.get('status')).toBe('success');
  });
});
