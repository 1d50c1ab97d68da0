// A once-store in Redis: `put` is one SET NX EX, `take` is one GETDEL.

import type { BoundedRedis } from '../redis/bounded-redis.js';
import type { OnceStore } from './once-store.js';

/** Keeps values as JSON. */
export class RedisOnceStore<Value> implements OnceStore<Value> {
  /** @param kind a part of every key: `state`, `ticket` */
  constructor(
    private readonly redis: BoundedRedis,
    private readonly kind: string,
  ) {}

  async put(key: string, value: Value, ttlSeconds: number): Promise<void> {
    const reply = await this.redis.send(
      'SET',
      this.keyOf(key),
      JSON.stringify(value),
      'EX',
      String(ttlSeconds),
      'NX',
    );
    if (reply !== 'OK') throw new Error(`the ${this.kind} exists already`);
  }

  async take(key: string): Promise<Value | null> {
    const reply = await this.redis.send('GETDEL', this.keyOf(key));
    return typeof reply === 'string' ? (JSON.parse(reply) as Value) : null;
  }

  private keyOf(key: string): string {
    return `${this.redis.prefix}${this.kind}:${key}`;
  }
}
