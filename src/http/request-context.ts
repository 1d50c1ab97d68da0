// What handlers learn about one request, kept apart from the request, which the host owns.

import type { Request, Response } from 'express';
import { IntegrationError } from '../errors.js';
import type { Caller, ProviderId } from '../vocabulary.js';

/** The part of an authorization request that its failure needs. */
export interface KnownAuthorization {
  readonly userId: string;
  readonly provider: ProviderId;
  /** The account to reconnect; null for a new one. */
  readonly accountId: string | null;
  readonly returnTo: string | null;
}

interface RequestContext {
  readonly requestId: string;
  caller: Caller | null;
  /** The user for whom the request acts; null before that is known, and where it is for none. */
  actingFor: string | null;
  authorization: KnownAuthorization | null;
  /** The token of the connect link that the browser's cookie names; nothing of it is proven. */
  linkToken: string | null;
}

const contexts = new WeakMap<Response, RequestContext>();

/** Begins the context of a request. */
export function begin(response: Response, requestId: string): void {
  contexts.set(response, {
    requestId,
    caller: null,
    actingFor: null,
    authorization: null,
    linkToken: null,
  });
}

/** The id of the request; empty before `begin`. */
export function requestIdOf(response: Response): string {
  return contexts.get(response)?.requestId ?? '';
}

/** Notes who is calling. A person acts for themselves. */
export function setCaller(response: Response, caller: Caller): void {
  const context = contexts.get(response);
  if (context === undefined) return;
  context.caller = caller;
  if (caller.kind !== 'service') context.actingFor = caller.userId;
}

/** Notes the user for whom a service caller acts. */
export function setActingFor(response: Response, userId: string): void {
  const context = contexts.get(response);
  if (context !== undefined) context.actingFor = userId;
}

/** The user for whom the request acts; null where none is known. */
export function actingForOf(response: Response): string | null {
  return contexts.get(response)?.actingFor ?? null;
}

/** The caller; null where the route does not ask, or no one is signed in. */
export function knownCaller(response: Response): Caller | null {
  return contexts.get(response)?.caller ?? null;
}

/** The caller. @throws IntegrationError `unauthenticated` where no one is signed in */
export function callerOf(response: Response): Caller {
  const caller = knownCaller(response);
  if (caller === null) throw new IntegrationError('unauthenticated');
  return caller;
}

/** Notes the authorization request whose state this callback has proven. */
export function setAuthorization(response: Response, authorization: KnownAuthorization): void {
  const context = contexts.get(response);
  if (context !== undefined) context.authorization = authorization;
}

/** The authorization request of a callback; null before its state is proven. */
export function authorizationOf(response: Response): KnownAuthorization | null {
  return contexts.get(response)?.authorization ?? null;
}

/** Notes the connect link whose flow this callback belongs to, as the browser's cookie says. */
export function setLinkToken(response: Response, token: string): void {
  const context = contexts.get(response);
  if (context !== undefined) context.linkToken = token;
}

/** The token of the connect link of a callback; null where no link began it. */
export function linkTokenOf(response: Response): string | null {
  return contexts.get(response)?.linkToken ?? null;
}

/** The query as it was sent. A host's own query parser may have made objects of it. */
export function queryOf(request: Request): URLSearchParams {
  const at = request.url.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1));
}

/** Redirects the browser without a body: the body that Express writes would repeat the URL. */
export function sendTo(response: Response, url: string, status: 302 | 303 = 302): void {
  // Without this, the popup of a frontend would lose its opener on the way.
  response.removeHeader('Cross-Origin-Opener-Policy');
  response.status(status).set({ Location: url, 'Content-Length': '0' }).end();
}

/** Whether a browser is navigating here. A program does not ask for HTML. */
export function isNavigation(request: Request): boolean {
  return /\btext\/html\b/i.test(request.get('accept') ?? '');
}

/** Whether the client accepts JSON and does not accept HTML. */
export function prefersJson(request: Request): boolean {
  const accept = request.get('accept') ?? '';
  return /\bapplication\/(problem\+)?json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}
