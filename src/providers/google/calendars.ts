// Reads Google Calendar: the list, and the changes of one calendar:
// developers.google.com/workspace/calendar/api/guides/sync.

import { pageCursor, tokenInCursor } from '../cursor-version.js';
import type { HttpClient } from '../http-client.js';
import { EndlessListing } from '../listing-progress.js';
import { readSized, readSizedToken, sizedToken } from '../page-size.js';
import type {
  CalendarPage,
  CalendarsRequest,
  ChangePage,
  ChangesRequest,
  Listing,
  ProviderCalendars,
} from '../provider-calendars.js';
import { BodyTooLarge } from '../response-body.js';
import type { Subject } from '../responses.js';
import { toCalendar } from './calendar.js';
import {
  type ApiPage,
  type ApiRequest,
  type CalendarApi,
  createCalendarApi,
  UNUSABLE_TOKEN,
} from './calendar-api.js';
import { toChange } from './event.js';

/** Items of a page, by listing. A page is smaller when its body would be too large. */
const CALENDARS_PAGE_SIZE: Readonly<Record<Listing, number>> = { usual: 250, small: 20, plain: 20 };
const EVENTS_PAGE_SIZE: Readonly<Record<Listing, number>> = { usual: 2500, small: 250, plain: 250 };

/** What is requested of an event that alone exceeds the limit: everything that is short. */
const SHORT_FIELDS = `nextPageToken,nextSyncToken,timeZone,items(${[
  'id',
  'status',
  'etag',
  'iCalUID',
  'summary',
  'location',
  'recurringEventId',
  'originalStartTime',
  'start',
  'end',
  'transparency',
  'eventType',
  'visibility',
  'organizer',
  'hangoutLink',
  'reminders',
  'htmlLink',
  'created',
  'updated',
].join(',')})`;

/**
 * Google allows 600 a minute for a user. The rest is left to other clients of the same project.
 */
export const LIMITS = { perMinute: 500 };

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
  const usual = CALENDARS_PAGE_SIZE[request.listing ?? 'usual'];
  const list = { path: '/users/me/calendarList', query: {}, subject: 'account', usual } as const;
  const { items, next } = await readPage(api, list, request);
  return { calendars: items.map(toCalendar).filter((calendar) => calendar !== null), next };
}

async function readChanges(api: CalendarApi, request: ChangesRequest): Promise<ChangePage> {
  const { window, listing = 'usual' } = request;
  // Google refuses timeMin and timeMax beside a sync token. Every page repeats the parameters of
  // the first. A listing with an order has no sync token.
  const query: Record<string, string> = {
    singleEvents: 'true',
    ...(request.cursor === null
      ? { timeMin: window.from.toISOString(), timeMax: window.to.toISOString() }
      : { syncToken: tokenInCursor(request.cursor) }),
    ...(listing === 'plain' ? { orderBy: 'startTime' } : {}),
  };
  const list = {
    path: `/calendars/${encodeURIComponent(request.providerCalendarId)}/events`,
    query,
    subject: 'calendar',
    usual: EVENTS_PAGE_SIZE[listing],
    shortFields: SHORT_FIELDS,
  } as const;
  const { items, next, syncToken, zone } = await readPage(api, list, request);
  return {
    changes: items.map((item) => toChange(item, { window, zone })),
    next,
    cursor: listing === 'plain' ? null : pageCursor(next, syncToken),
  };
}

/** A list of Google, with the size of its pages. */
interface PagedList {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly subject: Subject;
  readonly usual: number;
  /** The `fields` for an item that alone is too large. Absent: there is no such item. */
  readonly shortFields?: string;
}

/** One page, with as many items as the limit of the HTTP client allows. @throws ProviderError */
async function readPage(
  api: CalendarApi,
  { path, query, subject, usual, shortFields }: PagedList,
  request: ApiRequest & { readonly page: string | null },
): Promise<ApiPage> {
  const from = request.page === null ? null : readSizedToken(request.page, usual);
  // The items before it are kept, and the list can be read in another way.
  if (from !== null && ['', UNUSABLE_TOKEN].includes(from.token))
    throw new EndlessListing('a page names no usable page token');
  const read = (size: number, fields?: string) =>
    api.page(
      path,
      {
        ...query,
        ...(from === null ? {} : { pageToken: from.token }),
        maxResults: `${size}`,
        ...(fields === undefined ? {} : { fields }),
      },
      subject,
      request,
    );
  const { page, nextSize } = await readSized(from?.size ?? usual, usual, async (size) => {
    try {
      return await read(size);
    } catch (error) {
      if (!(error instanceof BodyTooLarge) || size > 1 || shortFields === undefined) throw error;
      return read(size, shortFields);
    }
  });
  return { ...page, next: sizedToken(page.next, nextSize, usual) };
}
