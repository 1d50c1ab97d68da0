// Keeps a channel open for every selected calendar. Where one cannot be opened, polling goes on.

import { IntegrationError } from '../errors.js';
import type { ProviderPush } from '../providers/provider-push.js';
import { inParallel } from '../sync/parallel.js';
import { describeFailure } from '../sync/run-failure.js';
import type { UseToken } from '../sync/sync-services.js';
import type { ProviderId } from '../vocabulary.js';
import type { CalendarToWatch } from './channel-finder.js';
import {
  type ChannelServices,
  type Outcome,
  REQUESTS_AT_ONCE,
  type WatchedAccount,
} from './channel-services.js';
import { watchCalendar } from './open-channel.js';
import { stopAll, stopRetired, stopUnknown } from './stop-channels.js';

/** Of one provider. */
const ACCOUNTS_AT_ONCE = 4;
const ACCOUNTS_PER_CHORE = 200;
/**
 * The chore begins no further account after this time (milliseconds), so that it can run again in
 * the next minute for all providers.
 */
const CHORE_TIMEOUT_MS = 45_000;
/** After a run no further request is sent when this time (milliseconds) is over. */
const AFTER_RUN_TIMEOUT_MS = 30_000;

export interface ChannelKeeperNeeds extends ChannelServices {
  readonly provider: (id: ProviderId) => ProviderPush | undefined;
  /**
   * Where a provider is to send notices; null where push is not set up, so that existing channels
   * are stopped.
   */
  readonly addressOf: ((id: ProviderId) => string) | null;
  /** Calls with the token of an account that is being disconnected. */
  readonly useLastToken: UseToken;
  /** Queues a sync of the account. @throws IntegrationError when it is not to be synced */
  readonly sync: (accountId: string) => Promise<unknown>;
  /** Queues a sync that begins in a few seconds, one for all requests until then. */
  readonly syncSoon: (accountId: string) => Promise<unknown>;
  /** Plans the account's next sync as for one without push. */
  readonly pollAgain: (accountId: string) => Promise<void>;
}

export class ChannelKeeper {
  constructor(private readonly needs: ChannelKeeperNeeds) {}

  /**
   * Opens, renews, replaces and stops channels as the account's calendars need now. Mostly nothing
   * is needed, and no request is sent. Never throws.
   * @returns whether a channel was opened or renewed: then the account must be synced once, for
   * changes in between
   */
  async maintain(accountId: string, signal?: AbortSignal): Promise<boolean> {
    const { finder, store, addressOf, logger } = this.needs;
    try {
      const id = await finder.providerOf(accountId);
      const provider = id === null ? undefined : this.needs.provider(id);
      if (id === null || provider === undefined) return false;
      if (addressOf === null) {
        await store.retireAll(accountId);
        await stopRetired(this.needs, { accountId, provider, signal });
        return false;
      }
      return await this.watchCalendars({ accountId, provider, address: addressOf(id), signal });
    } catch (error) {
      const { code } = describeFailure(error);
      logger.warn({ accountId, code, err: error }, 'push channels not maintained');
      return false;
    }
  }

  /**
   * After a run: opens channels for calendars that were read for the first time, and queues a sync.
   * What is not done within half a minute is left to the chore. Never throws.
   */
  async afterRun(accountId: string, signal: AbortSignal): Promise<void> {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(AFTER_RUN_TIMEOUT_MS)]);
    if (!(await this.maintain(accountId, soon))) return;
    await this.needs.syncSoon(accountId).catch((error: unknown) => {
      this.needs.logger.warn({ accountId, err: error }, 'no sync after a push channel was opened');
    });
  }

  /**
   * Does what notices of the account ask for: queues a sync, after which its channels are
   * maintained. No request is sent here, because the notices of all providers share one worker.
   */
  async notified(accountId: string): Promise<void> {
    try {
      await this.needs.sync(accountId);
    } catch (error) {
      // The account was disconnected, or waits for its user.
      if (!(error instanceof IntegrationError)) throw error;
      this.needs.logger.debug({ accountId, code: error.code }, 'notified account not synced');
    }
  }

  /**
   * The chore: renews what is due, tries again what failed, and stops what is not wanted any more.
   */
  async maintainDue(): Promise<void> {
    const { finder, now } = this.needs;
    const signal = AbortSignal.timeout(CHORE_TIMEOUT_MS);
    const due = await finder.due(now(), ACCOUNTS_PER_CHORE);
    // Side by side, so that no provider waits for another.
    await Promise.all(
      [...due.values()].map((accounts) =>
        inParallel(accounts, ACCOUNTS_AT_ONCE, async (accountId) => {
          if (!signal.aborted) await this.afterRun(accountId, signal);
        }),
      ),
    );
  }

  /** Stops every channel of an account that is being disconnected, in a few seconds at most. */
  async stopAll(accountId: string): Promise<void> {
    const { provider: id, channels } = await this.needs.finder.ofAccount(accountId);
    const provider = id === null ? undefined : this.needs.provider(id);
    if (provider !== undefined)
      await stopAll(this.needs, { accountId, provider }, channels, this.needs.useLastToken);
  }

  private async watchCalendars(account: WatchedAccount): Promise<boolean> {
    const { accountId, address } = account;
    const { finder, now, pollAgain } = this.needs;
    const calendars = await finder.toWatch(accountId, address, now());
    const outcomes = await this.watchAll(account, calendars);
    if (outcomes.has('failed') || outcomes.has('accountFailed')) await pollAgain(accountId);
    if (outcomes.has('changed')) await stopUnknown(this.needs, account);
    await stopRetired(this.needs, account);
    return outcomes.has('changed');
  }

  private async watchAll(
    account: WatchedAccount,
    calendars: readonly CalendarToWatch[],
  ): Promise<ReadonlySet<Outcome>> {
    const outcomes = new Set<Outcome>();
    await inParallel(calendars, REQUESTS_AT_ONCE, async (calendar) => {
      if (!outcomes.has('accountFailed') && !account.signal?.aborted)
        outcomes.add(await watchCalendar(this.needs, account, calendar));
    });
    return outcomes;
  }
}
