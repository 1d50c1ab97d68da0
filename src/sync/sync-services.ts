// Everything a run needs, the same for all runs of a process.

import type { ProviderCalendars } from '../providers/provider-calendars.js';
import type { ProviderId, StatusReason } from '../vocabulary.js';
import type { ReadingSettings } from './calendar-reader.js';
import type { SyncLog } from './log.js';
import type { SyncRuns } from './sync-runs.js';
import type { WindowSettings } from './window.js';

export interface SyncSettings extends WindowSettings {
  readonly pollMinutes: number;
}

export interface SyncServices
  extends Pick<
    ReadingSettings,
    'calendars' | 'events' | 'useToken' | 'limits' | 'gate' | 'relieve' | 'now' | 'random' | 'sleep'
  > {
  readonly runs: SyncRuns;
  /** Whose calendars an account's are; null when the account is gone. */
  readonly providerOf: (accountId: string) => Promise<ProviderId | null>;
  /** A provider's calendars; undefined where this deployment does not have it (any more). */
  readonly provider: (id: ProviderId) => ProviderCalendars | undefined;
  /** Only the user can mend the account: its status is to say so from now on. */
  readonly markReauthorization: (accountId: string, reason: StatusReason) => Promise<void>;
  /** Whether the provider tells us of changes in every calendar of the account; never, where absent. */
  readonly isPushed?: (accountId: string) => Promise<boolean>;
  readonly settings: SyncSettings;
  readonly logger: SyncLog;
}
