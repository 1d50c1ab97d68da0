/** Settings, seen from outside: what production requires, and what each setting changes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser } from './client.js';
import { Emulator } from './emulator.js';
import { build, runToEnd, Service } from './service.js';
import { takeComplaints } from './shape.js';

const MAIN = 'dist/src/main.js';
let emulator: Emulator;
const services: Service[] = [];
async function start(more: Record<string, string | undefined>): Promise<Service> {
  const service = await Service.start(emulator, more);
  services.push(service);
  return service;
}
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
}, 150_000);
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await emulator?.stop();
});

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a start in production', () => {
  test('a start without settings names every missing setting at once, and how to make it', async () => {
    const { code, output } = await runToEnd(MAIN, { NODE_ENV: 'production', PORT: '0' });
    expect(code).not.toBe(0);
    for (const name of [
      'DATABASE_URL',
      'REDIS_URL',
      'JWT_SECRET',
      'SESSION_SECRET',
      'TOKEN_ENCRYPTION_KEYS',
      'OAUTH_REDIRECT_BASE_URL',
      'FRONTEND_BASE_URL',
    ])
      expect(output).toContain(name);
    expect(output).toMatch(/openssl|keys|node -e/);
  });

  test('a start with malformed settings names each of them and prints no secret', async () => {
    const wrong = {
      PORT: 'many',
      DATABASE_URL: 'mysql://x',
      REDIS_URL: 'http://x',
      JWT_SECRET: 'much-too-short',
      SESSION_SECRET: 'short',
      TOKEN_ENCRYPTION_KEYS: 'k1:c2hvcnQ=',
      OAUTH_REDIRECT_BASE_URL: 'http://app.example.com',
      FRONTEND_BASE_URL: 'javascript:1',
      GOOGLE_CLIENT_ID: 'half-a-pair',
      GOOGLE_TOKEN_URL: 'http://evil.example/token',
      MICROSOFT_GRAPH_URL: 'nonsense',
      PROVIDER_TIMEOUT_MS: '-1',
      RATE_LIMIT_START: 'x',
      OAUTH_COMPLETION: 'magic',
      ROLE: 'king',
      RETURN_PATHS: 'https://evil.example',
      TRUST_PROXY: 'maybe',
    };
    const { code, output } = await runToEnd(MAIN, { NODE_ENV: 'production', ...wrong });
    expect(code).not.toBe(0);
    const unnamed = Object.keys(wrong).filter(
      (name) => !output.includes(name.replace('GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_')),
    );
    expect(unnamed).toEqual([]);
    expect(output).not.toContain('much-too-short');
    expect(output).not.toMatch(/\n\s+at /);
  });
});

describe('settings that change responses', () => {
  let service: Service;
  const forwarded = () => ({ 'x-forwarded-for': `203.0.113.${Math.ceil(Math.random() * 250)}` });
  beforeAll(async () => {
    service = await start({
      MICROSOFT_CLIENT_ID: undefined,
      MICROSOFT_CLIENT_SECRET: undefined,
      ONE_USER_PER_PROVIDER_ACCOUNT: 'true',
      GOOGLE_REVOKE_ON_DISCONNECT: 'false',
      JWT_COOKIE_NAME: 'host_jwt',
      JWT_USER_CLAIM: 'uid',
      JWT_ROLES_CLAIM: 'groups',
      JWT_ADMIN_ROLE: 'boss',
      TRUST_PROXY: '1',
      RATE_LIMIT_START: '5',
      RATE_LIMIT_CALLBACK: '4',
      RATE_LIMIT_SYNC: '2',
      STATE_TTL_SECONDS: '3',
      RETURN_PATHS: '/settings,/me/calendars',
      GOOGLE_CALENDAR_SCOPE: 'https://www.googleapis.com/auth/calendar.readonly',
    });
  }, 60_000);
  const browserOf = (user: string) =>
    new Browser(service.origin, service.token('ignored', { uid: user }));
  const connect = async (browser: Browser, query = '') => {
    const { body } = await browser.ask(`/integrations/oauth-url/google${query}`);
    return browser.navigate(body.url, emulator.origin, forwarded());
  };

  test('a provider without client credentials is not listed and answers 503 provider_not_configured', async () => {
    const browser = browserOf(randomUUID());
    expect(
      (await browser.ask('/integrations/providers')).body.data.map(({ id }: { id: string }) => id),
    ).toEqual(['google']);
    expect(await browser.ask('/integrations/oauth-url/microsoft')).toMatchObject({
      status: 503,
      body: { code: 'provider_not_configured' },
    });
  });

  test('the configured calendar scope is requested, and must be granted', async () => {
    emulator.google.addPerson('scoped');
    emulator.google.oauth.person = 'scoped';
    const browser = browserOf(randomUUID());
    const { body } = await browser.ask('/integrations/oauth-url/google');
    expect(new URL(body.url).searchParams.get('scope')?.split(' ')).toContain(
      'https://www.googleapis.com/auth/calendar.readonly',
    );
    expect(await browser.navigate(body.url, emulator.origin, forwarded())).toContain(
      'status=success',
    );
  });

  test('with one user per provider account, a second user gets account_already_connected until the first disconnects', async () => {
    emulator.google.addPerson('single');
    emulator.google.oauth.person = 'single';
    const [one, two] = [browserOf(randomUUID()), browserOf(randomUUID())];
    const first = new URL(await connect(one)).searchParams.get('accountId');
    expect(await connect(two)).toBe(
      `${service.frontend}/integrations?status=error&provider=google&error=account_already_connected`,
    );
    const since = emulator.calls.length;
    expect(
      (await one.ask(`/integrations/accounts/${first}`, { method: 'DELETE' })).body,
    ).toMatchObject({
      revoked: false,
      reason: 'disabled',
    });
    expect(emulator.count('google.revoke', since)).toBe(0);
    expect(await connect(two)).toContain('status=success');
  });

  test('the JWT may be in the host’s cookie, with the user and roles in configured claims', async () => {
    const user = randomUUID();
    const cookie = `host_jwt=${service.token('ignored', { uid: user, groups: ['boss'] })}`;
    const anonymous = new Browser(service.origin);
    expect(
      (await anonymous.ask('/integrations/accounts', { headers: { cookie } })).body.data.length,
    ).toBeGreaterThan(0);
    expect(
      (await anonymous.ask('/integrations/accounts?userId=me', { headers: { cookie } })).body.data,
    ).toEqual([]);
    expect(
      (
        await anonymous.ask(`/integrations/sync/${randomUUID()}`, {
          method: 'POST',
          json: {},
          headers: { cookie },
        })
      ).body.code,
    ).toBe('origin_not_allowed');
    expect(
      (await new Browser(service.origin, service.token('only a sub')).ask('/integrations/accounts'))
        .status,
    ).toBe(401);
  });

  test('returnTo accepts the paths that RETURN_PATHS allows', async () => {
    const browser = browserOf(randomUUID());
    emulator.google.oauth.person = 'scoped';
    expect((await browser.ask('/integrations/oauth-url/google?returnTo=/elsewhere')).status).toBe(
      400,
    );
    emulator.google.addPerson('returning');
    emulator.google.oauth.person = 'returning';
    expect(await connect(browser, '?returnTo=/me/calendars/7')).toContain(
      `${service.frontend}/me/calendars/7?status=success`,
    );
  });

  test('an authorization request lives as long as STATE_TTL_SECONDS', async () => {
    const browser = browserOf(randomUUID());
    const { body } = await browser.ask('/integrations/oauth-url/google');
    expect(Math.abs(Date.parse(body.expiresAt) - Date.now() - 3000)).toBeLessThan(1500);
    const consent = await browser.ask(body.url, { token: '' });
    await sleep(3200);
    expect(await browser.navigate(consent.location, emulator.origin, forwarded())).toBe(
      `${service.frontend}/integrations?status=error&error=invalid_state`,
    );
  });

  test('starts and syncs are limited by user and callbacks by address, each with Retry-After', async () => {
    const browser = browserOf(randomUUID());
    const replies = [];
    for (let n = 0; n < 6; n++) replies.push(await browser.ask('/integrations/oauth-url/google'));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(replies[5]?.body.code).toBe('rate_limited');
    expect(Number(replies[5]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await browserOf(randomUUID()).ask('/integrations/oauth-url/google')).status).toBe(200);

    const address = `198.51.100.${Math.ceil(Math.random() * 250)}`;
    const back = () =>
      browser.navigate('/integrations/auth/google/callback?code=x&state=y', emulator.origin, {
        'x-forwarded-for': `1.2.3.4, ${address}`,
      });
    const ends = [];
    for (let n = 0; n < 5; n++) ends.push(await back());
    expect(ends.slice(0, 4).every((end) => end.includes('error=invalid_state'))).toBe(true);
    expect(ends[4]).toContain('error=rate_limited');

    const owner = browserOf(randomUUID());
    emulator.google.addPerson('eager');
    emulator.google.oauth.person = 'eager';
    const id = new URL(await connect(owner)).searchParams.get('accountId');
    const syncs = [];
    for (let n = 0; n < 3; n++)
      syncs.push(
        (await owner.ask(`/integrations/sync/${id}`, { method: 'POST', json: {} })).status,
      );
    expect(syncs).toEqual([202, 202, 429]);
  });
});

describe('completion by the frontend', () => {
  test('the callback stores a ticket that only its user can redeem, once', async () => {
    const service = await start({ OAUTH_COMPLETION: 'frontend' });
    emulator.google.addPerson('native');
    emulator.google.oauth.person = 'native';
    const [ana, bo, anywhere] = [service.browser(), service.browser(), new Browser(service.origin)];
    const ticketFor = async (browser: Browser) => {
      const { body } = await browser.ask('/integrations/oauth-url/google');
      // Another browser, like the system browser that a native app opens.
      const end = new URL(await anywhere.navigate(body.url, emulator.origin));
      expect(`${end.origin}${end.pathname}`).toBe(`${service.frontend}/integrations`);
      expect([...end.searchParams.keys()].sort()).toEqual(['provider', 'status', 'ticket']);
      expect(end.searchParams.get('status')).toBe('pending');
      return end.searchParams.get('ticket');
    };
    const since = emulator.calls.length;
    const ticket = await ticketFor(ana);
    expect(emulator.count('google.token', since)).toBe(0);
    const done = await ana.ask('/integrations/complete', { method: 'POST', json: { ticket } });
    expect(done).toMatchObject({
      status: 200,
      body: { provider: 'google', status: 'connected', email: 'native@example.com' },
    });
    expect(
      (await ana.ask('/integrations/complete', { method: 'POST', json: { ticket } })).status,
    ).toBe(403);
    const another = await ticketFor(ana);
    expect(
      (await bo.ask('/integrations/complete', { method: 'POST', json: { ticket: another } }))
        .status,
    ).toBe(403);
    expect(
      (await ana.ask('/integrations/complete', { method: 'POST', json: { ticket: another } }))
        .status,
    ).toBe(403);
    expect(
      (await ana.ask('/integrations/complete', { method: 'POST', json: { ticket: 'x' } })).status,
    ).toBe(403);
    emulator.google.oauth.decision = { error: { error: 'access_denied' } };
    const { body } = await ana.ask('/integrations/oauth-url/google');
    expect(await anywhere.navigate(body.url, emulator.origin)).toBe(
      `${service.frontend}/integrations?status=error&provider=google&error=access_denied`,
    );
    emulator.google.oauth.decision = {};
  }, 60_000);
});

test('every response kept the rules for all responses', () => {
  expect(takeComplaints()).toEqual([]);
  expect(emulator.violations).toEqual([]);
});
