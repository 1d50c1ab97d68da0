// One service: stores, then rooms, then the router. What was opened is closed in reverse, also
// after half a start.

import type { Router } from 'express';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { Config } from './config.js';
import { awaitsContraction } from './database/migrate.js';
import type { HostCaller } from './http/caller.js';
import { createHttp, type Http } from './http/http.js';
import { createLogger } from './logger.js';
import { migrateEverything } from './migrate-everything.js';
import { createHttpClient } from './providers/http-client.js';
import { createRooms, type RoomOptions } from './rooms.js';
import { type Close, createStores, type Stores } from './stores.js';
import { VERSION } from './version.js';

export interface ServiceOptions extends RoomOptions {
  readonly hostCaller?: HostCaller | null | undefined;
  readonly logger?: Logger | undefined;
  /** Whether the page offers the demo sign-in: local mode without JWT settings. */
  readonly demoSignIn?: boolean;
  /** In front of every Redis key. */
  readonly keyPrefix?: string;
}

export interface Service {
  readonly router: Router;
  readonly operations: Router;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Makes a connect link. @throws IntegrationError */
  readonly createConnectLink: Http['createConnectLink'];
  /** Erases a user. @throws when a store is unavailable; it can then be done again */
  readonly eraseUser: Http['eraseUser'];
  /** Imports accounts. Failures are part of the results. */
  readonly importAccounts: Http['importAccounts'];
  /** A live access token of an account. @throws IntegrationError */
  readonly accessToken: Http['accessToken'];
  /**
   * Migrates, connects the stores and, depending on the role, starts the worker. @throws when
   * PostgreSQL cannot be reached
   */
  start(): Promise<void>;
  /**
   * Reports that the service is not ready any more, and ends its background work. Requests are
   * still answered.
   */
  drain(): Promise<void>;
  /** Drains, then closes the stores. */
  stop(): Promise<void>;
}

/**
 * For the pages that are being read. With the closing of the stores, less than the ten seconds that
 * orchestrators give.
 */
const GRACE_MS = 8_000;

/** Builds a service. Nothing is opened or started. */
export function createService(config: Config, options: ServiceOptions = {}): Service {
  const logger = options.logger ?? createLogger(config.logLevel);
  const stores = createStores(config, options.keyPrefix ?? 'calendar-connect:', logger);
  const client = createHttpClient({
    timeoutMs: config.providerTimeoutMs,
    maxBodyBytes: config.providerMaxBodyBytes,
  });
  const { work, ...rooms } = createRooms(config, options, { stores, client, logger });
  const metrics = new Registry();
  const opened: Close[] = [];
  let isStopping = false;
  const { operators, ...http } = createHttp({
    config,
    rooms,
    redis: stores.redis,
    hostCaller: options.hostCaller ?? null,
    demoSignIn: options.demoSignIn ?? false,
    health: { ...stores.health, isStopping: () => isStopping },
    metrics,
    version: VERSION,
    logger,
  });

  async function open(): Promise<void> {
    await migrateEverything(config.database.url, logger);
    opened.push(() => client.close());
    await stores.open(opened);
    for (const warning of await warnings(config, options, stores)) logger.warn(warning);
    await rooms.sync.start();
    opened.push(() => rooms.sync.stop({ graceMs: GRACE_MS }));
    opened.push(() => rooms.notifications.close());
    if (config.role !== 'web') await work();
  }

  async function drain(): Promise<void> {
    isStopping = true;
    const grace = { graceMs: GRACE_MS };
    await Promise.all([rooms.sync.drain(grace), rooms.notifications.drain(grace)]).catch(
      (error: unknown) => logger.warn({ err: error }, 'draining failed'),
    );
  }

  async function stop(): Promise<void> {
    await drain();
    for (const close of opened.splice(0).reverse())
      await close().catch((error: unknown) => logger.warn({ err: error }, 'closing failed'));
  }

  const start = () => openOrStop(open, stop);
  return { ...http, operations: operators, logger, metrics, drain, stop, start };
}

async function openOrStop(open: () => Promise<void>, stop: () => Promise<void>): Promise<void> {
  try {
    await open();
  } catch (error) {
    await stop();
    throw error;
  }
}

async function warnings(
  { jwt, local }: Config,
  { hostCaller }: ServiceOptions,
  { dataSource }: Stores,
): Promise<string[]> {
  const found: string[] = [];
  if (await awaitsContraction(dataSource))
    found.push(
      'This database also serves the version before this one. ' +
        'When none of its processes runs, run `npm run migrate -- contract`.',
    );
  if (!local && hostCaller == null && (jwt.issuer === null || jwt.audience === null))
    found.push(
      'JWT_ISSUER and JWT_AUDIENCE are not both set. ' +
        'A JWT made for another service may be accepted here.',
    );
  return found;
}
