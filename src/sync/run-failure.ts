// What a failure means for a run: its code, whether time fixes it, and whether it concerns the
// whole account.

import { asIntegrationError } from '../classify-failure.js';
import { type ErrorCode, IntegrationError, isAccountWide, isRetryable } from '../errors.js';

export interface RunFailure {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
}

/** What is recorded of a thrown value. */
export function describeFailure(error: unknown): RunFailure {
  const { code, retryAfterSeconds } = asIntegrationError(error);
  return { code, retryable: isRetryable(code), retryAfterSeconds };
}

/**
 * The failure that is shown for several: one that only a person can fix before one that passes.
 * Null when there is none.
 */
export function worst(failures: readonly RunFailure[]): RunFailure | null {
  return failures.find(({ retryable }) => !retryable) ?? failures[0] ?? null;
}

/** Whether the other calendars of the account would fail too. */
export function isOfAccount(error: unknown): boolean {
  return error instanceof IntegrationError && isAccountWide(error.code);
}
