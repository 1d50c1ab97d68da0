// The routes of operators: liveness, readiness, metrics, the API's document and its page.

import { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';
import { ERRORS } from '../errors.js';
import { apiPage } from './api-page.js';
import { type ObserveRequest, requestId, securityHeaders } from './middleware.js';
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
  readonly logger: Logger;
}

/** Builds the router of the operators. It answers below the root and asks no one who is calling. */
export function createOperators(options: OperatorOptions): Router {
  const { health, metrics, publicUrl, logger } = options;
  const router = Router({ strict: true, caseSensitive: true });
  const document = openApiDocument(options);
  router.use(requestId, securityHeaders(publicUrl));
  router.get('/healthz', showLiveness);
  router.get('/readyz', showReadiness(health));
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.metrics());
  });
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.get('/docs', (_request, response) => {
    response.type('html').send(apiPage(document));
  });
  router.get('/docs/errors', showErrors);
  router.use(problems(logger));
  return router;
}

/** `GET /healthz`: the process runs. */
const showLiveness: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').json({ status: 'live' });
};

/** `GET /readyz`: 200 while the stores answer and the service is not stopping, else 503. */
function showReadiness(health: Health): RequestHandler {
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
      });
  };
}

/** `GET /docs/errors`: every error code, where the `type` of a problem points. */
const showErrors: RequestHandler = (_request, response) => {
  response.json(
    Object.fromEntries(
      Object.entries(ERRORS).map(([code, { status, title, detail }]) => [
        code,
        { status, title, detail },
      ]),
    ),
  );
};

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
