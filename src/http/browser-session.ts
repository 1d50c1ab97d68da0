// The browser session: express-session, opened with a JWT so that the browser can then navigate.

import type { Request, Response } from 'express';
import session from 'express-session';
import { asIntegrationError } from '../classify-failure.js';
import type { UserCaller } from '../vocabulary.js';
import type { Cookies } from './cookies.js';

const NAME = 'integrations-session';
/** The life of a session whose caller was named by a host, without a JWT that ends. */
const LONGEST_SECONDS = 12 * 3_600;

/** Whom a session is for, as it is stored. Processes of other versions read it too. */
interface StoredCaller {
  readonly userId: string;
  readonly admin: boolean;
  readonly expiresAt: number | null;
}

declare module 'express-session' {
  interface SessionData {
    caller?: StoredCaller;
  }
}

type OwnRequest = Request & { session: session.Session & session.SessionData };

/** Opens, reads and ends browser sessions. Their cookie is `integrations-session`. */
export class BrowserSessions {
  private readonly name: string;
  private readonly middleware: ReturnType<typeof session>;

  constructor(
    secrets: readonly string[],
    private readonly store: session.Store,
    private readonly cookies: Cookies,
    private readonly now: () => number = Date.now,
  ) {
    this.name = cookies.nameOf(NAME);
    this.middleware = session({
      name: this.name,
      secret: [...secrets],
      store,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', path: '/', secure: cookies.isSecure },
    });
  }

  /**
   * Opens a session with a new id. It ends with the JWT.
   * @throws IntegrationError `temporarily_unavailable`
   */
  async open(
    request: Request,
    response: Response,
    { kind, userId, expiresAt }: UserCaller,
  ): Promise<void> {
    const own = await this.load(request, response, this.cookies.rawValue(request, this.name));
    await asPromise((done) => own.session.regenerate(done));
    const end = expiresAt ?? Math.floor(this.now() / 1_000) + LONGEST_SECONDS;
    own.session.caller = { userId, admin: kind === 'admin', expiresAt: end };
    own.session.cookie.maxAge = Math.max(1_000, end * 1_000 - this.now());
    await asPromise((done) => own.session.save(done));
  }

  /**
   * The caller of a live session; null where there is none, and where the request has the cookie
   * with different values.
   * @throws IntegrationError `temporarily_unavailable`
   */
  async read(request: Request, response: Response): Promise<UserCaller | null> {
    const value = this.cookies.rawValue(request, this.name);
    if (value === null) return null;
    const { caller } = (await this.load(request, response, value)).session;
    if (caller === undefined || (caller.expiresAt ?? 0) * 1_000 <= this.now()) return null;
    const { userId, admin, expiresAt } = caller;
    return { kind: admin ? 'admin' : 'user', userId, expiresAt };
  }

  /** Whether the request has the session cookie with different values. */
  isAmbiguous(request: Request): boolean {
    return this.cookies.isAmbiguous(request, this.name);
  }

  /**
   * Whether the session that proved the caller of a request still exists. True for a request that
   * was proven by its `Authorization` header or has no session, and while the store does not answer.
   */
  async isStillOpen(request: Request): Promise<boolean> {
    const cookie = this.cookies.get(request, NAME);
    // The signature was verified when the request came: `s:{id}.{signature}`.
    const id = /^s:(.+)\.[^.]+$/.exec(cookie ?? '')?.[1];
    if (request.get('authorization') !== undefined || id === undefined) return true;
    return new Promise((resolve) =>
      this.store.get(id, (error, found) => resolve(Boolean(error) || found?.caller !== undefined)),
    );
  }

  /** Ends the sessions of a user that are in the memory of this process. */
  async forgetUser(userId: string): Promise<void> {
    if (!(this.store instanceof session.MemoryStore)) return;
    const sessions = await new Promise<Record<string, session.SessionData>>((resolve, reject) =>
      this.store.all?.((error, found) =>
        error ? reject(error) : resolve((found ?? {}) as Record<string, session.SessionData>),
      ),
    );
    for (const [id, { caller }] of Object.entries(sessions))
      if (caller?.userId === userId) this.store.destroy(id);
  }

  /**
   * Ends the session of this browser, if it has one. Where the request has the cookie with different
   * values, every session that they name is ended.
   * @throws IntegrationError `temporarily_unavailable`
   */
  async close(request: Request, response: Response): Promise<void> {
    const values = this.cookies.rawValues(request, this.name);
    for (const value of values) {
      const own = await this.load(request, response, value);
      // session.destroy() would delete the property of the view and so uncover the session of a
      // host.
      Object.assign(own, { session: undefined });
      await asPromise((done) => own.sessionStore.destroy(own.sessionID, done));
    }
    if (values.length > 0) this.cookies.clear(response, this.name);
  }

  /**
   * Runs express-session on a view of the request, since a host may have a session on the request
   * itself. The view is secure where cookies are: express-session sets no Secure cookie behind a
   * proxy that omits X-Forwarded-Proto. It has one cookie, so that express-session does not choose
   * among several by itself.
   * @param value of the session cookie, in the spelling of the request; null for none
   */
  private async load(
    request: Request,
    response: Response,
    value: string | null,
  ): Promise<OwnRequest> {
    const cookie = value === null ? '' : `${this.name}=${value}`;
    const own: OwnRequest = Object.create(request, {
      session: { value: undefined, writable: true },
      sessionID: { value: undefined, writable: true },
      sessionStore: { value: undefined, writable: true },
      originalUrl: { value: '/' },
      headers: { value: { ...request.headers, cookie } },
      // What the cookie parser of a host has read.
      cookies: { value: undefined },
      signedCookies: { value: undefined },
      secure: { value: this.cookies.isSecure },
      connection: { value: { encrypted: this.cookies.isSecure } },
    });
    await asPromise((done) => this.middleware(own, response, done));
    return own;
  }
}

function asPromise(run: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) =>
    run((error) => (error ? reject(asIntegrationError(error)) : resolve())),
  );
}
