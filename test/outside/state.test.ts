/**
 * States, seen from outside: a callback belongs to the browser, the provider and the user that
 * started.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Emulator } from './emulator.js';
import { build, Service } from './service.js';
import { takeComplaints } from './shape.js';

let emulator: Emulator;
let service: Service;
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator);
  emulator.google.addPerson('somebody');
  emulator.microsoft.addPerson('somebody');
}, 150_000);
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

for (const provider of ['google', 'microsoft'] as const)
  describe(`${provider}: a state that is not this browser’s`, () => {
    const stateError = () => `${service.frontend}/integrations?status=error&error=invalid_state`;
    const callback = (query: string) => `/integrations/auth/${provider}/callback${query}`;
    const other = provider === 'google' ? 'microsoft' : 'google';

    test('a state that is missing, unknown, malformed, spent, repeated, or of another provider, browser or user is invalid_state', async () => {
      const browser = service.browser();
      const unknown = 'A'.repeat(43);
      const odd = [
        '',
        '?code=x',
        `?code=x&state=${unknown}`,
        '?state=short&code=x',
        '?state[]=a&code=x',
        `?state=${unknown}&state=${unknown}&code=x`,
        `?error=access_denied`,
        `?code=x&state=${'A'.repeat(5000)}`,
        '?code=%00&state=%00',
      ];
      for (const query of odd)
        expect([query, await browser.navigate(callback(query), emulator.origin)]).toEqual([
          query,
          stateError(),
        ]);

      const start = await browser.ask(`/integrations/oauth-url/${provider}`);
      const { state } = start.body;
      const wrongPath = await browser.navigate(
        `/integrations/auth/${other}/callback?code=x&state=${state}`,
        emulator.origin,
      );
      expect(wrongPath).toBe(stateError());
      // A state is spent by its first callback.
      expect(await browser.navigate(callback(`?code=x&state=${state}`), emulator.origin)).toBe(
        stateError(),
      );

      emulator[provider].oauth.person = 'somebody';
      const good = await browser.ask(`/integrations/oauth-url/${provider}`);
      const consent = await browser.ask(good.body.url, { token: '' });
      const tokens = emulator.count(`${provider}.token`);
      expect(await service.browser().navigate(consent.location, emulator.origin)).toBe(
        stateError(),
      );
      expect(emulator.count(`${provider}.token`)).toBe(tokens);
      // The other browser's attempt did not spend the state.
      expect(await browser.navigate(consent.location, emulator.origin)).toContain('status=success');
      expect(await browser.navigate(consent.location, emulator.origin)).toBe(stateError());
      expect(emulator.count(`${provider}.token`)).toBe(tokens + 1);
    });

    test('a state is invalid_state for another user who signed in to the same browser meanwhile', async () => {
      const browser = service.browser();
      emulator[provider].oauth.person = 'somebody';
      const good = await browser.ask(`/integrations/oauth-url/${provider}`);
      const consent = await browser.ask(good.body.url, { token: '' });
      await browser.ask('/integrations/session', {
        method: 'POST',
        token: service.token('somebody-else'),
      });
      expect(await browser.navigate(consent.location, emulator.origin)).toBe(stateError());
    });

    test('sixty-four simultaneous callbacks spend the state once', async () => {
      const browser = service.browser();
      emulator[provider].oauth.person = 'somebody';
      const good = await browser.ask(`/integrations/oauth-url/${provider}`);
      const consent = await browser.ask(good.body.url, { token: '' });
      const tokens = emulator.count(`${provider}.token`);
      const ends = await Promise.all(
        Array.from({ length: 64 }, () => browser.navigate(consent.location, emulator.origin)),
      );
      expect(ends.filter((end) => end.includes('status=success'))).toHaveLength(1);
      expect(ends.filter((end) => end === stateError())).toHaveLength(63);
      expect(emulator.count(`${provider}.token`)).toBe(tokens + 1);
    });

    test('a program gets a problem document, and HEAD, POST and prefetch requests do not run the callback', async () => {
      const browser = service.browser();
      const reply = await browser.ask(callback('?code=x&state=y'), {
        headers: { accept: 'application/json' },
      });
      expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_state' } });
      const start = await browser.ask(`/integrations/oauth-url/${provider}`);
      for (const method of ['HEAD', 'POST', 'PUT'])
        expect(
          (await browser.ask(callback(`?code=x&state=${start.body.state}`), { method })).status,
        ).toBeGreaterThanOrEqual(400);
      const prefetch = await browser.ask(`/integrations/auth/${provider}`, {
        headers: { 'sec-purpose': 'prefetch' },
      });
      expect(prefetch.status).toBe(403);
    });
  });

test('every response kept the rules for all responses; the log gives the reason and holds no secret', () => {
  expect(takeComplaints()).toEqual([]);
  expect(emulator.violations).toEqual([]);
  for (const why of [
    'missing',
    'malformed',
    'another browser',
    'another signed-in user',
    'of another provider',
    'spent',
  ])
    expect(service.output).toContain(why);
  expect(emulator.secrets.filter((secret) => service.output.includes(secret))).toEqual([]);
});
