// Requests to Google's Calendar API: developers.google.com/workspace/calendar/api/v3/reference.

import { ianaZone } from '../event-time.js';
import type { HttpClient, HttpResponse } from '../http-client.js';
import { field, isSuccess, type Subject, unexpectedResponse } from '../responses.js';
import { googleApiError } from './api-errors.js';

/** The access token of a request, and the signal that ends it. */
export interface ApiRequest {
  readonly accessToken: string;
  readonly signal?: AbortSignal;
}

/** One page of a list. */
export interface ApiPage {
  readonly items: readonly unknown[];
  /** The token of the next page; null on the last one. */
  readonly next: string | null;
  /** The token for the next incremental sync. */
  readonly syncToken: string | null;
  /** The calendar's own zone; null when it is unknown. */
  readonly zone: string | null;
}

/** Requests to one Calendar API. */
export interface CalendarApi {
  /** One page of the list at `path`. @throws ProviderError */
  page(
    path: string,
    query: Readonly<Record<string, string>>,
    subject: Subject,
    request: ApiRequest,
  ): Promise<ApiPage>;
  /** Posts `json` and returns the response, of any status. @throws ProviderError */
  post(path: string, json: object, request: ApiRequest): Promise<HttpResponse>;
}

/** @param baseUrl without a trailing slash */
export function createCalendarApi(http: HttpClient, baseUrl: string): CalendarApi {
  const headersOf = ({ accessToken }: ApiRequest) => ({ authorization: `Bearer ${accessToken}` });

  return {
    async page(path, query, subject, request) {
      const response = await http.request({
        method: 'GET',
        url: `${baseUrl}${path}?${new URLSearchParams(query)}`,
        headers: headersOf(request),
        signal: request.signal,
      });
      if (!isSuccess(response)) throw googleApiError(response, subject, 'syncToken' in query);
      return readPage(response.body);
    },

    post: (path, json, request) =>
      http.request({
        method: 'POST',
        url: baseUrl + path,
        headers: headersOf(request),
        json,
        signal: request.signal,
      }),
  };
}

function readPage(body: unknown): ApiPage {
  if (typeof body !== 'object' || body === null) throw unexpectedResponse('Google', 'no JSON');
  const items = field(body, 'items') ?? [];
  if (!Array.isArray(items)) throw unexpectedResponse('Google', 'no list');
  return {
    items,
    next: pageToken(field(body, 'nextPageToken')),
    syncToken: token(field(body, 'nextSyncToken')),
    zone: ianaZone(field(body, 'timeZone')),
  };
}

/** A page token that is no text still says that there is a further page. */
export const UNUSABLE_TOKEN = 'unusable page token';

function pageToken(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return UNUSABLE_TOKEN;
}

function token(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
