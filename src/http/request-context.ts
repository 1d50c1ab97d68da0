// What our steps learn about one request, kept apart from whatever a host keeps on it.

import type { Request, Response } from 'express';
import { IntegrationError } from '../errors.js';
import type { Caller } from '../vocabulary.js';

interface Learned {
  requestId: string;
  caller: Caller | null;
  /** How the caller was known. */
  source: CallerSource | null;
}

export type CallerSource = 'header' | 'session' | 'cookie' | 'host';

const learned = new WeakMap<Response, Learned>();

export function begin(response: Response, requestId: string): void {
  learned.set(response, { requestId, caller: null, source: null });
}

export const requestIdOf = (response: Response): string => learned.get(response)?.requestId ?? '';

export function setCaller(response: Response, caller: Caller, source: CallerSource): void {
  const known = learned.get(response);
  if (known !== undefined) Object.assign(known, { caller, source });
}

/** Null where no step has asked, or nobody is signed in. */
export const knownCaller = (response: Response): Caller | null =>
  learned.get(response)?.caller ?? null;

/** @throws IntegrationError `unauthenticated` */
export function callerOf(response: Response): Caller {
  const caller = knownCaller(response);
  if (caller === null) throw new IntegrationError('unauthenticated');
  return caller;
}

/** The query as it was sent. A host's own query parser may have made objects of it. */
export function queryOf(request: Request): URLSearchParams {
  const at = request.url.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1));
}

/** Sends the browser on, with no body: Express would write one that repeats the URL, as HTML where HTML is accepted. */
export function sendTo(response: Response, url: string): void {
  // There is no document to keep apart, and a frontend's popup would lose its opener on the way.
  response.removeHeader('Cross-Origin-Opener-Policy');
  response.status(302).set({ Location: url, 'Content-Length': '0' }).end();
}

/** Whether a person's browser is navigating here, rather than a program calling. */
export function isNavigation(request: Request): boolean {
  return /\btext\/html\b/i.test(request.get('accept') ?? '');
}

/** Whether the client wants JSON and no page. */
export function prefersJson(request: Request): boolean {
  const accept = request.get('accept') ?? '';
  return /\bapplication\/(problem\+)?json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}
