// Reading Google Calendar: the list, and one calendar's changes (developers.google.com/workspace/calendar/api/guides/sync).

import { ProviderError } from '../../errors.js';
import { ianaZone } from '../event-time.js';
import { BodyTooLarge, type HttpClient } from '../http-client.js';
import type {
  CalendarPage,
  ChangePage,
  ChangesRequest,
  ProviderCalendars,
} from '../provider-calendars.js';
import { googleApiError, type Subject } from './api-errors.js';
import { toCalendar } from './calendar.js';
import { toChange } from './event.js';

/** Google answers a sync token rightly only for the parameters it was made with: another version here, another beginning. */
const CURSOR = 'v1:';
const PAGE_SIZE = '2500';
/** For calendars whose events are so large that a full page is beyond what we read. */
const SMALL_PAGE_SIZE = '250';

/** Google allows 600 a minute for a user; what is left is for others of the same project. */
const LIMITS = { perMinute: 500 };

/** Google calendars behind the API at `baseUrl`. Series come expanded and complete. */
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
    if (response.status < 200 || response.status > 299) throw googleApiError(response, subject);
    const { body } = response;
    if (typeof body !== 'object' || body === null) throw odd('no JSON');
    const { items: told, nextPageToken, nextSyncToken, timeZone } = body as Record<string, unknown>;
    const items = told ?? [];
    if (!Array.isArray(items)) throw odd('no list');
    return {
      items: items as unknown[],
      next: token(nextPageToken),
      syncToken: token(nextSyncToken),
      zone: ianaZone(timeZone),
    };
  }

  async function listCalendars(request: {
    accessToken: string;
    page: string | null;
    signal?: AbortSignal;
  }): Promise<CalendarPage> {
    const query = {
      maxResults: '250',
      ...(request.page === null ? {} : { pageToken: request.page }),
    };
    const { items, next } = await get('/users/me/calendarList', query, 'account', request);
    if (next !== null && next === request.page) throw stuck();
    return { calendars: items.map(toCalendar).filter((one) => one !== null), next };
  }

  async function readChanges(request: ChangesRequest): Promise<ChangePage> {
    const { window, page } = request;
    const path = `/calendars/${encodeURIComponent(request.providerCalendarId)}/events`;
    // timeMin and timeMax may not stand beside a sync token; every page of a round repeats the same parameters.
    const query: Record<string, string> = {
      singleEvents: 'true',
      ...(request.cursor === null
        ? { timeMin: window.from.toISOString(), timeMax: window.to.toISOString() }
        : { syncToken: syncTokenIn(request.cursor) }),
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
    if (next !== null && next === page) throw stuck();
    if (next === null && syncToken === null) {
      throw new ProviderError('provider_error', {
        reason: 'failed baseline: the last page had no sync token',
      });
    }
    return {
      changes: items.map((item) => toChange(item, { window, zone })),
      next,
      cursor: next === null ? CURSOR + syncToken : null,
    };
  }

  return { limits: LIMITS, listCalendars, readChanges };
}

function syncTokenIn(cursor: string): string {
  if (!cursor.startsWith(CURSOR))
    throw new ProviderError('cursor_expired', { reason: 'a cursor of another version' });
  return cursor.slice(CURSOR.length);
}

function token(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function odd(what: string): ProviderError {
  return new ProviderError('provider_unavailable', { reason: `Google answered oddly: ${what}` });
}

function stuck(): ProviderError {
  return new ProviderError('provider_error', { reason: 'a page named itself as the next' });
}
