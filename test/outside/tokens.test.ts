/**
 * Tokens over time: refreshed once when needed, replaced by a new consent when invalid, and revoked
 * at disconnect.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from './client.js';
import { Emulator } from './emulator.js';
import { calendarsOf, eventsOf, ids, selectAll } from './reading.js';
import { googleCalendar, googleEvent, graphCalendar, graphEvent } from './samples.js';
import { build, Service, synced } from './service.js';
import { contractKeys, keysOf, takeComplaints } from './shape.js';

let emulator: Emulator;
let service: Service;
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator);
}, 150_000);
beforeEach(() => {
  emulator.heal();
  emulator.google.oauth.expiresIn = '3599';
  emulator.microsoft.oauth.expiresIn = 3599;
});
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

for (const provider of ['google', 'microsoft'] as const)
  describe(`the tokens of ${provider}`, () => {
    const read = provider === 'google' ? 'google.events' : 'microsoft.delta';
    /** A connected and synced person with three calendars of one event each. */
    async function begin(browser: Browser): Promise<{ key: string; id: string }> {
      const key = `p${randomUUID().slice(0, 8)}`;
      if (provider === 'google')
        emulator.google.addPerson(
          key,
          [1, 2, 3].map((n) =>
            googleCalendar(`${n}@${key}`, { primary: n === 1 }, [googleEvent(`e${n}`, n)]),
          ),
        );
      else
        emulator.microsoft.addPerson(
          key,
          [1, 2, 3].map((n) =>
            graphCalendar(`AAMk${n}${key}`, { isDefaultCalendar: n === 1 }, [
              graphEvent(`e${n}`, n),
            ]),
          ),
        );
      const id = await service.connected(browser, emulator, provider, key);
      await selectAll(browser, id);
      await synced(browser, id);
      return { key, id };
    }
    /** Waits until the account meets the condition. */
    async function until(
      browser: Browser,
      id: string,
      wanted: (account: {
        status: string;
        statusReason: string;
        sync: { state: string; error: unknown };
      }) => boolean,
    ) {
      for (let tries = 0; tries < 80; tries++) {
        const { body } = await browser.ask(`/integrations/accounts/${id}`);
        if (wanted(body)) return body;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      throw new Error((await browser.ask(`/integrations/accounts/${id}`)).text);
    }

    test('tokens that expire soon are renewed before use, by one request', async () => {
      const browser = service.browser();
      emulator[provider].oauth.expiresIn = provider === 'google' ? '200' : 200;
      const { id } = await begin(browser);
      emulator[provider].oauth.expiresIn = provider === 'google' ? '3599' : 3599;
      for (const wanted of [1, 0]) {
        const since = emulator.calls.length;
        expect(await synced(browser, id)).toMatchObject({ state: 'idle', error: null });
        expect(emulator.count(`${provider}.token`, since)).toBe(wanted);
        expect(emulator.calls.slice(since).filter(({ status }) => status === 401)).toEqual([]);
      }
    });

    test('rejected tokens are renewed once for all calendars together', async () => {
      const browser = service.browser();
      const { id } = await begin(browser);
      emulator[provider].oauth.expireAccess();
      const since = emulator.calls.length;
      expect(await synced(browser, id)).toMatchObject({ state: 'idle', error: null });
      expect(emulator.count(`${provider}.token`, since)).toBe(1);

      // One calendar refuses the token in the middle of a sync.
      emulator.fail(read, { status: 401, body: { error: { code: 401, message: 'x' } } });
      const later = emulator.calls.length;
      expect(await synced(browser, id)).toMatchObject({ state: 'idle', error: null });
      expect(emulator.count(`${provider}.token`, later)).toBe(1);
    });

    test('a revoked grant makes the account reauthorization_required; reconnecting repairs it and keeps its data', async () => {
      const browser = service.browser();
      const { id, key } = await begin(browser);
      const before = {
        events: await eventsOf(browser, id),
        calendars: (await calendarsOf(browser, id)).map((one) => one.id),
      };
      emulator[provider].oauth.killGrants(key);
      expect(
        (await browser.ask(`/integrations/sync/${id}`, { method: 'POST', json: {} })).status,
      ).toBe(202);
      const dead = await until(browser, id, ({ status }) => status === 'reauthorization_required');
      expect(['revoked', 'expired']).toContain(dead.statusReason);
      expect(dead.nextSyncAt).toBeNull();
      expect(JSON.stringify(dead)).not.toMatch(/invalid_grant|expired or revoked/i);
      expect(
        (
          await browser.ask(
            `/integrations/accounts?status=reauthorization_required&provider=${provider}`,
          )
        ).body.data,
      ).toHaveLength(1);
      expect(
        await browser.ask(`/integrations/sync/${id}`, { method: 'POST', json: {} }),
      ).toMatchObject({
        status: 409,
        body: { code: 'reauthorization_required' },
      });

      expect(await service.connect(browser, emulator, provider, key, `?accountId=${id}`)).toContain(
        `status=success&provider=${provider}&accountId=${id}`,
      );
      await until(
        browser,
        id,
        ({ status, sync }) => status === 'connected' && sync.state === 'idle',
      );
      expect(await synced(browser, id)).toMatchObject({ error: null });
      expect((await calendarsOf(browser, id)).map((one) => one.id)).toEqual(before.calendars);
      expect(ids(await eventsOf(browser, id))).toEqual(ids(before.events));
    });

    test('a refresh that fails because of our settings or the provider does not require a new consent', async () => {
      const browser = service.browser();
      const { id } = await begin(browser);
      for (const fault of [
        { status: 503, body: {} },
        {
          status: 401,
          body: {
            error: 'invalid_client',
            error_description: 'AADSTS7000222: expired',
            error_codes: [7000222],
          },
        },
      ]) {
        emulator.heal();
        emulator[provider].oauth.expireAccess();
        emulator.fail(`${provider}.token`, fault, 9);
        await browser.ask(`/integrations/sync/${id}`, { method: 'POST', json: {} });
        const account = await until(
          browser,
          id,
          ({ sync }) => sync.error !== null && sync.state !== 'running' && sync.state !== 'queued',
        );
        expect([fault, account.status]).toEqual([fault, 'connected']);
        expect(keysOf(account.sync.error)).toBe(contractKeys('error'));
        expect(['backoff', 'error', 'idle']).toContain(account.sync.state);
        emulator.heal();
        expect(await synced(browser, id)).toMatchObject({ state: 'idle', error: null });
      }
    }, 60_000);

    test('tokens are revoked at disconnect, and the response reports what was done', async () => {
      const browser = service.browser();
      const { id } = await begin(browser);
      const since = emulator.calls.length;
      const reply = await browser.ask(`/integrations/accounts/${id}`, { method: 'DELETE' });
      expect(reply.status).toBe(200);
      expect(keysOf(reply.body)).toBe(contractKeys('Disconnected'));
      expect(reply.body).toMatchObject(
        provider === 'google'
          ? { id, revoked: true, reason: null }
          : { id, revoked: false, reason: 'not_supported' },
      );
      expect(reply.body.manageUrl).toMatch(/^https:\/\//);
      expect(emulator.count('google.revoke', since)).toBe(provider === 'google' ? 1 : 0);
      for (const path of ['', '/calendars', '/events'])
        expect((await browser.ask(`/integrations/accounts/${id}${path}`)).status).toBe(404);
      expect((await browser.ask(`/integrations/accounts/${id}`, { method: 'DELETE' })).status).toBe(
        404,
      );
      expect((await browser.ask('/integrations/accounts')).body.data).toEqual([]);
    });
  });

test('a grant that another user’s account still uses is not revoked', async () => {
  emulator.google.addPerson('shared');
  const [one, two] = [service.browser(), service.browser()];
  const first = await service.connected(one, emulator, 'google', 'shared');
  const second = await service.connected(two, emulator, 'google', 'shared');
  const since = emulator.calls.length;
  expect(
    (await one.ask(`/integrations/accounts/${first}`, { method: 'DELETE' })).body,
  ).toMatchObject({
    revoked: false,
    reason: 'shared_grant',
  });
  expect(emulator.count('google.revoke', since)).toBe(0);
  expect(await synced(two, second)).toMatchObject({ error: null });
  expect(
    (await two.ask(`/integrations/accounts/${second}`, { method: 'DELETE' })).body,
  ).toMatchObject({
    revoked: true,
  });
});

test('an account is disconnected also when its provider is unavailable or no longer knows the grant', async () => {
  const browser = service.browser();
  emulator.google.addPerson('leaving');
  for (const fault of [
    { status: 503, body: {} },
    'hang',
    { status: 400, body: { error: 'invalid_token' } },
  ] as const) {
    emulator.heal();
    const id = await service.connected(browser, emulator, 'google', 'leaving');
    emulator.fail('google.revoke', fault, 9);
    const reply = await browser.ask(`/integrations/accounts/${id}`, { method: 'DELETE' });
    expect(reply).toMatchObject({ status: 200, body: { id } });
    expect((await browser.ask(`/integrations/accounts/${id}`)).status).toBe(404);
  }
}, 40_000);

test('every response and every request kept the rules for all of them', () => {
  expect(takeComplaints()).toEqual([]);
  expect(emulator.violations).toEqual([]);
  expect(emulator.secrets.filter((secret) => service.output.includes(secret))).toEqual([]);
});
