/** Forged notices: what they cost, what is remembered of them, and their limit by address. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PushNotice } from '../../src/providers/provider-push.js';
import { hashSecret } from '../../src/push/channel-secret.js';
import type { KnownChannel } from '../../src/push/notice-store.js';
import { type NoticeNeeds, Notices } from '../../src/push/notices.js';
import type { Browser } from '../support/browser.js';
import type { Host } from '../support/deployment.js';
import { PushDeployment } from './push-deployment.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const LIMIT = 5;
const BATCH = 2_000;

const forgery = (): PushNotice => ({
  channelId: randomUUID(),
  secret: 'guessed',
  resourceId: null,
  kind: 'changed',
});
const forgeries = (count: number) => Array.from({ length: count }, forgery);

/** Notices over a store in memory with one channel. */
function noticesOf(channel: KnownChannel) {
  const lookups: (readonly string[])[] = [];
  const lines: unknown[] = [];
  const log = (facts: unknown) => lines.push(facts);
  const synced: string[] = [];
  const store: NoticeNeeds['store'] = Object.assign(Object.create(null), {
    find: async (_provider: string, ids: readonly string[]) => {
      lookups.push(ids);
      return ids.includes(channel.id) ? [channel] : [];
    },
    count: async () => null,
    transaction: (work: (manager: null) => Promise<unknown>) => work(null),
  });
  const notices = new Notices({
    store,
    channels: { renewNow: async () => {}, delete: async () => {} },
    syncs: {
      async queue(_manager, accountId) {
        synced.push(accountId);
        return true;
      },
      wake() {},
    },
    logger: { debug: log, info: log, warn: log, error: log },
    now: () => new Date(),
  });
  return { notices, lookups, lines, synced };
}

const SECRET = 'a secret of forty-three characters, or so it';
const channel = (): KnownChannel => ({
  id: randomUUID(),
  accountId: randomUUID(),
  secretHash: hashSecret(SECRET),
  state: 'active',
  resourceId: 'resource',
});
const genuine = ({ id }: KnownChannel): PushNotice => ({
  channelId: id,
  secret: SECRET,
  resourceId: 'resource',
  kind: 'changed',
});

describe('a batch of notices', () => {
  test('without a proof, 32 of them are looked up and logged, in one query', async () => {
    const { notices, lookups, lines } = noticesOf(channel());
    expect(await notices.receive('microsoft', forgeries(BATCH))).toBe(false);
    expect(lookups.map((ids) => ids.length)).toEqual([32]);
    expect(lines).toHaveLength(32);
  });

  test('wrong secrets of a known channel are compared 32 times', async () => {
    const known = channel();
    const { notices, lines } = noticesOf(known);
    const guesses = forgeries(BATCH).map((one) => ({ ...one, channelId: known.id }));
    expect(await notices.receive('microsoft', guesses)).toBe(false);
    expect(lines).toHaveLength(32);
  });

  test('with a proof among the first 32, all are looked up', async () => {
    const known = channel();
    const { notices, lookups, synced } = noticesOf(known);
    const batch = [...forgeries(31), genuine(known), ...forgeries(100)];
    expect(await notices.receive('microsoft', batch)).toBe(true);
    expect(lookups.map((ids) => ids.length)).toEqual([32, 100]);
    expect(synced).toEqual([known.accountId]);
  });

  test('a genuine notice behind 32 forged ones is dropped: a provider sends only its own', async () => {
    const known = channel();
    const { notices, synced } = noticesOf(known);
    expect(await notices.receive('microsoft', [...forgeries(32), genuine(known)])).toBe(false);
    expect(synced).toEqual([]);
  });

  test('ids of no channel are not remembered', async () => {
    const known = channel();
    const { notices, lookups } = noticesOf(known);
    const unknown = forgery();
    await notices.receive('google', [unknown]);
    await notices.receive('google', [unknown]);
    expect(lookups).toEqual([[unknown.channelId], [unknown.channelId]]);
    await notices.receive('google', [genuine(known)]);
    await notices.receive('google', [genuine(known)]);
    expect(lookups).toHaveLength(3);
    expect(Object.values(notices).some((part) => part?.entries?.size === 1)).toBe(true);
  });
});

describe.each(HOSTS)('the address of notices, %s', (host) => {
  let push: PushDeployment;
  let browser: Browser;

  beforeAll(async () => {
    const environment = { RATE_LIMIT_CALLBACK: String(LIMIT) };
    push = await PushDeployment.start({ host, sandbox: { contents: 'empty' }, environment });
    browser = push.deployment.browser('a-user');
    await push.connect(browser, 'microsoft');
  });
  afterAll(() => push?.stop());

  const send = (value: unknown, query = '') =>
    fetch(`${push.deployment.url}/integrations/webhooks/microsoft${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value }),
    });
  const forged = () => ({ clientState: `${randomUUID()}.x`, changeType: 'updated' });
  const genuineOne = () => {
    const [subscription] = push.control.subscriptions();
    return { subscriptionId: subscription?.id, clientState: subscription?.clientState };
  };

  test('requests that prove nothing get 429 beyond the limit, and a proven one never does', async () => {
    const bodies = [[forged()], [forged(), forged()], [], 'no list', [null, 1, 'x']];
    for (const body of bodies) expect([202, 400]).toContain((await send(body)).status);
    for (const body of bodies) {
      const refused = await send(body);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
    }
    for (let tries = 0; tries < 2 * LIMIT; tries += 1)
      expect((await send([genuineOne()])).status).toBe(202);
    expect((await send([forged(), genuineOne()])).status).toBe(202);
    expect((await send([], '?validationToken=abc')).status).toBe(200);
    expect((await send([forged()])).status).toBe(429);
  });

  test('a forged batch of 2,000 costs at most three milliseconds of processor time', async () => {
    const batch = Array.from({ length: BATCH }, () => ({
      subscriptionId: randomUUID(),
      clientState: `${randomUUID()}.x`,
    }));
    const body = JSON.stringify({ value: batch });
    expect(Buffer.byteLength(body)).toBeLessThan(262_144);
    const url = `${push.deployment.url}/integrations/webhooks/microsoft`;
    const cost = async (sent: string, status: number) => {
      const began = process.cpuUsage();
      const response = await fetch(url, { method: 'POST', body: sent });
      await response.text();
      const { user, system } = process.cpuUsage(began);
      return response.status === status ? (user + system) / 1_000 : null;
    };
    const usual = async (sent: string, status: number) => {
      const costs: number[] = [];
      // When a minute of the limit ends, some requests are within the next one.
      for (let tries = 0; tries < 600 && costs.length < 120; tries += 1) {
        const one = await cost(sent, status);
        if (one !== null) costs.push(one);
      }
      expect(costs).toHaveLength(120);
      // What else the machine does only adds to a cost: the lower ones are those of the request.
      return costs.sort((a, b) => a - b)[12] ?? Number.NaN;
    };
    await send([forged()]);
    // The client of this test, the log in memory and the request itself cost as much without notices.
    const empty = JSON.stringify({ value: [], filler: 'x'.repeat(body.length - 30) });
    await usual(body, 429);
    const [batched, alone] = [await usual(body, 429), await usual(empty, 429)];
    expect(batched - alone).toBeLessThan(3);
  });
});
