/** GET /calendars/{id}/events/{id}/instances: the instances of one series. */
import { occurrencesOf } from '../calendars/occurrences.js';
import { pageAfter } from '../wire/cursor.js';
import type { Exchange } from '../wire/exchange.js';
import { json, type Reply } from '../wire/reply.js';
import { digest } from '../world/random.js';
import type { CalendarCaller } from './caller.js';
import { notFound } from './errors.js';
import { cancelledResource, type EventItem, eventResource, itemId } from './event-resource.js';
import { checkParameters } from './list-events.js';

/** GET /calendars/{calendarId}/events/{eventId}/instances. */
export function listInstances(exchange: Exchange, caller: CalendarCaller): Reply {
  const { calendar, world } = caller;
  const { query } = exchange;
  const wrong = checkParameters(query);
  if (wrong) return wrong;
  const event = calendar.events.find(
    (one) => one.id === exchange.params['eventId'] && !one.deleted,
  );
  if (!event?.recurrence) return notFound();
  const span = {
    from: query.has('timeMin') ? Date.parse(query.get('timeMin') ?? '') : -8.64e15,
    to: query.has('timeMax') ? Date.parse(query.get('timeMax') ?? '') : 8.64e15,
  };
  const zone = query.get('timeZone') ?? calendar.timeZone;
  const all = occurrencesOf(event, span, calendar.timeZone, 730).map((occurrence): EventItem => {
    const item = { key: occurrence.date, event, occurrence };
    return occurrence.override?.cancelled ? { ...item, cancelled: true } : item;
  });
  const items = all.filter((item) => !item.cancelled || query.get('showDeleted') === 'true');
  items.sort((a, b) => (a.key < b.key ? -1 : 1));
  const size = Math.min(
    Number(query.get('maxResults') ?? 250),
    2500,
    world.state.settings.google.pageSize ?? 2500,
  );
  const page = pageAfter(items, query.get('pageToken'), size);
  return json(200, {
    kind: 'calendar#events',
    etag: `"p${digest(itemId({ key: '', event }), 16)}"`,
    summary: calendar.name,
    timeZone: zone,
    accessRole: caller.entry.accessRole,
    defaultReminders: [],
    ...(page.last === null ? {} : { nextPageToken: page.last }),
    items: page.items.map((item) =>
      item.cancelled
        ? cancelledResource(caller, item, zone, 'sparse')
        : eventResource(caller, item, zone),
    ),
  });
}
