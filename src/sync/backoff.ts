// When to try again: within a run a moment later, otherwise later and later.

import { setTimeout as delay } from 'node:timers/promises';
import { IntegrationError } from '../errors.js';

const FIRST_MS = 30_000;
const FIRST_OF_CALENDAR_MS = 5 * 60_000;
const LONGEST_MS = 6 * 3_600_000;
const PATIENCE_MS = 10_000;
const TRIES = 3;

/** Between 75 and 125 per cent of `milliseconds`, so that nothing happens to everyone at once. */
export function jittered(milliseconds: number, random: () => number): number {
  return Math.round(milliseconds * (0.75 + random() / 2));
}

/** Milliseconds until the next run after `failures` failed ones in a row: doubled each time, at most six hours, never before what the provider asked for. */
export function backoff(
  failures: number,
  retryAfterSeconds: number | undefined,
  random: () => number,
): number {
  return later(FIRST_MS, failures, retryAfterSeconds, random);
}

/** The same for one calendar: five minutes at first, so that one that is broken does not cost a request in every run. */
export function calendarBackoff(
  failures: number,
  retryAfterSeconds: number | undefined,
  random: () => number,
): number {
  return later(FIRST_OF_CALENDAR_MS, failures, retryAfterSeconds, random);
}

function later(
  first: number,
  failures: number,
  retryAfterSeconds: number | undefined,
  random: () => number,
): number {
  const doubled = Math.min(first * 2 ** Math.min(Math.max(failures - 1, 0), 20), LONGEST_MS);
  // A provider's wait is only ever lengthened: a little, so that not all return in the same second.
  const asked = (retryAfterSeconds ?? 0) * 1000 * (1 + random() / 10);
  return Math.max(Math.min(jittered(doubled, random), LONGEST_MS), Math.round(asked));
}

/** How to wait. Rejects at once when `signal` is aborted. */
export type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const sleep: Sleep = (milliseconds, signal) => delay(milliseconds, undefined, { signal });

/** How to be patient. `onWait` is told how long the provider asked to be left alone, whether or not that is waited for here. */
export interface Patience {
  readonly random: () => number;
  readonly sleep: Sleep;
  readonly signal: AbortSignal;
  readonly onWait?: (milliseconds: number) => void;
}

/**
 * A call to a provider, made again a moment later (at most twice) where it was throttled or not answered and the wait is
 * short. @throws what the last try threw
 */
export async function patiently<T>(
  call: () => Promise<T>,
  { random, sleep, signal, onWait }: Patience,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const asked = (error as { retryAfterSeconds?: number }).retryAfterSeconds;
      if (asked !== undefined) onWait?.(asked * 1000);
      const wait = momentAfter(error, tries, random);
      if (tries === TRIES || wait > PATIENCE_MS || signal.aborted) throw error;
      await sleep(wait, signal);
    }
  }
}

function momentAfter(error: unknown, tries: number, random: () => number): number {
  const passing =
    error instanceof IntegrationError && ['throttled', 'provider_unavailable'].includes(error.code);
  if (!passing) return Number.POSITIVE_INFINITY;
  const asked = error.retryAfterSeconds;
  return asked === undefined
    ? jittered(500 * 2 ** (tries - 1), random)
    : asked * 1000 * (1 + random() / 4);
}
