// Cookies of this service. Their names begin with __Host- where its public origin is https.

import { parseCookie, stringifySetCookie } from 'cookie';
import type { Request, Response } from 'express';

/**
 * Gets a cookie that is ignored because the request has it with different values.
 * @param name of the cookie, with its prefix
 */
export type OnAmbiguousCookie = (request: Request, name: string) => void;

/** More different values of one name are not kept: two already make it ambiguous. */
const MOST_VALUES = 4;

/** The cookies of one request, as they were sent. */
interface SentCookies {
  readonly header: string;
  /** The different raw values of each name, oldest first. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** The ambiguous names that were reported for this request. */
  readonly reported: Set<string>;
}

/**
 * Reads and sets cookies, all of them HttpOnly, SameSite=Lax and for the whole origin (RFC 6265).
 *
 * A sibling subdomain can set a cookie of any name for the whole domain. The request then has two
 * of that name, and nothing tells them apart. So a name with different values has no value here.
 */
export class Cookies {
  private readonly secure: boolean;
  private readonly sent = new WeakMap<Request, SentCookies>();

  /**
   * @param publicUrl decides whether cookies are Secure. The request does not: proxies may omit
   * X-Forwarded-Proto
   */
  constructor(
    publicUrl: string,
    private readonly onAmbiguous: OnAmbiguousCookie = () => {},
  ) {
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

  /** The full names of all cookies of the request, oldest first, as browsers send them. */
  names(request: Request): readonly string[] {
    return [...this.sentBy(request).values.keys()];
  }

  /**
   * The value of a cookie; null where the request has none, or has it with different values.
   * @param fullName with its prefix
   */
  value(request: Request, fullName: string): string | null {
    const raw = this.rawValue(request, fullName);
    return raw === null ? null : decoded(raw);
  }

  /** As `value`, in the spelling of the request. */
  rawValue(request: Request, fullName: string): string | null {
    const [value = null] = this.rawValues(request, fullName);
    return this.isAmbiguous(request, fullName) ? null : value;
  }

  /** Every different value of a cookie, in the spelling of the request. */
  rawValues(request: Request, fullName: string): readonly string[] {
    return this.sentBy(request).values.get(fullName) ?? [];
  }

  /** Whether the request has the cookie with different values. It is reported once a request. */
  isAmbiguous(request: Request, fullName: string): boolean {
    if (this.rawValues(request, fullName).length < 2) return false;
    const { reported } = this.sentBy(request);
    if (!reported.has(fullName)) {
      reported.add(fullName);
      this.onAmbiguous(request, fullName);
    }
    return true;
  }

  /**
   * The value of a cookie of ours; null where the request has none.
   * @param name without the prefix
   */
  get(request: Request, name: string): string | null {
    return this.value(request, this.nameOf(name));
  }

  /** Sets a cookie of ours. @param name without the prefix */
  set(response: Response, name: string, value: string, maxAgeSeconds: number): void {
    this.append(response, this.nameOf(name), value, maxAgeSeconds);
  }

  /** Removes a cookie. @param fullName with its prefix, as `names` has it */
  clear(response: Response, fullName: string): void {
    this.append(response, fullName, '', 0);
  }

  private sentBy(request: Request): SentCookies {
    const header = request.headers.cookie ?? '';
    const known = this.sent.get(request);
    if (known?.header === header) return known;
    const sent = { header, values: valuesByName(header), reported: new Set<string>() };
    this.sent.set(request, sent);
    return sent;
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

/**
 * The different raw values of each name. Two spellings of one value count as different: a browser
 * that has one cookie sends one spelling.
 */
function valuesByName(header: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at === -1) continue;
    const name = trimmed(pair.slice(0, at));
    const value = trimmed(pair.slice(at + 1));
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else if (known.length < MOST_VALUES && !known.includes(value)) known.push(value);
  }
  return values;
}

/**
 * Without the spaces and tabs around it. `trim` would also remove other white space, which browsers
 * keep: a sibling subdomain could then set a name that reads here as one with the prefix `__Host-`.
 */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

/** Without percent-encoding. */
function decoded(raw: string): string {
  return parseCookie(`value=${raw}`)['value'] ?? '';
}
