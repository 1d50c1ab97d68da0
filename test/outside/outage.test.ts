/**
 * A Redis that hangs: connecting is temporarily_unavailable, everything else works, and the service
 * recovers.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RedisServer } from '../support/redis-server.js';
import { describeWithRedisServer, startThrowawayRedis } from '../support/servers.js';
import { Emulator } from './emulator.js';
import { build, Service, synced } from './service.js';
import { takeComplaints } from './shape.js';

describeWithRedisServer('while Redis hangs', () => {
  let emulator: Emulator;
  let redis: RedisServer;
  let service: Service;
  beforeAll(async () => {
    build();
    emulator = await Emulator.start();
    redis = await startThrowawayRedis();
    service = await Service.start(emulator, { REDIS_URL: redis.url });
    emulator.google.addPerson('ana');
    emulator.google.oauth.person = 'ana';
  }, 150_000);
  afterAll(async () => {
    redis?.thaw();
    await service?.stop();
    await redis?.stop();
    await emulator?.stop();
  });

  test('a start and a callback give temporarily_unavailable, no code is spent, and accounts can be read', async () => {
    const browser = service.browser();
    const id = await service.connected(browser, emulator, 'google', 'ana');
    const start = await browser.ask('/integrations/oauth-url/google');
    const consent = await browser.ask(start.body.url, { token: '' });
    const since = emulator.calls.length;
    redis.freeze();
    const began = Date.now();
    const refused = await browser.ask('/integrations/oauth-url/google');
    expect(refused).toMatchObject({ status: 503, body: { code: 'temporarily_unavailable' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await browser.navigate(consent.location, emulator.origin)).toMatch(
      /status=error&.*error=temporarily_unavailable$/,
    );
    expect(emulator.count('google.token', since)).toBe(0);
    expect((await browser.ask('/integrations/accounts')).body.data).toHaveLength(1);
    expect((await browser.ask('/healthz')).status).toBe(200);
    expect(await synced(browser, id)).toMatchObject({ state: 'idle', error: null });
    expect((await browser.ask(`/integrations/accounts/${id}`, { method: 'DELETE' })).status).toBe(
      200,
    );
    expect(Date.now() - began).toBeLessThan(15_000);

    redis.thaw();
    let status = 0;
    for (let tries = 0; tries < 50 && status !== 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      status = (await browser.ask('/integrations/oauth-url/google')).status;
    }
    expect(await service.connect(browser, emulator, 'google', 'ana')).toContain('status=success');
    expect(takeComplaints()).toEqual([]);
  }, 60_000);
});
