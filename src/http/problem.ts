// The only way out for errors: RFC 9457 problems, whatever was thrown and whoever mounted us.

import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { asIntegrationError } from '../classify-failure.js';
import { type ErrorCode, IntegrationError } from '../errors.js';
import { requestIdOf } from './request-context.js';

/** Where each code is explained; a relative reference, resolved against this service's origin. */
const TYPE_PREFIX = '/docs/errors#';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
}

export function problemOf(failure: IntegrationError, requestId: string): Problem {
  const { code, status, title, detail } = failure;
  return { type: `${TYPE_PREFIX}${code}`, title, status, detail, code, requestId };
}

export function sendProblem(response: Response, failure: IntegrationError): void {
  response.status(failure.status);
  response.set('Cache-Control', 'no-store');
  if (failure.retryAfterSeconds !== undefined)
    response.set('Retry-After', String(Math.max(1, Math.ceil(failure.retryAfterSeconds))));
  if (failure.status === 401) response.set('WWW-Authenticate', 'Bearer');
  response
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(failure, requestIdOf(response))));
}

/** What Express and body-parser throw says its status; anything else with a name of ours keeps it. */
export function failureOf(error: unknown): IntegrationError {
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (
    !(error instanceof IntegrationError) &&
    typeof status === 'number' &&
    status >= 400 &&
    status < 500
  ) {
    if (status === 413) return new IntegrationError('payload_too_large', { cause: error });
    if (status === 415) return new IntegrationError('unsupported_media_type', { cause: error });
    return new IntegrationError('invalid_request', {
      reason: typeof type === 'string' ? type : 'malformed',
      cause: error,
    });
  }
  return asIntegrationError(error);
}

export function logFailure(logger: Logger, response: Response, failure: IntegrationError): void {
  const facts = { requestId: requestIdOf(response), code: failure.code, reason: failure.reason };
  if (failure.code === 'server_error')
    logger.error({ ...facts, err: failure.cause }, 'request failed');
  else if (failure.status >= 500) logger.warn({ ...facts, err: failure.cause }, 'request failed');
  else logger.info(facts, 'request refused');
}

export const notFound: RequestHandler = () => {
  throw new IntegrationError('not_found');
};

export function problems(logger: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const failure = failureOf(error);
    logFailure(logger, response, failure);
    if (response.headersSent) {
      request.socket.destroy(); // half an answer must not look like a whole one
      return;
    }
    sendProblem(response, failure);
  };
}
