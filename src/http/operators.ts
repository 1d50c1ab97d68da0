// For those who run it: liveness, readiness, metrics, the API's document and page.

import { Router } from 'express';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';
import { ERRORS } from '../errors.js';
import { apiPage } from './api-page.js';
import { openApiDocument } from './openapi.js';
import { problems } from './problem.js';
import { requestId, securityHeaders } from './steps.js';

export interface Health {
  /** Whether PostgreSQL answers within its bound. */
  readonly database: () => Promise<boolean>;
  /** Whether Redis answers; null where memory stands in. */
  readonly redis: (() => Promise<boolean>) | null;
  readonly isStopping: () => boolean;
}

export interface OperatorServices {
  readonly health: Health;
  readonly metrics: Registry;
  readonly publicUrl: string;
  readonly version: string;
  readonly logger: Logger;
}

export function createOperators({
  health,
  metrics,
  publicUrl,
  version,
  logger,
}: OperatorServices): Router {
  const router = Router({ strict: true, caseSensitive: true });
  const document = openApiDocument(publicUrl, version);
  router.use(requestId, securityHeaders(publicUrl));
  router.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'live' });
  });
  router.get('/readyz', async (_request, response) => {
    const [database, redis] = await Promise.all([health.database(), health.redis?.() ?? null]);
    const ready = database && redis !== false && !health.isStopping();
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status: ready ? 'ready' : health.isStopping() ? 'stopping' : 'degraded',
        database,
        redis: redis ?? 'embedded',
        connect: database && redis !== false,
      });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.metrics());
  });
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.get('/docs', (_request, response) => {
    response.type('html').send(apiPage(document));
  });
  router.get('/docs/errors', (_request, response) => {
    response.json(
      Object.fromEntries(
        Object.entries(ERRORS).map(([code, { status, title, detail }]) => [
          code,
          { status, title, detail },
        ]),
      ),
    );
  });
  router.use(problems(logger));
  return router;
}

/** Requests by route, counted and timed. */
export function requestObserver(
  metrics: Registry,
): (route: string, method: string, status: number, seconds: number) => void {
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
