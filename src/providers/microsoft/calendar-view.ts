// Lists all events of the window without delta, for a calendar whose delta does not end or has an
// event that is too large: learn.microsoft.com/graph/api/calendar-list-calendarview.

import type { ChangePage, ChangesRequest } from '../provider-calendars.js';
import { BodyTooLarge } from '../response-body.js';
import { toChange } from './event.js';
import { type Graph, type GraphPage, inWindow } from './graph.js';

const PAGE_SIZE = 50;

/** What is requested of an event that alone exceeds the limit: everything that is short. */
const SHORT_FIELDS = [
  'id',
  'changeKey',
  'type',
  'seriesMasterId',
  'iCalUId',
  'subject',
  'location',
  'start',
  'end',
  'originalStart',
  'originalStartTimeZone',
  'originalEndTimeZone',
  'isAllDay',
  'isCancelled',
  'isOrganizer',
  'showAs',
  'sensitivity',
  'organizer',
  'responseStatus',
  'onlineMeeting',
  'isReminderOn',
  'reminderMinutesBeforeStart',
  'webLink',
  'createdDateTime',
  'lastModifiedDateTime',
].join(',');

/** One page of a calendar view. Its occurrences are complete. @throws ProviderError */
export async function readView(graph: Graph, request: ChangesRequest): Promise<ChangePage> {
  const { page, window } = request;
  const calendar = encodeURIComponent(request.providerCalendarId);
  const first = `/me/calendars/${calendar}/calendarView?${inWindow(window)}&$top=${PAGE_SIZE}`;
  const { items, next } =
    page === null
      ? await readTolerantly(graph, request, { path: first })
      : await readTolerantly(graph, request, { link: page });
  return {
    // A view has no sparse items: what is absent is absent in the calendar.
    changes: items
      .map(toChange)
      .map((change) =>
        change.change === 'put' ? { ...change, event: { ...change.event, sparse: false } } : change,
      ),
    next,
    cursor: null,
  };
}

/** Reads a page, without long fields where a single event is too large with them. */
async function readTolerantly(
  graph: Graph,
  request: ChangesRequest,
  place: { readonly path: string } | { readonly link: string },
): Promise<GraphPage> {
  try {
    return await graph.page(place, 'calendar', request, PAGE_SIZE);
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error;
  }
  const found = await graph.page(selected(place), 'calendar', request, 1);
  // The next page is requested with all fields again.
  const next = found.next?.replace(/&?(?:\$|%24)select=[^&]*/i, '') ?? null;
  return { ...found, next: next === null ? null : `1 ${next}` };
}

function selected(
  place: { readonly path: string } | { readonly link: string },
): { readonly path: string } | { readonly link: string } {
  const suffix = `&$select=${SHORT_FIELDS}`;
  if ('path' in place) return { path: place.path + suffix };
  return { link: place.link.replace(/^\d+ /, '') + suffix };
}
