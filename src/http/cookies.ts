// Cookies as this service sets and reads them: __Host- where the public origin is https, plain on loopback http.

import { parseCookie, stringifySetCookie } from 'cookie';
import type { Request, Response } from 'express';

export class Cookies {
  private readonly secure: boolean;

  /** @param publicUrl decides, not the request: a proxy that forgets X-Forwarded-Proto must not cost the cookie */
  constructor(publicUrl: string) {
    this.secure = publicUrl.startsWith('https:');
  }

  get isSecure(): boolean {
    return this.secure;
  }

  nameOf(name: string): string {
    return this.secure ? `__Host-${name}` : name;
  }

  /** Every cookie of the request, oldest first as browsers send them, by full name. */
  all(request: Request): ReadonlyMap<string, string> {
    return new Map(
      Object.entries(parseCookie(request.headers.cookie ?? '')).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
  }

  get(request: Request, name: string): string | null {
    return this.all(request).get(this.nameOf(name)) ?? null;
  }

  set(response: Response, name: string, value: string, maxAgeSeconds: number): void {
    this.append(response, this.nameOf(name), value, maxAgeSeconds);
  }

  /** @param fullName with its prefix, as `all` gives it */
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
