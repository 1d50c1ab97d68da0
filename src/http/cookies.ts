// Cookies of this service. Their names begin with __Host- where its public origin is https.

import { parseCookie, stringifySetCookie } from 'cookie';
import type { Request, Response } from 'express';

/**
 * Reads and sets cookies, all of them HttpOnly, SameSite=Lax and for the whole origin (RFC 6265).
 */
export class Cookies {
  private readonly secure: boolean;

  /**
   * @param publicUrl decides whether cookies are Secure. The request does not: proxies may omit
   * X-Forwarded-Proto
   */
  constructor(publicUrl: string) {
    this.secure = publicUrl.startsWith('https:');
  }

  /** Whether cookies are set with `Secure`. */
  get isSecure(): boolean {
    return this.secure;
  }

  /** The full name of a cookie of ours. */
  nameOf(name: string): string {
    return this.secure ? `__Host-${name}` : name;
  }

  /** Every cookie of the request by full name, oldest first, as browsers send them. */
  all(request: Request): ReadonlyMap<string, string> {
    return new Map(
      Object.entries(parseCookie(request.headers.cookie ?? '')).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
  }

  /**
   * The value of a cookie of ours; null where the request has none.
   * @param name without the prefix
   */
  get(request: Request, name: string): string | null {
    return this.all(request).get(this.nameOf(name)) ?? null;
  }

  /** Sets a cookie of ours. @param name without the prefix */
  set(response: Response, name: string, value: string, maxAgeSeconds: number): void {
    this.append(response, this.nameOf(name), value, maxAgeSeconds);
  }

  /** Removes a cookie. @param fullName with its prefix, as `all` has it */
  clear(response: Response, fullName: string): void {
    this.append(response, fullName, '', 0);
  }

  private append(response: Response, name: string, value: string, maxAge: number): void {
    response.append(
      'Set-Cookie',
      stringifySetCookie({
        name,
        value,
        maxAge,
        path: '/',
        httpOnly: true,
        secure: this.secure,
        sameSite: 'lax',
      }),
    );
  }
}
