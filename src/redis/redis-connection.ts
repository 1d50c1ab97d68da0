// The connection to Redis. It reconnects by itself, and no caller waits for it without a deadline.

import type { Logger } from 'pino';
import { createClient } from 'redis';
import { within } from '../within.js';
import { BoundedRedis } from './bounded-redis.js';

const OPEN_WAIT_MS = 2_000;
const LONGEST_PAUSE_MS = 2_000;

/** One connection to Redis. */
export interface RedisConnection {
  readonly redis: BoundedRedis;
  /**
   * Resolves when connected, or after two seconds. Without Redis the service starts degraded, and
   * the connection keeps retrying.
   */
  open(): Promise<void>;
  close(): void;
}

/**
 * Creates the connection. Nothing connects before `open`.
 * @param prefix stands before every key
 */
export function connectRedis(url: string, prefix: string, logger: Logger): RedisConnection {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    // BoundedRedis has a deadline. This one would be a signal and a timer for each command.
    commandOptions: { timeout: undefined },
    socket: {
      connectTimeout: 2_000,
      reconnectStrategy: (tries) => Math.min(LONGEST_PAUSE_MS, 50 * 2 ** tries),
    },
  });
  let unavailable = false;
  client.on('error', (error: Error) => {
    if (!unavailable) logger.warn({ err: error }, 'redis is unavailable');
    unavailable = true;
  });
  client.on('ready', () => {
    if (unavailable) logger.info('redis is available again');
    unavailable = false;
  });
  // The listener for 'error' logs a failed attempt.
  const connect = async () => void (await client.connect().catch(() => {}));
  const reconnect = () => {
    client.destroy();
    void connect();
  };
  return {
    redis: new BoundedRedis(client, prefix, reconnect),
    open: () => within(OPEN_WAIT_MS, connect(), () => {}),
    close: () => client.destroy(),
  };
}
