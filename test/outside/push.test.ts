/**
 * Notices of providers, seen from outside: answered at once, verified by the channel's secret, and
 * followed by a sync.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from './client.js';
import { Emulator } from './emulator.js';
import { changeGoogle } from './google.js';
import { changeGraph } from './microsoft.js';
import { eventsOf, ids, selectAll } from './reading.js';
import { googleCalendar, googleEvent, graphCalendar, graphEvent } from './samples.js';
import { build, Service, synced } from './service.js';
import { takeComplaints } from './shape.js';

let emulator: Emulator;
let service: Service;
let browser: Browser;
const accounts: Record<string, string> = {};
const google = googleCalendar('ana@example.com', { primary: true }, [googleEvent('g1', 1)]);
const microsoft = graphCalendar('AAMk/1=', { isDefaultCalendar: true }, [graphEvent('m1', 1)]);
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator, { WEBHOOK_BASE_URL: 'its own' });
  browser = service.browser();
  emulator.google.addPerson('ana', [google]);
  emulator.google.addPerson('bo', [googleCalendar('unpushable@example.com', { primary: true })]);
  emulator.microsoft.addPerson('ana', [microsoft]);
  for (const provider of ['google', 'microsoft'] as const) {
    accounts[provider] = await service.connected(browser, emulator, provider, 'ana');
    await selectAll(browser, accounts[provider]);
    await synced(browser, accounts[provider]);
  }
}, 150_000);
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

async function until(wanted: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await wanted()) return;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(what);
}
const accountOf = async (provider: string) =>
  (await browser.ask(`/integrations/accounts/${accounts[provider]}`)).body;
const has = async (provider: string, id: string) =>
  ids(await eventsOf(browser, accounts[provider] ?? '')).includes(id);

test('each calendar that supports it has a channel with its own secret, and the account shows the expiry', async () => {
  for (const provider of ['google', 'microsoft']) {
    await until(
      async () => (await accountOf(provider)).push.state === 'active',
      `${provider} is not active`,
    );
    const { push } = await accountOf(provider);
    expect(Date.parse(push.expiresAt)).toBeGreaterThan(Date.now());
  }
  expect([emulator.push.google.length, emulator.push.microsoft.length]).toEqual([1, 1]);
  expect(
    new Set([...emulator.push.google, ...emulator.push.microsoft].map(({ secret }) => secret)).size,
  ).toBe(2);
});

test('a calendar without push support is reported as unsupported, and is still synced', async () => {
  const id = await service.connected(browser, emulator, 'google', 'bo');
  await until(
    async () =>
      (await browser.ask(`/integrations/accounts/${id}`)).body.push.state === 'unsupported',
    'not said',
  );
  expect(await synced(browser, id)).toMatchObject({ state: 'idle', error: null });
});

test('a notice from Google causes a sync; a sync message or a wrong secret does not', async () => {
  const channel = emulator.push.google[0]!;
  // A new channel is followed by one sync, which reads changes from before the channel.
  await new Promise((resolve) => setTimeout(resolve, 4500));
  const since = emulator.calls.length;
  expect(await emulator.push.notifyGoogle({ ...channel, secret: 'guessed' })).toBeLessThan(500);
  expect(await emulator.push.notifyGoogle({ ...channel, id: 'unknown' })).toBeLessThan(300);
  expect(await emulator.push.notifyGoogle(channel, 'sync', '1')).toBeLessThan(300);
  await new Promise((resolve) => setTimeout(resolve, 4500));
  const asked = emulator.calls
    .slice(since)
    .filter(({ kind, raw }) => kind === 'google.events' && raw.includes('ana%40'));
  expect(asked.map(({ raw }) => raw)).toEqual([]);
  changeGoogle(google, googleEvent('g2', 2));
  const began = Date.now();
  expect(await emulator.push.notifyGoogle(channel)).toBeLessThan(300);
  expect(Date.now() - began).toBeLessThan(1000);
  await until(() => has('google', 'g2'), 'the change does not come');
  expect((await accountOf('google')).sync.trigger).toBe('push');
}, 40_000);

test('each notice of a Graph batch is verified by itself, and a missed notice causes a sync', async () => {
  const subscription = emulator.push.microsoft[0]!;
  const since = emulator.calls.length;
  expect(
    await emulator.push.notifyMicrosoft([{ ...subscription, secret: 'guessed' }]),
  ).toBeLessThan(500);
  await new Promise((resolve) => setTimeout(resolve, 4500));
  expect(emulator.count('microsoft.delta', since)).toBe(0);
  changeGraph(microsoft, graphEvent('m2', 2));
  const stray = { ...subscription, id: 'unknown' };
  expect(
    await emulator.push.notifyMicrosoft([
      stray,
      { ...subscription, secret: 'guessed' },
      subscription,
    ]),
  ).toBeLessThan(300);
  await until(() => has('microsoft', 'm2'), 'the change does not come');
  changeGraph(microsoft, graphEvent('m3', 3));
  expect(
    await emulator.push.notifyMicrosoft([subscription], { lifecycleEvent: 'missed' }),
  ).toBeLessThan(300);
  await until(() => has('microsoft', 'm3'), 'the missed change does not come');
}, 60_000);

test('a subscription that Graph removed is opened again', async () => {
  const [removed] = emulator.push.microsoft.splice(0);
  expect(
    await emulator.push.notifyMicrosoft([removed!], { lifecycleEvent: 'subscriptionRemoved' }),
  ).toBeLessThan(300);
  await until(() => emulator.push.microsoft.length === 1, 'no new subscription');
}, 40_000);

test('disconnecting stops the channels before it revokes the grant', async () => {
  const since = emulator.calls.length;
  for (const provider of ['google', 'microsoft'])
    expect(
      (await browser.ask(`/integrations/accounts/${accounts[provider]}`, { method: 'DELETE' }))
        .status,
    ).toBe(200);
  await until(
    () => emulator.push.google.length + emulator.push.microsoft.length === 0,
    'channels are left',
  );
  const order = emulator.calls.slice(since).map(({ kind }) => kind);
  expect(order.indexOf('google.stop')).toBeLessThan(order.indexOf('google.revoke'));
}, 40_000);

test('every response and every request kept the rules for all of them', () => {
  expect(takeComplaints()).toEqual([]);
  expect(emulator.violations).toEqual([]);
  expect(emulator.secrets.filter((secret) => service.output.includes(secret))).toEqual([]);
});
