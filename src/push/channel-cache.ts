// Channels that notices named a moment ago, kept in memory: a flood of notices costs few queries.
// Only channels that exist are kept, so that ids that no channel has fill no memory.

import type { ProviderId } from '../vocabulary.js';
import type { KnownChannel } from './notice-store.js';

/** How long a channel is used as it was read. */
const VALID_MS = 30_000;
const MAX_ENTRIES = 10_000;

/** A channel as it was read, and what this process did for its notices since. */
export interface CachedChannel {
  channel: KnownChannel;
  validUntil: number;
  /** A sync is queued that begins after this time, so notices until then need no other. */
  servedUntil: number;
  /** Notices that are not counted in the row yet. */
  uncounted: number;
  uncountedSince: number;
  /** The queueing in progress; whether it queued a sync of its own. */
  queueing: Promise<boolean> | null;
}

export class ChannelCache {
  private readonly entries = new Map<string, CachedChannel>();

  /** @param clock milliseconds since 1970 */
  constructor(private readonly clock: () => number) {}

  /** The entry of an id, whether or not it is still valid. */
  get(provider: ProviderId, id: string): CachedChannel | undefined {
    return this.entries.get(keyOf(provider, id));
  }

  /** Whether the channel of an id must be read again. */
  isStale(provider: ProviderId, id: string): boolean {
    return (this.get(provider, id)?.validUntil ?? 0) <= this.clock();
  }

  /**
   * Saves what was read; null removes the entry. The oldest entry makes room where there are too
   * many.
   */
  set(provider: ProviderId, id: string, channel: KnownChannel | null): void {
    if (channel === null) {
      this.entries.delete(keyOf(provider, id));
      return;
    }
    const entry = this.get(provider, id);
    // While the provider's own id is not known, the channel is read for every notice.
    const validUntil = this.clock() + (channel.resourceId === null ? 0 : VALID_MS);
    if (entry !== undefined) {
      Object.assign(entry, { channel, validUntil });
      return;
    }
    const [oldest] = this.entries.keys();
    if (this.entries.size >= MAX_ENTRIES && oldest !== undefined) this.entries.delete(oldest);
    this.entries.set(keyOf(provider, id), {
      channel,
      validUntil,
      servedUntil: 0,
      uncounted: 0,
      uncountedSince: 0,
      queueing: null,
    });
  }
}

function keyOf(provider: ProviderId, id: string): string {
  return `${provider} ${id}`;
}
