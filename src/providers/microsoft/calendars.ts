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
import { toCalendar } from './calendar.js';
import { toChange } from './event.js';
import { createGraph, type Graph, type GraphPlace, inWindow } from './graph.js';
import { readInstances, readMaster } from './series.js';

/**
 * Graph allows an app 4 requests at once and 10,000 in ten minutes for a mailbox:
 * learn.microsoft.com/graph/throttling-limits.
 */
const LIMITS = { atOnce: 4, perMinute: 900 };

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
  const { page } = request;
  const place = page === null ? { path: '/me/calendars?$top=100' } : { link: page };
  const { items, next } = await graph.page(place, 'account', request);
  return { calendars: items.map(toCalendar).filter((calendar) => calendar !== null), next };
}

async function readChanges(graph: Graph, request: ChangesRequest): Promise<ChangePage> {
  const { items, next, delta } = await graph.page(placeOf(graph, request), 'calendar', request);
  return { changes: items.map(toChange), next, cursor: pageCursor(next, delta) };
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
