// Passes requests of the host's backend on to a provider's calendar API: which paths, and which
// headers in both directions.

import type { HttpClient } from './http-client.js';
import type { RequestLimits } from './provider-calendars.js';
import { readPath } from './proxied-path.js';
import type { RawResponse } from './response-body.js';
import { retryAfterSeconds } from './retry-after.js';

/** A place that requests may be passed on to. */
export interface ProxyTarget {
  /** Below the calendar API, made again of checked parts: `calendars/primary/events`. */
  readonly path: string;
  readonly url: string;
}

/** A request to pass on. */
export interface ProxyRequest {
  readonly method: string;
  readonly target: ProxyTarget;
  /** Of the host, in lower case. Only a few of them are passed on. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Null where there is none. */
  readonly body: Buffer | null;
  readonly accessToken: string;
  readonly signal: AbortSignal;
}

/** The provider's own answer, of any status except a redirect. */
export interface ProxyResponse extends RawResponse {
  /** How long (seconds) the provider wants to be left alone; undefined where it does not say. */
  readonly waitSeconds: number | undefined;
}

/** Passes requests on to one provider. */
export interface ProviderProxy {
  /** The limits of the calendar API, which syncs share. */
  readonly limits: RequestLimits;
  /**
   * Where a path and a query lead, as they were sent; null where nothing may be passed on to.
   * @param path below the calendar API, without a slash in front
   * @param query without the question mark
   */
  resolve(path: string, query: string): ProxyTarget | null;
  /** Sends the request once. @throws ProviderError `provider_unavailable`, for a redirect too */
  send(request: ProxyRequest): Promise<ProxyResponse>;
}

/** The calendar API of a provider. */
export interface ProxiedApi {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** What the provider's documents write in front of a path. It may be left out. */
  readonly prefixes: readonly (readonly string[])[];
  readonly limits: RequestLimits;
  /** Whether the API has calendars, and nothing else, at a path. @param segments decoded */
  isAllowed(segments: readonly string[]): boolean;
}

const REQUEST_HEADERS = [
  'accept',
  'accept-language',
  'client-request-id',
  'content-type',
  'if-match',
  'if-none-match',
  'prefer',
  'return-client-request-id',
];

const RESPONSE_HEADERS = [
  'client-request-id',
  'content-type',
  'etag',
  'last-modified',
  'preference-applied',
  'request-id',
  'retry-after',
];

/** Parameters that would put other credentials in place of the account's. */
const CREDENTIALS = new Set(['access_token', 'bearer_token', 'key', 'oauth_token']);

/** Visible characters of ASCII, without the one that begins a fragment. */
const QUERY = /^[\x21\x22\x24-\x7e]*$/;

/** A proxy in front of `api`. */
export function createProxy(http: HttpClient, api: ProxiedApi): ProviderProxy {
  const { baseUrl, limits } = api;
  return {
    limits,

    resolve(path, query) {
      const given = readPath(path);
      if (given === null || !isPlainQuery(query)) return null;
      const segments = withoutPrefix(given, api.prefixes);
      if (!api.isAllowed(segments)) return null;
      const checked = segments.map(encodeURIComponent).join('/');
      return { path: checked, url: `${baseUrl}/${checked}${query === '' ? '' : `?${query}`}` };
    },

    async send({ method, target, headers, body, accessToken, signal }) {
      const response = await http.exchange({
        method,
        url: target.url,
        headers: { ...pick(headers, REQUEST_HEADERS), authorization: `Bearer ${accessToken}` },
        body,
        signal,
      });
      const { status } = response;
      const wait = status >= 400 ? retryAfterSeconds(response.headers['retry-after']) : undefined;
      return { ...response, headers: pick(response.headers, RESPONSE_HEADERS), waitSeconds: wait };
    },
  };
}

function isPlainQuery(query: string): boolean {
  return (
    QUERY.test(query) &&
    [...new URLSearchParams(query).keys()].every((name) => !CREDENTIALS.has(name.toLowerCase()))
  );
}

function withoutPrefix(
  segments: readonly string[],
  prefixes: readonly (readonly string[])[],
): readonly string[] {
  const prefix = prefixes.find((one) => one.every((word, at) => segments[at] === word)) ?? [];
  return segments.slice(prefix.length);
}

function pick(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) picked[name] = String(value);
  }
  return picked;
}
