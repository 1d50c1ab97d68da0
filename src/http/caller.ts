// Who is calling: proven by the Authorization header, the browser session, a cookie or the host.

import type { Request, RequestHandler, Response } from 'express';
import { IntegrationError } from '../errors.js';
import type { Caller } from '../vocabulary.js';
import type { BrowserSessions } from './browser-session.js';
import type { Cookies } from './cookies.js';
import type { HostCaller } from './host-caller.js';
import { ExpiredJwt, isUserId, type VerifyJwt } from './jwt.js';
import type { SpendLimit } from './rate-limit.js';
import { setCaller } from './request-context.js';

export type { HostCaller };

/** What {@link Callers} is made of. */
export interface CallerOptions {
  /** Null where the host tells who is calling. */
  readonly verifyJwt: VerifyJwt | null;
  readonly hostCaller: HostCaller | null;
  readonly sessions: BrowserSessions;
  readonly cookies: Cookies;
  readonly jwtCookieName: string | null;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly publicOrigin: string;
  readonly spend: SpendLimit;
}

interface FoundCaller {
  readonly caller: Caller;
  /** What proved the caller. */
  readonly source: 'header' | 'session' | 'cookie' | 'host';
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Finds out who is calling. */
export class Callers {
  constructor(private readonly options: CallerOptions) {}

  /**
   * Lets in signed-in callers only.
   * @throws IntegrationError `unauthenticated`, `origin_not_allowed`
   */
  readonly require: RequestHandler = async (request, response, next) => {
    const found = await this.find(request, response);
    if (found === null) throw new IntegrationError('unauthenticated');
    if (found.source !== 'header') this.checkOrigin(request);
    setCaller(response, found.caller);
    next();
  };

  /**
   * Lets everyone in.
   * @throws IntegrationError `unauthenticated` for credentials that are not valid
   */
  readonly optional: RequestHandler = async (request, response, next) => {
    const hasCredentials =
      request.get('authorization') !== undefined || request.headers.cookie !== undefined;
    const found =
      hasCredentials || this.options.hostCaller !== null
        ? await this.find(request, response)
        : null;
    if (found !== null) setCaller(response, found.caller);
    else if (request.get('authorization') !== undefined)
      throw new IntegrationError('unauthenticated');
    next();
  };

  /** As `require`, but only by the header or the host: a session does not open another session. */
  readonly requireHeader: RequestHandler = async (request, response, next) => {
    const caller =
      this.options.hostCaller !== null
        ? await this.askHost(request)
        : await this.fromHeader(request, response);
    if (caller === null) throw new IntegrationError('unauthenticated');
    this.checkOrigin(request);
    setCaller(response, caller);
    next();
  };

  /**
   * Every user whom the host and the cookies of a navigation name; a shared browser may name
   * several.
   * @throws IntegrationError `invalid_state` where a cookie that names the caller has different
   * values, `temporarily_unavailable` when a store or key set does not answer
   */
  async fromCookies(request: Request, response: Response): Promise<readonly Caller[]> {
    const { sessions, cookies, jwtCookieName } = this.options;
    // One of the values may be that of another user.
    if (
      sessions.isAmbiguous(request) ||
      (jwtCookieName !== null && cookies.isAmbiguous(request, jwtCookieName))
    )
      throw new IntegrationError('invalid_state', {
        reason: 'another signed-in user: a cookie has different values',
      });
    const named = [
      await this.askHost(request),
      await sessions.read(request, response),
      await this.fromJwtCookie(request).catch((error: unknown) => {
        // An expired cookie names no user.
        if (error instanceof IntegrationError && error.code === 'unauthenticated') return null;
        throw error;
      }),
    ];
    return named.filter((caller) => caller !== null);
  }

  private async find(request: Request, response: Response): Promise<FoundCaller | null> {
    const { hostCaller, sessions } = this.options;
    if (hostCaller !== null) {
      const caller = await this.askHost(request);
      if (caller !== null)
        return { caller, source: request.get('authorization') === undefined ? 'host' : 'header' };
      if (request.get('authorization') !== undefined) return null;
    } else if (request.get('authorization') !== undefined) {
      const caller = await this.fromHeader(request, response);
      return caller === null ? null : { caller, source: 'header' };
    }
    const bySession = await sessions.read(request, response);
    if (bySession !== null) return { caller: bySession, source: 'session' };
    const byCookie = await this.countingRefusal(request, response, () =>
      this.fromJwtCookie(request),
    );
    return byCookie === null ? null : { caller: byCookie, source: 'cookie' };
  }

  private async askHost(request: Request): Promise<Caller | null> {
    const user = (await this.options.hostCaller?.(request)) ?? null;
    if (user === null) return null;
    // A host's `{ userId: undefined }` must not become a caller without a name.
    if (!isUserId(user.userId))
      throw new IntegrationError('unauthenticated', { reason: 'the host gave no usable userId' });
    return { userId: user.userId, admin: user.admin === true, expiresAt: null };
  }

  private async fromHeader(request: Request, response: Response): Promise<Caller | null> {
    const { verifyJwt } = this.options;
    const header = request.get('authorization');
    if (header === undefined || verifyJwt === null) return null;
    return this.countingRefusal(request, response, async () => {
      const token = /^Bearer +([^\s,]+)$/i.exec(header)?.[1];
      if (token === undefined)
        throw new IntegrationError('unauthenticated', { reason: 'not a bearer token' });
      return verifyJwt(token);
    });
  }

  /**
   * Counts credentials that were refused, by address. They are verified first, so that the limit
   * never stops a valid caller of the same address. A JWT that has only expired does not count:
   * the clients of a whole office may send one, and each needs the 401 to renew it.
   * @throws IntegrationError `rate_limited` in place of the refusal
   */
  private async countingRefusal(
    request: Request,
    response: Response,
    verify: () => Promise<Caller | null>,
  ): Promise<Caller | null> {
    try {
      return await verify();
    } catch (error) {
      const isRefusal = error instanceof IntegrationError && error.code === 'unauthenticated';
      if (isRefusal && !(error instanceof ExpiredJwt))
        await this.options.spend('refusal', { request, response });
      throw error;
    }
  }

  private async fromJwtCookie(request: Request): Promise<Caller | null> {
    const { jwtCookieName, verifyJwt, cookies } = this.options;
    if (jwtCookieName === null || verifyJwt === null) return null;
    const token = cookies.value(request, jwtCookieName);
    return token === null ? null : verifyJwt(token);
  }

  /**
   * Browsers send cookies by themselves: an unsafe request with them must come from an allowed
   * page.
   */
  private checkOrigin(request: Request): void {
    const origin = request.get('origin');
    if (
      origin !== undefined
        ? this.isAllowed(origin)
        : SAFE_METHODS.has(request.method) || request.get('sec-fetch-site') === 'same-origin'
    )
      return;
    // No page of another origin can set this header, and programs send no Origin.
    if (origin === undefined && request.get('authorization') !== undefined) return;
    throw new IntegrationError('origin_not_allowed', {
      reason: origin === undefined ? 'no Origin' : 'foreign Origin',
    });
  }

  private isAllowed(origin: string): boolean {
    return this.options.allowedOrigins.has(origin) || origin === this.options.publicOrigin;
  }
}
