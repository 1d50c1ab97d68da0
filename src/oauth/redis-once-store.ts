// A once-store in Redis: SET NX EX to put, GETDEL to take, nothing in between.

import type { BoundedRedis } from '../redis/bounded-redis.js';
import type { OnceStore } from './once-store.js';

export class RedisOnceStore<Value> implements OnceStore<Value> {
  /** @param kind part of the key: `state`, `ticket` */
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
