// Push: providers send notices of changes, so that an edit arrives within seconds.

import type { DataSource } from 'typeorm';
import type { ProviderPush, PushNotices } from '../providers/provider-push.js';
import type { SyncLog } from '../sync/log.js';
import type { UseToken } from '../sync/sync-services.js';
import type { ProviderId } from '../vocabulary.js';
import { ChannelFinder } from './channel-finder.js';
import { ChannelKeeper } from './channel-keeper.js';
import { type PushStatus, pushStatusOf } from './channel-status.js';
import { ChannelStore } from './channel-store.js';
import { NoticeStore } from './notice-store.js';
import { type NoticedSyncs, Notices } from './notices.js';

export interface PushNeeds {
  readonly dataSource: DataSource;
  /** The origin that providers send notices to; null where push is not set up. */
  readonly webhookUrl: string | null;
  readonly provider: (id: ProviderId) => ProviderPush | undefined;
  readonly useToken: UseToken;
  /** Calls with the token of an account that is being disconnected. */
  readonly useLastToken: UseToken;
  /** Queues a sync of the account. @throws IntegrationError when it is not to be synced */
  readonly sync: (accountId: string) => Promise<unknown>;
  /** Queues syncs of accounts for a time. */
  readonly notified: NoticedSyncs;
  /** Plans the account's next sync as for one without push. */
  readonly pollAgain: (accountId: string) => Promise<void>;
  readonly logger: SyncLog;
  readonly now: () => Date;
  readonly random: () => number;
}

/** What other rooms use of push. */
export interface Push {
  /**
   * Takes notices in.
   * @returns whether one of them had the secret of its channel
   * @throws IntegrationError `temporarily_unavailable` when the database does not respond in time
   */
  receive(provider: ProviderId, notices: PushNotices): Promise<boolean>;
  /** Does what notices of the account ask for: queues a sync, then its channels are maintained. */
  notified(accountId: string): Promise<void>;
  /** Opens channels after a run, where calendars need some. Never throws. */
  afterRun(accountId: string, signal: AbortSignal): Promise<void>;
  /**
   * The chore, once a minute: renewals, further attempts, and channels that are not wanted any
   * more.
   */
  maintainDue(): Promise<void>;
  /** Stops every channel of an account that is being disconnected, in a few seconds at most. */
  stopAll(accountId: string): Promise<void>;
  /**
   * The push of each of the accounts that has a selected calendar; empty where push is not set up.
   */
  statusOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, PushStatus>>;
}

/**
 * After a channel was opened, further ones of the same account can follow before the sync begins.
 */
const SYNC_AFTER_OPENING_MS = 3_000;

/** Builds the room. Nothing is sent and nothing is read before a method is called. */
export function createPush(needs: PushNeeds): Push {
  const { dataSource, webhookUrl, notified, logger, now } = needs;
  const store = new ChannelStore(dataSource);
  const keeper = new ChannelKeeper({
    ...needs,
    store,
    finder: new ChannelFinder(dataSource),
    addressOf: webhookUrl === null ? null : (id) => `${webhookUrl}/integrations/webhooks/${id}`,
    syncSoon: (accountId) =>
      dataSource.transaction((manager) =>
        notified.queue(manager, accountId, new Date(now().getTime() + SYNC_AFTER_OPENING_MS)),
      ),
  });
  const notices = new Notices({
    store: new NoticeStore(dataSource),
    channels: store,
    syncs: notified,
    logger,
    now,
  });
  return {
    receive: (provider, received) => notices.receive(provider, received),
    notified: (accountId) => keeper.notified(accountId),
    afterRun: (accountId, signal) => keeper.afterRun(accountId, signal),
    maintainDue: () => keeper.maintainDue(),
    stopAll: (accountId) => keeper.stopAll(accountId),
    statusOf: async (accountIds) =>
      webhookUrl === null ? new Map() : pushStatusOf(dataSource, accountIds, now()),
  };
}
