/**
 * Connecting, seen from outside: every way to the consent page, and the callback with an account.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser, everySetCookie } from './client.js';
import { Emulator } from './emulator.js';
import { build, Service, settled } from './service.js';
import { contractKeys, INSTANT, keysOf, syncKeysOf, takeComplaints, UUID } from './shape.js';

let emulator: Emulator;
let service: Service;
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator);
}, 150_000);
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

for (const provider of ['google', 'microsoft'] as const)
  describe(`connecting ${provider}`, () => {
    const side = () => emulator[provider];
    const person = () => {
      const key = `p${randomUUID().slice(0, 8)}`;
      return emulator[provider].addPerson(key);
    };
    const identity = (someone: { email?: string; upn?: string }) => someone.email ?? someone.upn;

    test('the provider list names the provider and the scopes it will request', async () => {
      const { status, body } = await service.browser().ask('/integrations/providers');
      expect(status).toBe(200);
      expect(keysOf(body)).toBe('data');
      const entry = body.data.find(({ id }: { id: string }) => id === provider);
      expect(keysOf(entry)).toBe('id, name, scopes');
      expect(entry.scopes).toContain(
        provider === 'google'
          ? 'https://www.googleapis.com/auth/calendar'
          : 'https://graph.microsoft.com/Calendars.ReadWrite',
      );
    });

    test('the authorization URL has exactly the parameters this provider needs, and a cookie binds the browser', async () => {
      const browser = service.browser();
      const from = Date.now();
      const reply = await browser.ask(
        `/integrations/oauth-url/${provider}?loginHint=ana%40example.com`,
      );
      expect(reply.status).toBe(200);
      expect(keysOf(reply.body)).toBe(contractKeys('Authorization'));
      expect(reply.body.state).toMatch(/^[\w-]{43}$/);
      expect(reply.body.expiresAt).toMatch(INSTANT);
      expect(Math.abs(Date.parse(reply.body.expiresAt) - from - 600_000)).toBeLessThan(5000);
      expect(reply.headers.get('cache-control')).toBe('no-store');
      const query = Object.fromEntries(new URL(reply.body.url).searchParams);
      expect(query).toMatchObject({
        client_id: side().oauth.client.id,
        response_type: 'code',
        redirect_uri: `${service.origin}/integrations/auth/${provider}/callback`,
        state: reply.body.state,
        code_challenge_method: 'S256',
        login_hint: 'ana@example.com',
      });
      if (provider === 'google')
        expect(query).toMatchObject({
          access_type: 'offline',
          prompt: expect.stringContaining('consent'),
        });
      else expect(query['scope']).toContain('offline_access');
      const binding = reply.headers.getSetCookie().find((line) => line.startsWith('oauth-')) ?? '';
      expect(binding).toMatch(/HttpOnly/i);
      expect(binding).toMatch(/SameSite=Lax/i);
      expect(binding).toMatch(/Path=\/(;|$)/i);
      expect(binding).not.toContain(reply.body.state);
    });

    test('the callback redirects with the account, which has the documented keys and shows its sync until it ends', async () => {
      const user = randomUUID();
      const browser = service.browser(user);
      const someone = person();
      const end = await service.connect(browser, emulator, provider, someone.key);
      const id = new URL(end).searchParams.get('accountId') ?? '';
      expect(end).toBe(
        `${service.frontend}/integrations?status=success&provider=${provider}&accountId=${id}`,
      );
      expect(id).toMatch(UUID);
      const sync = await settled(browser, id);
      expect(syncKeysOf(sync)).toBe(contractKeys('Sync'));
      expect(sync).toMatchObject({ state: 'idle', error: null, trigger: 'connect' });
      const { body } = await browser.ask(`/integrations/accounts/${id}`);
      expect(keysOf(body)).toBe(contractKeys('Account'));
      expect(keysOf(body.push)).toBe(contractKeys('push'));
      expect(keysOf(body.sync.progress)).toBe(contractKeys('progress'));
      expect(body).toMatchObject({
        id,
        userId: user,
        provider,
        email: identity(someone),
        status: 'connected',
        statusReason: null,
      });
      for (const time of [body.connectedAt, body.updatedAt, body.lastSyncedAt, body.nextSyncAt])
        expect(time).toMatch(INSTANT);
      const list = await browser.ask('/integrations/accounts');
      expect(list.body).toEqual({ data: [body], nextCursor: null });
    });

    test('a frontend that only navigates uses a browser session, and signing out ends the session', async () => {
      const user = randomUUID();
      const script = service.browser(user);
      expect((await script.ask('/integrations/session', { method: 'POST' })).status).toBe(204);
      const before = script.cookies;
      expect((await script.ask('/integrations/session', { method: 'POST' })).status).toBe(204);
      expect(script.cookies).toEqual(before);
      side().oauth.person = person().key;
      const end = await script.navigate(`/integrations/auth/${provider}`, emulator.origin);
      expect(end).toContain(`status=success&provider=${provider}`);
      expect((await script.ask('/integrations/accounts', { token: '' })).body.data).toHaveLength(1);
      expect((await script.ask('/integrations/session', { method: 'DELETE' })).status).toBe(204);
      const out = await script.navigate(`/integrations/auth/${provider}`, emulator.origin);
      expect(out).toBe(
        `${service.frontend}/integrations?status=error&provider=${provider}&error=unauthenticated`,
      );
    });

    test('connecting the same provider account again keeps the id; another provider account gets a new one', async () => {
      const browser = service.browser();
      const [ana, bo] = [person(), person()];
      const first = await service.connected(browser, emulator, provider, ana.key);
      expect(await service.connected(browser, emulator, provider, ana.key)).toBe(first);
      expect(await service.connected(browser, emulator, provider, bo.key)).not.toBe(first);
      expect(
        (await browser.ask(`/integrations/accounts?provider=${provider}`)).body.data,
      ).toHaveLength(2);
      const other = await service.connected(service.browser(), emulator, provider, ana.key);
      expect(other).not.toBe(first);
    });

    test('the provider’s account id identifies an account; its email address does not', async () => {
      const browser = service.browser();
      const ana = person();
      const first = await service.connected(browser, emulator, provider, ana.key);
      Object.assign(ana, {
        email: 'renamed@example.com',
        upn: 'renamed@example.com',
        mail: 'Renamed@Example.com',
      });
      expect(await service.connected(browser, emulator, provider, ana.key)).toBe(first);
      expect((await browser.ask(`/integrations/accounts/${first}`)).body.email.toLowerCase()).toBe(
        'renamed@example.com',
      );
      const thief = person();
      Object.assign(thief, {
        email: 'renamed@example.com',
        upn: 'renamed@example.com',
        mail: 'Renamed@Example.com',
      });
      expect(await service.connected(browser, emulator, provider, thief.key)).not.toBe(first);
    });

    test('returnTo replaces the path of the redirect, never its origin', async () => {
      const browser = service.browser();
      const end = await service.connect(
        browser,
        emulator,
        provider,
        person().key,
        '?returnTo=%2Fintegrations%2Fdone%3Fa%3Db',
      );
      const url = new URL(end);
      expect(url.origin + url.pathname).toBe(`${service.frontend}/integrations/done`);
      expect(url.searchParams.get('status')).toBe('success');
      for (const wrong of [
        'https://evil.example',
        '//evil.example',
        '/\\evil.example',
        '/integrationsevil',
        '/integrations/../x',
        '/other',
        'javascript:1',
      ]) {
        const reply = await browser.ask(
          `/integrations/oauth-url/${provider}?returnTo=${encodeURIComponent(wrong)}`,
        );
        expect([wrong, reply.status]).toEqual([wrong, 400]);
      }
    });

    test('two tabs finish in any order, and long or unusually encoded callbacks are accepted', async () => {
      const browser = service.browser();
      side().oauth.person = person().key;
      side().oauth.expiresIn = '3599';
      side().oauth.decision = {
        extra: {
          authuser: '0',
          prompt: 'consent',
          session_state: 'x',
          client_info: 'y',
          hd: 'example.com',
        },
      };
      const [one, two] = [
        await browser.ask(`/integrations/oauth-url/${provider}`),
        await browser.ask(`/integrations/oauth-url/${provider}`),
      ];
      expect(await browser.navigate(two.body.url, emulator.origin)).toContain('status=success');
      expect(await browser.navigate(one.body.url, emulator.origin)).toContain('status=success');
      side().oauth.expiresIn = 3599;
      side().oauth.decision = {};
    });
  });

test('Google’s older userinfo, its issuer and scope parameters, and shorter responses are accepted', async () => {
  const browser = service.browser();
  const ana = emulator.google.addPerson('older');
  const first = await service.connected(browser, emulator, 'google', 'older');
  emulator.google.olderUserinfo = true;
  emulator.google.oauth.decision = {
    extra: {
      iss: 'https://accounts.google.com',
      scope: 'email openid https://www.googleapis.com/auth/calendar',
    },
  };
  // `id` is the older name of `sub`: the same person.
  expect(await service.connected(browser, emulator, 'google', 'older')).toBe(first);
  Object.assign(ana, { name: null });
  emulator.google.oauth.decision = {
    token: ({ token_type: _, id_token: __, ...rest }) => ({ token_type: 'BEARER', ...rest }),
  };
  expect(await service.connected(browser, emulator, 'google', 'older')).toBe(first);
  emulator.google.oauth.decision = { extra: { iss: 'https://evil.example' } };
  expect(await service.connect(browser, emulator, 'google', 'older')).toMatch(/status=error/);
  Object.assign(emulator.google, { olderUserinfo: false });
  emulator.google.oauth.decision = {};
});

test('Microsoft’s qualified scopes are accepted, and the mail address is used where there is one', async () => {
  const browser = service.browser();
  emulator.microsoft.addPerson('mailed', [], 'mailed@contoso.com');
  const { spellScopes } = emulator.microsoft.oauth;
  emulator.microsoft.oauth.spellScopes = (scopes) => scopes.join(' ');
  const id = await service.connected(browser, emulator, 'microsoft', 'mailed');
  emulator.microsoft.oauth.spellScopes = spellScopes;
  expect((await browser.ask(`/integrations/accounts/${id}`)).body.email).toBe('mailed@contoso.com');
});

test('every response, cookie and log line kept the rules for all of them', async () => {
  expect(takeComplaints()).toEqual([]);
  expect(emulator.violations).toEqual([]);
  expect(
    everySetCookie.filter((line) => !/HttpOnly/i.test(line) || !/SameSite=Lax/i.test(line)),
  ).toEqual([]);
  expect(emulator.secrets.filter((secret) => service.output.includes(secret))).toEqual([]);
  const anonymous = new Browser(service.origin);
  expect((await anonymous.ask('/integrations/accounts')).body.code).toBe('unauthenticated');
});
