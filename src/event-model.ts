// The fields of an event, declared once (docs/model.md). The type of an event, the `Event` of the
// HTTP API and the version in every cursor follow. To add one: docs/changing.md, "A field of an
// event".

import { z } from 'zod';

/** How an event belongs to a series. `single` belongs to none. A `master` is never shown. */
const SHOWN_KINDS = ['single', 'occurrence', 'exception'] as const;

/** How an attendee answered an invitation. */
export const RESPONSES = ['needsAction', 'accepted', 'tentative', 'declined'] as const;

/** An instant in UTC. */
export const instant = z.iso.datetime().meta({ description: 'ISO 8601, UTC' });

/**
 * An instant in UTC with the IANA zone it was set in (null if unknown), or a whole day. The end of
 * an all-day event is the day after its last one.
 */
const eventTime = z
  .union([
    z.object({ dateTime: instant, timeZone: z.string().nullable() }),
    z.object({ date: z.iso.date() }).meta({ description: 'A whole day. An end is exclusive' }),
  ])
  .meta({ id: 'EventTime' });

const response = z.enum(RESPONSES);

/** Someone who was invited, or a room or device. `self` is the account. */
const attendee = z.object({
  email: z.string().nullable(),
  name: z.string().nullable(),
  response,
  optional: z.boolean(),
  resource: z.boolean(),
  organizer: z.boolean(),
  self: z.boolean(),
});

/** Who owns an event. `self` is the account. */
const organizer = z.object({
  email: z.string().nullable(),
  name: z.string().nullable(),
  self: z.boolean(),
});

/** Reminders of an event, in minutes before its start. */
const reminders = z.object({
  useDefault: z.boolean(),
  overrides: z.array(z.object({ method: z.string(), minutes: z.number() })),
});

/** What a provider says of an event, and readers see. `end` is never before `start`. */
export const EVENT_FIELDS = {
  providerEventId: z.string(),
  iCalUid: z.string().nullable(),
  etag: z.string().nullable(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  location: z.string().nullable(),
  kind: z.enum(SHOWN_KINDS),
  seriesId: z.string().nullable(),
  originalStart: eventTime.nullable(),
  allDay: z.boolean(),
  start: eventTime,
  end: eventTime,
  status: z.enum(['confirmed', 'tentative', 'cancelled']),
  busy: z.boolean(),
  eventType: z.string(),
  visibility: z.enum(['default', 'public', 'private', 'confidential']),
  organizer: organizer.nullable(),
  attendees: z.array(attendee),
  selfResponse: response.nullable(),
  conferenceUrl: z.string().nullable(),
  reminders: reminders.nullable(),
  link: z.string().nullable(),
  createdAt: instant.nullable(),
  updatedAt: instant.nullable(),
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
