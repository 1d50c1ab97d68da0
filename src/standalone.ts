// The service as an Express application of its own. `npm start` runs it.

import express, { type Express } from 'express';
import type { Config } from './config.js';
import { requestId, securityHeaders } from './http/middleware.js';
import { notFound, problems } from './http/problem.js';
import type { Service } from './service.js';

/** Builds the application. With the role `worker` it has the operators' routes only. */
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
  if (config.role !== 'worker') {
    app.get('/', (_request, response) => response.redirect(302, '/integrations'));
    app.use('/integrations', service.router);
  }
  app.use(service.operations);
  app.use(notFound);
  app.use(problems(service.logger));
  return app;
}
