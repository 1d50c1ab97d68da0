// Once-stores in memory and in Redis: a value is stored, taken once, and expires.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { IntegrationError } from '../../src/errors.js';
import { MemoryOnceStore } from '../../src/oauth/memory-once-store.js';
import type { OnceStore } from '../../src/oauth/once-store.js';
import { RedisOnceStore } from '../../src/oauth/redis-once-store.js';
import { BoundedRedis, type RedisClient } from '../../src/redis/bounded-redis.js';
import { describeWithRedis, keyPrefix, testRedisUrl } from '../support/servers.js';

const VALUE = { userId: 'u', text: 'ü "\\ \u2028', nothing: null, nested: [{ a: 1 }] };
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function keepsOnce(store: () => OnceStore<unknown>): void {
  test('a stored value is taken once, unchanged', async () => {
    await store().put('once', VALUE, 60);
    expect(await store().take('once')).toEqual(VALUE);
    expect(await store().take('once')).toBeNull();
  });

  test('of a hundred simultaneous takes, one gets the value', async () => {
    await store().put('contested', VALUE, 60);
    const taken = await Promise.all(Array.from({ length: 100 }, () => store().take('contested')));
    expect(taken.filter((value) => value !== null)).toEqual([VALUE]);
  });

  test('a key that was never stored is not found, with any name', async () => {
    for (const key of ['unknown', '', '*', '__proto__', 'constructor', 'a:b', 'x\r\nDEL y'])
      expect(await store().take(key)).toBeNull();
  });

  test('a value is not found after its time', async () => {
    await store().put('brief', VALUE, 1);
    await store().put('longer', VALUE, 60);
    await pause(1_100);
    expect(await store().take('brief')).toBeNull();
    expect(await store().take('longer')).toEqual(VALUE);
  });

  test('a key in use is refused, and keeps its value', async () => {
    await store().put('mine', VALUE, 60);
    await expect(store().put('mine', { userId: 'attacker' }, 60)).rejects.toThrow('exists');
    expect(await store().take('mine')).toEqual(VALUE);
  });

  test('keys are case-sensitive', async () => {
    await store().put('Key', VALUE, 60);
    for (const key of ['key', 'Key ', 'Key\u0000', 'Ke'])
      expect(await store().take(key)).toBeNull();
    expect(await store().take('Key')).toEqual(VALUE);
  });
}

describe('the store in memory', () => {
  const store = new MemoryOnceStore<unknown>();
  keepsOnce(() => store);

  test('the store uses its own clock, and a full store drops the oldest value', async () => {
    let now = 0;
    const clocked = new MemoryOnceStore<number>(() => now);
    for (let index = 0; index < 100_001; index += 1) await clocked.put(`k${index}`, index, 600);
    expect(await clocked.take('k0')).toBeNull();
    expect(await clocked.take('k1')).toBe(1);
    now = 599_999;
    expect(await clocked.take('k2')).toBe(2);
    now = 600_000;
    expect(await clocked.take('k3')).toBeNull();
  });
});

describeWithRedis('the store in Redis', () => {
  const client = createClient({ url: process.env['TEST_REDIS_URL'] ?? '' });
  const prefix = process.env['TEST_REDIS_URL'] ? keyPrefix() : '';
  const redis = new BoundedRedis(client as unknown as RedisClient, prefix);
  const store = new RedisOnceStore<unknown>(redis, 'state');

  beforeAll(async () => {
    expect(testRedisUrl()).toBeTruthy();
    await client.connect();
  });
  afterAll(() => client.close());

  keepsOnce(() => store);

  test('two kinds of value do not share keys, and a key expires by itself', async () => {
    const tickets = new RedisOnceStore<unknown>(redis, 'ticket');
    await store.put('same', VALUE, 600);
    expect(await tickets.take('same')).toBeNull();
    const life = await client.ttl(`${prefix}state:same`);
    expect(life).toBeGreaterThan(595);
    expect(life).toBeLessThanOrEqual(600);
  });

  test('a store that cannot be reached is unavailable, never empty', async () => {
    const unreachable = new RedisOnceStore<unknown>(
      new BoundedRedis({ isReady: false, sendCommand: async () => null }, prefix),
      'state',
    );
    for (const request of [unreachable.take('x'), unreachable.put('x', VALUE, 60)])
      await expect(request).rejects.toMatchObject({ code: 'temporarily_unavailable' });
  });

  test('a full or read-only Redis is unavailable, and a frozen one after half a second', async () => {
    for (const message of [
      'OOM command not allowed',
      "READONLY You can't write against a read only replica.",
      'LOADING Redis is loading',
    ]) {
      const failing = new BoundedRedis(
        { isReady: true, sendCommand: () => Promise.reject(new Error(message)) },
        prefix,
      );
      await expect(new RedisOnceStore(failing, 'state').put('x', VALUE, 60)).rejects.toMatchObject({
        code: 'temporarily_unavailable',
      });
    }
    const frozen = new BoundedRedis(
      { isReady: true, sendCommand: () => new Promise(() => {}) },
      prefix,
    );
    const began = performance.now();
    for (let tries = 0; tries < 10; tries += 1)
      await expect(frozen.send('PING')).rejects.toBeInstanceOf(IntegrationError);
    expect(performance.now() - began).toBeLessThan(2_500);
  });
});
