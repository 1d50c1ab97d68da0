// Which page a caller's request may come from, by what proved the caller.

import type { Request } from 'express';
import { IntegrationError } from '../errors.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Knows the pages whose requests may use what a browser sends by itself. */
export class CallerOrigins {
  constructor(
    private readonly allowed: ReadonlySet<string>,
    private readonly own: string,
  ) {}

  /**
   * Browsers send cookies by themselves: an unsafe request with them must come from an allowed
   * page.
   * @throws IntegrationError `origin_not_allowed`
   */
  check(request: Request): void {
    const origin = request.get('origin');
    if (
      origin !== undefined
        ? this.allowed.has(origin) || origin === this.own
        : SAFE_METHODS.has(request.method) || request.get('sec-fetch-site') === 'same-origin'
    )
      return;
    // No page of another origin can set this header, and programs send no Origin.
    if (origin === undefined && request.get('authorization') !== undefined) return;
    throw new IntegrationError('origin_not_allowed', {
      reason: origin === undefined ? 'no Origin' : 'foreign Origin',
    });
  }
}

/** A service caller is no browser. @throws IntegrationError `origin_not_allowed` */
export function refuseBrowser(request: Request): void {
  if (request.get('origin') === undefined) return;
  throw new IntegrationError('origin_not_allowed', {
    reason: 'a service caller with an Origin',
    detail: 'A service caller is no browser: send the request without Origin, from your backend.',
  });
}
