/** The stored range of time, and the delays before a retry. */
import { describe, expect, test } from '@jest/globals';
import { IntegrationError, ProviderError } from '../../src/errors.js';
import { createGate } from '../../src/gate.js';
import { backoff, jittered, patiently } from '../../src/sync/backoff.js';
import { inParallel } from '../../src/sync/parallel.js';
import { hasMovedOn, windowAt } from '../../src/sync/window.js';

const DAY = 86_400_000;
const settings = { pastDays: 30, futureDays: 365 };
const never = new AbortController().signal;

describe('the window', () => {
  test('the window consists of whole days in UTC and has all requested days', () => {
    const { from, to } = windowAt(new Date('2026-03-29T01:30:00Z'), settings);
    expect(from).toEqual(new Date('2026-02-27T00:00:00Z'));
    expect(to).toEqual(new Date('2027-03-30T00:00:00Z'));
  });

  test('the window moves after six to eight days, at different times for different calendars', () => {
    const start = new Date('2026-03-01T00:00:00Z');
    const window = windowAt(start, settings);
    const at = (id: string) => {
      let hours = 0;
      while (!hasMovedOn(id, window, new Date(start.getTime() + hours * 3_600_000), settings))
        hours++;
      return hours;
    };
    const hours = Array.from({ length: 200 }, (_, i) => at(`calendar ${i}`));
    expect(Math.min(...hours)).toBeGreaterThanOrEqual(6 * 24);
    expect(Math.max(...hours)).toBeLessThanOrEqual(8 * 24 + 1);
    expect(new Set(hours).size).toBeGreaterThan(40);
  });

  test('the window is made again when the settings change', () => {
    const now = new Date('2026-03-01T00:00:00Z');
    expect(hasMovedOn('a', windowAt(now, settings), now, { ...settings, futureDays: 366 })).toBe(
      true,
    );
  });

  test('a change of both settings is noticed on every day, although their sum stays', () => {
    const madeAt = new Date('2026-03-01T15:00:00Z');
    const kept = windowAt(madeAt, settings);
    const changes = [-400, -30, -8, -7, -5, -3, -1, 1, 2, 5, 8, 30, 335];
    for (let days = 0; days < 8; days++) {
      const now = new Date(madeAt.getTime() + days * DAY);
      for (const change of changes) {
        const other = { pastDays: 30 + change, futureDays: 365 - change };
        expect([days, change, hasMovedOn('a', kept, now, other)]).toEqual([days, change, true]);
      }
      if (days < 6) expect(hasMovedOn('a', kept, now, settings)).toBe(false);
    }
  });

  test('a window of version 0.1.0, which has no day, is kept as long as it fits the settings', () => {
    const madeAt = new Date('2026-03-01T15:00:00Z');
    const kept = { ...windowAt(madeAt, settings), madeOn: null };
    const later = (days: number) => new Date(madeAt.getTime() + days * DAY);
    expect(hasMovedOn('a', kept, later(5), settings)).toBe(false);
    expect(hasMovedOn('a', kept, later(9), settings)).toBe(true);
    for (const change of [-30, 30]) {
      const other = { pastDays: 30 + change, futureDays: 365 - change };
      expect(hasMovedOn('a', kept, later(5), other)).toBe(true);
    }
    expect(hasMovedOn('a', kept, later(5), { ...settings, pastDays: 31 })).toBe(true);
  });
});

describe('backoff', () => {
  test('a delay doubles from half a minute to six hours, within a quarter either way', () => {
    expect(
      [1, 2, 3, 11, 99].map((failures) => backoff(failures, undefined, () => 0.5) / 1000),
    ).toEqual([30, 60, 120, 21_600, 21_600]);
    expect(backoff(1, undefined, () => 0)).toBe(22_500);
    expect(jittered(DAY, () => 1)).toBe(DAY * 1.25);
  });

  test('a delay is never shorter than the provider asked', () => {
    for (const random of [0, 0.5, 0.99])
      expect(backoff(1, 120, () => random)).toBeGreaterThanOrEqual(120_000);
  });

  test('a short delay is waited within a run; a long one, and other failures, are not', async () => {
    const waits: number[] = [];
    const patience = {
      random: () => 0,
      signal: never,
      sleep: async (milliseconds: number) => void waits.push(milliseconds),
    };
    const failing = (...errors: Error[]) =>
      patiently(async () => errors.shift() ?? 'fine', patience);
    const thrower = (...errors: Error[]) =>
      patiently(async () => {
        const error = errors.shift();
        if (error) throw error;
        return 'fine';
      }, patience);
    await expect(failing()).resolves.toBe('fine');
    const busy = new ProviderError('throttled', { retryAfterSeconds: 2 });
    await expect(thrower(busy, new ProviderError('provider_unavailable'))).resolves.toBe('fine');
    expect(waits).toEqual([2_000, 750]);
    await expect(thrower(busy, busy, busy)).rejects.toBe(busy);
    const long = new ProviderError('throttled', { retryAfterSeconds: 11 });
    await expect(thrower(long)).rejects.toBe(long);
    const forbidden = new IntegrationError('calendar_forbidden');
    await expect(thrower(forbidden)).rejects.toBe(forbidden);
    expect(waits).toHaveLength(4);
  });
});

describe('limited parallelism', () => {
  test('all work is done, with a limited number at once', async () => {
    let inside = 0;
    let most = 0;
    const done: number[] = [];
    const gate = createGate(2);
    const work = async (item: number) => {
      await gate(async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
      });
      done.push(item);
    };
    await inParallel([1, 2, 3, 4, 5, 6, 7], 4, work);
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(2);
  });

  test('after a failure no more work starts, and started work is waited for', async () => {
    const done: number[] = [];
    const work = async (item: number) => {
      await new Promise((resolve) => setTimeout(resolve, item));
      if (item === 1) throw new Error('first');
      done.push(item);
    };
    await expect(inParallel([1, 20, 3, 4], 2, work)).rejects.toThrow('first');
    expect(done).toEqual([20]);
  });
});
