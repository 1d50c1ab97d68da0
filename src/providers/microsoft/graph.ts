// Requests to Microsoft Graph, with the same preferences each time. Links are followed only to the
// same host.

import type { TimeWindow } from '../../vocabulary.js';
import type { HttpClient } from '../http-client.js';
import { EndlessListing } from '../listing-progress.js';
import { readSized, readSizedToken, sizedToken } from '../page-size.js';
import { isSuccess, type Subject, unexpectedResponse } from '../responses.js';
import { graphApiError } from './api-errors.js';

/** The access token of a request, and the signal that ends it. */
export interface GraphRequest {
  readonly accessToken: string;
  readonly signal?: AbortSignal;
}

/** One page of a collection. `delta` is a link that may be followed, or null. */
export interface GraphPage {
  readonly items: readonly unknown[];
  /**
   * The `link` of the next page: Graph's own link, with the size of the page where it is smaller.
   * Requesting it fails with an EndlessListing when it is a link to another host.
   */
  readonly next: string | null;
  readonly delta: string | null;
}

/** A path of this Graph, or a link that Graph gave. */
export type GraphPlace = { readonly path: string } | { readonly link: string };

/** Requests to one Graph. */
export interface Graph {
  /** One object. `path` begins with a slash. @throws ProviderError */
  object(path: string, subject: Subject, request: GraphRequest): Promise<Record<string, unknown>>;
  /**
   * One page of a collection. While its body is too large, the page is requested again, smaller.
   * @param size how many items it has at most
   * @throws ProviderError; a BodyTooLarge when a single item is too large
   */
  page(
    place: GraphPlace,
    subject: Subject,
    request: GraphRequest,
    size?: number,
  ): Promise<GraphPage>;
  /** Whether a link has the origin of this Graph. The access token is sent nowhere else. */
  isHome(link: string): boolean;
}

const PAGE_SIZE = 200;

// Ids that survive a move to another folder, times in UTC, bodies without HTML. Graph needs all
// three each time: learn.microsoft.com/graph/outlook-immutable-id.
const PREFERENCES = [
  'IdType="ImmutableId"',
  'outlook.timezone="UTC"',
  'outlook.body-content-type="text"',
];

/** @param baseUrl with the version, without a trailing slash */
export function createGraph(http: HttpClient, baseUrl: string): Graph {
  const { origin } = new URL(baseUrl);

  // A link is opaque: only its origin is checked.
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
    if (!isSuccess(response)) throw graphApiError(response, subject);
    const { body } = response;
    if (typeof body !== 'object' || body === null) throw unexpectedResponse('Graph', 'no JSON');
    return body as Record<string, unknown>;
  }

  /** Any value that is a link to more, also one that cannot be followed. */
  function nextIn(link: unknown): string | null {
    if (link === undefined || link === null || link === '') return null;
    return typeof link === 'string' ? link : JSON.stringify(link);
  }

  return {
    isHome,
    object: (path, subject, request) => get(baseUrl + path, PREFERENCES, subject, request),

    async page(place, subject, request, usual = PAGE_SIZE) {
      const from =
        'link' in place
          ? readSizedToken(place.link, usual)
          : { token: baseUrl + place.path, size: usual };
      // The items before it are kept, and the list can be read in another way.
      if (!isHome(from.token)) throw new EndlessListing('a page names a link to another host');
      const { page: body, nextSize } = await readSized(from.size, usual, (size) => {
        const preferences = [...PREFERENCES, `odata.maxpagesize=${size}`];
        return get(withTop(from.token, size), preferences, subject, request);
      });
      const items = body['value'] ?? [];
      if (!Array.isArray(items)) throw unexpectedResponse('Graph', 'no list');
      const delta = body['@odata.deltaLink'];
      return {
        items,
        next: sizedToken(nextIn(body['@odata.nextLink']), nextSize, usual),
        delta: typeof delta === 'string' && isHome(delta) ? delta : null,
      };
    },
  };
}

/** A URL whose `$top`, where it has one, is at most `size`. It is otherwise unchanged. */
function withTop(url: string, size: number): string {
  return url.replace(/([?&](?:\$|%24)top=)(\d+)/i, (whole, name: string, top: string) =>
    Number(top) > size ? name + size : whole,
  );
}

/** The parameters that limit a calendar view or the instances of a series to `window`. */
export function inWindow({ from, to }: TimeWindow): string {
  return `startDateTime=${from.toISOString()}&endDateTime=${to.toISOString()}`;
}
