/** Every way in which connecting can fail, as a browser and as a program sees it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Emulator } from './emulator.js';
import { build, Service } from './service.js';
import { takeComplaints } from './shape.js';
import type { Fault, Json } from './wire.js';

let emulator: Emulator;
let service: Service;
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator, { PROVIDER_TIMEOUT_MS: '1000' });
}, 150_000);
beforeEach(() => {
  emulator.heal();
  Object.assign(emulator.google.oauth, { decision: {} });
  Object.assign(emulator.microsoft.oauth, { decision: {} });
});
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

const status = (code: number, body: unknown): Fault => ({ status: code, body });
const entra = (error: string, number: number, more: Json = {}) => ({
  error,
  error_description: `AADSTS${number}: words <script>alert(1)</script> Trace ID: 0000`,
  error_codes: [number],
  error_uri: `https://login.microsoftonline.com/error?code=${number}`,
  ...more,
});

for (const provider of ['google', 'microsoft'] as const) {
  const failed = (code: string) =>
    `${service.frontend}/integrations?status=error&provider=${provider}&error=${code}`;
  const connect = (query = '', browser = service.browser()) => {
    emulator[provider].addPerson('somebody');
    return service.connect(browser, emulator, provider, 'somebody', query);
  };

  describe(`${provider} refuses or fails`, () => {
    test('a user who declines gets access_denied, with any description from the provider', async () => {
      const words = '"><script>alert(1)</script>\r\nSet-Cookie: a=b&status=success';
      emulator[provider].oauth.decision = {
        error: { error: 'access_denied', error_subcode: 'cancel', error_description: words },
      };
      expect(await connect()).toBe(failed('access_denied'));
      emulator[provider].oauth.decision = { error: { error: 'access_denied' } };
      expect(await connect('?returnTo=/integrations/x')).toBe(
        failed('access_denied').replace('integrations?', 'integrations/x?'),
      );
    });

    test('an unknown provider error is provider_error, and a temporary one is provider_unavailable', async () => {
      emulator[provider].oauth.decision = {
        error: { error: 'status=success', error_description: 'x' },
      };
      expect(await connect()).toBe(failed('provider_error'));
      emulator[provider].oauth.decision = { error: { error: 'temporarily_unavailable' } };
      expect(await connect()).toBe(failed('provider_unavailable'));
    });

    test('a missing calendar scope is missing_scopes, also when a similar scope was granted', async () => {
      emulator[provider].oauth.decision = {
        scopes: (asked) => asked.filter((scope) => !/calendar/i.test(scope)),
      };
      expect(await connect()).toBe(failed('missing_scopes'));
      const near = (scope: string) =>
        /calendar/i.test(scope) ? `${scope.replace('ReadWrite', 'Read')}.readonly` : scope;
      emulator[provider].oauth.decision = { scopes: (asked) => asked.map(near) };
      expect(await connect()).toBe(failed('missing_scopes'));
    });

    test('a grant without a refresh token is no_refresh_token', async () => {
      emulator[provider].oauth.decision = { token: ({ refresh_token: _, ...rest }) => rest };
      expect(await connect()).toBe(failed('no_refresh_token'));
    });

    test('wrong client credentials are provider_misconfigured', async () => {
      const wrong =
        provider === 'google' ? { error: 'invalid_client' } : entra('invalid_client', 7000215);
      emulator.fail(`${provider}.token`, status(401, wrong));
      expect(await connect()).toBe(failed('provider_misconfigured'));
      const redirect =
        provider === 'google'
          ? { error: 'redirect_uri_mismatch' }
          : entra('invalid_request', 50194);
      emulator.fail(`${provider}.token`, status(400, redirect));
      expect(await connect()).toBe(failed('provider_misconfigured'));
    });

    test('a timeout, a broken connection, a redirect or an invalid body is provider_unavailable after one request', async () => {
      const oversized = { access_token: 'x', filler: 'y'.repeat(300_000) };
      const faults: Fault[] = [
        'hang',
        'reset',
        'half',
        status(500, {}),
        status(503, '<html>'),
        status(502, { error: 'x' }),
      ];
      const garbage = [
        null,
        7,
        [],
        {},
        '<html>',
        '{',
        'null',
        { access_token: { a: 1 } },
        { access_token: 'a', token_type: 'mac' },
        oversized,
      ];
      const odd = garbage.map((body) => status(200, body));
      const moved: Fault = { status: 302, headers: { location: `${emulator.origin}/stolen` } };
      for (const fault of [...faults, ...odd, moved]) {
        emulator.heal();
        emulator.fail(`${provider}.token`, fault);
        const before = emulator.calls.length;
        expect([fault, await connect()]).toEqual([fault, failed('provider_unavailable')]);
        expect(emulator.count(`${provider}.token`, before)).toBe(1);
      }
    }, 60_000);

    test('a missing profile, or one without an id, is provider_unavailable or provider_error', async () => {
      const kind = provider === 'google' ? 'google.userinfo' : 'microsoft.me';
      for (const fault of [
        'reset',
        status(503, {}),
        status(200, null),
        status(200, {}),
        status(200, { sub: { a: 1 }, id: {} }),
        status(200, '<a>'),
      ] as Fault[]) {
        emulator.heal();
        emulator.fail(kind, fault, 5);
        expect([fault, await connect()]).toEqual([
          fault,
          expect.stringMatching(/error=provider_(unavailable|error)$/),
        ]);
      }
    });

    test('an invalid token lifetime does not fail a connection', async () => {
      for (const expires_in of [undefined, -1, 1e12, 'soon', null]) {
        emulator[provider].oauth.decision = { token: (answer) => ({ ...answer, expires_in }) };
        expect([expires_in, await connect()]).toEqual([
          expires_in,
          expect.stringMatching(/status=(success|error)/),
        ]);
      }
    });

    test('a display name with control characters, a lone surrogate or great length does not fail a connection', async () => {
      const browser = service.browser();
      const kind = provider === 'google' ? 'google.userinfo' : 'microsoft.me';
      const name = `\u0000Ana\n\ud800<b>${'x'.repeat(20_000)}`;
      const id = `odd-${randomUUID()}`;
      const body = {
        sub: id,
        id,
        email: 'a@b.example',
        name,
        displayName: name,
        mail: 'a@b.example',
        __proto__: { polluted: 1 },
      };
      emulator.fail(kind, { body });
      expect(await connect('', browser)).toContain('status=success');
    });

    test('reconnecting with another provider account is account_mismatch; with the same one the id stays', async () => {
      const browser = service.browser();
      const [ana, bo] = [randomUUID(), randomUUID()];
      for (const key of [ana, bo]) emulator[provider].addPerson(key);
      const id = await service.connected(browser, emulator, provider, ana);
      expect(await service.connect(browser, emulator, provider, bo, `?accountId=${id}`)).toBe(
        failed('account_mismatch'),
      );
      expect(await service.connect(browser, emulator, provider, ana, `?accountId=${id}`)).toContain(
        `accountId=${id}`,
      );
      expect((await browser.ask('/integrations/accounts')).body.data).toHaveLength(1);
      const stranger = service.browser();
      for (const wrong of [id, randomUUID(), 'not-a-uuid'])
        expect(
          (await stranger.ask(`/integrations/oauth-url/${provider}?accountId=${wrong}`)).status,
        ).toBe(404);
    });
  });
}

test('each Entra error that requires an administrator’s approval is admin_consent_required', async () => {
  emulator.microsoft.addPerson('somebody');
  const connect = () => service.connect(service.browser(), emulator, 'microsoft', 'somebody');
  for (const number of [90094, 900941]) {
    const { error_description } = entra('access_denied', number);
    emulator.microsoft.oauth.decision = { error: { error: 'access_denied', error_description } };
    expect([number, await connect()]).toEqual([
      number,
      expect.stringMatching(/error=admin_consent_required$/),
    ]);
  }
  emulator.microsoft.oauth.decision = {};
  emulator.fail('microsoft.token', status(400, entra('invalid_grant', 50105)));
  expect(await connect()).toMatch(/error=admin_consent_required$/);
});

test('Google’s error that requires an administrator’s approval is admin_consent_required', async () => {
  emulator.google.oauth.decision = { error: { error: 'admin_policy_enforced' } };
  expect(await service.connect(service.browser(), emulator, 'google', 'somebody')).toMatch(
    /error=admin_consent_required$/,
  );
});

test('every response kept the rules for all responses, and the log holds no secret', () => {
  expect(takeComplaints()).toEqual([]);
  expect(
    emulator.violations.filter((violation) => !violation.startsWith('a code unknown')),
  ).toEqual([]);
  expect(emulator.calls.filter(({ raw }) => raw.includes('stolen'))).toEqual([]);
  expect(emulator.secrets.filter((secret) => service.output.includes(secret))).toEqual([]);
  expect(service.output).not.toContain('<script>');
});
