// The routes of operators: liveness, readiness, metrics, the API's document and its page.

import { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';
import { apiPage } from './api-page.js';
import { errorPages } from './error-page.js';
import { type ObserveRequest, requestId, securityHeaders } from './middleware.js';
import type { Mount } from './mount.js';
import { type DocumentOptions, openApiDocument } from './openapi.js';
import { problems } from './problem.js';

/** What readiness asks for. */
export interface Health {
  /** Whether PostgreSQL answers in time. */
  readonly database: () => Promise<boolean>;
  /** Whether Redis answers in time; null where memory takes its place. */
  readonly redis: (() => Promise<boolean>) | null;
  readonly isStopping: () => boolean;
}

/** What the operators' routes are made of. */
export interface OperatorOptions extends DocumentOptions {
  readonly health: Health;
  readonly metrics: Registry;
  readonly mount: Mount;
  readonly logger: Logger;
}

/** Builds the router of the operators. It answers below the root and asks no one who is calling. */
export function createOperators(options: OperatorOptions): Router {
  const { health, metrics, mount, publicUrl, logger } = options;
  const router = Router({ strict: true, caseSensitive: true });
  const document = openApiDocument(options);
  router.use(requestId, securityHeaders(publicUrl));
  router.get('/healthz', showLiveness);
  router.get('/readyz', showReadiness(health, mount));
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.metrics());
  });
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.get('/docs', (_request, response) => {
    response.type('html').send(apiPage(document));
  });
  router.use(errorPages());
  router.use(problems(logger, ({ baseUrl }) => baseUrl));
  return router;
}

/** `GET /healthz`: the process runs. */
const showLiveness: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').json({ status: 'live' });
};

/**
 * `GET /readyz`: 200 while the stores answer and the service is not stopping, else 503. It also
 * names a router that is mounted elsewhere than the settings say.
 */
function showReadiness(health: Health, mount: Mount): RequestHandler {
  return async (_request, response) => {
    const [database, redis] = await Promise.all([health.database(), health.redis?.() ?? null]);
    const storesAnswer = database && redis !== false;
    const isReady = storesAnswer && !health.isStopping();
    response
      .status(isReady ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status: isReady ? 'ready' : health.isStopping() ? 'stopping' : 'degraded',
        database,
        redis: redis ?? 'embedded',
        connect: storesAnswer,
        ...(mount.problem === null ? {} : { mount: mount.problem }),
      });
  };
}

/** Counts and times requests by route in a histogram of `metrics`. */
export function requestObserver(metrics: Registry): ObserveRequest {
  const duration = new Histogram({
    name: 'integrations_http_request_duration_seconds',
    help: 'HTTP requests by route',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [metrics],
  });
  return (route, method, status, seconds) =>
    duration.observe({ route, method, status: String(status) }, seconds);
}
