/** Reads the body of an event that a client sends to the Calendar API. */
import type { EventChanges } from '../calendars/change-calendar.js';
import { parseRule } from '../calendars/recurrence-rule.js';
import type { Attendee, EventDetails, When } from '../calendars/stored-event.js';
import { isZone, toLocal } from '../calendars/zoned-time.js';
import type { Reply } from '../wire/reply.js';
import { googleError } from './errors.js';

type Json = Record<string, unknown>;

/** Fields that are stored and returned unchanged. */
const KEPT = [
  'extendedProperties',
  'guestsCanModify',
  'guestsCanInviteOthers',
  'guestsCanSeeOtherGuests',
  'source',
  'attachments',
  'anyoneCanAddSelf',
];

const bad = (reason: string, message: string) => googleError(400, reason, message);

/** Reads the changes from the fields of a body. Returns the 400 response if the body is invalid. */
export function readEventBody(
  body: Json,
  calendarZone: string,
  whole: boolean,
): EventChanges | Reply {
  const changes: EventChanges = {};
  for (const side of ['start', 'end'] as const) {
    if (body[side] === undefined) {
      if (whole) return bad('required', `Missing ${side} time.`);
      continue;
    }
    const when = readTime(body[side] as Json, calendarZone, side, body['recurrence'] !== undefined);
    if ('status' in when) return when;
    changes[side] = when;
  }
  if (changes.start && changes.end) {
    if ('date' in changes.start !== 'date' in changes.end)
      return bad('invalid', 'Start and end times must either both be date or both be dateTime.');
  }
  const { recurrence } = body;
  if (recurrence === null || (Array.isArray(recurrence) && recurrence.length === 0))
    changes.recurrence = null;
  else if (recurrence !== undefined) {
    const lines = recurrence as string[];
    try {
      for (const line of lines) if (/^RRULE/i.test(line)) parseRule(line);
    } catch {
      return bad('invalid', 'Invalid recurrence rule.');
    }
    changes.recurrence = lines;
  }
  const details = readDetails(body);
  if (Object.keys(details).length > 0) changes.details = details;
  return changes;
}

function readTime(
  value: Json,
  calendarZone: string,
  side: string,
  recurring: boolean,
): When | Reply {
  const date = value['date'];
  if (typeof date === 'string') {
    return /^\d{4}-\d\d-\d\d$/.test(date)
      ? { date }
      : bad('invalid', `Invalid value for: Invalid format: "${date}"`);
  }
  const text = String(value['dateTime'] ?? '');
  const zone = value['timeZone'];
  if (typeof zone === 'string' && !isZone(zone))
    return bad('invalid', `Invalid time zone definition for ${side} time.`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return bad('required', `Missing ${side} time.`);
  if (recurring && typeof zone !== 'string')
    return bad('required', `Missing time zone definition for ${side} time.`);
  if (!/(Z|[+-]\d\d:?\d\d)$/.test(text)) {
    if (typeof zone !== 'string')
      return bad('required', `Missing time zone definition for ${side} time.`);
    return { dateTime: `${text.slice(0, 16)}:${text.slice(17, 19) || '00'}`, timeZone: zone };
  }
  const timeZone = typeof zone === 'string' ? zone : calendarZone;
  return { dateTime: toLocal(Date.parse(text), timeZone), timeZone };
}

function readDetails(body: Json): EventDetails {
  const details: Json = {};
  const copy = (from: string, to: string) => {
    if (from in body)
      details[to] = body[from] === null || body[from] === '' ? undefined : body[from];
  };
  copy('summary', 'title');
  copy('description', 'description');
  copy('location', 'location');
  copy('visibility', 'visibility');
  copy('status', 'status');
  copy('colorId', 'colorId');
  copy('eventType', 'eventType');
  if ('transparency' in body)
    details['showAs'] = body['transparency'] === 'transparent' ? 'free' : 'busy';
  if (Array.isArray(body['attendees']))
    details['attendees'] = (body['attendees'] as Json[]).map(readAttendee);
  const reminders = body['reminders'] as
    | { useDefault?: boolean; overrides?: { minutes: number }[] }
    | undefined;
  if (reminders)
    details['reminderMinutes'] = reminders.useDefault
      ? undefined
      : (reminders.overrides?.[0]?.minutes ?? null);
  const extra = Object.fromEntries(
    KEPT.filter((name) => name in body).map((name) => [name, body[name]]),
  );
  if (Object.keys(extra).length > 0) details['extra'] = extra;
  return details as EventDetails;
}

function readAttendee(value: Json): Attendee {
  return {
    email: String(value['email'] ?? ''),
    response: (value['responseStatus'] as Attendee['response'] | undefined) ?? 'needsAction',
    ...(value['displayName'] ? { name: String(value['displayName']) } : {}),
    ...(value['optional'] ? { optional: true } : {}),
    ...(value['resource'] ? { resource: true } : {}),
  };
}
