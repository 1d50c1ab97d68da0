/** A channel at its provider: refused, renewed, recreated, replaced, stopped. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { PEOPLE, type ProviderName, PushDeployment, until } from './push-deployment.js';

let push: PushDeployment;
let browser: Browser;

afterEach(() => push?.stop());

async function start(): Promise<void> {
  push = await PushDeployment.start({ sandbox: { contents: 'empty' } });
  browser = push.deployment.browser('a-user');
}

const requests = (route: string) => push.control.requests({ route });
const dueNow = () =>
  push.query(
    `UPDATE push_channels SET renew_at = now(), retry_at = now() WHERE state <> 'retired'`,
  );

describe('channels at Google', () => {
  test('a channel that is due is replaced and then stopped, and the calendar is read once', async () => {
    await start();
    const accountId = await push.connect(browser, 'google');
    const [before] = await push.channels(accountId);
    const asked = requests('google.events.watch')[0];
    expect(JSON.parse(asked?.body ?? '{}')).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      type: 'web_hook',
      address: `${push.deployment.url}/integrations/webhooks/google`,
      token: expect.stringMatching(/^[\w-]{43}$/),
      params: { ttl: '604800' },
    });
    const [runs, kept] = [push.runs(accountId).length, push.control.channels().length];
    push.control.clearRequests();
    await dueNow();
    await until(() => requests('google.channels.stop').length === kept);
    const order = push.control.requests().map(({ route }) => route);
    expect(order.indexOf('google.events.watch')).toBeLessThan(
      order.indexOf('google.channels.stop'),
    );
    await until(async () => (await push.channels(accountId)).length === kept);
    expect((await push.channels(accountId)).map(({ id }) => id)).not.toContain(before?.id);
    expect(push.control.channels()).toHaveLength(kept);
    await until(() => push.runs(accountId).length === runs + 1);
  });

  test('a calendar without push support is requested once, reported as unsupported, and polled', async () => {
    await start();
    const accountId = await push.connect(browser, 'google');
    const { body } = await browser.get(`/integrations/accounts/${accountId}/calendars`);
    const holidays = body.data.find((one: { selected: boolean }) => !one.selected);
    await browser
      .patch(`/integrations/accounts/${accountId}/calendars/${holidays.id}`, { selected: true })
      .expect(200);
    await until(async () => (await push.push(browser, accountId)).state === 'unsupported');
    await push.quiet(browser, accountId);
    push.control.clearRequests();
    await browser.post(`/integrations/sync/${accountId}`, {}).expect(202);
    await browser.synced(accountId);
    const { body: account } = await browser.get(`/integrations/accounts/${accountId}`);
    expect(account.push).toEqual({ state: 'unsupported', expiresAt: null });
    expect(Date.parse(account.nextSyncAt) - Date.now()).toBeLessThan(13 * 60_000);
    expect(requests('google.events.watch')).toEqual([]);
    // After it is deselected again, no channel is left.
    await browser
      .patch(`/integrations/accounts/${accountId}/calendars/${holidays.id}`, { selected: false })
      .expect(200);
    expect((await push.push(browser, accountId)).state).toBe('active');
  });

  test('the channel of a deselected or deleted calendar is stopped within a minute', async () => {
    await start();
    const accountId = await push.connect(browser, 'google');
    const { body } = await browser.get(`/integrations/accounts/${accountId}/calendars`);
    const selected = body.data.filter((one: { selected: boolean }) => one.selected);
    const [first] = selected;
    await browser
      .patch(`/integrations/accounts/${accountId}/calendars/${first.id}`, { selected: false })
      .expect(200);
    await until(() => push.control.channels().length === selected.length - 1);
    const other = selected.find(
      (one: { primary: boolean; id: string }) => !one.primary && one.id !== first.id,
    );
    if (other === undefined) return;
    push.control.deleteCalendar({
      provider: 'google',
      user: PEOPLE.google,
      calendarId: other.providerCalendarId,
    });
    await browser.post(`/integrations/sync/${accountId}`, {}).expect(202);
    await until(() => push.control.channels().length === selected.length - 2);
  });

  test('a refused address is an operator’s error, keeps the account connected, and is retried with growing delays', async () => {
    await start();
    const refusal = {
      error: { code: 401, message: 'Unauthorized', errors: [{ reason: 'webhookUrlUnauthorized' }] },
    };
    push.control.addFault({
      route: 'google.events.watch',
      times: 'always',
      status: 401,
      body: refusal,
    });
    const accountId = await browser.connectAndSync('google', { as: PEOPLE.google });
    await until(async () => (await push.push(browser, accountId)).state === 'failed');
    const { body } = await browser.get(`/integrations/accounts/${accountId}`);
    expect([body.status, body.sync.state, body.sync.error]).toEqual(['connected', 'idle', null]);
    const row = (await push.channels(accountId)).find(({ state }) => state === 'failed');
    expect(row).toMatchObject({ failures: 1, error_code: 'provider_misconfigured' });
    push.control.clearFaults();
    await dueNow();
    await until(async () => (await push.push(browser, accountId)).state === 'active');
  });
});

describe('subscriptions at Microsoft', () => {
  test('a subscription is requested for the lifetime that Microsoft allows', async () => {
    await start();
    push.control.configure({ microsoft: { subscriptionMaxMinutes: 4_230 } });
    const accountId = await push.connect(browser, 'microsoft');
    const minutes =
      (Date.parse((await push.push(browser, accountId)).expiresAt ?? '') - Date.now()) / 60_000;
    expect(Math.round(minutes)).toBeGreaterThan(4_195);
    expect(Math.round(minutes)).toBeLessThanOrEqual(4_200);
    const [first] = requests('microsoft.subscriptions.create');
    expect(first?.headers['prefer']).toContain('IdType="ImmutableId"');
    const address = `${push.deployment.url}/integrations/webhooks/microsoft`;
    expect(JSON.parse(first?.body ?? '{}')).toMatchObject({
      changeType: 'created,updated,deleted',
      notificationUrl: address,
      lifecycleNotificationUrl: address,
      clientState: expect.stringMatching(/^[\da-f-]{36}\.[\w-]{43}$/),
    });
  });

  test('a subscription that is due is renewed, a missing one is opened, and an unknown one is deleted', async () => {
    await start();
    const accountId = await push.connect(browser, 'microsoft');
    const before = (await push.channels(accountId)).map(({ id }) => id);
    push.control.clearRequests();
    await dueNow();
    await until(() => requests('microsoft.subscriptions.renew').length === before.length);
    await push.quiet(browser, accountId);
    expect((await push.channels(accountId)).map(({ id }) => id)).toEqual(before);
    expect(requests('microsoft.subscriptions.create')).toEqual([]);

    // The row is lost, but the provider still has the subscription, so that opening another one
    // conflicts.
    const [lost] = before;
    await push.query(`DELETE FROM push_channels WHERE id = $1`, [lost]);
    await browser.post(`/integrations/sync/${accountId}`, {}).expect(202);
    await until(async () => (await push.push(browser, accountId)).state === 'active');
    expect(push.control.subscriptions()).toHaveLength(before.length);
    const kept = push.control
      .subscriptions()
      .map(({ id }) => id)
      .sort();
    await until(async () =>
      (await push.channels(accountId)).every(({ state }) => state === 'active'),
    );
    expect((await push.channels(accountId)).map(({ resource_id }) => resource_id).sort()).toEqual(
      kept,
    );
  });

  test('two users of one mailbox have separate subscriptions', async () => {
    await start();
    const first = await push.connect(browser, 'microsoft');
    const another = push.deployment.browser('another-user');
    const second = await push.connect(another, 'microsoft');
    const all = [...(await push.channels(first)), ...(await push.channels(second))];
    expect(new Set(all.map(({ resource_id }) => resource_id)).size).toBe(
      push.control.subscriptions().length,
    );
    expect(push.control.subscriptions()).toHaveLength(all.length);
    expect((await push.push(browser, first)).state).toBe('active');
    push.edit('microsoft', 'For both');
    await until(async () => (await push.titles(browser, first)).includes('For both'));
    await until(async () => (await push.titles(another, second)).includes('For both'));
  });

  test.each([
    ['reauthorizationRequired', 'microsoft.subscriptions.renew'],
    ['subscriptionRemoved', 'microsoft.subscriptions.create'],
    ['missed', 'microsoft.calendarView.delta'],
  ] as const)('the lifecycle notice %s is handled', async (event, route) => {
    await start();
    const accountId = await push.connect(browser, 'microsoft');
    const runs = push.runs(accountId).length;
    const count = push.control.subscriptions().length;
    push.control.clearRequests();
    push.control.sendLifecycle({
      subscriptionId: push.control.subscriptions()[0]?.id ?? '',
      event,
    });
    await until(() => push.runs(accountId).length > runs);
    // Channels are maintained by the chore, or after the sync.
    await until(() => requests(route).length > 0);
    await until(() => push.control.subscriptions().length === count);
    await until(async () => (await push.push(browser, accountId)).state === 'active');
    if (event !== 'missed') expect(requests(route)).toHaveLength(1);
  });

  test('every item of a batch is verified by itself', async () => {
    await start();
    const accountId = await push.connect(browser, 'microsoft');
    const [one] = push.control.subscriptions();
    const item = (clientState: unknown) => ({
      subscriptionId: one?.id,
      clientState,
      changeType: 'updated',
    });
    const good = item(one?.clientState);
    const runs = push.runs(accountId).length;
    const bad = [
      item('x'),
      null,
      7,
      item(`${one?.clientState?.split('.')[0]}.guessed`),
      item(null),
      {},
    ];
    const send = (value: unknown) =>
      fetch(`${push.deployment.url}/integrations/webhooks/microsoft`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ value }),
      });
    expect((await send(bad)).status).toBe(202);
    expect(await push.waiting(accountId)).toEqual([]);
    expect((await send([...bad, good])).status).toBe(202);
    await until(() => push.runs(accountId).length === runs + 1);
    const refused = push.deployment.log.filter((line) => line['audit'] === 'push_refused');
    expect(refused).toHaveLength(2);
  });
});

test.each(['google', 'microsoft'] as const)(
  'disconnecting does not wait long while %s is unavailable',
  async (provider: ProviderName) => {
    await start();
    const accountId = await push.connect(browser, provider);
    push.control.addFault({ route: 'google.channels.stop', hang: true, times: 'always' });
    push.control.addFault({ route: 'microsoft.subscriptions.delete', hang: true, times: 'always' });
    const began = Date.now();
    await browser.delete(`/integrations/accounts/${accountId}`).expect(200);
    expect(Date.now() - began).toBeLessThan(7_000);
    expect(await push.query(`SELECT 1 FROM push_channels`)).toEqual([]);
  },
);
