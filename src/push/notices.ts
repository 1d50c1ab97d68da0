// Notices from providers are verified, saved before they are acknowledged, and made one sync.

import type { EntityManager } from 'typeorm';
import { IntegrationError } from '../errors.js';
import type { PushNotice, PushNotices } from '../providers/provider-push.js';
import type { SyncLog } from '../sync/log.js';
import { isUuid } from '../uuid.js';
import type { ProviderId } from '../vocabulary.js';
import { within } from '../within.js';
import { type CachedChannel, ChannelCache } from './channel-cache.js';
import { isSecret } from './channel-secret.js';
import type { ChannelStore } from './channel-store.js';
import type { CountedNotice, KnownChannel, NoticeStore } from './notice-store.js';

/**
 * A first notice leads to a sync at once. Those of the same account that follow within this time are
 * gathered for as long, and lead to one more.
 */
const GATHER_MS = 3_000;
/** A channel with more notices in a minute leads to one more sync, when that minute is over. */
const MANY_PER_MINUTE = 10;
const MINUTE_MS = 60_000;
/** How much the clocks of two machines may differ. */
const CLOCK_DIFFERENCE_MS = 1_000;
/**
 * Without a proof, no more notices of a request are looked up. A provider sends only its own, so its
 * first one proves it.
 */
const LOOKED_UP_UNPROVEN = 32;
/** A provider takes a response that comes after three seconds for none. */
const RESPONSE_TIMEOUT_MS = 2_500;

/** The syncs that notices ask for. */
export interface NoticedSyncs {
  /** Queues a sync of the account for `at`, within a transaction. False where one is queued. */
  queue(manager: EntityManager, accountId: string, at: Date): Promise<boolean>;
  /** To be called when a transaction that queued one for now is committed. */
  wake(): void;
}

export interface NoticeNeeds {
  readonly store: NoticeStore;
  readonly channels: Pick<ChannelStore, 'renewNow' | 'delete'>;
  readonly syncs: NoticedSyncs;
  readonly logger: SyncLog;
  readonly now: () => Date;
}

/** A notice with the secret of its channel. */
interface ProvenNotice {
  readonly notice: PushNotice;
  readonly entry: CachedChannel;
}

export class Notices {
  private readonly cache = new ChannelCache(() => this.clock());

  constructor(private readonly needs: NoticeNeeds) {}

  /**
   * After this call the sync that the notices ask for is saved in the database; it begins at
   * once or within seconds. Notices without the right secret are logged and change nothing. Where the first 32 have
   * none, the others are not read.
   * @returns whether one of them had the right secret
   * @throws IntegrationError `temporarily_unavailable` when the database does not respond in time
   */
  receive(provider: ProviderId, notices: PushNotices): Promise<boolean> {
    return within(RESPONSE_TIMEOUT_MS, this.process(provider, notices), () => {
      const failure = { reason: 'postgresql is slow to respond', retryAfterSeconds: 3 };
      throw new IntegrationError('temporarily_unavailable', failure);
    });
  }

  private async process(provider: ProviderId, notices: PushNotices): Promise<boolean> {
    const proven = await this.proven(provider, notices.slice(0, LOOKED_UP_UNPROVEN));
    if (proven.length === 0) return false;
    proven.push(...(await this.proven(provider, notices.slice(LOOKED_UP_UNPROVEN))));
    const toSync = new Set<CachedChannel>();
    for (const { notice, entry } of proven) {
      if (!(await this.applyLifecycle(notice, entry.channel))) continue;
      if (entry.uncounted === 0) entry.uncountedSince = this.clock();
      entry.uncounted += 1;
      toSync.add(entry);
    }
    for (const entry of toSync) await this.queueSync(entry);
    return true;
  }

  /** Those of the notices that have the secret of their channel. */
  private async proven(
    provider: ProviderId,
    notices: readonly PushNotice[],
  ): Promise<ProvenNotice[]> {
    const ids = new Set(notices.map(({ channelId }) => channelId).filter(isChannelId));
    const known = await this.lookUp(provider, ids);
    return notices.flatMap((notice) => {
      const entry = known.get(notice.channelId);
      if (entry !== undefined)
        return this.isProven(provider, notice, entry.channel) ? [{ notice, entry }] : [];
      const channelId = notice.channelId.slice(0, 64);
      this.needs.logger.debug({ provider, channelId }, 'notice of an unknown channel');
      return [];
    });
  }

  /** The channels with these ids, from memory where they were read a moment ago. */
  private async lookUp(
    provider: ProviderId,
    ids: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, CachedChannel>> {
    const stale = [...ids].filter((id) => this.cache.isStale(provider, id));
    if (stale.length > 0) {
      const found = await this.needs.store.find(provider, stale);
      const byId = new Map(found.map((channel) => [channel.id, channel]));
      for (const id of stale) this.cache.set(provider, id, byId.get(id) ?? null);
    }
    const known = new Map<string, CachedChannel>();
    for (const id of ids) {
      const entry = this.cache.get(provider, id);
      if (entry !== undefined) known.set(id, entry);
    }
    return known;
  }

  private isProven(provider: ProviderId, notice: PushNotice, channel: KnownChannel): boolean {
    const hasSecret = isSecret(notice.secret, channel.secretHash);
    const hasResource =
      channel.resourceId === null ||
      notice.resourceId === null ||
      notice.resourceId === channel.resourceId;
    if (hasSecret && hasResource) return true;
    const { id: channelId, accountId } = channel;
    const reason = hasSecret ? 'resource' : 'secret';
    const facts = { audit: 'push_refused', provider, channelId, accountId, reason };
    this.needs.logger.warn(facts, 'forged notice refused');
    return false;
  }

  /**
   * Applies what a notice says about the channel itself.
   * @returns whether the account is to be synced
   */
  private async applyLifecycle(
    { kind, resourceId }: PushNotice,
    { id, accountId, ...channel }: KnownChannel,
  ): Promise<boolean> {
    const { store, channels, now, logger } = this.needs;
    if (channel.state === 'retired') return false;
    if (channel.resourceId === null && resourceId !== null)
      await store.saveResource(id, resourceId);
    if (kind === 'opened') return false;
    if (kind === 'changed') return true;
    logger.info({ accountId, channelId: id, kind }, 'push channel changed at its provider');
    if (kind === 'expiring') await channels.renewNow(id, now());
    if (kind === 'closed') await channels.delete(id);
    return true;
  }

  /** Makes sure that a sync begins after this moment. */
  private async queueSync(entry: CachedChannel): Promise<void> {
    if (this.clock() < entry.servedUntil) return;
    // A queueing that began earlier may have found a sync that has begun since. It serves this
    // notice only where it queued a sync of its own.
    if (entry.queueing !== null && (await entry.queueing)) return;
    entry.queueing ??= this.countAndQueue(entry).finally(() => {
      entry.queueing = null;
    });
    await entry.queueing;
  }

  private async countAndQueue(entry: CachedChannel): Promise<boolean> {
    const { id, accountId } = entry.channel;
    const { store, syncs, now } = this.needs;
    const isOld = this.clock() - entry.uncountedSince > MINUTE_MS;
    const count = isOld ? 1 : Math.max(entry.uncounted, 1);
    entry.uncounted = 0;
    const queuedAt = await store.transaction(async (manager) => {
      const at = new Date(syncAt(await store.count(manager, id, count, now()), this.clock()));
      return (await syncs.queue(manager, accountId, at)) ? at : null;
    });
    if (queuedAt === null) return false;
    entry.servedUntil = queuedAt.getTime() - CLOCK_DIFFERENCE_MS;
    if (queuedAt <= now()) syncs.wake();
    return true;
  }

  private clock(): number {
    return this.needs.now().getTime();
  }
}

/** When the sync begins that serves a notice (milliseconds since 1970, as `now`). */
function syncAt(counted: CountedNotice | null, now: number): number {
  const lastBefore = counted?.lastBefore?.getTime() ?? 0;
  const soon = now - lastBefore >= GATHER_MS ? now : now + GATHER_MS;
  if (counted === null || counted.count <= MANY_PER_MINUTE) return soon;
  return Math.max(soon, counted.startedAt.getTime() + MINUTE_MS + GATHER_MS);
}

/** Channel ids are made here, in lower case. */
function isChannelId(id: string): boolean {
  return isUuid(id) && id === id.toLowerCase();
}
