// Reads one series of an Outlook calendar whole:
// learn.microsoft.com/graph/api/event-list-instances.

import { ProviderError } from '../../errors.js';
import type { EventRecord } from '../../event-model.js';
import type { SeriesRequest } from '../provider-calendars.js';
import { toChange } from './event.js';
import { type Graph, type GraphPlace, inWindow } from './graph.js';

const MOST_PAGES = 50;

/** The master of a series; null when it is gone. @throws ProviderError */
export async function readMaster(
  graph: Graph,
  request: SeriesRequest,
): Promise<EventRecord | null> {
  const path = `/me/events/${encodeURIComponent(request.seriesId)}`;
  return nullWhenGone(async () => {
    const change = toChange(await graph.object(path, 'calendar', request));
    return change.change === 'put' ? change.event : null;
  });
}

/**
 * Every instance of a series inside the window; null when the series is gone.
 * @throws ProviderError
 */
export async function readInstances(
  graph: Graph,
  request: SeriesRequest,
): Promise<readonly EventRecord[] | null> {
  const calendar = encodeURIComponent(request.providerCalendarId);
  const events = `/me/calendars/${calendar}/events`;
  const series = encodeURIComponent(request.seriesId);
  return nullWhenGone(async () => {
    const found: EventRecord[] = [];
    let place: GraphPlace = { path: `${events}/${series}/instances?${inWindow(request.window)}` };
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const { items, next } = await graph.page(place, 'calendar', request);
      for (const change of items.map(toChange))
        if (change.change === 'put') found.push({ ...change.event, sparse: false });
      if (next === null) return found;
      place = { link: next };
    }
    throw new ProviderError('provider_error', { reason: 'the pages of a series do not end' });
  });
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
