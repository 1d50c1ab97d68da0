// Reads Google Calendar: the list, and the changes of one calendar:
// developers.google.com/workspace/calendar/api/guides/sync.

import { pageCursor, tokenInCursor } from '../cursor-version.js';
import { BodyTooLarge, type HttpClient } from '../http-client.js';
import type {
  CalendarPage,
  CalendarsRequest,
  ChangePage,
  ChangesRequest,
  ProviderCalendars,
} from '../provider-calendars.js';
import { rejectRepeatedPage } from '../responses.js';
import { toCalendar } from './calendar.js';
import { type CalendarApi, createCalendarApi } from './calendar-api.js';
import { toChange } from './event.js';

const CALENDARS_PAGE_SIZE = '250';
const EVENTS_PAGE_SIZE = '2500';
/**
 * For calendars with events so large that a full page exceeds the limit of the HTTP client.
 */
const SMALL_EVENTS_PAGE_SIZE = '250';

/**
 * Google allows 600 a minute for a user. The rest is left to other clients of the same project.
 */
const LIMITS = { perMinute: 500 };

/**
 * Google calendars behind the API at `baseUrl`. Google expands series, and no occurrence is sparse.
 */
export function googleCalendars(http: HttpClient, baseUrl: string): ProviderCalendars {
  const api = createCalendarApi(http, baseUrl);
  return {
    limits: LIMITS,
    listCalendars: (request) => listCalendars(api, request),
    readChanges: (request) => readChanges(api, request),
  };
}

async function listCalendars(api: CalendarApi, request: CalendarsRequest): Promise<CalendarPage> {
  const { page } = request;
  const query = {
    maxResults: CALENDARS_PAGE_SIZE,
    ...(page === null ? {} : { pageToken: page }),
  };
  const { items, next } = await api.page('/users/me/calendarList', query, 'account', request);
  rejectRepeatedPage(page, next);
  return { calendars: items.map(toCalendar).filter((calendar) => calendar !== null), next };
}

async function readChanges(api: CalendarApi, request: ChangesRequest): Promise<ChangePage> {
  const { window, page } = request;
  const path = `/calendars/${encodeURIComponent(request.providerCalendarId)}/events`;
  // Google refuses timeMin and timeMax beside a sync token. Every page repeats the parameters of
  // the first.
  const query = {
    singleEvents: 'true',
    ...(request.cursor === null
      ? { timeMin: window.from.toISOString(), timeMax: window.to.toISOString() }
      : { syncToken: tokenInCursor(request.cursor) }),
    ...(page === null ? {} : { pageToken: page }),
  };
  const read = (maxResults: string) =>
    api.page(path, { ...query, maxResults }, 'calendar', request);
  const { items, next, syncToken, zone } = await read(EVENTS_PAGE_SIZE).catch((error: unknown) => {
    if (!(error instanceof BodyTooLarge)) throw error;
    return read(SMALL_EVENTS_PAGE_SIZE);
  });
  rejectRepeatedPage(page, next);
  return {
    changes: items.map((item) => toChange(item, { window, zone })),
    next,
    cursor: pageCursor(next, syncToken),
  };
}
