// What providers tell us of changes: proven by the channel's secret, safe before it is acknowledged, one sync for many notices.

import { timingSafeEqual } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { IntegrationError } from '../errors.js';
import type { PushNotice } from '../providers/provider-push.js';
import type { SyncLog } from '../sync/log.js';
import type { ProviderId } from '../vocabulary.js';
import { hashSecret } from './channel-keeper.js';
import type { ChannelStore, KnownChannel } from './channel-store.js';

/** After a first notice, others are waited for. */
const GATHER_MS = 3_000;
/** A channel that says more than so much in a minute is read once more, when that minute is over. */
const MANY = 10;
const MINUTE_MS = 60_000;
/** For how long an id is taken for a channel, or for none. */
const REMEMBER_MS = 30_000;
const MOST_REMEMBERED = 10_000;
/** By so much the clocks of two machines may differ. */
const CLOCKS_MS = 1_000;
/** An answer after three seconds counts as none. */
const ANSWER_WITHIN_MS = 2_500;

export interface NoticeSettings {
  readonly store: ChannelStore;
  /** Has the account synced at a time, within a transaction. False where a sync waits for its time already. */
  readonly notify: (manager: EntityManager, accountId: string, at: Date) => Promise<boolean>;
  readonly logger: SyncLog;
  readonly now: () => Date;
}

/** What a channel was a moment ago, and what it has said since. */
interface Remembered {
  /** Null: there is no such channel. */
  channel: KnownChannel | null;
  until: number;
  /** Before that, whatever it says is served by a sync that waits for its time. */
  servedUntil: number;
  /** Said, and not counted in its row. */
  uncounted: number;
  uncountedSince: number;
  /** The note under way: whether it made the sync that now waits. */
  writing: Promise<boolean> | null;
}

export class Notices {
  private readonly remembered = new Map<string, Remembered>();

  constructor(private readonly settings: NoticeSettings) {}

  /**
   * When this resolves, what the notices ask for is safe, and follows in seconds. Notices that prove nothing are logged and
   * change nothing. @throws IntegrationError `temporarily_unavailable` when the store does not answer within a moment
   */
  async receive(provider: ProviderId, notices: readonly PushNotice[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const failure = { reason: 'postgresql takes its time', retryAfterSeconds: 3 };
      timer = setTimeout(
        () => reject(new IntegrationError('temporarily_unavailable', failure)),
        ANSWER_WITHIN_MS,
      );
    });
    const taken = this.take(provider, notices);
    taken.catch(() => {});
    try {
      await Promise.race([taken, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async take(provider: ProviderId, notices: readonly PushNotice[]): Promise<void> {
    const known = await this.recall(provider, new Set(notices.map(({ channelId }) => channelId)));
    const speaking = new Set<Remembered>();
    for (const notice of notices) {
      const entry = known.get(notice.channelId);
      const channel = entry?.channel ?? null;
      if (entry === undefined || channel === null) {
        this.settings.logger.debug(
          { provider, channelId: notice.channelId.slice(0, 64) },
          'notice of an unknown channel',
        );
        continue;
      }
      if (!this.isProven(provider, notice, channel) || !(await this.heed(notice, channel)))
        continue;
      if (entry.uncounted === 0) entry.uncountedSince = this.clock();
      entry.uncounted += 1;
      speaking.add(entry);
    }
    for (const entry of speaking) await this.note(entry);
  }

  /** The channels of these ids, from memory where they were asked for a moment ago: a flood of strange ids costs little. */
  private async recall(
    provider: ProviderId,
    ids: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, Remembered>> {
    const key = (id: string) => `${provider} ${id}`;
    const wanted = [...ids].filter((id) => UUID.test(id));
    const unknown = wanted.filter(
      (id) => (this.remembered.get(key(id))?.until ?? 0) <= this.clock(),
    );
    if (unknown.length > 0) {
      const found = new Map(
        (await this.settings.store.find(provider, unknown)).map((channel) => [channel.id, channel]),
      );
      for (const id of unknown) this.remember(key(id), found.get(id) ?? null);
    }
    return new Map(
      wanted.flatMap((id) => {
        const entry = this.remembered.get(key(id));
        return entry === undefined ? [] : [[id, entry] as const];
      }),
    );
  }

  private remember(key: string, channel: KnownChannel | null): void {
    const known = this.remembered.get(key);
    // One that the provider has not confirmed to us yet is looked at anew each time.
    const until = this.clock() + (channel?.resourceId === null ? 0 : REMEMBER_MS);
    if (known !== undefined) Object.assign(known, { channel, until });
    else {
      const [oldest] = this.remembered.keys();
      if (this.remembered.size >= MOST_REMEMBERED && oldest !== undefined)
        this.remembered.delete(oldest);
      this.remembered.set(key, {
        channel,
        until,
        servedUntil: 0,
        uncounted: 0,
        uncountedSince: 0,
        writing: null,
      });
    }
  }

  private isProven(provider: ProviderId, notice: PushNotice, channel: KnownChannel): boolean {
    const isSecret = timingSafeEqual(hashSecret(notice.secret), channel.secretHash);
    const isResource =
      channel.resourceId === null ||
      notice.resourceId === null ||
      notice.resourceId === channel.resourceId;
    if (isSecret && isResource) return true;
    const facts = {
      audit: 'push_refused',
      provider,
      channelId: channel.id,
      accountId: channel.accountId,
    };
    this.settings.logger.warn(
      { ...facts, reason: isSecret ? 'resource' : 'secret' },
      'a forged notice refused',
    );
    return false;
  }

  /** Does what a notice says of the channel itself. @returns whether the account is to be synced */
  private async heed(
    { news, resourceId }: PushNotice,
    { id, accountId, ...channel }: KnownChannel,
  ): Promise<boolean> {
    const { store, now, logger } = this.settings;
    if (channel.state === 'retired') return false;
    if (channel.resourceId === null && resourceId !== null)
      await store.learnResource(id, resourceId);
    if (news === 'opened') return false;
    if (news === 'changed') return true;
    logger.info({ accountId, channelId: id, news }, 'a push channel speaks of itself');
    if (news === 'expiring') await store.renewNow(id, now());
    if (news === 'closed') await store.forget(id);
    return true;
  }

  /** Sees to it that a sync begins after this moment. */
  private async note(entry: Remembered): Promise<void> {
    if (this.clock() < entry.servedUntil) return;
    // A note that was begun before may have found a sync that has begun meanwhile: it serves only where it made its own.
    if (entry.writing !== null && (await entry.writing)) return;
    entry.writing ??= this.write(entry).finally(() => {
      entry.writing = null;
    });
    await entry.writing;
  }

  private async write(entry: Remembered): Promise<boolean> {
    const { store, notify, now } = this.settings;
    const channel = entry.channel as KnownChannel;
    const isOld = this.clock() - entry.uncountedSince > MINUTE_MS;
    const count = isOld ? 1 : Math.max(entry.uncounted, 1);
    entry.uncounted = 0;
    const at = await store.transaction(async (manager) => {
      const minute = await store.noted(manager, channel.id, count, now());
      const soon = now().getTime() + GATHER_MS;
      const late =
        minute !== null && minute.count > MANY
          ? minute.startedAt.getTime() + MINUTE_MS + GATHER_MS
          : soon;
      const begin = new Date(Math.max(soon, late));
      return (await notify(manager, channel.accountId, begin)) ? begin : null;
    });
    if (at !== null) entry.servedUntil = at.getTime() - CLOCKS_MS;
    return at !== null;
  }

  private clock(): number {
    return this.settings.now().getTime();
  }
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
