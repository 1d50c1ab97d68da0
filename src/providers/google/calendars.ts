// Reads Google Calendar: the list, and the changes of one calendar:
// developers.google.com/workspace/calendar/api/guides/sync.

import { pageCursor, tokenInCursor } from '../cursor-version.js';
import { ianaZone } from '../event-time.js';
import { BodyTooLarge, type HttpClient } from '../http-client.js';
import type {
  CalendarPage,
  CalendarsRequest,
  ChangePage,
  ChangesRequest,
  ProviderCalendars,
} from '../provider-calendars.js';
import { isSuccess, rejectRepeatedPage, type Subject, unexpectedResponse } from '../responses.js';
import { googleApiError } from './api-errors.js';
import { toCalendar } from './calendar.js';
import { toChange } from './event.js';

const PAGE_SIZE = '2500';
/** For calendars with events so large that a full page exceeds the limit of the HTTP client. */
const SMALL_PAGE_SIZE = '250';

/** Google allows 600 a minute for a user. The rest is left to other clients of the same project. */
const LIMITS = { perMinute: 500 };

/**
 * Google calendars behind the API at `baseUrl`. Google expands series, and no occurrence is sparse.
 */
export function googleCalendars(http: HttpClient, baseUrl: string): ProviderCalendars {
  async function get(
    path: string,
    query: Record<string, string>,
    subject: Subject,
    request: { accessToken: string; signal?: AbortSignal },
  ) {
    const response = await http.request({
      method: 'GET',
      url: `${baseUrl}${path}?${new URLSearchParams(query)}`,
      headers: { authorization: `Bearer ${request.accessToken}` },
      signal: request.signal,
    });
    if (!isSuccess(response)) throw googleApiError(response, subject);
    const { body } = response;
    if (typeof body !== 'object' || body === null) throw unexpectedResponse('Google', 'no JSON');
    const {
      items: listed,
      nextPageToken,
      nextSyncToken,
      timeZone,
    } = body as Record<string, unknown>;
    const items = listed ?? [];
    if (!Array.isArray(items)) throw unexpectedResponse('Google', 'no list');
    return {
      items: items as unknown[],
      next: token(nextPageToken),
      syncToken: token(nextSyncToken),
      zone: ianaZone(timeZone),
    };
  }

  async function listCalendars(request: CalendarsRequest): Promise<CalendarPage> {
    const query = {
      maxResults: '250',
      ...(request.page === null ? {} : { pageToken: request.page }),
    };
    const { items, next } = await get('/users/me/calendarList', query, 'account', request);
    rejectRepeatedPage(request.page, next);
    return { calendars: items.map(toCalendar).filter((one) => one !== null), next };
  }

  async function readChanges(request: ChangesRequest): Promise<ChangePage> {
    const { window, page } = request;
    const path = `/calendars/${encodeURIComponent(request.providerCalendarId)}/events`;
    // Google refuses timeMin and timeMax beside a sync token. Every page repeats the parameters of
    // the first.
    const query: Record<string, string> = {
      singleEvents: 'true',
      ...(request.cursor === null
        ? { timeMin: window.from.toISOString(), timeMax: window.to.toISOString() }
        : { syncToken: tokenInCursor(request.cursor) }),
      ...(page === null ? {} : { pageToken: page }),
    };
    const { items, next, syncToken, zone } = await get(
      path,
      { ...query, maxResults: PAGE_SIZE },
      'calendar',
      request,
    ).catch((error: unknown) => {
      if (!(error instanceof BodyTooLarge)) throw error;
      return get(path, { ...query, maxResults: SMALL_PAGE_SIZE }, 'calendar', request);
    });
    rejectRepeatedPage(page, next);
    return {
      changes: items.map((item) => toChange(item, { window, zone })),
      next,
      cursor: pageCursor(next, syncToken),
    };
  }

  return { limits: LIMITS, listCalendars, readChanges };
}

function token(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
