/** One event of the Calendar API: get, insert, patch, update, delete, move. */
import {
  changeEvent,
  changeOccurrence,
  type EventChanges,
  findEvent,
  insertEvent,
  removeEvent,
} from '../calendars/change-calendar.js';
import { findOccurrence, instantOf, type Occurrence } from '../calendars/occurrences.js';
import type { StoredEvent } from '../calendars/stored-event.js';
import { toLocal } from '../calendars/zoned-time.js';
import { type Exchange, objectOf } from '../wire/exchange.js';
import { empty, json, type Reply } from '../wire/reply.js';
import { ALPHABET } from '../world/random.js';
import { type CalendarCaller, findEntry } from './caller.js';
import { googleError, notFound, preconditionFailed } from './errors.js';
import { cancelledResource, etagOf, eventResource, instanceId } from './event-resource.js';
import { readEventBody } from './read-event-body.js';

interface Target {
  event: StoredEvent;
  occurrence?: Occurrence;
}

/** Finds the event or instance with an id, also if it was deleted. */
function findTarget(caller: CalendarCaller, id: string): Target | undefined {
  const { calendar } = caller;
  const event = findEvent(calendar, id);
  if (event) return { event };
  const at = id.lastIndexOf('_');
  const series = at > 0 ? findEvent(calendar, id.slice(0, at)) : undefined;
  if (!series?.recurrence) return undefined;
  const suffix = id.slice(at + 1);
  let date = suffix;
  if (/^\d{8}T\d{6}Z$/.test(suffix) && !('date' in series.start)) {
    const iso = suffix.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z');
    date = toLocal(Date.parse(iso), series.start.timeZone).slice(0, 10);
  } else if (!/^\d{8}$/.test(suffix)) return undefined;
  const occurrence = findOccurrence(series, date, calendar.timeZone);
  return occurrence && instanceId(series, occurrence) === id
    ? { event: series, occurrence }
    : undefined;
}

const isGone = ({ event, occurrence }: Target) =>
  Boolean(event.deleted || occurrence?.override?.cancelled);

function show(caller: CalendarCaller, target: Target, zone = caller.calendar.timeZone): Reply {
  const item = { key: '', ...target };
  const body = isGone(target)
    ? cancelledResource(caller, { ...item, cancelled: true }, zone, 'sparse')
    : eventResource(caller, item, zone);
  return json(200, body, { etag: etagOf(target.event, target.occurrence) });
}

/** GET /calendars/{calendarId}/events/{eventId}. A deleted event is returned as cancelled. */
export function getEvent(exchange: Exchange, caller: CalendarCaller): Reply {
  const target = findTarget(caller, exchange.params['eventId'] ?? '');
  if (!target) return notFound();
  if (exchange.headers['if-none-match'] === etagOf(target.event, target.occurrence))
    return empty(304);
  return show(caller, target, exchange.query.get('timeZone') ?? undefined);
}

/** POST /calendars/{calendarId}/events. */
export function insertGoogleEvent(exchange: Exchange, caller: CalendarCaller): Reply {
  const { world, calendar } = caller;
  const body = objectOf(exchange);
  if (!body) return googleError(400, 'parseError', 'Parse Error');
  const changes = readEventBody(body, calendar.timeZone, true);
  if ('status' in changes) return changes;
  const wrong = checkRange(changes, calendar.timeZone);
  if (wrong || !changes.start || !changes.end)
    return wrong ?? googleError(400, 'required', 'Missing end time.');
  const id =
    body['id'] === undefined ? world.random.text(26, ALPHABET.base32hex) : String(body['id']);
  if (!/^[a-v0-9]{5,1024}$/.test(id))
    return googleError(400, 'invalid', 'Invalid resource id value.');
  if (findEvent(calendar, id))
    return googleError(409, 'duplicate', 'The requested identifier already exists.');
  const event = insertEvent(
    calendar,
    {
      id,
      iCalUid: String(body['iCalUID'] ?? `${id}@google.com`),
      start: changes.start,
      end: changes.end,
      recurrence: changes.recurrence ?? undefined,
      details: changes.details ?? {},
    },
    world.now(),
  );
  world.calendarChanged(calendar, 'created', event.id);
  return show(caller, { event });
}

/**
 * PATCH and PUT /calendars/{calendarId}/events/{eventId}, of an event, a series or one instance.
 */
export function changeGoogleEvent(exchange: Exchange, caller: CalendarCaller): Reply {
  const { world, calendar } = caller;
  const target = findTarget(caller, exchange.params['eventId'] ?? '');
  if (!target || target.event.deleted) return notFound();
  const { event, occurrence } = target;
  if (!etagMatches(exchange, target)) return preconditionFailed();
  const body = objectOf(exchange);
  if (!body) return googleError(400, 'parseError', 'Parse Error');
  if (body['status'] === 'cancelled') return deleteGoogleEvent(exchange, caller);
  const changes = readEventBody(body, calendar.timeZone, exchange.method === 'PUT');
  if ('status' in changes) return changes;
  const start = occurrence?.start ?? event.start;
  const end = occurrence?.end ?? event.end;
  const wrong = checkRange({ start, end, ...changes }, calendar.timeZone);
  if (wrong) return wrong;
  if (occurrence) changeOccurrence(calendar, event, occurrence.date, changes, world.now());
  else changeEvent(calendar, event, changes, world.now());
  world.calendarChanged(calendar, 'updated', event.id);
  const again = occurrence && findOccurrence(event, occurrence.date, calendar.timeZone);
  return show(caller, again ? { event, occurrence: again } : { event });
}

/** DELETE /calendars/{calendarId}/events/{eventId}. */
export function deleteGoogleEvent(exchange: Exchange, caller: CalendarCaller): Reply {
  const { world, calendar } = caller;
  const target = findTarget(caller, exchange.params['eventId'] ?? '');
  if (!target) return notFound();
  if (isGone(target)) return googleError(410, 'deleted', 'Resource has been deleted');
  if (!etagMatches(exchange, target)) return preconditionFailed();
  if (target.occurrence)
    changeOccurrence(calendar, target.event, target.occurrence.date, 'cancel', world.now());
  else removeEvent(calendar, target.event, world.now());
  world.calendarChanged(calendar, 'deleted', target.event.id);
  return empty(204);
}

/** POST /calendars/{calendarId}/events/{eventId}/move?destination=. The id does not change. */
export function moveGoogleEvent(exchange: Exchange, caller: CalendarCaller): Reply {
  const { world, calendar, account } = caller;
  const event = findEvent(calendar, exchange.params['eventId'] ?? '');
  const destination = findEntry(account, exchange.query.get('destination') ?? '');
  if (!event || event.deleted || !destination) return notFound();
  const to = world.calendar(destination);
  const { id, iCalUid, start, end, recurrence, details } = event;
  const moved = insertEvent(to, { id, iCalUid, start, end, recurrence, details }, world.now());
  removeEvent(calendar, event, world.now());
  world.calendarChanged(calendar, 'deleted', id);
  world.calendarChanged(to, 'created', id);
  return show({ ...caller, entry: destination, calendar: to }, { event: moved });
}

function etagMatches(exchange: Exchange, { event, occurrence }: Target): boolean {
  const etag = exchange.headers['if-match'];
  return etag === undefined || etag === '*' || etag === etagOf(event, occurrence);
}

function checkRange(changes: EventChanges, zone: string): Reply | undefined {
  if (
    !changes.start ||
    !changes.end ||
    instantOf(changes.end, zone) >= instantOf(changes.start, zone)
  )
    return undefined;
  return googleError(400, 'timeRangeEmpty', 'The specified time range is empty.', {
    domain: 'calendar',
  });
}
