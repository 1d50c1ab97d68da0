// What a failure means for a run: its code, whether time mends it, whether it is the account's and not one calendar's.

import { asIntegrationError } from '../classify-failure.js';
import { type ErrorCode, IntegrationError, isRetryable, ProviderError } from '../errors.js';
import type { StatusReason } from '../vocabulary.js';

export interface RunFailure {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
}

/** Anything thrown, as what is recorded of it. */
export function describeFailure(error: unknown): RunFailure {
  const { code, retryAfterSeconds } = asIntegrationError(error);
  return { code, retryable: isRetryable(code), retryAfterSeconds };
}

/** What to say of several: one that only a person can mend before one that passes. Null when there is none. */
export function worst(failures: readonly RunFailure[]): RunFailure | null {
  return failures.find(({ retryable }) => !retryable) ?? failures[0] ?? null;
}

const OF_ACCOUNT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'account_not_found',
  'reauthorization_required',
  'missing_scopes',
  'admin_consent_required',
  'no_mailbox',
  'token_unreadable',
  'token_key_missing',
  'provider_misconfigured',
  'provider_not_configured',
  'temporarily_unavailable',
]);

/** Whether no other calendar of the account can fare better. */
export function isOfAccount(error: unknown): boolean {
  return error instanceof IntegrationError && OF_ACCOUNT.has(error.code);
}

/** Why only the user can mend the account, or null when that is not so. */
export function reasonToReauthorize(error: unknown): StatusReason | null {
  if (!(error instanceof IntegrationError)) return null;
  if (error instanceof ProviderError && error.statusReason !== null) return error.statusReason;
  switch (error.code) {
    case 'missing_scopes':
    case 'admin_consent_required':
    case 'no_mailbox':
      return error.code;
    case 'reauthorization_required':
      return 'revoked';
    case 'token_unreadable':
      return 'expired';
    default:
      return null;
  }
}
