// Connecting: the start in two forms, the callback, and completion by the frontend. Each is a row of steps in router.ts.

import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { AccountStore } from '../accounts/account-store.js';
import { type ErrorCode, IntegrationError } from '../errors.js';
import type { Authorization, Authorizations } from '../oauth/authorization.js';
import { type CallbackGate, readParameters } from '../oauth/callback.js';
import type { Completion } from '../oauth/completion.js';
import type { Tickets } from '../oauth/tickets.js';
import type { Providers } from '../providers/providers.js';
import type { AccountServices } from './accounts.js';
import type { Callers } from './caller.js';
import type { Cookies } from './cookies.js';
import type { Frontend } from './frontend.js';
import { presentAccount } from './present.js';
import { failureOf, logFailure } from './problem.js';
import {
  callerOf,
  isNavigation,
  knownCaller,
  prefersJson,
  queryOf,
  requestIdOf,
  sendTo,
} from './request-context.js';
import { CompleteBody, StartQuery } from './schemas.js';
import { idParameter, parseBody, parseQuery } from './validate.js';

export interface ConnectionServices {
  readonly providers: Providers;
  readonly authorizations: Authorizations;
  readonly gate: CallbackGate;
  readonly completion: Completion;
  /** Null where the callback itself completes. */
  readonly tickets: Tickets | null;
  readonly accounts: AccountStore;
  readonly syncs: AccountServices['syncs'];
  readonly pushStatus: AccountServices['pushStatus'];
  readonly callers: Callers;
  readonly cookies: Cookies;
  readonly frontend: Frontend;
  readonly logger: Logger;
}

/** Flows under way at once in one browser; starting one more drops the oldest. */
const MOST_BINDINGS = 5;

export function connections(services: ConnectionServices) {
  const {
    providers,
    authorizations,
    gate,
    completion,
    tickets,
    accounts,
    syncs,
    pushStatus,
    callers,
    cookies,
    frontend,
    logger,
  } = services;
  /** Where an error of this callback goes and whom it befell, once its state is known to be good. */
  const returns = new WeakMap<
    Response,
    { readonly returnTo: string | null; readonly userId: string }
  >();

  const list: RequestHandler = (_request, response) => {
    response.json({
      data: providers.configured.map(({ id, name, consent }) => ({
        id,
        name,
        scopes: consent.scopes,
      })),
    });
  };

  const url: RequestHandler = async (request, response) => {
    const { url, state, expiresAt } = await start(request, response);
    response.json({ url, state, expiresAt: expiresAt.toISOString() });
  };

  const navigate: RequestHandler = async (request, response) => {
    const { url } = await start(request, response);
    sendTo(response, url);
  };

  async function start(request: Request, response: Response): Promise<Authorization> {
    const provider = providers.require(idOf(request));
    const caller = callerOf(response);
    const query = parseQuery(request, StartQuery);
    const returnTo = query.returnTo === undefined ? null : frontend.checkReturnTo(query.returnTo);
    const account =
      query.accountId === undefined
        ? null
        : await accounts.find(idParameter({ params: query } as never, 'accountId'), caller.userId);
    if (query.accountId !== undefined && account?.provider !== provider.id)
      throw new IntegrationError('account_not_found');
    const authorization = await authorizations.begin(provider, {
      userId: caller.userId,
      returnTo,
      loginHint: query.loginHint ?? account?.email ?? null,
      accountId: account?.id ?? null,
    });
    if (authorization.binding !== null) bind(request, response, authorization);
    logger.info(
      {
        requestId: requestIdOf(response),
        userId: caller.userId,
        provider: provider.id,
        reconnect: account?.id,
      },
      'authorization begun',
    );
    return authorization;
  }

  function bind(request: Request, response: Response, { binding, expiresAt }: Authorization): void {
    if (binding === null) return;
    const alive = [...cookies.all(request).keys()].filter((name) =>
      name.startsWith(cookies.nameOf('oauth-')),
    );
    for (const oldest of alive.slice(0, Math.max(0, alive.length - (MOST_BINDINGS - 1))))
      cookies.clear(response, oldest);
    cookies.set(
      response,
      binding.name,
      binding.secret,
      Math.ceil((expiresAt.getTime() - Date.now()) / 1_000),
    );
  }

  const callback: RequestHandler = async (request, response) => {
    const provider = providers.require(idOf(request));
    const parameters = readParameters(queryOf(request));
    const read: { name: string | null } = { name: null };
    const bindingCookie = (name: string): string | null => {
      read.name = cookies.nameOf(name);
      return cookies.get(request, name);
    };
    const signedInUserIds = (await callers.fromCookies(request, response)).map(
      ({ userId }) => userId,
    );
    const { stateHash, request: begun } = await gate.take(
      provider,
      parameters,
      { bindingCookie, signedInUserIds },
      tickets === null,
    );
    returns.set(response, begun);
    if (read.name !== null) cookies.clear(response, read.name);
    if (parameters.error !== null)
      throw provider.consent.redirectError(
        parameters.error,
        parameters.errorDescription,
        parameters.errorSubcode,
      );
    if (parameters.code === null)
      throw new IntegrationError('invalid_state', { reason: 'no code' });
    if (tickets !== null) {
      const ticket = await tickets.park({ stateHash, request: begun, code: parameters.code });
      sendTo(response, frontend.pending(provider.id, ticket, begun.returnTo));
      return;
    }
    const accountId = await completion.complete(provider, stateHash, begun, parameters.code);
    logger.info(
      {
        requestId: requestIdOf(response),
        audit: 'connected',
        userId: begun.userId,
        provider: provider.id,
        accountId,
      },
      'account connected',
    );
    sendTo(response, frontend.success(provider.id, accountId, begun.returnTo));
  };

  const complete: RequestHandler = async (request, response) => {
    if (tickets === null) throw new IntegrationError('not_found');
    const { ticket } = parseBody(request, CompleteBody);
    const { userId } = callerOf(response);
    const parked = await tickets.redeem(ticket, userId);
    const provider = providers.require(parked.request.provider);
    const accountId = await completion.complete(
      provider,
      parked.stateHash,
      parked.request,
      parked.code,
    );
    logger.info(
      {
        requestId: requestIdOf(response),
        audit: 'connected',
        userId,
        provider: provider.id,
        accountId,
      },
      'account connected',
    );
    const account = await accounts.find(accountId, userId);
    if (account === null) throw new IntegrationError('account_not_found');
    const sync = await syncs.statesOf([account.id]);
    const push = await pushStatus([account.id]);
    response.json(presentAccount(account, sync.get(account.id), push.get(account.id)));
  };

  /** Errors of a navigation go back to the frontend; programs get the problem. */
  const backToFrontend = (
    wantsProblem: (request: Request, code: ErrorCode) => boolean,
  ): ErrorRequestHandler => {
    return (error, request, response, next) => {
      const failure = failureOf(error);
      const id = String(request.params['provider']);
      const provider = providers.isKnown(id) ? id : null;
      const { returnTo = null, userId = knownCaller(response)?.userId } =
        returns.get(response) ?? {};
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
      sendTo(response, frontend.error(failure.code, provider, returnTo));
    };
  };

  const onCompleteError: ErrorRequestHandler = (error, _request, response, next) => {
    const failure = failureOf(error);
    const userId = knownCaller(response)?.userId;
    if (tickets !== null)
      logger.info(
        { requestId: requestIdOf(response), audit: 'connect_failed', userId, code: failure.code },
        'connection failed',
      );
    next(failure);
  };

  const knownProvider: RequestHandler = (request, _response, next) => {
    providers.require(idOf(request));
    next();
  };

  /** A browser that fetches ahead of a click must not begin anything. */
  const refusePrefetch: RequestHandler = (request, _response, next) => {
    const purposes = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].map(
      (name) => request.get(name) ?? '',
    );
    if (purposes.some((purpose) => /prefetch|prerender|preview/i.test(purpose)))
      throw new IntegrationError('prefetch_refused');
    next();
  };

  return {
    list,
    url,
    navigate,
    callback,
    complete,
    knownProvider,
    refusePrefetch,
    onCompleteError,
    // What is wrong with the link itself is for whoever wrote the link, and no outcome of a connection.
    onStartError: backToFrontend(
      (request, code) => !isNavigation(request) || !frontend.carries(code),
    ),
    onCallbackError: backToFrontend(prefersJson),
  };
}

const idOf = (request: Request): string => String(request.params['provider']);
