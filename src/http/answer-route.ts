// Turns one route into Express handlers, in the order in which a request meets them.

import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { noStore } from './middleware.js';
import { failureOf } from './problem.js';
import type { LimitName } from './rate-limit.js';
import { knownCaller } from './request-context.js';
import type { Route, Who } from './route.js';
import type { HttpServices } from './services.js';
import { checkQueryNames, parseBody, parsePath, parseQuery } from './validate.js';
import { requirementOf } from './validation-words.js';
import { visibleAccount } from './visible-account.js';

/** The largest JSON body, in bytes. */
const JSON_LIMIT_BYTES = 16_384;

/**
 * The handlers of a route: the origin, its own checks, the caller, the limit, the body, then the
 * rest in one handler.
 * @param limit the middleware of a limit, the same one for every route that names it
 */
export function handlersOf(
  route: Route,
  services: HttpServices,
  limit: (name: LimitName) => RequestHandler,
): (RequestHandler | ErrorRequestHandler)[] {
  const { isStorable = false, isForAnyOrigin = false, before = [], who, onError } = route;
  const caller = callerStep(who, services);
  return [
    ...(isStorable ? [] : [noStore]),
    ...(isForAnyOrigin ? [] : [services.origins.refuseForeign]),
    ...before.map(
      (check): RequestHandler =>
        async (request, response, next) => {
          await check({ request, response, services });
          next();
        },
    ),
    ...(caller === null ? [] : [caller]),
    ...(route.limit === undefined ? [] : [limit(route.limit)]),
    ...bodyReaders(route),
    answer(route, services),
    ...(onError === undefined ? [] : [onError(services)]),
  ];
}

function callerStep(who: Who, { callers }: HttpServices): RequestHandler | null {
  switch (who) {
    case 'user':
      return callers.require;
    case 'bearer':
      return callers.requireHeader;
    case 'optional':
      return callers.optional;
    case 'anyone':
      return null;
  }
}

function bodyReaders({ body, rawBodyBytes }: Route): (RequestHandler | ErrorRequestHandler)[] {
  if (rawBodyBytes !== undefined)
    // Providers need not name the type of what they send.
    return [express.raw({ limit: rawBodyBytes, inflate: false, type: () => true })];
  if (body === undefined) return [];
  const refuse: ErrorRequestHandler = (error, _request, _response, next) =>
    next(failureOf(error, requirementOf(body)));
  return [
    express.json({ limit: JSON_LIMIT_BYTES, inflate: false, type: 'application/json' }),
    refuse,
  ];
}

/** Validates the names of the query, account, path, query and body in this order, then lets the route answer. */
function answer(route: Route, services: HttpServices): RequestHandler {
  const { checks = [], parts = {}, account: access = 'none', query, ownQuery, body } = route;
  const queryNames = [query, ownQuery].flatMap((one) => Object.keys(one?.shape ?? {}));
  return async (request, response) => {
    const incoming = { request, response, services };
    for (const check of checks) await check(incoming);
    if (!route.isQueryOpen) checkQueryNames(request, queryNames);
    const account = access === 'none' ? null : await visibleAccount(incoming, access);
    const value = await route.handle({
      ...incoming,
      caller: knownCaller(response),
      account,
      path: parsePath(request, parts),
      query: query === undefined ? {} : parseQuery(request, query),
      body: body === undefined ? {} : parseBody(request, body),
    });
    if (value !== undefined) response.status(route.answer.status).json(value);
    else if (!response.headersSent) response.status(route.answer.status).end();
  };
}
