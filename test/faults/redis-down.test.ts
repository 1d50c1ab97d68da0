// Redis killed, frozen, full or unreachable: connecting is unavailable, everything else works, and
// the service recovers by itself.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import type { RedisServer } from '../support/redis-server.js';
import { describeWithRedisServer, startThrowawayRedis } from '../support/servers.js';
import { eventually, timed } from './stopwatch.js';
import { type Wire, wireTo } from './wire.js';

const ANA = { as: 'ana@example.com' };
const LIMITS = {
  RATE_LIMIT_START: '1000',
  RATE_LIMIT_CALLBACK: '1000',
  RATE_LIMIT_SYNC: '1000',
  RATE_LIMIT_READ: '1000',
};
/** The longest that a response may take. */
const BOUND_MS = 3_000;

describeWithRedisServer('Redis', () => {
  let redis: RedisServer;
  let deployment: Deployment;
  let wire: Wire;

  beforeAll(async () => {
    redis = await startThrowawayRedis();
    wire = await wireTo(redis.url);
    deployment = await deploy({ environment: { REDIS_URL: wire.url, ...LIMITS } });
  });
  afterEach(() => deployment.sandbox.control.clearRequests());
  afterAll(async () => {
    await deployment?.stop();
    await wire?.close();
    await redis?.stop();
  });

  const back = () =>
    eventually(async () => (await fetch(`${deployment.url}/readyz`)).status === 200);
  const tokenRequests = () => deployment.sandbox.control.requests({ route: 'google.token' });

  /** What must hold while Redis is unavailable, for any reason. */
  async function expectDegraded({ callbackUrl, browser, accountId }: Flow): Promise<void> {
    const slowest = { ms: 0 };
    const within = async <T>(act: PromiseLike<T>): Promise<T> => {
      const { answer, ms } = await timed(act);
      slowest.ms = Math.max(slowest.ms, ms);
      return answer;
    };
    const began = await within(browser.get('/integrations/oauth-url/google'));
    expect(began.status).toBe(503);
    expect(began.body).toMatchObject({ code: 'temporarily_unavailable', status: 503 });
    expect(Number(began.headers['retry-after'])).toBeGreaterThan(0);
    expect(began.headers['set-cookie']).toBeUndefined();
    const navigated = await within(
      browser.get('/integrations/auth/google').set('Accept', 'text/html'),
    );
    expect(navigated.headers['set-cookie']).toBeUndefined();
    expect([302, 503]).toContain(navigated.status);
    if (navigated.status === 302)
      expect(new URL(navigated.headers['location']!).searchParams.get('error')).toBe(
        'temporarily_unavailable',
      );

    deployment.sandbox.control.clearRequests();
    const end = await within(browser.comeBack(callbackUrl));
    expect(Object.fromEntries(end.searchParams)).toMatchObject({
      status: 'error',
      error: 'temporarily_unavailable',
    });
    expect(tokenRequests()).toEqual([]);

    expect((await within(browser.post('/integrations/session'))).status).toBe(503);
    const list = await within(browser.get('/integrations/accounts'));
    expect(list.status).toBe(200);
    expect(list.body.data.map(({ id }: { id: string }) => id)).toContain(accountId);
    expect((await within(browser.get(`/integrations/accounts/${accountId}/events`))).status).toBe(
      200,
    );
    expect((await within(browser.post(`/integrations/sync/${accountId}`, {}))).status).toBe(202);
    await browser.synced(accountId);
    expect((await within(browser.delete(`/integrations/accounts/${accountId}`))).status).toBe(200);
    expect((await within(fetch(`${deployment.url}/healthz`))).status).toBe(200);
    const ready = await within(fetch(`${deployment.url}/readyz`));
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      status: 'degraded',
      redis: false,
      database: true,
      connect: false,
    });
    expect(slowest.ms).toBeLessThan(BOUND_MS);
  }

  type Flow = Awaited<ReturnType<typeof underWay>>;

  /** A user with an account, and a second connection between consent and callback. */
  async function underWay(user: string) {
    const browser = deployment.browser(user);
    const accountId = await browser.connectAndSync('google', ANA);
    const callbackUrl = await browser.consent(await browser.begin('google'), ANA);
    return { browser, accountId, callbackUrl };
  }

  test('the same process recovers after Redis was killed and started again', async () => {
    const flow = await underWay('killed');
    await redis.kill();
    await expectDegraded(flow);
    redis = await startThrowawayRedis({ port: Number(new URL(redis.url).port) });
    await back();
    await flow.browser.connectAndSync('google', ANA);
  }, 60_000);

  test('the same process recovers after Redis was frozen and thawed', async () => {
    const flow = await underWay('frozen');
    redis.freeze();
    try {
      await expectDegraded(flow);
    } finally {
      redis.thaw();
    }
    await back();
    await flow.browser.connectAndSync('google', ANA);
  }, 60_000);

  test('many requests to a frozen Redis are answered in time, and none connects twice afterwards', async () => {
    const flow = await underWay('many');
    redis.freeze();
    try {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          timed(
            flow.browser.get(i % 2 ? '/integrations/oauth-url/google' : '/integrations/accounts'),
          ),
        ),
      );
      for (const { answer, ms } of answers) {
        expect([200, 503]).toContain(answer.status);
        expect(ms).toBeLessThan(BOUND_MS);
      }
    } finally {
      redis.thaw();
    }
    await back();
    await flow.browser.connectAndSync('google', ANA);
  }, 60_000);

  test('a connection lost without a close is replaced by another one', async () => {
    const flow = await underWay('lost');
    wire.lose();
    await expectDegraded(flow);
    await eventually(async () => (await fetch(`${deployment.url}/readyz`)).status === 200, 15_000);
    await flow.browser.connectAndSync('google', ANA);
  }, 60_000);

  test('a callback that failed stays spent, and is not carried out when Redis comes back', async () => {
    const { browser, callbackUrl } = await underWay('spent');
    redis.freeze();
    await browser.comeBack(callbackUrl);
    redis.thaw();
    await back();
    await sleep(200);
    deployment.sandbox.control.clearRequests();
    const end = await browser.comeBack(callbackUrl);
    expect(end.searchParams.get('error')).toBe('invalid_state');
    expect(tokenRequests()).toEqual([]);
  }, 60_000);

  test('no outage was logged as an unexpected error', () => {
    expect(deployment.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});

describeWithRedisServer('a full Redis', () => {
  test('a full Redis refuses new authorization requests, completes those under way, and keeps counting', async () => {
    const redis = await startThrowawayRedis({ maxmemory: '100mb' });
    const deployment = await deploy({ environment: { REDIS_URL: redis.url, ...LIMITS } });
    const limit = await limitsOf(redis.url);
    try {
      const browser = deployment.browser('ana');
      const flows = await Promise.all(Array.from({ length: 4 }, () => browser.begin('google')));
      // A limit below the current use. Filling Redis up to its limit is not enough: its buffers
      // free some memory now and then.
      await limit.memory(1);
      for (let tries = 0; tries < 5; tries += 1) {
        const { answer, ms } = await timed(browser.get('/integrations/oauth-url/google'));
        expect(answer.status).toBe(503);
        expect(answer.headers['retry-after']).toBeDefined();
        expect(answer.headers['set-cookie']).toBeUndefined();
        expect(ms).toBeLessThan(1_000);
      }
      const end = await browser.comeBack(await browser.consent(flows[0]!, ANA));
      expect(end.searchParams.get('status')).toBe('success');
      expect((await browser.get('/integrations/accounts')).body.data).toHaveLength(1);
      expect((await fetch(`${deployment.url}/readyz`)).status).toBe(200);
      await limit.memory(0);
      await browser.begin('google');
    } finally {
      limit.end();
      await deployment.stop();
      await redis.stop();
    }
  }, 60_000);
});

describeWithRedisServer('a start without Redis', () => {
  test('the service starts degraded, reads, and connects once Redis is there', async () => {
    const port = Number(new URL((await goneRedis()).url).port);
    const { answer: deployment, ms } = await timed(
      deploy({ environment: { REDIS_URL: `redis://127.0.0.1:${port}` } }),
    );
    let redis: RedisServer | null = null;
    try {
      expect(ms).toBeLessThan(15_000);
      const browser = deployment.browser('ana');
      await browser.get('/integrations/accounts').expect(200);
      await browser.get('/integrations/oauth-url/google').expect(503);
      expect((await fetch(`${deployment.url}/readyz`)).status).toBe(503);
      redis = await startThrowawayRedis({ port });
      await eventually(async () => (await fetch(`${deployment.url}/readyz`)).status === 200);
      await browser.connectAndSync('google', ANA);
    } finally {
      await deployment.stop();
      await redis?.stop();
    }
  }, 60_000);

  test('a frozen Redis does not keep the service from starting or stopping', async () => {
    const redis = await startThrowawayRedis();
    redis.freeze();
    try {
      const { answer: deployment, ms } = await timed(
        deploy({ environment: { REDIS_URL: redis.url } }),
      );
      expect(ms).toBeLessThan(15_000);
      await deployment.browser('ana').get('/integrations/accounts').expect(200);
      expect((await timed(deployment.stop())).ms).toBeLessThan(5_000);
    } finally {
      redis.thaw();
      await redis.stop();
    }
  }, 60_000);
});

async function goneRedis(): Promise<RedisServer> {
  const redis = await startThrowawayRedis();
  await redis.stop();
  return redis;
}

async function limitsOf(url: string) {
  const { createClient } = await import('redis');
  const client = createClient({ url });
  client.on('error', () => {});
  await client.connect();
  return {
    /** In bytes; 0 means no limit. */
    memory: (bytes: number) => client.configSet('maxmemory', String(bytes)),
    end: () => client.destroy(),
  };
}
