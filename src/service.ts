// The composition root: every `new`, in order; what was opened is closed in reverse, also after half a start.

import type { Router } from 'express';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { AccessTokens } from './accounts/access-token.js';
import { listAccounts } from './accounts/account-listing.js';
import { AccountStore } from './accounts/account-store.js';
import { ConsentAttemptStore } from './accounts/consent-attempt-store.js';
import { Disconnecting } from './accounts/disconnect.js';
import { type Revoke, Revoking } from './accounts/revoking.js';
import { TokenCipher } from './accounts/token-cipher.js';
import { createCalendars } from './calendars/calendars.js';
import type { Config } from './config.js';
import { awaitsContraction } from './database/migrate.js';
import { createDataSource } from './database/options.js';
import type { HostCaller } from './http/caller.js';
import { createHttp } from './http/http.js';
import { createLogger } from './logger.js';
import { migrateEverything } from './migrate-everything.js';
import { createOAuth } from './oauth/oauth.js';
import { createHttpClient } from './providers/http-client.js';
import type { Provider } from './providers/provider.js';
import { createProviders } from './providers/providers.js';
import { createPush } from './push/push.js';
import { connectRedis } from './redis/redis-connection.js';
import { forgetSync, pauseForDisconnecting, pauseForReauthorization } from './sync/pauses.js';
import { createQueue } from './sync/queue.js';
import { RUN_MAY_WRITE } from './sync/sync-conditions.js';
import { SyncRuns } from './sync/sync-runs.js';
import { SyncSchedule } from './sync/sync-schedule.js';
import { Syncs } from './sync/syncs.js';
import { startWorker, type Worker } from './sync/worker.js';
import { VERSION } from './version.js';

export interface ServiceOptions {
  readonly hostCaller?: HostCaller | null | undefined;
  readonly isUserActive?: ((userId: string) => Promise<boolean> | boolean) | undefined;
  readonly logger?: Logger | undefined;
  /** Demo sign-in on the page: local mode without JWT settings. */
  readonly demoSignIn?: boolean;
  /** Where a minute between chores is too long (tests). */
  readonly choresEverySeconds?: number;
  /** In front of every Redis key. */
  readonly keyPrefix?: string;
}

export interface Service {
  readonly router: Router;
  readonly operations: Router;
  readonly logger: Logger;
  readonly metrics: Registry;
  start(): Promise<void>;
  /** Says that it is not ready any more and ends what runs in the background; requests are still answered. */
  drain(): Promise<void>;
  /** Drains, then closes the stores. */
  stop(): Promise<void>;
}

/** With the closing of the stores, less than the ten seconds that orchestrators give. */
const GRACE_MS = 8_000;
const READINESS_MS = 2_000;

export function createService(config: Config, options: ServiceOptions = {}): Service {
  const logger = options.logger ?? createLogger(config.logLevel);
  const now = () => new Date();

  // Stores
  const dataSource = createDataSource({ ...config.database });
  const patience = config.providerTimeoutMs + 5_000; // a row may be locked while its provider takes its time
  const lockSource = createDataSource({
    url: config.database.url,
    poolSize: Math.min(config.sync.concurrency, config.database.poolSize),
    statementTimeoutMs: patience,
    idleInTransactionTimeoutMs: patience,
    name: 'calendar-connect tokens',
  });
  const connection =
    config.redisUrl === null
      ? null
      : connectRedis(config.redisUrl, options.keyPrefix ?? 'calendar-connect:', logger);
  const redis = connection?.redis ?? null;

  // Providers
  const http = createHttpClient({
    timeoutMs: config.providerTimeoutMs,
    maxBodyBytes: config.providerMaxBodyBytes,
  });
  const providers = createProviders(config.providers, http);

  // Accounts
  const cipher = new TokenCipher(config.tokenKeys);
  const attempts = new ConsentAttemptStore(dataSource, cipher);
  const accounts = new AccountStore(dataSource, cipher, attempts, config, {
    onReauthorizationRequired: pauseForReauthorization,
    onRemoving: forgetSync,
  });
  const tokens = new AccessTokens(dataSource, lockSource, cipher, accounts, (id, refreshToken) =>
    providers.require(id).consent.refresh(refreshToken),
  );
  const revoking = new Revoking(dataSource, (id) => revocationOf(providers.find(id)));
  const disconnecting = new Disconnecting(
    dataSource,
    cipher,
    revoking,
    {
      stopPush: (accountId) => push.stopAll(accountId),
      deleteEvents: (accountId) => calendars.deleteEventsOf(accountId),
    },
    { onDisconnecting: pauseForDisconnecting, onRemoving: forgetSync },
  );

  // Sync
  const queue = createQueue({ dataSource, logger, role: config.role === 'web' ? 'web' : 'worker' });
  const runs = new SyncRuns(dataSource, now);
  const schedule = new SyncSchedule(dataSource, now);
  const calendars = createCalendars({ dataSource, runMayWrite: RUN_MAY_WRITE });
  const syncs = new Syncs(dataSource, schedule, calendars.store, queue, now);

  // Push
  const push = createPush({
    dataSource,
    webhookUrl: config.webhookUrl,
    provider: (id) => providers.find(id)?.push ?? undefined,
    useToken: (accountId, call) => tokens.use(accountId, call),
    useLastToken: (accountId, call) => tokens.useLast(accountId, call),
    sync: (accountId) => syncs.request(accountId, { trigger: 'push', full: false }),
    queueSync: queue.notify,
    pollAgain: (accountId) =>
      schedule.noLaterThan(accountId, new Date(Date.now() + config.sync.pollMinutes * 60_000)),
    logger,
    now,
    random: Math.random,
  });

  // Consent
  const oauth = createOAuth({
    redis,
    cipher,
    attempts,
    accounts,
    provider: providers.find,
    queueFirstSync: async (manager, accountId) =>
      void (await syncs.enqueue(manager, accountId, 'connect')),
    isUserActive: async (userId) => (await options.isUserActive?.(userId)) ?? true,
    revoke: (provider, { providerAccountId }, { refreshToken, accessToken }) =>
      revoking.revoke(
        { provider, providerAccountId, accountId: null },
        () => refreshToken ?? accessToken,
      ),
    settings: config,
    logger,
  });

  // HTTP
  const metrics = new Registry();
  let stopping = false;
  const { router, operators } = createHttp({
    config,
    rooms: {
      providers,
      oauth,
      accounts: {
        find: (id, userId) => accounts.find(id, userId),
        ofUser: (userId) => accounts.ofUser(userId),
        list: (filter) => listAccounts(dataSource, filter),
        disconnect: (id, userId) => disconnecting.disconnect(id, userId),
      },
      calendars,
      sync: syncs,
      push,
    },
    redis,
    hostCaller: options.hostCaller ?? null,
    demoSignIn: options.demoSignIn ?? false,
    health: {
      database: () =>
        answers(
          dataSource.isInitialized
            ? dataSource.query('SELECT 1')
            : Promise.reject(new Error('not connected')),
        ),
      redis: redis === null ? null : () => redis.answers(),
      isStopping: () => stopping,
    },
    metrics,
    version: VERSION,
    logger,
  });

  // Life
  const opened: (() => Promise<unknown>)[] = [];
  let worker: Worker | null = null;

  async function drain(): Promise<void> {
    stopping = true;
    await worker
      ?.stop({ graceMs: GRACE_MS })
      .catch((error) => logger.warn({ err: error }, 'draining failed'));
  }

  async function stop(): Promise<void> {
    await drain();
    for (const close of opened.splice(0).reverse())
      await close().catch((error) => logger.warn({ err: error }, 'closing failed'));
  }

  async function open(): Promise<void> {
    await migrateEverything(config.database.url, logger);
    opened.push(() => http.close());
    for (const source of [dataSource, lockSource]) {
      await source.initialize();
      opened.push(() => source.destroy());
    }
    if (await awaitsContraction(dataSource))
      logger.warn(
        'the tables still serve the version before this one: once none of its processes runs, run `npm run migrate -- contract`',
      );
    const { issuer, audience } = config.jwt;
    if (!config.local && options.hostCaller == null && (issuer === null || audience === null))
      logger.warn(
        'JWT_ISSUER and JWT_AUDIENCE are not both set: a JWT made for another service may count here',
      );
    if (connection !== null) {
      opened.push(async () => connection.close());
      await connection.open();
    }
    await queue.start();
    opened.push(() => queue.stop({ graceMs: GRACE_MS }));
    if (config.role === 'web') return;
    worker = await startWorker({
      queue,
      syncs,
      runs,
      schedule,
      calendars: calendars.store,
      events: calendars.events,
      providerOf: (accountId) => accounts.providerOf(accountId),
      provider: (id) => providers.find(id)?.calendars,
      useToken: (accountId, call) => tokens.use(accountId, call),
      markReauthorization: async (accountId, reason) =>
        void (await accounts.requireReauthorization(accountId, reason, null)),
      isPushed: async (accountId) =>
        (await push.statusOf([accountId])).get(accountId)?.state === 'active',
      push,
      settings: config.sync,
      logger,
      now,
      random: Math.random,
      concurrency: config.sync.concurrency,
      writesAtOnce: Math.max(1, Math.floor(config.database.poolSize / 2)),
      ...(options.choresEverySeconds === undefined
        ? {}
        : { choresEverySeconds: options.choresEverySeconds }),
      chores: [
        { name: 'reap attempts', run: oauth.reapAttempts },
        { name: 'finish disconnecting', run: () => disconnecting.finishAbandoned(60) },
        { name: 'delete old tombstones', run: () => calendars.deleteOldTombstones() },
      ],
    });
  }

  return {
    router,
    operations: operators,
    logger,
    metrics,
    drain,
    stop,
    async start() {
      try {
        await open();
      } catch (error) {
        await stop();
        throw error;
      }
    },
  };
}

function revocationOf(provider: Provider | undefined): Revoke {
  if (provider === undefined) return { cannot: 'provider_not_configured' };
  const { revocation } = provider;
  if (revocation === null) return { cannot: 'not_supported' };
  return revocation === 'disabled'
    ? { cannot: 'disabled' }
    : { revoke: (token) => revocation.revoke(token) };
}

/** Whoever asks whether the stores answer is not kept waiting for one that does not. */
async function answers(query: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, READINESS_MS, false);
  });
  const answer = query.then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
