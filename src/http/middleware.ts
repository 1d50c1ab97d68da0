// Middleware that every request goes through: an id, headers, a line in the log.

import { randomUUID } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import cors from 'cors';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { IntegrationError } from '../errors.js';
import { actingForOf, begin, knownCaller, requestIdOf } from './request-context.js';

const ACCEPTED_REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Gives the request an id: the `X-Request-Id` of the client or proxy where it is harmless, else a
 * new one.
 */
export const requestId: RequestHandler = (request, response, next) => {
  if (requestIdOf(response) !== '') return next(); // the standalone application has set it already
  const given = request.get('x-request-id');
  const id = given !== undefined && ACCEPTED_REQUEST_ID.test(given) ? given : randomUUID();
  begin(response, id);
  response.set('X-Request-Id', id);
  response.removeHeader('X-Powered-By');
  next();
};

/**
 * Sets Helmet's headers with a policy that allows only scripts, styles and requests of this origin.
 * @param publicUrl HSTS is sent where it is https
 */
export function securityHeaders(publicUrl: string): RequestHandler {
  const headers = headersOf(helmetFor(publicUrl));
  return (_request, response, next) => {
    if (haveHeaders.has(response)) return next(); // the standalone application has set them already
    haveHeaders.add(response);
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

const haveHeaders = new WeakSet<Response>();

type Helmet = ReturnType<typeof helmet>;

/** The headers that Helmet sets. They are the same on each response, so that it runs only once. */
function headersOf(handler: Helmet): readonly (readonly [string, string])[] {
  const headers: [string, string][] = [];
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  response.setHeader = (name, value) => {
    headers.push([name, String(value)]);
    return response;
  };
  handler(request, response, (error) => {
    if (error !== undefined) throw error;
  });
  return headers;
}

function helmetFor(publicUrl: string): Helmet {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    // The host decides about its subdomains.
    strictTransportSecurity: publicUrl.startsWith('https:') && {
      maxAge: 31_536_000,
      includeSubDomains: false,
    },
    xFrameOptions: { action: 'deny' },
  });
}

/** Answers CORS for the allowed origins, with credentials. */
export function crossOrigin(allowed: ReadonlySet<string>): RequestHandler {
  return cors({
    origin: (origin, done) =>
      done(null, origin !== undefined && allowed.has(origin) ? origin : false),
    credentials: true,
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'X-Request-Id', 'Last-Event-ID'],
    exposedHeaders: ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
    maxAge: 600,
  });
}

/**
 * Sets `Vary: Origin` on every response, also where no origin is allowed, so that caches keep them
 * apart.
 */
export const varyByOrigin: RequestHandler = (_request, response, next) => {
  response.vary('Origin');
  next();
};

/** Keeps the response out of caches: it may carry an authorization URL, a state or an account. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

const MAKES_OR_SPENDS = /^\/(auth|oauth-url)\/|^\/admin-consent\/[^/]+\/callback$/;

/**
 * Refuses HEAD where a GET spends or makes a state: Express would run its handler.
 */
export const refuseHeadOnConsent: RequestHandler = (request, response, next) => {
  if (request.method !== 'HEAD' || !MAKES_OR_SPENDS.test(request.path)) return next();
  response.set('Allow', 'GET');
  throw new IntegrationError('method_not_allowed');
};

/** Receives every response: its route, method, status and duration in seconds. */
export type ObserveRequest = (
  route: string,
  method: string,
  status: number,
  seconds: number,
) => void;

/**
 * Writes one log line for each request: the route, and never the query, which holds codes and
 * states.
 */
export function accessLog(logger: Logger, observe: ObserveRequest): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.once('close', () => {
      const seconds = (performance.now() - started) / 1_000;
      const route = typeof request.route?.path === 'string' ? request.route.path : '(none)';
      observe(route, request.method, response.statusCode, seconds);
      const caller = knownCaller(response);
      const facts = {
        requestId: requestIdOf(response),
        method: request.method,
        route,
        status: response.statusCode,
        ms: Math.round(seconds * 1_000),
        userId: actingForOf(response) ?? undefined,
        service: caller?.kind === 'service' ? caller.name : undefined,
      };
      if (response.writableFinished) logger.info(facts, 'request');
      else logger.info(facts, 'request left unfinished');
    });
    next();
  };
}
