// What a run has, the same for all runs of a process.

import type { SealedAccess, TokenPurpose } from '../accounts/live-token.js';
import type { CalendarStore } from '../calendars/calendar-store.js';
import type { EventStore } from '../calendars/event-store.js';
import type { ProviderCalendars } from '../providers/provider-calendars.js';
import type { ProviderId, StatusReason } from '../vocabulary.js';
import type { AccountLimits } from './account-limits.js';
import type { Sleep } from './backoff.js';
import type { SyncLog } from './log.js';
import type { SyncRuns } from './sync-runs.js';
import type { SyncSchedule } from './sync-schedule.js';
import type { WindowSettings } from './window.js';

/** One run of one account. */
export interface SyncJob {
  readonly accountId: string;
  readonly syncId: string;
}

export interface SyncSettings extends WindowSettings {
  readonly pollMinutes: number;
}

/**
 * Calls with a live access token: one that is refreshed early, and once more after a 401. `known` is
 * one that was read a moment ago.
 */
export type UseToken = <T>(
  accountId: string,
  call: (accessToken: string) => Promise<T>,
  purpose?: TokenPurpose,
  known?: SealedAccess | null,
) => Promise<T>;

export interface SyncServices {
  readonly runs: SyncRuns;
  readonly schedule: SyncSchedule;
  readonly calendars: CalendarStore;
  readonly events: EventStore;
  /** A provider's calendars; undefined where this deployment does not have the provider. */
  readonly provider: (id: ProviderId) => ProviderCalendars | undefined;
  readonly useToken: UseToken;
  readonly limits: AccountLimits;
  /** Lets a few writes through at once, so that syncs leave database connections to requests. */
  readonly gate: <T>(write: () => Promise<T>) => Promise<T>;
  /** Called with a number of changes when they were read, and again when they were saved. */
  readonly collectGarbage: (changes: number) => void;
  /** Marks an account that only the user can fix. */
  readonly markReauthorization: (accountId: string, reason: StatusReason) => Promise<void>;
  /** Whether the provider reports changes in every calendar of the account. */
  readonly isPushed: (accountId: string) => Promise<boolean>;
  readonly settings: SyncSettings;
  readonly logger: SyncLog;
  readonly now: () => Date;
  readonly random: () => number;
  readonly sleep: Sleep;
}
