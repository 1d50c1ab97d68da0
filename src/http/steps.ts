// Steps every request goes through: an id, headers, a line in the log.

import { randomUUID } from 'node:crypto';
import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { begin, knownCaller, requestIdOf } from './request-context.js';

const ACCEPTED_REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Takes the caller's or the proxy's X-Request-Id if it is harmless, else makes one. */
export const requestId: RequestHandler = (request, response, next) => {
  if (requestIdOf(response) !== '') return next(); // an application of ours has begun already
  const given = request.get('x-request-id');
  const id = given !== undefined && ACCEPTED_REQUEST_ID.test(given) ? given : randomUUID();
  begin(response, id);
  response.set('X-Request-Id', id);
  response.removeHeader('X-Powered-By');
  next();
};

/** Helmet with nothing allowed but our own scripts, styles and calls. @param publicUrl decides whether HTTPS is promised */
export function securityHeaders(publicUrl: string): RequestHandler {
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
    // A host's subdomains are the host's own affair.
    strictTransportSecurity: publicUrl.startsWith('https:') && {
      maxAge: 31_536_000,
      includeSubDomains: false,
    },
    xFrameOptions: { action: 'deny' },
  });
}

/** CORS for the frontend's origins alone, with credentials. Others get no header and no reflection. */
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

/** Answers differ by origin even where there is none to allow, so caches must know. */
export const varyByOrigin: RequestHandler = (_request, response, next) => {
  response.vary('Origin');
  next();
};

/** For answers that bear an authorization URL, a state or an account. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** One line a request: the route and never the query, which holds codes and states. */
export function accessLog(
  logger: Logger,
  observe: (route: string, method: string, status: number, seconds: number) => void,
): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.once('close', () => {
      const seconds = (performance.now() - started) / 1_000;
      const route = typeof request.route?.path === 'string' ? request.route.path : '(none)';
      observe(route, request.method, response.statusCode, seconds);
      const facts = {
        requestId: requestIdOf(response),
        method: request.method,
        route,
        status: response.statusCode,
        ms: Math.round(seconds * 1_000),
        userId: knownCaller(response)?.userId,
      };
      if (response.writableFinished) logger.info(facts, 'request');
      else logger.info(facts, 'request left unfinished');
    });
    next();
  };
}
