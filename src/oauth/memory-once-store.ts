// A once-store in the memory of this process, for local mode and for hosts with a single process.

import { namesUser } from '../redis/delete-user-keys.js';
import type { OnceStore } from './once-store.js';

const MOST_ENTRIES = 100_000;

/** Keeps at most 100,000 values. Beyond that, the value that expires first is dropped. */
export class MemoryOnceStore<Value> implements OnceStore<Value> {
  private readonly entries = new Map<string, { value: Value; expiresAt: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  async put(key: string, value: Value, ttlSeconds: number): Promise<void> {
    this.dropExpired();
    if (this.entries.has(key)) throw new Error('the key exists already');
    this.entries.set(key, { value, expiresAt: this.now() + ttlSeconds * 1_000 });
  }

  async take(key: string): Promise<Value | null> {
    const entry = this.entries.get(key);
    this.entries.delete(key);
    return entry !== undefined && this.now() < entry.expiresAt ? entry.value : null;
  }

  /** Drops the values that name the user. */
  forgetUser(userId: string): void {
    for (const [key, { value }] of this.entries)
      if (namesUser(value, userId)) this.entries.delete(key);
  }

  /**
   * The entries are in the order of age. All of them live equally long, so this is also the order
   * of expiry.
   */
  private dropExpired(): void {
    for (const [key, { expiresAt }] of this.entries) {
      if (this.now() < expiresAt && this.entries.size < MOST_ENTRIES) break;
      this.entries.delete(key);
    }
  }
}
