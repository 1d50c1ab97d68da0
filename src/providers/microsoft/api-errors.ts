// Microsoft Graph's error responses as our failures: learn.microsoft.com/graph/errors.

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

// Graph is not consistent in the case of its codes. All of these are compared in lower case.
const CURSOR_EXPIRED = /^(?:syncstate(?:notfound|invalid)|resync\w*)$/;
// Each of these says that the account has no mailbox in Exchange Online: no licence, a guest, a
// mailbox on premises or for another API, or a tenant without Exchange. Codes of a mailbox that is
// moved or out of reach for a moment are not among them.
const NO_MAILBOX =
  /nomailbox|(?:missing|nonexistent|unlicensed)mailbox|mailbox(?:not(?:enabled|supported|hosted|found|licensed)|unlicensed)|^errorinvaliduser$|^organizationfromtenantguidnotfound$/;
// Graph has general codes too, whose message alone says it.
const NO_MAILBOX_MESSAGE =
  /mailbox is either inactive, soft-deleted, or is hosted on-premise|REST API is not (?:yet )?supported for this mailbox|^Resource could not be discovered\.?$|tenant for tenant guid \S+ does not exist/i;
const THROTTLED = new Set(['applicationthrottled', 'toomanyrequests', 'activitylimitreached']);
const DEEPEST_INNER_ERROR = 4;

/** A refusal of Graph that has no code of its own here. */
export class GraphRefusal extends ProviderError {
  constructor(
    reason: string,
    readonly httpStatus: number,
  ) {
    super('provider_error', { reason });
  }
}

/** The failure of a response that is not a success. */
export function graphApiError(response: HttpResponse, subject: Subject): ProviderError {
  const { status, headers, body } = response;
  const codes = codesIn(body);
  const lower = codes.map((code) => code.toLowerCase());
  const reason = [
    'Graph answered',
    status,
    ...codes.slice(0, 1).map((code) => logWords(code)),
  ].join(' ');
  const wait = retryAfterSeconds(headers['retry-after']);
  const failure = (code: ErrorCode) => new ProviderError(code, { reason, retryAfterSeconds: wait });

  if (status < 500 && status !== 429 && saysNoMailbox(body, lower, subject))
    return new ProviderError('no_mailbox', {
      reason,
      statusReason: 'no_mailbox',
      proves: 'no_mailbox',
    });
  if (status === 401)
    return new ProviderError('reauthorization_required', { reason, accessTokenRejected: true });
  if (status === 429 || lower.some((code) => THROTTLED.has(code))) return failure('throttled');
  if (lower.some((code) => CURSOR_EXPIRED.test(code))) return failure('cursor_expired');
  if (status >= 500) return failure('provider_unavailable');
  if (isWebPage(response) && !refusesRequest(status)) return failure('provider_unavailable');
  if (status === 410) return failure('cursor_expired');
  if (status === 404) return failure(subject === 'calendar' ? 'calendar_gone' : 'provider_error');
  if (status !== 403) return new GraphRefusal(reason, status);
  if (subject === 'calendar') return failure('calendar_forbidden');
  return new ProviderError('reauthorization_required', { reason, statusReason: 'missing_scopes' });
}

function saysNoMailbox(body: unknown, codes: readonly string[], subject: Subject): boolean {
  if (codes.some((code) => NO_MAILBOX.test(code))) return true;
  const message = field(errorField(body), 'message');
  return subject === 'account' && typeof message === 'string' && NO_MAILBOX_MESSAGE.test(message);
}

/** The code of the error and those of its inner errors, which refine it. */
function codesIn(body: unknown): string[] {
  const codes: string[] = [];
  let error = errorField(body);
  for (let depth = 0; depth < DEEPEST_INNER_ERROR; depth += 1) {
    const code = field(error, 'code');
    if (typeof code === 'string') codes.push(code);
    error = field(error, 'innerError') ?? field(error, 'innererror');
  }
  return codes;
}
