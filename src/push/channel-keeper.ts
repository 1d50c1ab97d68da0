// Keeps a channel open for every selected calendar, so that its provider tells us of changes; whatever fails here, polling goes on.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { IntegrationError } from '../errors.js';
import type { OpenedChannel, ProviderPush } from '../providers/provider-push.js';
import { backoff } from '../sync/backoff.js';
import type { UseToken } from '../sync/calendar-reader.js';
import type { SyncLog } from '../sync/log.js';
import { inParallel } from '../sync/parallel.js';
import { describeFailure, isOfAccount } from '../sync/run-failure.js';
import type { ProviderId } from '../vocabulary.js';
import type { CalendarToWatch, ChannelStore, KeptChannel } from './channel-store.js';

const DAY_MS = 86_400_000;
/** Of one account: a provider that bears four requests at once may be answering three of a sync. */
const AT_ONCE = 1;
const ACCOUNTS_AT_ONCE = 4;
const ACCOUNTS_PER_TURN = 200;
const TURN_MS = 120_000;
/** Disconnecting waits no longer for a provider to hear that it may stop. */
const GOODBYE_MS = 4_000;
const GOODBYES_AT_ONCE = 3;

export interface ChannelKeeperSettings {
  readonly store: ChannelStore;
  readonly provider: (id: ProviderId) => ProviderPush | undefined;
  /** Where a provider is to notify; null where push is not set up, and what was opened before is stopped. */
  readonly addressOf: ((id: ProviderId) => string) | null;
  readonly useToken: UseToken;
  /** The same for an account that is being disconnected. */
  readonly useLastToken: UseToken;
  /** Has the account synced now. */
  readonly sync: (accountId: string) => Promise<unknown>;
  /** The same in a moment, together with whatever is notified meanwhile. */
  readonly syncSoon: (accountId: string) => Promise<unknown>;
  /** The account is not told of changes any more: its next sync is not to wait as long as that of one that is. */
  readonly pollAgain: (accountId: string) => Promise<void>;
  readonly logger: SyncLog;
  readonly now: () => Date;
  readonly random: () => number;
}

/** What is kept of a channel's secret. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export class ChannelKeeper {
  constructor(private readonly settings: ChannelKeeperSettings) {}

  /**
   * Opens, prolongs, replaces and stops what the account's calendars need now, which mostly is nothing and then costs two
   * queries. Never throws. @returns whether anything was opened or prolonged: then the account is also to be read once
   */
  async tend(accountId: string, signal?: AbortSignal): Promise<boolean> {
    const { store, logger, addressOf, now } = this.settings;
    try {
      const id = await store.providerOf(accountId);
      const provider = id === null ? undefined : this.settings.provider(id);
      if (id === null || provider === undefined) return false;
      if (addressOf === null) await store.retireAll(accountId);
      else {
        const watching = { accountId, provider, address: addressOf(id), signal };
        const calendars = await store.toWatch(accountId, watching.address, now());
        const outcomes = await this.watchAll(watching, calendars);
        const changed = outcomes.has('changed');
        if (outcomes.has('failed') || outcomes.has('hopeless'))
          await this.settings.pollAgain(accountId);
        if (changed) await this.stopStrays(watching);
        await this.stopRetired(watching);
        return changed;
      }
      await this.stopRetired({ accountId, provider, signal });
    } catch (error) {
      logger.warn({ accountId, code: describeFailure(error).code, err: error }, 'push not tended');
    }
    return false;
  }

  /** After a run: what it has read for the first time is watched from now on, and read again, for what changed in between. Never throws. */
  async afterRun(accountId: string, signal: AbortSignal): Promise<void> {
    if (!(await this.tend(accountId, signal))) return;
    await this.settings.syncSoon(accountId).catch((error: unknown) => {
      this.settings.logger.warn(
        { accountId, err: error },
        'no sync after a push channel was opened',
      );
    });
  }

  /** The provider has something to tell: of the calendars, or of the channels themselves. */
  async notified(accountId: string): Promise<void> {
    await this.tend(accountId);
    try {
      await this.settings.sync(accountId);
    } catch (error) {
      // Gone, or waiting for its user.
      if (!(error instanceof IntegrationError)) throw error;
      this.settings.logger.debug({ accountId, code: error.code }, 'notified, and not to be synced');
    }
  }

  /** The chore: renewals, further attempts, and channels that nobody needs any more. */
  async tendDue(): Promise<void> {
    const { store, now } = this.settings;
    const signal = AbortSignal.timeout(TURN_MS);
    await inParallel(
      await store.due(now(), ACCOUNTS_PER_TURN),
      ACCOUNTS_AT_ONCE,
      async (accountId) => {
        if (!signal.aborted) await this.afterRun(accountId, signal);
      },
    );
  }

  /** Tells the provider to stop, before the grant goes. Bounded in time; what it does not hear ends by itself within a week. */
  async stopAll(accountId: string): Promise<void> {
    const { store, useLastToken, now, logger } = this.settings;
    const found = await store.keptBy(accountId);
    const provider = found === null ? undefined : this.settings.provider(found.provider);
    if (found === null || provider === undefined) return;
    const signal = AbortSignal.timeout(GOODBYE_MS);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const stopped = useLastToken(accountId, (accessToken) =>
      inParallel(found.channels, GOODBYES_AT_ONCE, ({ id, resourceId }) =>
        provider.stop({ accessToken, channelId: id, resourceId, now: now(), signal }),
      ),
    );
    try {
      await Promise.race([stopped, late]);
    } catch (error) {
      logger.info({ accountId, code: describeFailure(error).code }, 'push channels not stopped');
    }
  }

  private async watchAll(
    watching: Watching,
    calendars: readonly CalendarToWatch[],
  ): Promise<ReadonlySet<Outcome>> {
    const outcomes = new Set<Outcome>();
    await inParallel(calendars, AT_ONCE, async (calendar) => {
      // What befell the account befalls its other calendars too: they are left for another time.
      if (!outcomes.has('hopeless') && !watching.signal?.aborted)
        outcomes.add(await this.watch(watching, calendar));
    });
    return outcomes;
  }

  private async watch(
    watching: Watching,
    { current, ...calendar }: CalendarToWatch,
  ): Promise<Outcome> {
    if (current === null || watching.provider.renew === undefined)
      return this.open(watching, calendar);
    const outcome = await this.prolong(watching, current);
    return outcome === 'gone' ? this.open(watching, calendar) : outcome;
  }

  /** A new channel; the one before, if any, is retired once this is there. */
  private async open(
    { accountId, provider, address, signal }: Watching,
    { calendarId, providerCalendarId }: Omit<CalendarToWatch, 'current'>,
  ): Promise<Outcome> {
    const { store, useToken, now, random, logger } = this.settings;
    const channelId = randomUUID();
    const secret = randomBytes(32).toString('base64url');
    const attempt = {
      id: channelId,
      accountId,
      calendarId,
      address,
      secretHash: hashSecret(secret),
      at: now(),
    };
    const claimed = await store.claim(attempt);
    if (claimed === null) return 'unchanged';
    const isAnothers = (resourceId: string) => store.isAnothers(accountId, resourceId);
    try {
      return await useToken(accountId, async (accessToken) => {
        const request = {
          accessToken,
          providerCalendarId,
          channelId,
          secret,
          address,
          now: now(),
          isAnothers,
          signal,
        };
        const opened = await provider.watch(request);
        if (opened === 'unsupported') {
          await store.unsupported(channelId);
          return 'unchanged';
        }
        if (await store.activate(channelId, this.withRenewal(opened))) {
          logger.info(
            { accountId, calendarId, channelId, expiresAt: opened.expiresAt },
            'push channel opened',
          );
          return 'changed';
        }
        // The calendar was given up or the account disconnected meanwhile: nobody else knows of this channel.
        await provider
          .stop({ accessToken, channelId, resourceId: opened.resourceId, now: now() })
          .catch(() => {});
        return 'unchanged';
      });
    } catch (error) {
      const { code, retryAfterSeconds } = describeFailure(error);
      const wait = backoff(claimed.failures + 1, retryAfterSeconds, random);
      await store.failed(channelId, code, new Date(now().getTime() + wait));
      logger.warn({ accountId, calendarId, code, err: error }, 'push channel not opened');
      return isOfAccount(error) || code === 'throttled' ? 'hopeless' : 'failed';
    }
  }

  private async prolong(
    { accountId, provider, signal }: Watching,
    { id, resourceId, failures }: KeptChannel,
  ): Promise<Outcome | 'gone'> {
    const { store, useToken, now, random, logger } = this.settings;
    try {
      const renewed = await useToken(accountId, (accessToken) =>
        provider.renew!({ accessToken, channelId: id, resourceId, now: now(), signal }),
      );
      if (renewed === 'gone') {
        await store.forget(id);
        return 'gone';
      }
      await store.prolonged(id, this.withRenewal(renewed), now());
      return 'changed';
    } catch (error) {
      const { code, retryAfterSeconds } = describeFailure(error);
      const at = now();
      await store.notProlonged(
        id,
        code,
        new Date(at.getTime() + backoff(failures + 1, retryAfterSeconds, random)),
        at,
      );
      logger.warn({ accountId, channelId: id, code, err: error }, 'push channel not renewed');
      return isOfAccount(error) || code === 'throttled' ? 'hopeless' : 'failed';
    }
  }

  private async stopRetired({
    accountId,
    provider,
    signal,
  }: Omit<Watching, 'address'>): Promise<void> {
    const { store, useToken, now, random } = this.settings;
    await inParallel(
      await store.toStop(accountId, now()),
      AT_ONCE,
      async ({ id, resourceId, failures }) => {
        try {
          await useToken(accountId, (accessToken) =>
            provider.stop({ accessToken, channelId: id, resourceId, now: now(), signal }),
          );
          await store.forget(id);
        } catch (error) {
          const wait = backoff(failures + 1, describeFailure(error).retryAfterSeconds, random);
          await store.notStopped(id, new Date(now().getTime() + wait));
        }
      },
    );
  }

  /** Ends what the provider keeps for us and no row knows: left by a crash, or by a database restored. */
  private async stopStrays({ accountId, provider, address, signal }: Watching): Promise<void> {
    const { store, useToken, now, logger } = this.settings;
    const { list } = provider;
    if (list === undefined) return;
    await useToken(accountId, async (accessToken) => {
      // In this order: whatever is listed had its row before.
      const listed = await list({ accessToken, address, signal });
      for (const resourceId of await store.unknown(accountId, listed)) {
        await provider.stop({ accessToken, channelId: '', resourceId, now: now(), signal });
        logger.info({ accountId }, 'a stray push channel stopped');
      }
    });
  }

  /** At 80 per cent of its life or a day before its end, whichever is first; a little earlier, so that not all come at once. */
  private withRenewal(opened: OpenedChannel): OpenedChannel & { renewAt: Date } {
    const now = this.settings.now().getTime();
    const life = Math.max(opened.expiresAt.getTime() - now, 0);
    const wait = life > 2 * DAY_MS ? Math.min(life * 0.8, life - DAY_MS) : life * 0.8;
    return { ...opened, renewAt: new Date(now + wait * (1 - this.settings.random() / 20)) };
  }
}

interface Watching {
  readonly accountId: string;
  readonly provider: ProviderPush;
  readonly address: string;
  readonly signal: AbortSignal | undefined;
}

/** `hopeless`: it is the account's, and no other calendar can fare better now. */
type Outcome = 'changed' | 'unchanged' | 'failed' | 'hopeless';
