// When to try again: after a short wait within a run, or in a later run after a wait that doubles.

import { setTimeout as delay } from 'node:timers/promises';
import { IntegrationError } from '../errors.js';
import { NoResponseInTime } from '../providers/http-client.js';

const FIRST_MS = 30_000;
const FIRST_OF_CALENDAR_MS = 5 * 60_000;
const LONGEST_MS = 6 * 3_600_000;
const PATIENCE_MS = 10_000;
const TRIES = 3;

/**
 * Between 75 and 125 per cent of `milliseconds`, so that not everything happens at the same time.
 */
export function jittered(milliseconds: number, random: () => number): number {
  return Math.round(milliseconds * (0.75 + random() / 2));
}

/**
 * Milliseconds until the next run after `failures` failed ones in a row. The wait doubles each
 * time, up to six hours. It is never shorter than what the provider asked for.
 */
export function backoff(
  failures: number,
  retryAfterSeconds: number | undefined,
  random: () => number,
): number {
  return later(FIRST_MS, failures, retryAfterSeconds, random);
}

/**
 * The same for one calendar: five minutes at first, so that a broken calendar does not cost a
 * request in every run.
 */
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
  // A wait that the provider asked for is only made longer, a little, so that not all accounts
  // return in one second.
  const asked = (retryAfterSeconds ?? 0) * 1000 * (1 + random() / 10);
  return Math.max(Math.min(jittered(doubled, random), LONGEST_MS), Math.round(asked));
}

/** How to wait. Rejects at once when `signal` is aborted. */
export type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const sleep: Sleep = (milliseconds, signal) => delay(milliseconds, undefined, { signal });

/**
 * How to wait. `onWait` gets the wait that the provider asked for (milliseconds), even where it is
 * too long to wait here.
 */
export interface Patience {
  readonly random: () => number;
  readonly sleep: Sleep;
  readonly signal: AbortSignal;
  readonly onWait?: (milliseconds: number) => void;
}

/**
 * Calls a provider, and again after a short wait (at most twice) where it was throttled or
 * unavailable.
 * @throws the error of the last try
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
    error instanceof IntegrationError &&
    ['throttled', 'provider_unavailable'].includes(error.code) &&
    // The run has waited for this already. It must not hold others for longer.
    !(error instanceof NoResponseInTime);
  if (!passing) return Number.POSITIVE_INFINITY;
  const asked = error.retryAfterSeconds;
  return asked === undefined
    ? jittered(500 * 2 ** (tries - 1), random)
    : asked * 1000 * (1 + random() / 4);
}
