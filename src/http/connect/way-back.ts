// Failures of a connection: a browser goes back to the frontend, a program gets the problem.

import type { ErrorRequestHandler, Request, Response } from 'express';
import { VISITOR } from '../../audit/audit-words.js';
import type { ErrorCode, IntegrationError } from '../../errors.js';
import { refusalRecord } from '../../oauth/refusal-record.js';
import { doneBy } from '../done-by.js';
import { failureOf, logFailure } from '../problem.js';
import {
  actingForOf,
  authorizationOf,
  isNavigation,
  linkTokenOf,
  prefersJson,
  requestIdOf,
  sendTo,
} from '../request-context.js';
import type { HttpServices } from '../services.js';
import { linkFailure } from './link-way-back.js';

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
export function onCompleteError(services: HttpServices): ErrorRequestHandler {
  const { oauth, logger } = services;
  return async (error, _request, response, next) => {
    const failure = failureOf(error);
    await recordRefusal(services, response, failure);
    const userId = actingForOf(response);
    if (oauth.tickets !== null)
      logger.info(
        { requestId: requestIdOf(response), audit: 'connect_failed', userId, code: failure.code },
        'connection failed',
      );
    next(failure);
  };
}

/**
 * Adds the refusal to the audit trail, where the state of the authorization request was proven:
 * anyone can send a state that is none. A trail that cannot be written to does not change the
 * answer.
 */
async function recordRefusal(
  { audit, logger }: HttpServices,
  response: Response,
  { code }: IntegrationError,
): Promise<void> {
  const authorization = authorizationOf(response);
  // Without our stores there is no trail to write to. The log has it.
  if (authorization === null || code === 'temporarily_unavailable') return;
  const isVisitor = linkTokenOf(response) !== null;
  const by = doneBy(response, isVisitor ? VISITOR : { kind: 'user', id: authorization.userId });
  await audit
    .record(null, refusalRecord(authorization, code, by))
    .catch((error: unknown) =>
      logger.error({ requestId: by.requestId, err: error }, 'refusal not recorded'),
    );
}

/** @param wantsProblem whether this client gets the problem and is not redirected */
function backToFrontend(
  services: HttpServices,
  wantsProblem: (request: Request, code: ErrorCode) => boolean,
): ErrorRequestHandler {
  const { providers, frontend, logger } = services;
  return async (error, request, response, next) => {
    const failure = failureOf(error);
    await recordRefusal(services, response, failure);
    const id = String(request.params['provider']);
    const provider = providers.isKnown(id) ? id : null;
    const authorization = authorizationOf(response);
    const userId = authorization?.userId ?? actingForOf(response);
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
    const returnTo = authorization?.returnTo ?? null;
    const token = linkTokenOf(response);
    const location =
      token === null
        ? frontend.error(failure.code, provider, returnTo)
        : linkFailure(services, failure.code, provider, { token, returnTo });
    sendTo(response, location);
  };
}
