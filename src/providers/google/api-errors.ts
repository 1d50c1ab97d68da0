// The Calendar API's error responses as our failures:
// developers.google.com/workspace/calendar/api/guides/errors.

import { type ErrorCode, ProviderError } from '../../errors.js';
import type { HttpResponse } from '../http-client.js';
import {
  errorField,
  field,
  isWebPage,
  logWords,
  refusesRequest,
  type Subject,
} from '../responses.js';
import { retryAfterSeconds } from '../retry-after.js';

const THROTTLED = [
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'dailyLimitExceeded',
  'quotaExceeded',
  'RESOURCE_EXHAUSTED',
];
const MISSING_SCOPES = ['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'];
const NOT_ENABLED = ['accessNotConfigured', 'SERVICE_DISABLED'];

/**
 * The failure of a response that is not a success.
 * @param hasCursor whether the request had a sync token
 */
export function googleApiError(
  response: HttpResponse,
  subject: Subject,
  hasCursor = false,
): ProviderError {
  const { status, headers, body } = response;
  const reasons = reasonsIn(body);
  const has = (...wanted: string[]) => reasons.some((one) => wanted.includes(one));
  const reason = [
    'Google answered',
    status,
    ...reasons.slice(0, 1).map((one) => logWords(one)),
  ].join(' ');
  const wait = retryAfterSeconds(headers['retry-after']);
  const failure = (code: ErrorCode) => new ProviderError(code, { reason, retryAfterSeconds: wait });

  if (status === 401)
    return new ProviderError('reauthorization_required', { reason, accessTokenRejected: true });
  if (status === 429 || (status === 403 && has(...THROTTLED))) return failure('throttled');
  if (hasCursor && refusesRequest(status)) return failure('cursor_expired');
  if (status >= 500 || isWebPage(response)) return failure('provider_unavailable');
  if (status === 410 && subject === 'calendar') return failure('cursor_expired');
  if (status === 404 && subject === 'calendar') return failure('calendar_gone');
  if (status !== 403) return failure('provider_error');
  if (has(...MISSING_SCOPES)) {
    return new ProviderError('reauthorization_required', {
      reason,
      statusReason: 'missing_scopes',
      proves: 'scope_missing',
    });
  }
  if (has('notACalendarUser'))
    return new ProviderError('no_mailbox', {
      reason,
      statusReason: 'no_mailbox',
      proves: 'no_mailbox',
    });
  if (has('domainPolicy')) {
    return new ProviderError('admin_consent_required', {
      reason,
      statusReason: 'admin_consent_required',
    });
  }
  if (has(...NOT_ENABLED)) return failure('provider_misconfigured');
  return failure(subject === 'calendar' ? 'calendar_forbidden' : 'provider_error');
}

/** Every place where Google names a reason: `errors[].reason`, `details[].reason`, `status`. */
export function reasonsIn(body: unknown): string[] {
  const error = errorField(body);
  if (typeof error === 'string') return [error];
  return [field(error, 'errors'), field(error, 'details')]
    .flatMap((entries) => (Array.isArray(entries) ? entries : []))
    .map((entry) => field(entry, 'reason'))
    .concat(field(error, 'status'))
    .filter((reason) => typeof reason === 'string');
}
