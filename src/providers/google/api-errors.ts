// The Calendar API's errors by what is to be done about them: developers.google.com/workspace/calendar/api/guides/errors.

import { type ErrorCode, ProviderError } from '../../errors.js';
import type { HttpResponse } from '../http-client.js';
import { retryAfterSeconds } from '../retry-after.js';
import { describe } from '../token-endpoint.js';

/** What was asked for: one calendar's events, or something of the whole account. */
export type Subject = 'account' | 'calendar';

const THROTTLED = [
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'dailyLimitExceeded',
  'quotaExceeded',
  'RESOURCE_EXHAUSTED',
];
const MISSING_SCOPES = ['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'];
const NOT_ENABLED = ['accessNotConfigured', 'SERVICE_DISABLED'];

/** The failure in an answer that is not a success. */
export function googleApiError(
  { status, headers, body }: HttpResponse,
  subject: Subject,
): ProviderError {
  const reasons = reasonsIn(body);
  const has = (...wanted: string[]) => reasons.some((one) => wanted.includes(one));
  const reason = `Google answered ${status}${reasons.length > 0 ? ` ${describe(reasons[0] as string)}` : ''}`;
  const wait = retryAfterSeconds(headers['retry-after']);
  const is = (code: ErrorCode) => new ProviderError(code, { reason, retryAfterSeconds: wait });

  if (status === 401)
    return new ProviderError('reauthorization_required', { reason, accessTokenRejected: true });
  if (status === 429 || (status === 403 && has(...THROTTLED))) return is('throttled');
  if (status >= 500) return is('provider_unavailable');
  // A page is not the API speaking, and must not cost anyone a calendar.
  if (headers['content-type']?.startsWith('text/html')) return is('provider_unavailable');
  if (status === 410 && subject === 'calendar') return is('cursor_expired');
  if (status === 404 && subject === 'calendar') return is('calendar_gone');
  if (status !== 403) return is('provider_error');
  if (has(...MISSING_SCOPES))
    return new ProviderError('reauthorization_required', {
      reason,
      statusReason: 'missing_scopes',
    });
  if (has('notACalendarUser'))
    return new ProviderError('no_mailbox', { reason, statusReason: 'no_mailbox' });
  if (has('domainPolicy')) {
    return new ProviderError('admin_consent_required', {
      reason,
      statusReason: 'admin_consent_required',
    });
  }
  if (has(...NOT_ENABLED)) return is('provider_misconfigured');
  return is(subject === 'calendar' ? 'calendar_forbidden' : 'provider_error');
}

/** Every place where Google names a reason: `errors[].reason`, `details[].reason`, `status`. */
export function reasonsIn(body: unknown): string[] {
  const error = (body as { error?: unknown } | undefined)?.error;
  if (typeof error === 'string') return [error];
  if (typeof error !== 'object' || error === null) return [];
  const { errors, details, status } = error as {
    errors?: unknown;
    details?: unknown;
    status?: unknown;
  };
  return [errors, details]
    .flatMap((some) => (Array.isArray(some) ? some : []))
    .map((one) => (one as { reason?: unknown } | null)?.reason)
    .concat(status)
    .filter((one) => typeof one === 'string');
}
