// What opening, renewing and stopping channels needs.

import type { ProviderPush } from '../providers/provider-push.js';
import type { SyncLog } from '../sync/log.js';
import { isOfAccount, type RunFailure } from '../sync/run-failure.js';
import type { UseToken } from '../sync/sync-services.js';
import type { ChannelFinder } from './channel-finder.js';
import type { ChannelStore } from './channel-store.js';

/**
 * Requests at a time for one account. A sync of the account may be using most of what the provider
 * allows.
 */
export const REQUESTS_AT_ONCE = 1;

export interface ChannelServices {
  readonly store: ChannelStore;
  readonly finder: ChannelFinder;
  readonly useToken: UseToken;
  readonly logger: SyncLog;
  readonly now: () => Date;
  readonly random: () => number;
}

/** An account whose channels are maintained now. */
export interface WatchedAccount {
  readonly accountId: string;
  readonly provider: ProviderPush;
  /** Where the provider is to send notices. */
  readonly address: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * What a request for one channel changed. `accountFailed`: the cause concerns the whole account, so
 * requests for its other calendars would fail too.
 */
export type Outcome = 'changed' | 'unchanged' | 'failed' | 'accountFailed';

/** The outcome of a request that threw `error`. */
export function outcomeOf(error: unknown, { code }: RunFailure): Outcome {
  return isOfAccount(error) || code === 'throttled' ? 'accountFailed' : 'failed';
}
