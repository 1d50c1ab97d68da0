// Reads Outlook calendars: the list, the changes of one calendar, and one whole series:
// learn.microsoft.com/graph/delta-query-events.

import { ProviderError } from '../../errors.js';
import type { EventRecord } from '../../vocabulary.js';
import { pageCursor, tokenInCursor } from '../cursor-version.js';
import type { HttpClient } from '../http-client.js';
import type {
  ChangePage,
  ChangesRequest,
  ProviderCalendars,
  SeriesRequest,
} from '../provider-calendars.js';
import { toCalendar } from './calendar.js';
import { toChange } from './event.js';
import { createGraph, type GraphPlace } from './graph.js';

const MOST_SERIES_PAGES = 50;
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

  function start({ cursor, page, providerCalendarId, window }: ChangesRequest): GraphPlace {
    if (page !== null) return { link: page };
    if (cursor === null) {
      return {
        path: `/me/calendars/${encodeURIComponent(providerCalendarId)}/calendarView/delta?${between(window)}`,
      };
    }
    const link = tokenInCursor(cursor);
    // The configured Graph can have changed since the cursor was stored.
    if (!graph.isHome(link))
      throw new ProviderError('cursor_expired', { reason: 'the cursor is of another host' });
    return { link };
  }

  async function readChanges(request: ChangesRequest): Promise<ChangePage> {
    const { items, next, delta } = await graph.page(start(request), 'calendar', request);
    return {
      changes: items.map(toChange),
      next,
      cursor: pageCursor(next, delta),
    };
  }

  async function readMaster(request: SeriesRequest): Promise<EventRecord | null> {
    return nullWhenGone(async () => {
      const change = toChange(
        await graph.object(
          `/me/events/${encodeURIComponent(request.seriesId)}`,
          'calendar',
          request,
        ),
      );
      return change.change === 'put' ? change.event : null;
    });
  }

  async function readInstances(request: SeriesRequest): Promise<readonly EventRecord[] | null> {
    const calendar = encodeURIComponent(request.providerCalendarId);
    const path = `/me/calendars/${calendar}/events/${encodeURIComponent(request.seriesId)}/instances?${between(request.window)}`;
    return nullWhenGone(async () => {
      const events: EventRecord[] = [];
      let where: GraphPlace = { path };
      for (let pages = 0; pages < MOST_SERIES_PAGES; pages += 1) {
        const { items, next } = await graph.page(where, 'calendar', request);
        for (const change of items.map(toChange))
          if (change.change === 'put') events.push({ ...change.event, sparse: false });
        if (next === null) return events;
        where = { link: next };
      }
      throw new ProviderError('provider_error', { reason: 'the pages of a series do not end' });
    });
  }

  return {
    limits: LIMITS,
    async listCalendars(request) {
      const where =
        request.page === null ? { path: '/me/calendars?$top=100' } : { link: request.page };
      const { items, next } = await graph.page(where, 'account', request);
      return { calendars: items.map(toCalendar).filter((one) => one !== null), next };
    },
    readChanges,
    readMaster,
    readInstances,
  };
}

function between({ from, to }: { from: Date; to: Date }): string {
  return `startDateTime=${from.toISOString()}&endDateTime=${to.toISOString()}`;
}

/** The result of `read`; null when Graph no longer has what it reads. */
async function nullWhenGone<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'calendar_gone') return null;
    throw error;
  }
}
