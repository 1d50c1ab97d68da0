/** One event of Graph: get, create, change, delete. */
import {
  changeEvent,
  changeOccurrence,
  type EventChanges,
  insertEvent,
  removeEvent,
} from '../calendars/change-calendar.js';
import { findOccurrence } from '../calendars/occurrences.js';
import type { Attendee, EventDetails, When } from '../calendars/stored-event.js';
import { toLocal } from '../calendars/zoned-time.js';
import { type Exchange, objectOf } from '../wire/exchange.js';
import { empty, json, type Reply } from '../wire/reply.js';
import { etagOf, eventResource, newICalUid } from './event-resource.js';
import { graphError } from './graph-error.js';
import { newIdBody } from './graph-id.js';
import type { CalendarCaller, Target } from './mailbox.js';
import { contextOf, select } from './odata.js';
import { fromPattern } from './recurrence.js';
import { ianaZone } from './windows-zones.js';

type Json = Record<string, unknown>;

function show(status: number, exchange: Exchange, target: Target): Reply {
  const { event, occurrence, calendar } = target;
  const resource = eventResource(target, event, occurrence);
  // Graph returns these two only if $select or $expand names them.
  const names = `${exchange.query.get('$select') ?? ''},${exchange.query.get('$expand') ?? ''}`;
  const overrides = Object.entries(event.overrides ?? {});
  if (names.includes('cancelledOccurrences')) {
    resource['cancelledOccurrences'] = overrides
      .filter(([, override]) => override.cancelled)
      .map(([date]) => `OID.${event.id}.${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`);
  }
  if (names.includes('exceptionOccurrences')) {
    resource['exceptionOccurrences'] = overrides
      .filter(([, override]) => !override.cancelled)
      .map(([date]) =>
        eventResource(target, event, findOccurrence(event, date, calendar.timeZone)),
      );
  }
  const context = contextOf(`users('${target.account.id}')/events/$entity`);
  return json(status, { '@odata.context': context, ...select(resource, exchange.query) });
}

/** GET .../events/{id}. */
export function getEvent(exchange: Exchange, target: Target): Reply {
  return show(200, exchange, target);
}

/** POST /me/events and /me/calendars/{id}/events. */
export function createEvent(exchange: Exchange, caller: CalendarCaller): Reply {
  const { world, calendar } = caller;
  const changes = readBody(exchange, caller);
  if ('status' in changes) return changes;
  if (!changes.start || !changes.end) {
    return graphError(
      world,
      400,
      'ErrorPropertyValidationFailure',
      'At least one property failed validation: start and end are required.',
    );
  }
  const id = newIdBody(world.random, calendar);
  const { start, end, details = {} } = changes;
  const recurrence = changes.recurrence ?? undefined;
  const event = insertEvent(
    calendar,
    { id, iCalUid: newICalUid(id), start, end, recurrence, details },
    world.now(),
  );
  world.calendarChanged(calendar, 'created', id);
  return show(201, exchange, { ...caller, event });
}

/** PATCH .../events/{id}, of an event, a series or one occurrence. */
export function patchEvent(exchange: Exchange, target: Target): Reply {
  const { world, calendar, event, occurrence } = target;
  if (!etagMatches(exchange, target)) return etagConflict(target);
  const changes = readBody(exchange, target);
  if ('status' in changes) return changes;
  if (!occurrence) {
    changeEvent(calendar, event, changes, world.now());
    world.calendarChanged(calendar, 'updated', event.id);
    return show(200, exchange, target);
  }
  changeOccurrence(calendar, event, occurrence.date, changes, world.now());
  world.calendarChanged(calendar, 'updated', event.id);
  const changed = findOccurrence(event, occurrence.date, 'UTC');
  return show(200, exchange, changed ? { ...target, occurrence: changed } : target);
}

/** DELETE .../events/{id}. */
export function deleteEvent(exchange: Exchange, target: Target): Reply {
  const { world, calendar, event, occurrence } = target;
  if (!etagMatches(exchange, target)) return etagConflict(target);
  if (occurrence) changeOccurrence(calendar, event, occurrence.date, 'cancel', world.now());
  else removeEvent(calendar, event, world.now());
  world.calendarChanged(calendar, 'deleted', event.id);
  return empty(204);
}

function etagMatches(exchange: Exchange, { event, occurrence }: Target): boolean {
  const etag = exchange.headers['if-match'];
  return etag === undefined || etag === '*' || etag === etagOf(event, occurrence);
}

function etagConflict({ world }: Target): Reply {
  return graphError(
    world,
    412,
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
  );
}

function readBody(exchange: Exchange, { world }: CalendarCaller): EventChanges | Reply {
  const body = objectOf(exchange);
  if (!body)
    return graphError(
      world,
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    );
  const changes: EventChanges = {};
  for (const side of ['start', 'end'] as const) {
    if (body[side] === undefined) continue;
    const when = readTime(body[side] as Json, body['isAllDay'] === true);
    if (!when)
      return graphError(
        world,
        400,
        'TimeZoneNotSupportedException',
        `A valid TimeZone value must be specified for ${side}.`,
      );
    changes[side] = when;
  }
  if (body['recurrence'] === null) changes.recurrence = null;
  else if (body['recurrence'] !== undefined) {
    try {
      changes.recurrence = fromPattern(body['recurrence'] as Json);
    } catch {
      return graphError(
        world,
        400,
        'ErrorPropertyValidationFailure',
        'The recurrence pattern is not valid.',
      );
    }
  }
  const details = readDetails(body);
  if (Object.keys(details).length > 0) changes.details = details;
  return changes;
}

function readTime(value: Json, allDay: boolean): When | undefined {
  const text = String(value['dateTime'] ?? '');
  const timeZone = ianaZone(String(value['timeZone'] ?? 'UTC'));
  if (!timeZone || Number.isNaN(Date.parse(text))) return undefined;
  if (allDay) return { date: text.slice(0, 10) };
  if (/(Z|[+-]\d\d:\d\d)$/.test(text))
    return { dateTime: toLocal(Date.parse(text), timeZone), timeZone };
  return { dateTime: text.slice(0, 19).padEnd(19, ':00'), timeZone };
}

const RESPONSES: Record<string, Attendee['response']> = {
  accepted: 'accepted',
  organizer: 'accepted',
  declined: 'declined',
  tentativelyAccepted: 'tentative',
};

function readDetails(body: Json): EventDetails {
  const details: EventDetails = {};
  if ('subject' in body) details.title = String(body['subject'] ?? '');
  const content = body['body'] as { contentType?: string; content?: string } | undefined;
  if (content) {
    details.description = content.content ?? '';
    details.descriptionType = content.contentType?.toLowerCase() === 'html' ? 'html' : 'text';
  }
  const location = body['location'] as { displayName?: string } | undefined;
  if (location) details.location = location.displayName ?? '';
  if ('showAs' in body) details.showAs = body['showAs'] as NonNullable<EventDetails['showAs']>;
  if ('sensitivity' in body) {
    const value = String(body['sensitivity']);
    details.visibility =
      value === 'confidential' ? 'confidential' : value === 'normal' ? 'default' : 'private';
  }
  if ('importance' in body)
    details.importance = body['importance'] as NonNullable<EventDetails['importance']>;
  if (Array.isArray(body['categories'])) details.categories = body['categories'] as string[];
  if (body['isReminderOn'] === false) details.reminderMinutes = null;
  else if ('reminderMinutesBeforeStart' in body)
    details.reminderMinutes = Number(body['reminderMinutesBeforeStart']);
  if (body['isOnlineMeeting'] === true)
    details.conferenceUrl = 'https://teams.microsoft.com/l/meetup-join/sandbox';
  if (Array.isArray(body['attendees'])) {
    details.attendees = (body['attendees'] as Json[]).map((one) => {
      const email = one['emailAddress'] as { name?: string; address?: string } | undefined;
      const status = one['status'] as { response?: string } | undefined;
      return {
        email: email?.address ?? '',
        ...(email?.name ? { name: email.name } : {}),
        response: RESPONSES[status?.response ?? ''] ?? 'needsAction',
        ...(one['type'] === 'optional' ? { optional: true } : {}),
        ...(one['type'] === 'resource' ? { resource: true } : {}),
      };
    });
  }
  return details;
}
