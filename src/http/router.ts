// The URL table of /integrations: each route a row of named steps.

import express, { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { IntegrationError } from '../errors.js';
import { type AccountServices, accountRoutes } from './accounts.js';
import type { BrowserSessions } from './browser-session.js';
import { type ConnectionServices, connections } from './connections.js';
import { notFound, problems } from './problem.js';
import { type NoticeServices, noticeRoutes } from './provider-notices.js';
import type { RateLimits } from './rate-limit.js';
import { type ReadingServices, readingRoutes } from './reading.js';
import { signingInRoutes } from './signing-in.js';
import {
  accessLog,
  crossOrigin,
  noStore,
  requestId,
  securityHeaders,
  varyByOrigin,
} from './steps.js';
import { type SyncingServices, syncingRoutes } from './syncing.js';

export interface RouterServices
  extends ConnectionServices,
    AccountServices,
    SyncingServices,
    ReadingServices,
    NoticeServices {
  readonly config: Pick<Config, 'rateLimits' | 'allowedOrigins' | 'publicUrl'>;
  readonly sessions: BrowserSessions;
  readonly limits: RateLimits;
  readonly logger: Logger;
  readonly observe: (route: string, method: string, status: number, seconds: number) => void;
  /** The page and its assets, where this service is its own frontend; else null. */
  readonly page: RequestHandler | null;
  /** Demo sign-in, in local mode without JWT settings; else null. */
  readonly demoSignIn: RequestHandler | null;
}

type Step = RequestHandler | ErrorRequestHandler;
type Method = 'get' | 'post' | 'patch' | 'delete';

const BODY_LIMIT_BYTES = 16_384;

export function createRouter(services: RouterServices): Router {
  const { callers, limits, config, logger } = services;
  const connect = connections(services);
  const account = accountRoutes(services);
  const sync = syncingRoutes(services);
  const read = readingRoutes(services);
  const webhook = noticeRoutes(services);
  const signIn = signingInRoutes(services.sessions, services.cookies, logger);

  const user = callers.require;
  const json = express.json({ limit: BODY_LIMIT_BYTES, inflate: false, type: 'application/json' });
  const [signIns, starts, completions, returns, syncs, reads] = [
    limits('session', config.rateLimits.start, 'user'),
    limits('start', config.rateLimits.start, 'user'),
    limits('complete', config.rateLimits.start, 'user'),
    limits('callback', config.rateLimits.callback, 'address'),
    limits('sync', config.rateLimits.sync, 'user'),
    limits('read', config.rateLimits.read, 'user'),
  ];

  const table: readonly (readonly [Method, string, ...Step[]])[] = [
    ['post', '/session', noStore, callers.requireHeader, signIns, signIn.open],
    ['get', '/session', noStore, callers.optional, signIn.who],
    ['delete', '/session', noStore, user, signIn.close],
    ['get', '/providers', user, reads, connect.list],

    [
      'get',
      '/oauth-url/:provider',
      noStore,
      connect.knownProvider,
      callers.refuseForeignOrigin,
      user,
      starts,
      connect.url,
    ],
    [
      'get',
      '/auth/:provider',
      noStore,
      connect.refusePrefetch,
      connect.knownProvider,
      callers.refuseForeignOrigin,
      user,
      starts,
      connect.navigate,
      connect.onStartError,
    ],
    [
      'get',
      '/auth/:provider/callback',
      noStore,
      returns,
      connect.callback,
      connect.onCallbackError,
    ],
    [
      'post',
      '/complete',
      noStore,
      user,
      completions,
      json,
      connect.complete,
      connect.onCompleteError,
    ],

    ['get', '/accounts', noStore, user, reads, account.list],
    ['get', '/accounts/:accountId', noStore, user, reads, account.detail],
    ['delete', '/accounts/:accountId', noStore, user, account.disconnect],
    ['post', '/sync/:accountId', noStore, user, syncs, json, sync.request],
    ['get', '/sync/:accountId', noStore, user, reads, sync.status],

    ['get', '/accounts/:accountId/calendars', noStore, user, reads, read.listCalendars],
    [
      'patch',
      '/accounts/:accountId/calendars/:calendarId',
      noStore,
      user,
      json,
      read.selectCalendar,
    ],
    ['get', '/accounts/:accountId/events', noStore, user, reads, read.listEvents],
    ['get', '/free-busy', noStore, user, reads, read.freeBusy],

    ['post', '/webhooks/:provider', noStore, webhook.body, webhook.receive],
  ];

  const router = Router({ strict: true, caseSensitive: true });
  router.use(
    requestId,
    accessLog(logger, services.observe),
    securityHeaders(config.publicUrl),
    varyByOrigin,
    crossOrigin(config.allowedOrigins),
    refuseHeadOnConsent,
  );
  if (services.page !== null) router.use(services.page);
  if (services.demoSignIn !== null)
    router.post('/demo-sign-in', noStore, callers.refuseForeignOrigin, json, services.demoSignIn);
  for (const [method, path, ...steps] of table)
    router[method](path, ...(steps as RequestHandler[]));
  for (const path of new Set(table.map(([, path]) => path)))
    router.all(
      path,
      methodNotAllowed(table.filter((row) => row[1] === path).map(([method]) => method)),
    );
  router.use(notFound);
  router.use(problems(logger));
  return router;
}

/** Express answers HEAD with the GET handler, which would spend a state. */
const refuseHeadOnConsent: RequestHandler = (request, response, next) => {
  if (request.method !== 'HEAD' || !/^\/(auth|oauth-url)\//.test(request.path)) return next();
  response.set('Allow', 'GET');
  throw new IntegrationError('method_not_allowed');
};

function methodNotAllowed(methods: readonly Method[]): RequestHandler {
  const allow = methods.map((method) => method.toUpperCase()).join(', ');
  return (_request, response) => {
    response.set('Allow', allow);
    throw new IntegrationError('method_not_allowed');
  };
}
