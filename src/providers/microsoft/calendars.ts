// Reads Outlook calendars: the list, and the changes of one calendar:
// learn.microsoft.com/graph/delta-query-events.

import { ProviderError } from '../../errors.js';
import { pageCursor, tokenInCursor } from '../cursor-version.js';
import type { HttpClient } from '../http-client.js';
import type {
  CalendarPage,
  CalendarsRequest,
  ChangePage,
  ChangesRequest,
  ProviderCalendars,
} from '../provider-calendars.js';
import { refusesRequest } from '../responses.js';
import { GraphRefusal } from './api-errors.js';
import { toCalendar } from './calendar.js';
import { readView } from './calendar-view.js';
import { toChange } from './event.js';
import { createGraph, type Graph, type GraphPlace, inWindow } from './graph.js';
import { readInstances, readMaster } from './series.js';

/**
 * Graph allows an app 4 requests at once and 10,000 in ten minutes for a mailbox:
 * learn.microsoft.com/graph/throttling-limits.
 */
export const LIMITS = { atOnce: 4, perMinute: 900 };

/** Items of a page, by listing. A page is smaller when its body would be too large. */
const CALENDARS_PAGE_SIZE = { usual: 100, small: 10 } as const;
const EVENTS_PAGE_SIZE = { usual: 200, small: 50 } as const;

/**
 * Outlook calendars behind the Graph at `graphUrl`. Its changes leave occurrences sparse, so it has
 * `readMaster` and `readInstances`.
 */
export function microsoftCalendars(http: HttpClient, graphUrl: string): ProviderCalendars {
  const graph = createGraph(http, graphUrl);
  return {
    limits: LIMITS,
    listCalendars: (request) => listCalendars(graph, request),
    readChanges: (request) => readChanges(graph, request),
    readMaster: (request) => readMaster(graph, request),
    readInstances: (request) => readInstances(graph, request),
  };
}

async function listCalendars(graph: Graph, request: CalendarsRequest): Promise<CalendarPage> {
  const { page, listing = 'usual' } = request;
  const size = CALENDARS_PAGE_SIZE[listing];
  const place = page === null ? { path: `/me/calendars?$top=${size}` } : { link: page };
  const { items, next } = await graph.page(place, 'account', request, size);
  return { calendars: items.map(toCalendar).filter((calendar) => calendar !== null), next };
}

async function readChanges(graph: Graph, request: ChangesRequest): Promise<ChangePage> {
  const { listing = 'usual' } = request;
  if (listing === 'plain') return readView(graph, request);
  const place = placeOf(graph, request);
  const size = EVENTS_PAGE_SIZE[listing];
  const { items, next, delta } = await graph
    .page(place, 'calendar', request, size)
    .catch((error: unknown) => {
      throw ofCursor(error, request);
    });
  return { changes: items.map(toChange), next, cursor: pageCursor(next, delta) };
}

/** A stored delta link, or a page that it led to, is refused: the link no longer works. */
function ofCursor(error: unknown, { cursor }: ChangesRequest): unknown {
  const isRefused = error instanceof GraphRefusal && refusesRequest(error.httpStatus);
  if (cursor === null || !isRefused) return error;
  return new ProviderError('cursor_expired', { reason: error.reason });
}

/** Where the page of a request is. @throws ProviderError `cursor_expired` */
function placeOf(graph: Graph, request: ChangesRequest): GraphPlace {
  const { cursor, page, window } = request;
  if (page !== null) return { link: page };
  if (cursor === null) {
    const calendar = encodeURIComponent(request.providerCalendarId);
    return { path: `/me/calendars/${calendar}/calendarView/delta?${inWindow(window)}` };
  }
  const link = tokenInCursor(cursor);
  // The configured Graph can have changed since the cursor was stored.
  if (!graph.isHome(link))
    throw new ProviderError('cursor_expired', { reason: 'the cursor is of another host' });
  return { link };
}
