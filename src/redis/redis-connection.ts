// The connection to Redis: made once, remade by itself, never waited for without end.

import type { Logger } from 'pino';
import { createClient } from 'redis';
import { BoundedRedis, type RedisClient } from './bounded-redis.js';

const OPEN_WAIT_MS = 2_000;
const LONGEST_PAUSE_MS = 2_000;

export interface RedisConnection {
  readonly redis: BoundedRedis;
  /** Resolves when connected, or after two seconds: without Redis the service starts degraded, and keeps trying. */
  open(): Promise<void>;
  close(): void;
}

/** Nothing connects before `open`. @param prefix in front of every key */
export function connectRedis(url: string, prefix: string, logger: Logger): RedisConnection {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: 2_000,
      reconnectStrategy: (tries) => Math.min(LONGEST_PAUSE_MS, 50 * 2 ** tries),
    },
  });
  let away = false;
  client.on('error', (error: Error) => {
    if (!away) logger.warn({ err: error }, 'redis is away');
    away = true;
  });
  client.on('ready', () => {
    if (away) logger.info('redis is back');
    away = false;
  });
  const remake = () => {
    client.destroy();
    client.connect().catch(() => {});
  };
  return {
    redis: new BoundedRedis(client as unknown as RedisClient, prefix, remake),
    async open() {
      const connected = client.connect().catch(() => {});
      await Promise.race([
        connected,
        new Promise((resolve) => setTimeout(resolve, OPEN_WAIT_MS).unref()),
      ]);
    },
    close: () => client.destroy(),
  };
}
