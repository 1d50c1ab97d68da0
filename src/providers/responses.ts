// Reading a provider's responses: the checks and the failures that all providers have in common.

import { ProviderError } from '../errors.js';
import type { HttpResponse } from './http-client.js';
import { retryAfterSeconds } from './retry-after.js';

const MOST_LOGGED_DETAILS = 6;

/**
 * What a request was about: one calendar, or the whole account. Some statuses mean different things
 * for the two.
 */
export type Subject = 'account' | 'calendar';

/** Whether the status is a 2xx. */
export function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status <= 299;
}

/**
 * Whether the body is a web page. A page does not come from the API, so its status says nothing
 * about a calendar.
 */
export function isWebPage({ headers }: HttpResponse): boolean {
  return headers['content-type']?.startsWith('text/html') === true;
}

/**
 * Whether the status says that the request itself is refused: malformed, or too long. With a cursor
 * in the request, the cursor is the part that can be at fault.
 */
export function refusesRequest(status: number): boolean {
  return status === 400 || status === 414 || status === 431;
}

/** The `error` field of a body; undefined when there is none. */
export function errorField(body: unknown): unknown {
  return field(body, 'error');
}

/** A field of `value`; undefined when `value` is no object or lacks the field. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/**
 * Rejects a response that only says that the provider has trouble. This comes before its body is
 * read: an outage that says `invalid_grant` must not cost a user the account.
 * @param sender for the log: `token endpoint`
 * @param now milliseconds since 1970, for a Retry-After that is a date
 * @throws ProviderError `provider_unavailable` for a 429 or a 5xx
 */
export function rejectOutage(
  { status, headers }: HttpResponse,
  sender: string,
  now: number = Date.now(),
): void {
  if (status !== 429 && status < 500) return;
  throw new ProviderError('provider_unavailable', {
    reason: `${sender} answered ${status}`,
    retryAfterSeconds: retryAfterSeconds(headers['retry-after'], now),
  });
}

/**
 * The failure of a response that does not have the documented shape. It is temporary: often a proxy
 * answered.
 */
export function unexpectedResponse(sender: string, what: string): ProviderError {
  return new ProviderError('provider_unavailable', {
    reason: `${sender} sent an unexpected response: ${what}`,
  });
}

const LONGEST_CHANNEL_MS = 60 * 86_400_000;

/**
 * When a channel ends. An expiry that cannot be read, or lies further away than any provider
 * grants, is replaced by an assumption.
 * @param expiry milliseconds since 1970, or NaN
 * @param assumedMs how long the channel is assumed to live then
 */
export function expiryOf(expiry: number, now: Date, assumedMs: number): Date {
  const life = expiry - now.getTime();
  const isUsable = life > -LONGEST_CHANNEL_MS && life < LONGEST_CHANNEL_MS;
  return new Date(isUsable ? expiry : now.getTime() + assumedMs);
}

/**
 * An error word and its details for the log. Free text, which anyone can have written, is left out.
 */
export function logWords(error: string, details: readonly string[] = []): string {
  const word = (text: string) => (/^[\w.-]{1,64}$/.test(text) ? text : 'unreadable');
  return [error, ...details.slice(0, MOST_LOGGED_DETAILS)].map(word).join(' ');
}
