// The stores of one service: PostgreSQL, twice, and Redis.

import type { Logger } from 'pino';
import type { Config } from './config.js';
import { createDataSource } from './database/options.js';
import type { Health } from './http/operators.js';
import type { BoundedRedis } from './redis/bounded-redis.js';
import { connectRedis } from './redis/redis-connection.js';
import { within } from './within.js';

/**
 * Longer than a provider may take (milliseconds): a connection waits for it during a token refresh.
 */
const AFTER_PROVIDER_MS = 5_000;
const HEALTH_DEADLINE_MS = 2_000;

/** Closes what was opened. */
export type Close = () => Promise<unknown>;

type DataSource = ReturnType<typeof createDataSource>;

export interface Stores {
  readonly dataSource: DataSource;
  /**
   * Connections that wait while a provider refreshes a token, so that it cannot stop the requests.
   */
  readonly lockSource: DataSource;
  /** Connections of `lockSource` that one provider may hold at a time. */
  readonly refreshesAtOnce: number;
  /** Null where memory takes the place of Redis. */
  readonly redis: BoundedRedis | null;
  readonly health: Pick<Health, 'database' | 'redis'>;
  /**
   * Connects. What was connected is added to `opened`, also when a later store fails. @throws when
   * PostgreSQL fails
   */
  open(opened: Close[]): Promise<void>;
}

/** The stores, not yet connected. */
export function createStores(config: Config, keyPrefix: string, logger: Logger): Stores {
  const { database, redisUrl, providerTimeoutMs, sync } = config;
  const dataSource = createDataSource({ ...database });
  const patience = providerTimeoutMs + AFTER_PROVIDER_MS;
  const providers = Math.max(1, config.providers.size);
  const tokenConnections = Math.max(providers, Math.min(sync.concurrency, database.poolSize));
  const lockSource = createDataSource({
    url: database.url,
    poolSize: tokenConnections,
    statementTimeoutMs: patience,
    idleInTransactionTimeoutMs: patience,
    name: 'calendar-connect tokens',
  });
  const connection = redisUrl === null ? null : connectRedis(redisUrl, keyPrefix, logger);
  const redis = connection?.redis ?? null;
  return {
    dataSource,
    lockSource,
    refreshesAtOnce: Math.floor(tokenConnections / providers),
    redis,
    health: {
      database: () => databaseResponds(dataSource),
      redis: redis === null ? null : () => redis.answers(),
    },
    async open(opened) {
      for (const source of [dataSource, lockSource]) {
        await source.initialize();
        opened.push(() => source.destroy());
      }
      if (connection === null) return;
      opened.push(async () => connection.close());
      await connection.open();
    },
  };
}

async function databaseResponds(dataSource: DataSource): Promise<boolean> {
  if (!dataSource.isInitialized) return false;
  const response = dataSource.query('SELECT 1').then(
    () => true,
    () => false,
  );
  return within(HEALTH_DEADLINE_MS, response, () => false);
}
