// Reading Outlook calendars: the list, one calendar's changes, and one series whole (learn.microsoft.com/graph/delta-query-events).

import { ProviderError } from '../../errors.js';
import type { EventRecord } from '../../vocabulary.js';
import type { HttpClient } from '../http-client.js';
import type {
  ChangePage,
  ChangesRequest,
  ProviderCalendars,
  SeriesRequest,
} from '../provider-calendars.js';
import { toCalendar } from './calendar.js';
import { toChange } from './event.js';
import { createGraph } from './graph.js';

/** A delta link holds its window and its preferences; what they are here has a version. */
const CURSOR = 'v1:';
const MOST_PAGES_OF_A_SERIES = 50;
/** Of an app and a mailbox: four requests at once, 10,000 in ten minutes. */
const LIMITS = { atOnce: 4, perMinute: 900 };

/** Outlook calendars behind the Graph at `graphUrl`. Its occurrences come bare, hence `readMaster` and `readInstances`. */
export function microsoftCalendars(http: HttpClient, graphUrl: string): ProviderCalendars {
  const graph = createGraph(http, graphUrl);

  function start({
    cursor,
    page,
    providerCalendarId,
    window,
  }: ChangesRequest): { path: string } | { link: string } {
    if (page !== null) return { link: page };
    if (cursor === null) {
      return {
        path: `/me/calendars/${encodeURIComponent(providerCalendarId)}/calendarView/delta?${between(window)}`,
      };
    }
    const link = cursor.slice(CURSOR.length);
    // Another version, or another Graph than the configured one: either way not to be followed.
    if (!cursor.startsWith(CURSOR) || !graph.isHome(link)) {
      throw new ProviderError('cursor_expired', { reason: 'a cursor of another version or host' });
    }
    return { link };
  }

  async function readChanges(request: ChangesRequest): Promise<ChangePage> {
    const { items, next, delta } = await graph.page(start(request), 'calendar', request);
    if (next === null && delta === null) {
      throw new ProviderError('provider_error', {
        reason: 'failed baseline: the last page had no delta link',
      });
    }
    return { changes: items.map(toChange), next, cursor: next === null ? CURSOR + delta : null };
  }

  async function readMaster(request: SeriesRequest): Promise<EventRecord | null> {
    return orGone(async () => {
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
    return orGone(async () => {
      const events: EventRecord[] = [];
      let where: { path: string } | { link: string } = { path };
      for (let pages = 0; pages < MOST_PAGES_OF_A_SERIES; pages += 1) {
        const { items, next } = await graph.page(where, 'calendar', request);
        for (const change of items.map(toChange))
          if (change.change === 'put') events.push({ ...change.event, sparse: false });
        if (next === null) return events;
        where = { link: next };
      }
      throw new ProviderError('provider_error', { reason: 'a series without end' });
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

/** What Graph no longer finds is null. */
async function orGone<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'calendar_gone') return null;
    throw error;
  }
}
