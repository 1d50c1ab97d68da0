// Failures of a connection: a browser goes back to the frontend, a program gets the problem.

import type { ErrorRequestHandler, Request } from 'express';
import type { ErrorCode } from '../../errors.js';
import { failureOf, logFailure } from '../problem.js';
import {
  authorizationOf,
  isNavigation,
  knownCaller,
  prefersJson,
  requestIdOf,
  sendTo,
} from '../request-context.js';
import type { HttpServices } from '../services.js';

/**
 * A browser that navigates to the start goes to the frontend, with the codes that are outcomes of a
 * connection.
 */
export function onStartError(services: HttpServices): ErrorRequestHandler {
  // Other codes are about the link itself. Its author has to see them, so they stay problems.
  return backToFrontend(
    services,
    (request, code) => !isNavigation(request) || !services.frontend.carries(code),
  );
}

/** A browser that returns from a provider goes to the frontend after any error. */
export function onCallbackError(services: HttpServices): ErrorRequestHandler {
  return backToFrontend(services, prefersJson);
}

/** A completion answers with the problem. The failure is logged as one of a connection. */
export function onCompleteError({ oauth, logger }: HttpServices): ErrorRequestHandler {
  return (error, _request, response, next) => {
    const failure = failureOf(error);
    const userId = knownCaller(response)?.userId;
    if (oauth.tickets !== null)
      logger.info(
        { requestId: requestIdOf(response), audit: 'connect_failed', userId, code: failure.code },
        'connection failed',
      );
    next(failure);
  };
}

/** @param wantsProblem whether this client gets the problem and is not redirected */
function backToFrontend(
  { providers, frontend, logger }: HttpServices,
  wantsProblem: (request: Request, code: ErrorCode) => boolean,
): ErrorRequestHandler {
  return (error, request, response, next) => {
    const failure = failureOf(error);
    const id = String(request.params['provider']);
    const provider = providers.isKnown(id) ? id : null;
    const authorization = authorizationOf(response);
    const userId = authorization?.userId ?? knownCaller(response)?.userId;
    const audit = { audit: 'connect_failed', userId, provider };
    const isAboutUrl =
      failure.code === 'unsupported_provider' || failure.code === 'provider_not_configured';
    if (isAboutUrl || wantsProblem(request, failure.code) || response.headersSent) {
      logger.info(
        { requestId: requestIdOf(response), ...audit, code: failure.code },
        'connection failed',
      );
      return next(failure);
    }
    logFailure(logger.child(audit), response, failure);
    response.set('Cache-Control', 'no-store');
    sendTo(response, frontend.error(failure.code, provider, authorization?.returnTo ?? null));
  };
}
