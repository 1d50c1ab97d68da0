// Sends requests: where to, as whom, and for how long.

import { CalendarConnectError, errorOf, unexpected } from './problem.js';
import type { Operation, RequestParts } from './shapes.js';

/** A value, or a function that returns it when a request is sent. */
export type Supplied<Value> = Value | (() => Value | Promise<Value>);

/** Where the service is, and how to call it. */
export interface ClientOptions {
  /**
   * Where the API is: `{OAUTH_REDIRECT_BASE_URL}/integrations`, or the path at which a page of the
   * same origin finds it, such as `/integrations`.
   */
  baseUrl: string;
  /**
   * Sent as `Authorization: Bearer …`: a JWT of your user, or in a backend a service key. A function
   * is called for each request, so that it can return a fresh one. Null sends none.
   */
  token?: Supplied<string | null | undefined> | undefined;
  /** Headers of every request. */
  headers?: Supplied<Readonly<Record<string, string>>> | undefined;
  /**
   * Whether a browser sends cookies. From another origin, `include` is needed for a browser session
   * and for `getAuthorizationUrl`. Default: that of `fetch`, `same-origin`.
   */
  credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /** Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds until a request without an answer fails. Streams have no limit. Default: 60000. */
  timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 60_000;
/** Accepts any answer; a redirect is an answer too. */
export const ANY = '*/*';

/** Sends the requests of one client. */
export class Connection {
  readonly baseUrl: string;
  private readonly options: ClientOptions;

  constructor(options: ClientOptions) {
    this.options = options;
    this.baseUrl = options.baseUrl.replace(/\/+$/, '');
  }

  /** The address of a path below `baseUrl`, with its variables and its query. */
  urlOf(path: string, { path: variables = {}, query = {} }: RequestParts): string {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = variables[name];
      if (value === undefined) throw new TypeError(`path.${name} is missing`);
      return encodeURIComponent(value);
    });
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
    return `${this.baseUrl}${filled}${search.size === 0 ? '' : `?${search}`}`;
  }

  /** Sends a request of an operation and reads its answer. @throws CalendarConnectError */
  async call({ method, path, answer }: Operation, parts: RequestParts = {}): Promise<unknown> {
    if (answer === 'raw') return this.send(method, path, parts, ANY);
    const time = AbortSignal.timeout(this.options.timeoutMs ?? TIMEOUT_MS);
    const response = await this.send(method, path, parts, 'application/json', time);
    const text = await this.read(response, parts.signal);
    if (answer === 'empty') return undefined;
    if (response.status === 204) return null;
    try {
      return JSON.parse(text);
    } catch {
      throw unexpected({ status: response.status });
    }
  }

  /**
   * Sends a request and returns its response, where that is a success or a redirect.
   * @param time ends a request that takes too long
   * @throws CalendarConnectError, or the reason of the caller's signal
   */
  async send(
    method: string,
    path: string,
    parts: RequestParts,
    accept: string,
    time?: AbortSignal,
  ): Promise<Response> {
    const { token, credentials, fetch = globalThis.fetch } = this.options;
    const { body, signal } = parts;
    const bearer = await supply(token);
    const headers = new Headers(await supply(this.options.headers));
    headers.set('Accept', accept);
    if (body !== undefined) headers.set('Content-Type', 'application/json');
    if (typeof bearer === 'string') headers.set('Authorization', `Bearer ${bearer}`);
    for (const [name, value] of Object.entries(parts.headers ?? {})) headers.set(name, value);
    const signals = [signal, time].filter((one) => one !== undefined);
    const url = this.urlOf(path, parts);
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        headers,
        redirect: accept === ANY ? 'manual' : 'follow',
        ...(credentials === undefined ? {} : { credentials }),
        ...(body === undefined ? {} : { body: isText(body) ? body : JSON.stringify(body) }),
        ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
      });
    } catch (error) {
      throw failed(error, signal);
    }
    // A browser shows a redirect that it does not follow as a response of status 0.
    if (response.status < 400) return response;
    throw errorOf(response, await this.read(response, signal));
  }

  private async read(response: Response, signal: AbortSignal | undefined): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      throw failed(error, signal);
    }
  }
}

const isText = (body: unknown): body is string => typeof body === 'string';

const supply = async <Value>(value: Supplied<Value>): Promise<Value> =>
  typeof value === 'function' ? (value as () => Value | Promise<Value>)() : value;

/** What to throw after `fetch` threw: the reason of the caller's signal, or `network`. */
export function failed(cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  return new CalendarConnectError(
    {
      code: 'network',
      title: 'No response',
      detail: 'The service could not be reached. Check the connection and try again.',
    },
    { cause },
  );
}
