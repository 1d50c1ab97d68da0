// The fields of an event, declared once (docs/model.md). The type of an event, the `Event` of the
// HTTP API and the version in every cursor follow. To add one: docs/changing.md, "A field of an
// event".

import { z } from 'zod';
import { field } from './field.js';

/** How an event belongs to a series. `single` belongs to none. A `master` is never shown. */
const SHOWN_KINDS = ['single', 'occurrence', 'exception'] as const;

/** How an attendee answered an invitation. */
export const RESPONSES = ['needsAction', 'accepted', 'tentative', 'declined'] as const;

/** An instant in UTC. */
export const instant = field(z.iso.datetime(), 'ISO 8601, UTC', '2026-12-01T09:00:00.000Z');

const text = () => z.string().nullable();

/**
 * An instant in UTC with the IANA zone it was set in (null if unknown), or a whole day. The end of
 * an all-day event is the day after its last one.
 */
const eventTime = z
  .union([
    field(
      z.object({
        dateTime: field(instant, 'The instant, in UTC', '2026-12-01T09:00:00.000Z'),
        timeZone: field(text(), 'The IANA zone it was set in. Null if unknown', 'Europe/Berlin'),
      }),
      'An instant',
    ),
    field(
      z.object({ date: field(z.iso.date(), 'The day', '2026-12-01') }),
      'A whole day. An end is exclusive',
    ),
  ])
  .meta({ id: 'EventTime', description: 'An instant, or a whole day of an all-day event' });

const response = field(z.enum(RESPONSES), 'The answer to the invitation', 'accepted');
const email = field(text(), 'The address', 'bo@example.com');
const personName = field(text(), 'The name', 'Bo Lind');
const self = field(z.boolean(), 'Whether this is the account', false);

/** Someone who was invited, or a room or device. `self` is the account. */
const attendee = field(
  z.object({
    email,
    name: personName,
    response,
    optional: field(z.boolean(), 'Whether the event takes place without them', false),
    resource: field(z.boolean(), 'Whether it is a room or a device', false),
    organizer: field(z.boolean(), 'Whether this is the organizer', false),
    self,
  }),
  'Someone who was invited',
);

/** Who owns an event. `self` is the account. */
const organizer = z.object({ email, name: personName, self });

const reminder = z.object({
  method: field(z.string(), 'How the provider reminds', 'popup'),
  minutes: field(z.number(), 'Minutes before the start', 10),
});

/** Reminders of an event, in minutes before its start. */
const reminders = z.object({
  useDefault: field(z.boolean(), 'Whether the reminders of the calendar apply', false),
  overrides: field(z.array(field(reminder, 'One reminder')), 'The reminders of this event'),
});

/** What a provider says of an event, and readers see. `end` is never before `start`. */
export const EVENT_FIELDS = {
  providerEventId: field(z.string(), 'Its id at the provider', '5n1qf0k3m2b7_20261201T090000Z'),
  iCalUid: field(text(), 'The same in the calendars of all attendees', '5n1qf0k3m2b7@google.com'),
  etag: field(text(), 'Its version at the provider', '"3402111111111000"'),
  title: field(text(), 'Its title', 'Planning'),
  description: field(text(), 'Its description; may contain HTML', 'Agenda and minutes'),
  location: field(text(), 'Where it takes place', 'Room 4'),
  kind: field(
    z.enum(SHOWN_KINDS),
    'An `exception` is an occurrence of a series that was changed',
    'occurrence',
  ),
  seriesId: field(text(), 'The id of its series at the provider', '5n1qf0k3m2b7'),
  originalStart: field(eventTime.nullable(), 'When it was to start by the rule of its series'),
  allDay: field(z.boolean(), 'Whether its times are whole days', false),
  start: eventTime,
  end: eventTime,
  status: field(
    z.enum(['confirmed', 'tentative', 'cancelled']),
    'A called-off meeting can stay in a calendar as `cancelled`',
    'confirmed',
  ),
  busy: field(z.boolean(), 'Whether it takes up time', true),
  eventType: field(z.string(), "The provider's kind of event", 'default'),
  visibility: field(
    z.enum(['default', 'public', 'private', 'confidential']),
    'Who may see its details',
    'default',
  ),
  organizer: field(organizer.nullable(), 'Who organizes it'),
  attendees: field(z.array(attendee), 'Who was invited, at most 500'),
  selfResponse: field(response.nullable(), "The account's own answer", 'accepted'),
  conferenceUrl: field(text(), 'Its video conference', 'https://meet.google.com/abc-defg-hij'),
  reminders: field(reminders.nullable(), 'When the provider reminds the account'),
  link: field(text(), 'Its page at the provider', 'https://www.google.com/calendar/event?eid=NW4x'),
  createdAt: field(instant.nullable(), 'When it was created', '2026-11-20T10:00:00.000Z'),
  updatedAt: field(instant.nullable(), 'When it last changed', '2026-11-24T10:00:00.000Z'),
};

/** An event as it comes from a provider. */
export const EVENT_MODEL = z.object({
  ...EVENT_FIELDS,
  /** Rows of the kind `master` complete their occurrences and are never shown. */
  kind: z.enum([...SHOWN_KINDS, 'master']),
  /** A sparse occurrence: all fields but its identity and its times come from the master. */
  sparse: z.boolean(),
});

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** An event of a provider, in the unified model (docs/model.md). */
export interface EventRecord extends Immutable<z.infer<typeof EVENT_MODEL>> {}

export type EventKind = EventRecord['kind'];
export type EventTime = EventRecord['start'];
export type Attendee = EventRecord['attendees'][number];
export type Organizer = NonNullable<EventRecord['organizer']>;
export type Reminders = NonNullable<EventRecord['reminders']>;
export type ResponseStatus = Attendee['response'];

/** One change of a calendar since the last read. */
export type EventChange =
  | { readonly change: 'put'; readonly event: EventRecord }
  /**
   * The event was removed, with every row of its series. `seriesId` is the series of which it was
   * an occurrence, where the provider names one.
   */
  | {
      readonly change: 'remove';
      readonly providerEventId: string;
      readonly seriesId?: string | null;
    }
  /** An item that could not be read. It is counted and logged, and the calendar continues. */
  | { readonly change: 'skip'; readonly providerEventId: string | null; readonly reason: string };
