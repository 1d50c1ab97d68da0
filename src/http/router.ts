// The router of /integrations: what every request goes through, then the routes of the table.

import { type RequestHandler, Router } from 'express';
import { IntegrationError } from '../errors.js';
import { handlersOf } from './answer-route.js';
import { serveClient } from './client-files.js';
import { errorPages } from './error-page.js';
import { hostedStyle } from './hosted-page.js';
import {
  accessLog,
  crossOrigin,
  type ObserveRequest,
  refuseHeadOnConsent,
  requestId,
  securityHeaders,
  varyByOrigin,
} from './middleware.js';
import type { Mount } from './mount.js';
import { notFound, problems } from './problem.js';
import type { Method, Route } from './route.js';
import { demoSignInRoute } from './routes/demo-sign-in.js';
import { ROUTES } from './routes/routes.js';
import type { HttpServices } from './services.js';

/** What the router needs beside what routes use. */
export interface RouterOptions {
  readonly publicUrl: string;
  readonly mount: Mount;
  readonly services: HttpServices;
  readonly observe: ObserveRequest;
  /** The page and its assets; null where this service is not its own frontend. */
  readonly page: RequestHandler | null;
}

/** Builds the router that a host mounts at `/integrations`. */
export function createRouter(options: RouterOptions): Router {
  const { mount: place, services, observe, page } = options;
  const { origins, logger } = services;
  const router = Router({ strict: true, caseSensitive: true });
  const mount = (route: Route) => router[route.method](route.path, ...handlersOf(route, services));

  router.use(
    requestId,
    accessLog(logger, observe),
    place.check,
    securityHeaders(options.publicUrl),
    varyByOrigin,
    origins.refuseForeignPreflight,
    crossOrigin(origins.all),
    refuseHeadOnConsent,
  );
  router.use(errorPages());
  router.use(hostedStyle(services.product));
  router.use(serveClient());
  if (page !== null) router.use(page);
  if (services.demoSignIn !== null) mount(demoSignInRoute);
  for (const route of ROUTES) mount(route);
  for (const [path, methods] of methodsByPath()) router.all(path, methodNotAllowed(methods));
  router.use(notFound);
  router.use(problems(logger, (request) => place.pathFor(request)));
  return router;
}

function methodsByPath(): ReadonlyMap<string, readonly Method[]> {
  const methods = new Map<string, Method[]>();
  for (const { path, method } of ROUTES) methods.set(path, [...(methods.get(path) ?? []), method]);
  return methods;
}

function methodNotAllowed(methods: readonly Method[]): RequestHandler {
  const allow = methods.map((method) => method.toUpperCase()).join(', ');
  return (_request, response) => {
    response.set('Allow', allow);
    throw new IntegrationError('method_not_allowed');
  };
}
