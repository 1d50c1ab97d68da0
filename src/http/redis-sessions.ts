// The store of browser sessions in Redis: connect-redis over the bounded connection.

import { RedisStore } from 'connect-redis';
import type { Store } from 'express-session';
import type { BoundedRedis } from '../redis/bounded-redis.js';

/** A session store. Sessions end with their JWT, so reading one does not prolong it. */
export function redisSessions(redis: BoundedRedis): Store {
  const client = {
    get: (key: string) => redis.send('GET', key),
    set: (key: string, value: string, { expiration }: { expiration: { value: number } }) =>
      redis.send('SET', key, value, 'EX', String(expiration.value)),
    del: (keys: string[]) => redis.send('DEL', ...keys),
  };
  return new RedisStore({ client, prefix: `${redis.prefix}session:`, disableTouch: true });
}
