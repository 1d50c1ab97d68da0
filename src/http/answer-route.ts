// Turns one route into Express handlers, in the order in which a request meets them.

import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { actingUser, bodyOfRoute, isForUser, queryOfRoute, withoutUser } from './acting-for.js';
import { noStore } from './middleware.js';
import { failureOf } from './problem.js';
import { isByUser, type LimitName } from './rate-limit.js';
import { knownCaller, setActingFor } from './request-context.js';
import type { IncomingRequest, Route, Who } from './route.js';
import type { HttpServices } from './services.js';
import { checkQueryNames, parseBody, parsePath, parseQuery } from './validate.js';
import { requirementOf } from './validation-words.js';
import { visibleAccount } from './visible-account.js';

/** The largest JSON body, in bytes. */
const JSON_LIMIT_BYTES = 16_384;

/**
 * The handlers of a route: the origin, its own checks, the caller, the limit, the body, then the
 * rest in one handler.
 */
export function handlersOf(
  route: Route,
  services: HttpServices,
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
    ...(route.limit === undefined ? [] : [forPersons(route.limit, services)]),
    ...bodyReaders(route),
    answer(route, services),
    ...(onError === undefined ? [] : [onError(services)]),
  ];
}

function callerStep(who: Who, { callers }: HttpServices): RequestHandler | null {
  switch (who) {
    case 'user':
    case 'user or service':
      return callers.require;
    case 'service':
      return callers.requireKind('service');
    case 'service or admin':
      return callers.requireKind('service', 'admin');
    case 'bearer':
      return callers.requireHeader;
    case 'optional':
      return callers.optional;
    case 'anyone':
      return null;
  }
}

/**
 * A limit by user counts a service caller's request once it is known for whom it is: see
 * `countService`.
 */
function forPersons(name: LimitName, { spend }: HttpServices): RequestHandler {
  return async (request, response, next) => {
    if (!isByUser(name) || knownCaller(response)?.kind !== 'service')
      await spend(name, { request, response });
    next();
  };
}

/** Notes for whom a service caller acts, and counts the request. */
async function countService(
  incoming: IncomingRequest,
  { limit }: Route,
  userId: string | null,
): Promise<void> {
  if (knownCaller(incoming.response)?.kind !== 'service') return;
  if (userId !== null) setActingFor(incoming.response, userId);
  if (limit !== undefined && isByUser(limit)) await incoming.services.spend(limit, incoming);
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

/**
 * Validates the names of the query, account, path, query, body and user in this order, then lets
 * the route answer.
 */
function answer(route: Route, services: HttpServices): RequestHandler {
  const { checks = [], parts = {}, account: access = 'none', ownQuery } = route;
  const [query, body] = [queryOfRoute(route), bodyOfRoute(route)];
  const queryNames = [query, ownQuery].flatMap((one) => Object.keys(one?.shape ?? {}));
  return async (request, response) => {
    const incoming = { request, response, services };
    for (const check of checks) await check(incoming);
    if (!route.isQueryOpen) checkQueryNames(request, queryNames);
    const account = access === 'none' ? null : await visibleAccount(incoming, access);
    const valid = {
      account,
      path: parsePath(request, parts),
      query: query === undefined ? {} : parseQuery(request, query),
      body: body === undefined ? {} : parseBody(request, body),
    };
    const userId = isForUser(route) ? await actingUser(incoming, route, valid) : null;
    await countService(incoming, route, userId);
    const caller = knownCaller(response);
    const value = await route.handle({
      ...incoming,
      ...valid,
      caller,
      userId,
      query: withoutUser(valid.query, route.query),
      body: withoutUser(valid.body, route.body),
    });
    if (value !== undefined) response.status(route.answer.status).json(value);
    else if (!response.headersSent) response.status(route.answer.status).end();
  };
}
