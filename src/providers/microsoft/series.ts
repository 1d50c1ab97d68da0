// Reads one series of an Outlook calendar whole:
// learn.microsoft.com/graph/api/event-list-instances.

import { ProviderError } from '../../errors.js';
import type { EventRecord } from '../../event-model.js';
import { ListingProgress, nullAtOpenEnd } from '../listing-progress.js';
import type { SeriesInstances, SeriesRequest } from '../provider-calendars.js';
import { toChange } from './event.js';
import { type Graph, type GraphPlace, inWindow } from './graph.js';

/** The master of a series; null when it is gone. @throws ProviderError */
export async function readMaster(
  graph: Graph,
  request: SeriesRequest,
): Promise<EventRecord | null> {
  return firstFound(request, async (events) => {
    const path = `${events}/${encodeURIComponent(request.seriesId)}`;
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
): Promise<SeriesInstances | null> {
  return firstFound(request, (events) => {
    const series = encodeURIComponent(request.seriesId);
    const path = `${events}/${series}/instances?${inWindow(request.window)}`;
    return readPages(graph, request, { path });
  });
}

async function readPages(
  graph: Graph,
  request: SeriesRequest,
  first: GraphPlace,
): Promise<SeriesInstances> {
  const found = new Map<string, EventRecord>();
  const progress = new ListingProgress();
  for (let place = first; ; ) {
    const page = await nullAtOpenEnd(() => graph.page(place, 'calendar', request));
    if (page === null) return { events: [...found.values()], isComplete: false };
    const { items, next } = page;
    const events = items
      .map(toChange)
      .flatMap((change) => (change.change === 'put' ? [change.event] : []));
    for (const event of events) found.set(event.providerEventId, { ...event, sparse: false });
    if (next === null) return { events: [...found.values()], isComplete: true };
    if (
      !progress.goesOn(
        events.map(({ providerEventId }) => providerEventId),
        next,
      )
    )
      return { events: [...found.values()], isComplete: false };
    place = { link: next };
  }
}

/**
 * Reads a series below its calendar: `/me/events` has no events of calendars that others share.
 * Where the calendar does not have it, `/me/events` is tried. Null when neither has it.
 */
async function firstFound<T>(
  request: SeriesRequest,
  read: (events: string) => Promise<T | null>,
): Promise<T | null> {
  const calendar = encodeURIComponent(request.providerCalendarId);
  return (
    (await nullWhenGone(() => read(`/me/calendars/${calendar}/events`))) ??
    (await nullWhenGone(() => read('/me/events')))
  );
}

/** The result of `read`; null when Graph no longer has what it reads. */
async function nullWhenGone<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'calendar_gone') return null;
    throw error;
  }
}
