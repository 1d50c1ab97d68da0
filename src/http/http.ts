// The face of this room: the router of /integrations and the router of the operators.

import type { Router } from 'express';
import session from 'express-session';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { BY_HOST } from '../audit/audit-words.js';
import type { Config } from '../config.js';
import type {
  ConnectLinkOptions,
  CreatedConnectLink,
  ErasedUser,
  ImportOptions,
  ImportResult,
  LeasedToken,
  LeaseOptions,
} from '../host-types.js';
import type { BoundedRedis } from '../redis/bounded-redis.js';
import { BrowserSessions } from './browser-session.js';
import { Callers, type HostCaller } from './caller.js';
import { ConnectLinkBody, createLink } from './connect/link-creation.js';
import { Cookies } from './cookies.js';
import { EventStreams } from './event-streams.js';
import { Frontend } from './frontend.js';
import { importAccounts } from './import-account.js';
import { jwtVerifier, type VerifyJwt } from './jwt.js';
import { keySet, secretKey } from './jwt-keys.js';
import { Mount } from './mount.js';
import { createOperators, type Health, requestObserver } from './operators.js';
import { Origins } from './origins.js';
import { servePage } from './page.js';
import { productOf } from './product.js';
import { rateLimits } from './rate-limit.js';
import { redisSessions } from './redis-sessions.js';
import { requestIdOf } from './request-context.js';
import { createRouter } from './router.js';
import { demoSignIn } from './routes/demo-sign-in.js';
import type { HttpRooms, HttpServices } from './services.js';
import { LeaseBody, leaseToken } from './token-lease.js';
import { parseId, parseValue } from './validate.js';
import { findAccount } from './visible-account.js';

/** What this room is made of. */
export interface HttpNeeds {
  readonly config: Config;
  readonly rooms: HttpRooms;
  /** Null where memory takes the place of Redis. */
  readonly redis: BoundedRedis | null;
  /** How a host tells who is calling; null where JWTs do. */
  readonly hostCaller: HostCaller | null;
  /** Whether the page offers the demo sign-in. */
  readonly demoSignIn: boolean;
  readonly health: Health;
  readonly metrics: Registry;
  readonly version: string;
  readonly logger: Logger;
}

/** The two routers of one service. */
export interface Http {
  /** For a host to mount at `/integrations`, below the path of OAUTH_REDIRECT_BASE_URL. */
  readonly router: Router;
  /** `/healthz`, `/readyz`, `/metrics`, `/openapi.json` and `/docs`. */
  readonly operators: Router;
  /** For the library. @throws when a store is unavailable; it can then be done again */
  eraseUser(userId: string): Promise<ErasedUser>;
  /** For the library. @throws IntegrationError as the route */
  createConnectLink(options: ConnectLinkOptions): Promise<CreatedConnectLink>;
  /** For the library and the command. Failures are part of the results. */
  importAccounts(accounts: readonly ImportOptions[]): Promise<ImportResult[]>;
  /** For the library. @throws IntegrationError as the route */
  accessToken(accountId: string, options?: LeaseOptions): Promise<LeasedToken>;
}

/** Builds both routers. Opens nothing: the stores are the caller's. */
export function createHttp(needs: HttpNeeds): Http {
  const { config, metrics, logger } = needs;
  const services = servicesOf(needs);
  const mount = new Mount(config.publicUrl, logger);
  const isOwnFrontend = new URL(config.frontendUrl).origin === new URL(config.publicUrl).origin;
  return {
    router: createRouter({
      publicUrl: config.publicUrl,
      mount,
      services,
      observe: requestObserver(metrics),
      page: isOwnFrontend ? servePage({ demoSignIn: needs.demoSignIn }) : null,
    }),
    operators: createOperators({
      health: needs.health,
      metrics,
      mount,
      publicUrl: config.publicUrl,
      version: needs.version,
      providerIds: needs.rooms.providers.knownIds,
      logger,
    }),
    eraseUser: (userId) => services.eraseUser(userId, BY_HOST),
    createConnectLink: async (options) =>
      createLink(services, parseValue(ConnectLinkBody, options), BY_HOST),
    importAccounts: (accounts) => importAccounts(services, accounts, BY_HOST),
    accessToken: async (accountId, options = {}) => {
      const body = parseValue(LeaseBody, options);
      const account = await findAccount(services, parseId(accountId, 'account_not_found'), null);
      return leaseToken(services, account, body, BY_HOST);
    },
  };
}

function servicesOf(needs: HttpNeeds): HttpServices {
  const { config, rooms, redis, hostCaller, logger } = needs;
  const { jwt, publicUrl } = config;
  const spend = rateLimits(redis, config.rateLimits);
  const cookies = cookiesOf(publicUrl, logger);
  const sessions = new BrowserSessions(
    config.sessionSecrets,
    redis === null ? new session.MemoryStore() : redisSessions(redis),
    cookies,
  );
  const callers = new Callers({
    verifyJwt: verifierOf(config),
    hostCaller,
    serviceKeys: config.serviceKeys,
    sessions,
    cookies,
    jwtCookieName: jwt.cookieName,
    allowedOrigins: config.allowedOrigins,
    publicOrigin: new URL(publicUrl).origin,
    spend,
  });
  return {
    ...rooms,
    async eraseUser(userId, by) {
      const erased = await rooms.eraseUser(userId, by);
      await sessions.forgetUser(userId);
      return erased;
    },
    callers,
    origins: new Origins(config.allowedOrigins, publicUrl, logger),
    sessions,
    streams: new EventStreams(),
    cookies,
    frontend: new Frontend(config.frontendUrl, config.returnPaths),
    spend,
    publicUrl,
    product: productOf(config),
    backend: {
      accessTokenLease: config.accessTokenLease,
      providerProxy: config.providerProxy,
    },
    calendarAccess: config.calendarAccess,
    demoSignIn: needs.demoSignIn && jwt.secret !== null ? demoSignIn(jwt, jwt.secret) : null,
    logger,
  };
}

function cookiesOf(publicUrl: string, logger: Logger): Cookies {
  return new Cookies(publicUrl, ({ res }, name) =>
    logger.warn(
      {
        requestId: res === undefined ? undefined : requestIdOf(res),
        audit: 'cookie_refused',
        cookieName: name,
      },
      'a cookie with different values is ignored: a subdomain may have set one of them',
    ),
  );
}

/** Null where no key is configured: the host tells who is calling. */
function verifierOf({ jwt }: Config): VerifyJwt | null {
  if (jwt.jwksUrl !== null) return jwtVerifier(jwt, keySet(jwt.jwksUrl));
  return jwt.secret === null ? null : jwtVerifier(jwt, secretKey(jwt.secret));
}
