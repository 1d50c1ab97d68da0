// The `sync` of an account as the outside sees it.

import { ERRORS, type ErrorCode, isRetryable } from '../errors.js';
import type { SyncPhase, SyncState, SyncTrigger } from '../vocabulary.js';
import type { ConnectedAccount } from './connected-account.js';

/** An account's `sync` as the contract has it. */
export interface SyncStatus {
  readonly state: SyncState;
  readonly phase: SyncPhase | null;
  readonly trigger: SyncTrigger | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly progress: { readonly calendarsDone: number; readonly calendarsTotal: number; readonly eventsSeen: number };
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly retryable: boolean } | null;
}

/** The last error stays until a run has ended without one. */
export function describeSync(account: ConnectedAccount): SyncStatus {
  const code = account.syncErrorCode;
  return {
    state: account.syncState,
    phase: account.syncPhase,
    trigger: account.syncTrigger,
    startedAt: account.syncStartedAt,
    finishedAt: account.syncFinishedAt,
    progress: {
      calendarsDone: account.syncCalendarsDone,
      calendarsTotal: account.syncCalendarsTotal,
      eventsSeen: account.syncEventsSeen,
    },
    error: code && { code, message: ERRORS[code].detail, retryable: isRetryable(code) },
  };
}
