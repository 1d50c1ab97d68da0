// The service as an application of its own: the host of the router that `npm start` runs.

import express, { type Express } from 'express';
import type { Config } from './config.js';
import { notFound, problems } from './http/problem.js';
import { requestId, securityHeaders } from './http/steps.js';
import type { Service } from './service.js';

/** @param config a worker answers operators alone */
export function createStandalone(
  config: Pick<Config, 'trustProxy' | 'role' | 'publicUrl'>,
  service: Pick<Service, 'router' | 'operations' | 'logger'>,
): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag'); // what is answered may not be stored anyway
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
