// The browser session: express-session over Redis, opened with a JWT so that a browser can then navigate.

import type { Request, Response } from 'express';
import session from 'express-session';
import { asIntegrationError } from '../classify-failure.js';
import type { Caller } from '../vocabulary.js';
import type { Cookies } from './cookies.js';

const NAME = 'integrations-session';
/** For hosts whose callers have no end of their own. */
const LONGEST_SECONDS = 12 * 3_600;

declare module 'express-session' {
  interface SessionData {
    caller?: Caller;
  }
}

type OwnRequest = Request & { session: session.Session & session.SessionData };

export class BrowserSessions {
  private readonly middleware: ReturnType<typeof session>;

  constructor(
    secrets: readonly string[],
    store: session.Store,
    private readonly cookies: Cookies,
    private readonly now: () => number = Date.now,
  ) {
    this.middleware = session({
      name: cookies.nameOf(NAME),
      secret: [...secrets],
      store,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', path: '/', secure: cookies.isSecure },
    });
  }

  /** Opens a session with a new id, ending with the JWT. @throws IntegrationError `temporarily_unavailable` */
  async open(request: Request, response: Response, caller: Caller): Promise<void> {
    const own = await this.load(request, response);
    await asPromise((done) => own.session.regenerate(done));
    const end = caller.expiresAt ?? Math.floor(this.now() / 1_000) + LONGEST_SECONDS;
    own.session.caller = { userId: caller.userId, admin: caller.admin, expiresAt: end };
    own.session.cookie.maxAge = Math.max(1_000, end * 1_000 - this.now());
    await asPromise((done) => own.session.save(done));
  }

  /** The caller of a live session; null without the cookie, or when it has ended. */
  async read(request: Request, response: Response): Promise<Caller | null> {
    if (this.cookies.get(request, NAME) === null) return null;
    const { caller } = (await this.load(request, response)).session;
    return caller !== undefined && (caller.expiresAt ?? 0) * 1_000 > this.now() ? caller : null;
  }

  async close(request: Request, response: Response): Promise<void> {
    if (this.cookies.get(request, NAME) === null) return;
    const own = await this.load(request, response);
    // Not session.destroy(), which deletes the property: that fails on the view, and would uncover a host's own session.
    Object.assign(own, { session: undefined });
    await asPromise((done) => own.sessionStore.destroy(own.sessionID, done));
    this.cookies.clear(response, this.cookies.nameOf(NAME));
  }

  /**
   * express-session works on a view of the request of its own, since a host may have a session on the real one; and it is
   * told what the outside sees, since it would silently drop a Secure cookie behind a proxy that does not say https.
   */
  private async load(request: Request, response: Response): Promise<OwnRequest> {
    const own = Object.create(request, {
      session: { value: undefined, writable: true },
      sessionID: { value: undefined, writable: true },
      sessionStore: { value: undefined, writable: true },
      originalUrl: { value: '/' },
      secure: { value: this.cookies.isSecure },
      connection: { value: { encrypted: this.cookies.isSecure } },
    }) as OwnRequest;
    await asPromise((done) => this.middleware(own, response, done));
    return own;
  }
}

function asPromise(run: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) =>
    run((error) => (error ? reject(asIntegrationError(error)) : resolve())),
  );
}
