// When a delivery is tried again (Standard Webhooks 1.0.0, "Retry schedule"), and how an endpoint
// that fails is spared.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds before each attempt after the first: 75 hours 35 minutes in all. */
const DELAYS_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** How often a delivery is tried. */
export const MOST_ATTEMPTS = DELAYS_MS.length + 1;

/** A longer wait that a receiver asks for is cut to this. */
const LONGEST_ASKED_MS = 24 * HOUR;
/** Failures in a row that mean nothing yet: a few of many requests fail everywhere. */
const USUAL_FAILURES = 5;
const LONGEST_PAUSE_MS = MINUTE;

/** When a delivery is tried again. */
export type RetryDelay = typeof retryDelay;

/**
 * Milliseconds until the next attempt, up to a tenth more at random. Null after the last one.
 * @param attempts how many have failed
 * @param askedSeconds what the receiver's Retry-After says
 */
export function retryDelay(
  attempts: number,
  askedSeconds: number | null,
  random: () => number,
): number | null {
  const delay = DELAYS_MS[attempts - 1];
  if (delay === undefined) return null;
  const asked = Math.min((askedSeconds ?? 0) * SECOND, LONGEST_ASKED_MS);
  return Math.round(Math.max(delay, asked) * (1 + random() / 10));
}

/**
 * Milliseconds for which nothing at all is sent to an endpoint after a failed attempt.
 * @param failures in a row, this one included
 * @param isThrottling the response was 429, 502 or 504
 */
export function endpointPause(
  failures: number,
  isThrottling: boolean,
  askedSeconds: number | null,
): number {
  const doubled = failures <= USUAL_FAILURES ? 0 : SECOND * 2 ** (failures - USUAL_FAILURES - 1);
  const asked = isThrottling ? (askedSeconds ?? 1) * SECOND : 0;
  return Math.max(Math.min(doubled, LONGEST_PAUSE_MS), Math.min(asked, HOUR));
}

/** How many requests of one process an endpoint may have under way. */
export function slotsOf(failures: number): number {
  return failures > USUAL_FAILURES ? 1 : 8;
}
