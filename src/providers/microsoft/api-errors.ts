// Microsoft Graph's errors by what is to be done about them: learn.microsoft.com/graph/errors.

import { type ErrorCode, ProviderError } from '../../errors.js';
import type { HttpResponse } from '../http-client.js';
import { retryAfterSeconds } from '../retry-after.js';
import { describe } from '../token-endpoint.js';

/** What was asked for: one calendar, or something of the whole account. */
export type Subject = 'account' | 'calendar';

// Graph is not consistent in the case of its codes: all of these are compared in lower case.
const CURSOR_EXPIRED = /^(?:syncstate(?:notfound|invalid)|resync\w*)$/;
const NO_MAILBOX = new Set(['mailboxnotenabledforrestapi', 'mailboxnotsupportedforrestapi']);
const THROTTLED = new Set(['applicationthrottled', 'toomanyrequests', 'activitylimitreached']);

/** The failure in an answer that is not a success. */
export function graphApiError(
  { status, headers, body }: HttpResponse,
  subject: Subject,
): ProviderError {
  const codes = codesIn(body);
  const lower = codes.map((code) => code.toLowerCase());
  const reason = `Graph answered ${status}${codes[0] === undefined ? '' : ` ${describe(codes[0])}`}`;
  const wait = retryAfterSeconds(headers['retry-after']);
  const is = (code: ErrorCode) => new ProviderError(code, { reason, retryAfterSeconds: wait });

  if (status === 401)
    return new ProviderError('reauthorization_required', { reason, accessTokenRejected: true });
  if (status === 429 || lower.some((code) => THROTTLED.has(code))) return is('throttled');
  if (lower.some((code) => CURSOR_EXPIRED.test(code))) return is('cursor_expired');
  if (status >= 500) return is('provider_unavailable');
  if (lower.some((code) => NO_MAILBOX.has(code))) {
    return new ProviderError('no_mailbox', { reason, statusReason: 'no_mailbox' });
  }
  // A page is not the API speaking, and must not cost anyone a calendar.
  if (headers['content-type']?.startsWith('text/html')) return is('provider_unavailable');
  if (status === 410) return is('cursor_expired');
  if (status === 404) return is(subject === 'calendar' ? 'calendar_gone' : 'provider_error');
  if (status === 403) {
    if (subject === 'calendar') return is('calendar_forbidden');
    return new ProviderError('reauthorization_required', {
      reason,
      statusReason: 'missing_scopes',
    });
  }
  return is('provider_error');
}

function codesIn(body: unknown): string[] {
  const codes: string[] = [];
  let error = (body as { error?: unknown } | undefined)?.error;
  // Inner errors refine outer ones; nobody nests them deep.
  for (let depth = 0; depth < 4 && typeof error === 'object' && error !== null; depth += 1) {
    const { code, innerError, innererror } = error as {
      code?: unknown;
      innerError?: unknown;
      innererror?: unknown;
    };
    if (typeof code === 'string') codes.push(code);
    error = innerError ?? innererror;
  }
  return codes;
}
