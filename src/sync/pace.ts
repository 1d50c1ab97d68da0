// The pace of requests for an account that are no sync. They share its limits, and its pauses.

import type { RequestLimits } from '../providers/provider-calendars.js';
import type { AccountLimits } from './account-limits.js';
import { sleep } from './backoff.js';

/** Sends requests for accounts no faster than their providers allow. */
export interface Pace {
  /**
   * Sends one request when its turn comes.
   * @throws ProviderError `throttled`, without a request, where that is not soon
   */
  keep<T>(
    accountId: string,
    limits: RequestLimits,
    signal: AbortSignal,
    call: () => Promise<T>,
  ): Promise<T>;
  /** Notes that the provider asked for no request during the next `seconds`. */
  leaveAlone(accountId: string, seconds: number): void;
}

/** @param limits those of the syncs in this process */
export function createPace(limits: AccountLimits): Pace {
  return {
    keep: (accountId, requestLimits, signal, call) =>
      limits.through(accountId, requestLimits, { sleep, signal }, call),
    leaveAlone: (accountId, seconds) => limits.leaveAlone(accountId, seconds * 1_000),
  };
}
