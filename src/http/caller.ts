// Who is calling: proven by a service key, a JWT, the browser session, a cookie or the host.

import type { Request, RequestHandler, Response } from 'express';
import type { ServiceKey } from '../config.js';
import { IntegrationError } from '../errors.js';
import type { Caller, UserCaller } from '../vocabulary.js';
import type { BrowserSessions } from './browser-session.js';
import { CallerOrigins, refuseBrowser } from './caller-origin.js';
import type { Cookies } from './cookies.js';
import { callerOfHost, type HostCaller, hasEnded } from './host-caller.js';
import { ExpiredJwt, type VerifyJwt } from './jwt.js';
import type { SpendLimit } from './rate-limit.js';
import { setCaller } from './request-context.js';
import { isServiceKey, nameOfServiceKey } from './service-keys.js';

export type { HostCaller };

/** What {@link Callers} is made of. */
export interface CallerOptions {
  /** Null where the host tells who is calling. */
  readonly verifyJwt: VerifyJwt | null;
  readonly hostCaller: HostCaller | null;
  readonly serviceKeys: readonly ServiceKey[];
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

/** Finds out who is calling. */
export class Callers {
  private readonly origins: CallerOrigins;

  constructor(private readonly options: CallerOptions) {
    this.origins = new CallerOrigins(options.allowedOrigins, options.publicOrigin);
  }

  /**
   * Lets in known callers only.
   * @throws IntegrationError `unauthenticated`, `origin_not_allowed`
   */
  readonly require: RequestHandler = async (request, response, next) => {
    setCaller(response, await this.known(request, response));
    next();
  };

  /**
   * Lets in callers of these kinds only.
   * @throws IntegrationError `unauthenticated`, `origin_not_allowed`, `forbidden` for other kinds
   */
  requireKind(...kinds: readonly Caller['kind'][]): RequestHandler {
    return async (request, response, next) => {
      const caller = await this.known(request, response);
      setCaller(response, caller);
      if (!kinds.includes(caller.kind)) throw new IntegrationError('forbidden');
      next();
    };
  }

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
      (await this.byServiceKey(request, response)) ??
      (this.options.hostCaller !== null
        ? await this.askHost(request)
        : await this.fromHeader(request, response));
    if (caller === null) throw new IntegrationError('unauthenticated');
    this.origins.check(request);
    setCaller(response, caller);
    next();
  };

  /**
   * Every user whom the host and the cookies of a navigation name; a shared browser may name
   * several.
   * @throws IntegrationError `invalid_state` where a cookie that names the caller has different
   * values, `temporarily_unavailable` when a store or key set does not answer
   */
  async fromCookies(request: Request, response: Response): Promise<readonly UserCaller[]> {
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
    return named.filter((caller) => caller !== null).filter((caller) => caller.kind !== 'service');
  }

  private async known(request: Request, response: Response): Promise<Caller> {
    const found = await this.find(request, response);
    if (found === null) throw new IntegrationError('unauthenticated');
    if (found.source !== 'header') this.origins.check(request);
    return found.caller;
  }

  private async find(request: Request, response: Response): Promise<FoundCaller | null> {
    const { hostCaller, sessions } = this.options;
    const service = await this.byServiceKey(request, response);
    if (service !== null) return { caller: service, source: 'header' };
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
    const identity = (await this.options.hostCaller?.(request)) ?? null;
    if (identity === null || hasEnded(identity)) return null;
    const caller = callerOfHost(identity);
    if (caller === null)
      throw new IntegrationError('unauthenticated', { reason: 'the host gave no usable userId' });
    if (caller.kind === 'service') refuseBrowser(request);
    return caller;
  }

  /**
   * The service caller whose key the request has; null where it has none. A host that identifies
   * its callers itself and has set no keys sees the header as it is.
   * @throws IntegrationError `unauthenticated`, `origin_not_allowed`
   */
  private async byServiceKey(request: Request, response: Response): Promise<Caller | null> {
    const { serviceKeys, hostCaller } = this.options;
    const token = bearerOf(request);
    if (token === null || !isServiceKey(token)) return null;
    if (serviceKeys.length === 0 && hostCaller !== null) return null;
    // Before the key is looked up, so that a page does not learn whether it is right.
    refuseBrowser(request);
    return this.countingRefusal(request, response, async () => {
      const name = nameOfServiceKey(token, serviceKeys);
      if (name === null)
        throw new IntegrationError('unauthenticated', { reason: 'unknown service key' });
      return { kind: 'service', name, expiresAt: null };
    });
  }

  private async fromHeader(request: Request, response: Response): Promise<Caller | null> {
    const { verifyJwt } = this.options;
    if (request.get('authorization') === undefined || verifyJwt === null) return null;
    return this.countingRefusal(request, response, async () => {
      const token = bearerOf(request);
      if (token === null)
        throw new IntegrationError('unauthenticated', { reason: 'not a bearer token' });
      const caller = await verifyJwt(token);
      if (caller.kind === 'service') refuseBrowser(request);
      return caller;
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
    if (token === null) return null;
    const caller = await verifyJwt(token);
    // Cookies are a browser's, and a service caller is none.
    if (caller.kind === 'service')
      throw new IntegrationError('unauthenticated', { reason: 'a service role in a cookie' });
    return caller;
  }
}

/** The bearer token of the `Authorization` header; null where it has another form. */
function bearerOf(request: Request): string | null {
  return /^Bearer +([^\s,]+)$/i.exec(request.get('authorization') ?? '')?.[1] ?? null;
}
