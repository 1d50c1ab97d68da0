// The service as an Express application of its own. `npm start` runs it.

import express, { type Express, type RequestHandler } from 'express';
import type { Config } from './config.js';
import { requestId, securityHeaders } from './http/middleware.js';
import { basePathOf, mountPathOf } from './http/mount.js';
import { notFound, problems } from './http/problem.js';
import type { Service } from './service.js';

/**
 * Builds the application. With the role `worker` it has the operators' routes only. Where the public
 * URL has a path, everything is below it, and below the root for proxies that remove the path.
 */
export function createStandalone(
  config: Pick<Config, 'trustProxy' | 'role' | 'publicUrl'>,
  service: Pick<Service, 'router' | 'operations' | 'logger'>,
): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag'); // responses are not stored
  app.set('trust proxy', config.trustProxy);
  app.set('query parser', false);
  app.enable('strict routing').enable('case sensitive routing');
  app.use(requestId, securityHeaders(config.publicUrl));
  const base = basePathOf(config.publicUrl);
  const mount = mountPathOf(config.publicUrl);
  const hasRouter = config.role !== 'worker';
  if (base !== '') app.use(addPath(base));
  if (hasRouter) {
    app.get(`${base}/`, (_request, response) => response.redirect(302, mount));
    app.use(mount, service.router);
  }
  app.use(base === '' ? '/' : base, service.operations);
  app.use(notFound);
  app.use(problems(service.logger, () => (hasRouter ? mount : base)));
  return app;
}

/** Gives a request whose path a proxy has removed its path again. */
function addPath(base: string): RequestHandler {
  return (request, _response, next) => {
    const path = request.url.replace(/\?.*$/s, '');
    if (path === base) request.url = `${base}/${request.url.slice(base.length)}`;
    else if (!path.startsWith(`${base}/`)) request.url = base + request.url;
    next();
  };
}
