// One way to ask Microsoft Graph: its preferences on every request, and its links followed only home.

import { ProviderError } from '../../errors.js';
import type { HttpClient } from '../http-client.js';
import { graphApiError, type Subject } from './api-errors.js';

/** In whose name, and until when it matters. */
export interface GraphRequest {
  readonly accessToken: string;
  readonly signal?: AbortSignal;
}

/** A collection's page: `next` and `delta` are links that may be followed. */
export interface GraphPage {
  readonly items: readonly unknown[];
  readonly next: string | null;
  readonly delta: string | null;
}

/** Questions to one Graph, with the answers classified. */
export interface Graph {
  /** One object. `path` begins with a slash. @throws ProviderError */
  object(path: string, subject: Subject, request: GraphRequest): Promise<Record<string, unknown>>;
  /** One page at `path`, or at a link that Graph gave. @throws ProviderError */
  page(
    where: { path: string } | { link: string },
    subject: Subject,
    request: GraphRequest,
  ): Promise<GraphPage>;
  /** Whether a link leads to the host of this very Graph: the access token goes nowhere else. */
  isHome(link: string): boolean;
}

const PAGE_SIZE = 200;

// Ids that survive a move, times in UTC, bodies without HTML. All three have to be asked for each time.
const PREFERENCES = [
  'IdType="ImmutableId"',
  'outlook.timezone="UTC"',
  'outlook.body-content-type="text"',
];

/** @param baseUrl with the version, without a trailing slash */
export function createGraph(http: HttpClient, baseUrl: string): Graph {
  const { origin } = new URL(baseUrl);

  // Links are opaque: the host is ours to judge, the path is not.
  function isHome(link: string): boolean {
    const url = URL.parse(link);
    return url !== null && url.origin === origin && !url.username && !url.password;
  }

  async function get(
    url: string,
    preferences: readonly string[],
    subject: Subject,
    request: GraphRequest,
  ) {
    const response = await http.request({
      method: 'GET',
      url,
      headers: { authorization: `Bearer ${request.accessToken}`, prefer: preferences.join(', ') },
      signal: request.signal,
    });
    if (response.status < 200 || response.status > 299) throw graphApiError(response, subject);
    const { body } = response;
    if (typeof body !== 'object' || body === null) throw odd('no JSON');
    return body as Record<string, unknown>;
  }

  function follow(link: unknown): string | null {
    if (link === undefined || link === null || link === '') return null;
    if (typeof link === 'string' && isHome(link)) return link;
    throw new ProviderError('provider_error', { reason: 'Graph gave a link that leads elsewhere' });
  }

  return {
    isHome,
    object: (path, subject, request) => get(baseUrl + path, PREFERENCES, subject, request),

    async page(where, subject, request) {
      const url = 'link' in where ? where.link : baseUrl + where.path;
      if (!isHome(url))
        throw new ProviderError('provider_error', { reason: 'a link that leads elsewhere' });
      const body = await get(
        url,
        [...PREFERENCES, `odata.maxpagesize=${PAGE_SIZE}`],
        subject,
        request,
      );
      const items = body['value'] ?? [];
      if (!Array.isArray(items)) throw odd('no list');
      const next = follow(body['@odata.nextLink']);
      if (next === url)
        throw new ProviderError('provider_error', { reason: 'a page named itself as the next' });
      return { items, next, delta: follow(body['@odata.deltaLink']) };
    },
  };
}

function odd(what: string): ProviderError {
  return new ProviderError('provider_unavailable', { reason: `Graph answered oddly: ${what}` });
}
