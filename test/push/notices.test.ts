/** Notices: from a calendar's first sync to an edit that arrives by push, and forged notices. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { type ProviderName, PushDeployment, until } from './push-deployment.js';

describe.each(['google', 'microsoft'] as const)('push of %s', (provider: ProviderName) => {
  let push: PushDeployment;
  let browser: Browser;
  let accountId: string;

  beforeAll(async () => {
    push = await PushDeployment.start({ sandbox: { contents: 'empty' } });
    browser = push.deployment.browser('a-user');
    accountId = await push.connect(browser, provider);
  });
  afterAll(() => push?.stop());

  const hook = (headers: Record<string, string>, body = '', query = '') =>
    fetch(`${push.deployment.url}/integrations/webhooks/${provider}${query}`, {
      method: 'POST',
      headers,
      body,
    });

  /** Sends a notice as the provider does. */
  async function forged(change: {
    id?: string;
    secret?: string;
    resource?: string;
    state?: string;
  }) {
    const [row] = await push.channels(accountId);
    const channel = push.control.channels().find(({ id }) => id === row?.id);
    const subscription = push.control.subscriptions().find(({ id }) => id === row?.resource_id);
    const own = channel?.token ?? subscription?.clientState?.split('.')[1] ?? '';
    const id = change.id ?? row?.id ?? '';
    const resource = change.resource ?? row?.resource_id ?? '';
    return provider === 'google'
      ? hook({
          'X-Goog-Channel-ID': id,
          'X-Goog-Channel-Token': change.secret ?? own,
          'X-Goog-Resource-ID': resource,
          'X-Goog-Resource-State': change.state ?? 'exists',
        })
      : hook(
          { 'content-type': 'application/json' },
          JSON.stringify({
            value: [
              {
                subscriptionId: resource,
                clientState: `${id}.${change.secret ?? own}`,
                changeType: 'updated',
              },
            ],
          }),
        );
  }

  test('every selected calendar gets a channel, the account shows its expiry, and polling slows down', async () => {
    const rows = await push.channels(accountId);
    const { body } = await browser.get(`/integrations/accounts/${accountId}/calendars`);
    const selected = body.data.filter((one: { selected: boolean }) => one.selected);
    expect(rows.map(({ calendar_id }) => calendar_id).sort()).toEqual(
      selected.map((one: { id: string }) => one.id).sort(),
    );
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['active']));
    const status = await push.push(browser, accountId);
    const first = Math.min(...rows.map(({ expires_at }) => expires_at.getTime()));
    expect(status).toEqual({ state: 'active', expiresAt: new Date(first).toISOString() });
    const days = (first - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThan(7.01);
    // At 80 per cent of its lifetime, or a little earlier.
    for (const { renew_at } of rows) {
      const share = (renew_at.getTime() - Date.now()) / (first - Date.now());
      expect(share).toBeGreaterThan(0.75);
      expect(share).toBeLessThanOrEqual(0.801);
    }
    const { body: account } = await browser.get(`/integrations/accounts/${accountId}`);
    const minutes = (Date.parse(account.nextSyncAt) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(85);
    expect(minutes).toBeLessThan(151);
  });

  test('the database keeps only the hash of the secret', async () => {
    const [row] = await push.query<{ hash: string; bytes: number }>(
      `SELECT encode(secret_hash, 'hex') AS hash, octet_length(secret_hash) AS bytes FROM push_channels LIMIT 1`,
    );
    expect(row?.bytes).toBe(32);
    const sent = push.control.channels().map(({ token }) => token ?? '');
    const states = push.control.subscriptions().map(({ clientState }) => clientState ?? '');
    for (const secret of [...sent, ...states.map((one) => one.split('.')[1] ?? '')]) {
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(JSON.stringify(push.deployment.log)).not.toContain(secret);
    }
  });

  test('an edit arrives within seconds', async () => {
    push.edit(provider, 'Told at once');
    const began = Date.now();
    await until(async () => (await push.titles(browser, accountId)).includes('Told at once'));
    expect(Date.now() - began).toBeLessThan(10_000);
    const { body } = await browser.get(`/integrations/sync/${accountId}`);
    expect(body.trigger).toBe('push');
    await push.quiet(browser, accountId);
  });

  test('a wrong secret, an unknown channel and another resource are ignored, and answered alike', async () => {
    const before = push.runs(accountId).length;
    const answers = [
      await forged({ secret: 'guessed' }),
      await forged({ secret: '' }),
      await forged({ id: '00000000-0000-4000-8000-000000000000' }),
      await forged({ id: "not an id' OR 1=1" }),
      await forged({ resource: 'another' }),
      await forged({ secret: 'guessed', state: 'sync' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 202]);
    expect(await push.waiting(accountId)).toEqual([]);
    expect(push.runs(accountId)).toHaveLength(before);
    const refused = push.deployment.log.filter((line) => line['audit'] === 'push_refused');
    expect(refused.map((line) => line['reason'])).toEqual([
      'secret',
      'secret',
      'resource',
      'secret',
    ]);
  });

  test('repeated notices and notices in reverse order are accepted', async () => {
    push.control.configure({ delivery: { copies: 3, reorder: true } });
    const before = push.runs(accountId).length;
    push.edit(provider, 'Copied');
    push.edit(provider, 'Copied twice');
    await push.control.settleDeliveries();
    push.control.configure({ delivery: { copies: 1, reorder: false } });
    await until(async () => (await push.titles(browser, accountId)).includes('Copied twice'));
    await push.quiet(browser, accountId);
    expect(push.runs(accountId).length - before).toBeLessThanOrEqual(2);
  });

  test('a malformed notice and an oversized body are refused', async () => {
    expect((await hook({})).status).toBe(400);
    expect((await hook({ 'content-type': 'application/json' }, '{"value":')).status).toBe(400);
    expect(
      (await hook({ 'content-type': 'application/json' }, `"${'x'.repeat(300_000)}"`)).status,
    ).toBe(413);
    const other = await fetch(`${push.deployment.url}/integrations/webhooks/elsewhere`, {
      method: 'POST',
    });
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([
      400,
      'unsupported_provider',
    ]);
    const get = await fetch(
      `${push.deployment.url}/integrations/webhooks/${provider}?validationToken=x`,
    );
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('a validation request gets its exact token, as plain text', async () => {
    const token = '<script>alert("+%&")</script>';
    const answer = await hook({}, '', `?validationToken=${encodeURIComponent(token)}`);
    if (provider === 'google') return expect(answer.status).toBe(400);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).toBe(token);
    expect((await hook({}, '', `?validationToken=${'x'.repeat(4_097)}`)).status).toBe(400);
    expect((await hook({}, '', `?validationToken=a&validationToken=b`)).status).toBe(400);
    // The address of a second subscription for one mailbox.
    expect((await hook({}, '', '?channel=x&validationToken=a')).status).toBe(200);
    expect((await hook({}, '', '?chanel=x&validationToken=a')).status).toBe(400);
  });

  test('disconnecting stops the channels at the provider and here, also while notices arrive', async () => {
    push.control.configure({ delivery: { delayMs: 300 } });
    for (let edits = 0; edits < 20; edits += 1) push.edit(provider, `Late ${edits}`);
    await browser.delete(`/integrations/accounts/${accountId}`).expect(200);
    expect([push.control.channels(), push.control.subscriptions()]).toEqual([[], []]);
    await push.control.settleDeliveries();
    expect(push.control.deliveries().every(({ status }) => status === null || status < 300)).toBe(
      true,
    );
    await until(async () => (await push.waiting(accountId)).length === 0);
    for (const table of ['connected_accounts', 'calendars', 'events', 'push_channels'])
      expect(await push.query(`SELECT 1 FROM ${table}`)).toEqual([]);
  });
});
