// The only way out for errors: RFC 9457 problems.

import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { asIntegrationError } from '../classify-failure.js';
import { IntegrationError } from '../errors.js';
import type { Shown } from './answers.js';
import { jsonFault } from './json-fault.js';
import { requestIdOf } from './request-context.js';
import type { Problem } from './schemas.js';

/** Where the pages of errors are: the path of the router that serves them. */
export type PathOfRouter = (request: Request) => string;

/** Answers with the problem of a failure, without its reason and cause, which are for the log. */
function sendProblem(response: Response, failure: IntegrationError, path: string): void {
  const { code, status, title, detail } = failure;
  const problem: Shown<typeof Problem> = {
    // A relative reference: the page is at the origin that the client has called.
    type: `${path}/docs/errors#${code}`,
    title,
    status,
    detail,
    code,
    requestId: requestIdOf(response),
  };
  response.status(failure.status);
  response.set('Cache-Control', 'no-store');
  if (failure.retryAfterSeconds !== undefined)
    response.set('Retry-After', String(Math.max(1, Math.ceil(failure.retryAfterSeconds))));
  if (failure.status === 401) response.set('WWW-Authenticate', 'Bearer');
  response.type('application/problem+json').send(JSON.stringify(problem));
}

/**
 * Any error as one of ours. Express and body-parser give theirs a `status`, which is kept as far as
 * we have a code.
 * @param bodyRule what the body has to be, with an example
 */
export function failureOf(
  error: unknown,
  bodyRule = 'must be a JSON object, for example {}',
): IntegrationError {
  if (error instanceof IntegrationError || !isClientError(error)) return asIntegrationError(error);
  const { status, type } = error;
  if (status === 413) return new IntegrationError('payload_too_large', { cause: error });
  if (status === 415) return new IntegrationError('unsupported_media_type', { cause: error });
  return new IntegrationError('invalid_request', {
    reason: typeof type === 'string' ? type : 'malformed',
    detail: detailOf(error, bodyRule),
    cause: error,
  });
}

/** What is wrong with a request that Express or body-parser refused. */
function detailOf(error: ClientError, bodyRule: string): string {
  if (error.name === 'URIError')
    return 'The path is not percent-encoded correctly. Encode each part, for example %20 for a space.';
  if (error.type !== 'entity.parse.failed' || typeof error.body !== 'string')
    return 'The body did not arrive complete. Send it again, with its right Content-Length.';
  const place = jsonFault(error.body);
  if (place === null) return `The body ${bodyRule}.`;
  const what = place < error.body.length ? 'at position' : 'because it ends too early, at position';
  return `The body is not valid JSON ${what} ${place}. It ${bodyRule}.`;
}

interface ClientError {
  readonly status: number;
  readonly name?: unknown;
  readonly type?: unknown;
  readonly body?: unknown;
}

function isClientError(error: unknown): error is ClientError {
  return (
    typeof error === 'object' &&
    error !== null &&
    'status' in error &&
    typeof error.status === 'number' &&
    error.status >= 400 &&
    error.status < 500
  );
}

/** Logs a failure with the level that its status deserves. */
export function logFailure(logger: Logger, response: Response, failure: IntegrationError): void {
  const facts = { requestId: requestIdOf(response), code: failure.code, reason: failure.reason };
  if (failure.code === 'server_error')
    logger.error({ ...facts, err: failure.cause }, 'request failed');
  else if (failure.status >= 500) logger.warn({ ...facts, err: failure.cause }, 'request failed');
  else logger.info(facts, 'request refused');
}

/** The answer to a path that no route has. @throws IntegrationError `not_found` */
export const notFound: RequestHandler = () => {
  throw new IntegrationError('not_found');
};

/**
 * Logs a failure and answers with its problem. A response that has begun is cut off, so that it is
 * not taken for whole.
 * @param pathOf the path of the router that serves the pages of errors
 */
export function problems(logger: Logger, pathOf: PathOfRouter): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const failure = failureOf(error);
    logFailure(logger, response, failure);
    if (response.headersSent) {
      request.socket.destroy();
      return;
    }
    sendProblem(response, failure, pathOf(request));
  };
}
