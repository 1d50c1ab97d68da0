/** The library mounted in a host's Express app: the same routes and responses as standalone. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser } from './client.js';
import { Emulator } from './emulator.js';
import { eventsOf, ids } from './reading.js';
import { googleCalendar, googleEvent, graphCalendar, graphEvent } from './samples.js';
import { build, Service, synced } from './service.js';
import { contractKeys, keysOf, takeComplaints } from './shape.js';

const HOST = 'test/outside/host.mjs';
let emulator: Emulator;
let service: Service;
const endpoints = () => ({
  // Two complete endpoints instead of an authority and a tenant.
  MICROSOFT_AUTHORITY_URL: undefined,
  MICROSOFT_TENANT: undefined,
  MICROSOFT_AUTHORIZATION_URL: `${emulator.origin}/entra/common/oauth2/v2.0/authorize`,
  MICROSOFT_TOKEN_URL: `${emulator.origin}/entra/common/oauth2/v2.0/token`,
});
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator, endpoints(), HOST);
  emulator.google.addPerson('ana', [
    googleCalendar('ana@example.com', { primary: true }, [googleEvent('g', 1)]),
  ]);
  emulator.microsoft.addPerson('ana', [
    graphCalendar('AAMk=', { isDefaultCalendar: true }, [graphEvent('m', 1)]),
  ]);
}, 150_000);
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

describe.each(['google', 'microsoft'] as const)('mounted in a host, %s', (provider) => {
  test('an account connects, syncs, shows its events and disconnects', async () => {
    const browser = service.browser();
    const end = await service.connect(
      browser,
      emulator,
      provider,
      'ana',
      '?returnTo=/integrations/here',
    );
    expect(end).toContain(
      `${service.frontend}/integrations/here?status=success&provider=${provider}&accountId=`,
    );
    const id = new URL(end).searchParams.get('accountId') ?? '';
    expect(await synced(browser, id)).toMatchObject({ state: 'idle', error: null });
    const { body } = await browser.ask(`/integrations/accounts/${id}`);
    expect(keysOf(body)).toBe(contractKeys('Account'));
    const [event] = await eventsOf(browser, id);
    expect(keysOf(event)).toBe(contractKeys('Event'));
    expect(ids(await eventsOf(browser, id))).toEqual([provider === 'google' ? 'g' : 'm']);
    expect((await browser.ask(`/integrations/accounts/${id}`, { method: 'DELETE' })).status).toBe(
      200,
    );
  });

  test('a browser session starts a connection, and the router refuses what it refuses standalone', async () => {
    const browser = service.browser();
    expect((await browser.ask('/integrations/session', { method: 'POST' })).status).toBe(204);
    emulator[provider].oauth.person = 'ana';
    expect(await browser.navigate(`/integrations/auth/${provider}`, emulator.origin)).toContain(
      'status=success',
    );
    expect((await browser.ask('/integrations/session', { method: 'DELETE' })).status).toBe(204);
    const state = `${service.frontend}/integrations?status=error&error=invalid_state`;
    for (const query of [
      '',
      '?state[]=x&code=y',
      `?state=${'A'.repeat(43)}&code=x`,
      '?state[a]=b&code[c]=d',
    ])
      expect(
        await browser.navigate(`/integrations/auth/${provider}/callback${query}`, emulator.origin),
      ).toBe(state);
    emulator[provider].oauth.decision = { error: { error: 'access_denied' } };
    expect(await service.connect(browser, emulator, provider, 'ana')).toBe(
      `${service.frontend}/integrations?status=error&provider=${provider}&error=access_denied`,
    );
    emulator[provider].oauth.decision = {};
  });
});

test('errors are the router’s problem documents, and the host’s own routes still work', async () => {
  const browser = service.browser();
  expect(await browser.ask('/integrations/accounts/x')).toMatchObject({
    status: 404,
    body: { code: 'account_not_found' },
  });
  expect(await browser.ask('/integrations/oauth-url/yahoo')).toMatchObject({
    status: 400,
    body: { code: 'unsupported_provider' },
  });
  expect((await new Browser(service.origin).ask('/integrations/accounts')).body.code).toBe(
    'unauthenticated',
  );
  expect((await browser.ask('/integrations/accounts/%E0%A4%A')).status).toBe(400);
  expect(
    (
      await browser.ask('/integrations/sync/x', {
        method: 'POST',
        json: {},
        headers: { 'content-type': 'text/plain' },
      })
    ).status,
  ).toBeLessThan(500);
  const own = await fetch(`${service.origin}/own`);
  expect([own.status, await own.text()]).toEqual([200, 'the host']);
});

test('a host that identifies its users itself needs no JWT', async () => {
  const other = await Service.start(
    emulator,
    {
      ...endpoints(),
      OWN_CALLERS: 'yes',
      JWT_SECRET: undefined,
      JWT_ISSUER: undefined,
      JWT_AUDIENCE: undefined,
    },
    HOST,
  );
  try {
    const anonymous = new Browser(other.origin);
    expect((await anonymous.ask('/integrations/accounts')).status).toBe(401);
    const headers = { 'x-signed-in-as': 'user 7', origin: other.frontend };
    expect((await anonymous.ask('/integrations/accounts', { headers })).body).toEqual({
      data: [],
      nextCursor: null,
    });
    emulator.google.oauth.person = 'ana';
    const { body } = await anonymous.ask('/integrations/oauth-url/google', { headers });
    expect(await anonymous.navigate(body.url, emulator.origin)).toContain('status=success');
    expect((await anonymous.ask('/integrations/accounts', { headers })).body.data[0].userId).toBe(
      'user 7',
    );
  } finally {
    await other.stop();
  }
}, 60_000);

test('every response and request kept the rules for all of them, and the service stops on request', async () => {
  expect(takeComplaints()).toEqual([]);
  expect(emulator.violations).toEqual([]);
  expect(emulator.secrets.filter((secret) => service.output.includes(secret))).toEqual([]);
  expect(await service.stop()).toBe(0);
});
