// What a failure means for a run: its code, whether time mends it, whether it is the account's and not one calendar's.

import { asIntegrationError } from '../classify-failure.js';
import { type ErrorCode, IntegrationError, isAccountWide, isRetryable } from '../errors.js';

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

/** Whether the other calendars of the account would fail too. */
export function isOfAccount(error: unknown): boolean {
  return error instanceof IntegrationError && isAccountWide(error.code);
}
