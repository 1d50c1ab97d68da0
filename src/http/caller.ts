// Who is asking: the Authorization header, else the browser session, else the JWT cookie; or what the host says.

import type { Request, RequestHandler, Response } from 'express';
import { IntegrationError } from '../errors.js';
import type { Caller } from '../vocabulary.js';
import type { BrowserSessions } from './browser-session.js';
import type { Cookies } from './cookies.js';
import { isUserId, type VerifyJwt } from './jwt.js';
import { type CallerSource, setCaller } from './request-context.js';

/** A host's own way to tell who is asking. Null: nobody is. */
export type HostCaller = (
  request: Request,
) =>
  | Promise<{ userId: string; admin?: boolean } | null>
  | { userId: string; admin?: boolean }
  | null;

export interface CallerOptions {
  /** Null where the host tells. */
  readonly verifyJwt: VerifyJwt | null;
  readonly hostCaller: HostCaller | null;
  readonly sessions: BrowserSessions;
  readonly cookies: Cookies;
  readonly jwtCookieName: string | null;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly publicOrigin: string;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export class Callers {
  constructor(private readonly options: CallerOptions) {}

  /** The step of every route that needs somebody. @throws IntegrationError `unauthenticated`, `origin_not_allowed` */
  readonly require: RequestHandler = async (request, response, next) => {
    const found = await this.find(request, response);
    if (found === null) throw new IntegrationError('unauthenticated');
    if (found.source !== 'header') this.checkOrigin(request);
    setCaller(response, found.caller, found.source);
    next();
  };

  /** As `require`, but nobody may pass too. What is there has to hold. */
  readonly optional: RequestHandler = async (request, response, next) => {
    const isSomebody =
      request.get('authorization') !== undefined || request.headers.cookie !== undefined;
    const found =
      isSomebody || this.options.hostCaller !== null ? await this.find(request, response) : null;
    if (found !== null) setCaller(response, found.caller, found.source);
    else if (request.get('authorization') !== undefined)
      throw new IntegrationError('unauthenticated');
    next();
  };

  /** As `require`, from the header alone: opening a session takes a JWT in hand. */
  readonly requireHeader: RequestHandler = async (request, response, next) => {
    const caller =
      this.options.hostCaller !== null
        ? await this.askHost(request)
        : await this.fromHeader(request);
    if (caller === null) throw new IntegrationError('unauthenticated');
    this.checkOrigin(request);
    setCaller(response, caller, 'header');
    next();
  };

  /** A start sets a cookie, so a page of a foreign origin may not make one, whatever it carries. */
  readonly refuseForeignOrigin: RequestHandler = (request, _response, next) => {
    const origin = request.get('origin');
    if (origin !== undefined && !this.isAllowed(origin))
      throw new IntegrationError('origin_not_allowed');
    next();
  };

  /** Everyone whom the host and the cookies of a navigation name, for the callback. A shared browser may name several. */
  async fromCookies(request: Request, response: Response): Promise<readonly Caller[]> {
    const named = [
      await this.askHost(request),
      await this.options.sessions.read(request, response),
      await this.fromJwtCookie(request).catch((error: unknown) => {
        if (error instanceof IntegrationError && error.code === 'unauthenticated') return null; // an expired cookie names nobody
        throw error;
      }),
    ];
    return named.filter((caller) => caller !== null);
  }

  private async find(
    request: Request,
    response: Response,
  ): Promise<{ caller: Caller; source: CallerSource } | null> {
    const { hostCaller, sessions } = this.options;
    if (hostCaller !== null) {
      const caller = await this.askHost(request);
      if (caller !== null)
        return { caller, source: request.get('authorization') === undefined ? 'host' : 'header' };
      if (request.get('authorization') !== undefined) return null;
    } else if (request.get('authorization') !== undefined) {
      const caller = await this.fromHeader(request);
      return caller === null ? null : { caller, source: 'header' };
    }
    const bySession = await sessions.read(request, response);
    if (bySession !== null) return { caller: bySession, source: 'session' };
    const byCookie = await this.fromJwtCookie(request);
    return byCookie === null ? null : { caller: byCookie, source: 'cookie' };
  }

  private async askHost(request: Request): Promise<Caller | null> {
    const said = (await this.options.hostCaller?.(request)) ?? null;
    if (said === null) return null;
    // A host's `{ userId: undefined }` must not become a caller without a name, who would match everyone's rows or none.
    if (!isUserId(said.userId))
      throw new IntegrationError('unauthenticated', { reason: 'the host gave no usable userId' });
    return { userId: said.userId, admin: said.admin === true, expiresAt: null };
  }

  private async fromHeader(request: Request): Promise<Caller | null> {
    const token = /^Bearer +([^\s,]+)$/i.exec(request.get('authorization') ?? '')?.[1];
    return token === undefined || this.options.verifyJwt === null
      ? null
      : this.options.verifyJwt(token);
  }

  private async fromJwtCookie(request: Request): Promise<Caller | null> {
    const { jwtCookieName, verifyJwt, cookies } = this.options;
    if (jwtCookieName === null || verifyJwt === null) return null;
    const token = cookies.all(request).get(jwtCookieName);
    return token === undefined ? null : verifyJwt(token);
  }

  /** What a browser sends by itself must come from a page we trust where it could change something. */
  private checkOrigin(request: Request): void {
    const origin = request.get('origin');
    if (
      origin !== undefined
        ? this.isAllowed(origin)
        : SAFE_METHODS.has(request.method) || request.get('sec-fetch-site') === 'same-origin'
    )
      return;
    // A header with a JWT cannot be forged by a foreign page, but programs without an Origin have one to show.
    if (origin === undefined && request.get('authorization') !== undefined) return;
    throw new IntegrationError('origin_not_allowed', {
      reason: origin === undefined ? 'no Origin' : 'foreign Origin',
    });
  }

  private isAllowed(origin: string): boolean {
    return this.options.allowedOrigins.has(origin) || origin === this.options.publicOrigin;
  }
}
