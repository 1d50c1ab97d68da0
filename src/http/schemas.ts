// The shapes of requests and responses. Requests are validated by them, and the OpenAPI document is made of them.

import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../errors.js';
import {
  ACCESS_ROLES,
  ACCOUNT_STATUSES,
  PUSH_STATES,
  RESPONSES,
  STATUS_REASONS,
  SYNC_PHASES,
  SYNC_STATES,
  SYNC_TRIGGERS,
} from '../vocabulary.js';

const instant = z.iso.datetime().meta({ description: 'ISO 8601, UTC' });
const providerId = z.string().meta({ description: 'A provider of GET /integrations/providers' });
const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: errorCode.meta({ description: 'Stable; docs/errors.md lists cause and cure of each' }),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

// Queries

const limit = z.coerce.number().int().min(1).max(200).default(50);
const cursor = z
  .string()
  .min(1)
  .max(1_024)
  .optional()
  .meta({ description: 'nextCursor of the page before' });

export const StartQuery = z.object({
  returnTo: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .meta({ description: 'Path at the frontend to come back to, under RETURN_PATHS' }),
  loginHint: z
    .string()
    .min(1)
    .max(320)
    .optional()
    .meta({ description: 'Email of the account to preselect' }),
  accountId: z.string().min(1).max(64).optional().meta({ description: 'Account to reconnect' }),
});

export const AccountsQuery = z.object({
  userId: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .meta({ description: 'Admins: whose accounts; `me` for their own' }),
  provider: z.string().min(1).max(64).optional(),
  status: z.enum(ACCOUNT_STATUSES).optional(),
  limit,
  cursor,
});

export const EventsQuery = z.object({
  updatedSince: z.iso.datetime({ offset: true }).optional().meta({
    description:
      'What changed and what went since then; not together with from, to and calendarId. Begin with asOf of the answer before',
  }),
  from: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'Events that end after this; all that are kept when absent' }),
  to: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'Events that start before this' }),
  calendarId: z.string().min(1).max(64).optional(),
  limit,
  cursor,
});

export const FreeBusyQuery = z.object({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }).meta({ description: 'At most 366 days after from' }),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .default('UTC')
    .meta({ description: 'IANA zone in which whole days begin and end' }),
  accountId: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .meta({ description: 'One account; all of them when absent' }),
});

// Bodies

export const SyncBody = z.strictObject({
  full: z
    .boolean()
    .default(false)
    .meta({ description: 'Forget the cursors and read everything again' }),
});
export const CompleteBody = z.strictObject({ ticket: z.string().min(1).max(256) });
export const SelectBody = z.strictObject({ selected: z.boolean() });
export const DemoBody = z.strictObject({ as: z.enum(['user', 'admin']) });

// Answers

export const Provider = z
  .object({ id: providerId, name: z.string(), scopes: z.array(z.string()) })
  .meta({ id: 'Provider' });

export const Authorization = z
  .object({
    url: z.url().meta({ description: 'Send the browser here' }),
    state: z.string(),
    expiresAt: instant,
  })
  .meta({ id: 'Authorization' });

export const Sync = z
  .object({
    state: z.enum(SYNC_STATES),
    phase: z.enum(SYNC_PHASES).nullable(),
    trigger: z.enum(SYNC_TRIGGERS).nullable(),
    startedAt: instant
      .nullable()
      .meta({ description: 'When a sync was last begun, however it ended' }),
    finishedAt: instant.nullable(),
    progress: z.object({ calendarsDone: z.int(), calendarsTotal: z.int(), eventsSeen: z.int() }),
    error: z.object({ code: errorCode, message: z.string(), retryable: z.boolean() }).nullable(),
  })
  .meta({ id: 'Sync' });

export const Account = z
  .object({
    id: z.uuid(),
    userId: z.string(),
    provider: providerId,
    email: z.string().nullable(),
    displayName: z.string().nullable(),
    scopes: z.array(z.string()),
    status: z.enum(ACCOUNT_STATUSES),
    statusReason: z.enum(STATUS_REASONS).nullable(),
    connectedAt: instant,
    updatedAt: instant,
    lastSyncedAt: instant.nullable(),
    nextSyncAt: instant.nullable(),
    sync: Sync,
    push: z.object({ state: z.enum(PUSH_STATES), expiresAt: instant.nullable() }),
  })
  .meta({ id: 'Account' });

export const AccountPage = z
  .object({ data: z.array(Account), nextCursor: z.string().nullable() })
  .meta({ id: 'AccountPage' });

export const Disconnected = z
  .object({
    id: z.uuid(),
    revoked: z.boolean().meta({ description: 'Whether the provider no longer honours the grant' }),
    reason: z
      .enum([
        'not_supported',
        'disabled',
        'shared_grant',
        'already_revoked',
        'provider_unavailable',
        'token_unreadable',
        'provider_not_configured',
      ])
      .nullable(),
    manageUrl: z
      .string()
      .nullable()
      .meta({ description: 'Where the user removes this app at the provider' }),
  })
  .meta({ id: 'Disconnected' });

export const SyncAccepted = z
  .object({
    syncId: z.uuid(),
    accountId: z.uuid(),
    state: z.enum(SYNC_STATES),
    statusUrl: z.string(),
  })
  .meta({ id: 'SyncAccepted' });

export const Calendar = z
  .object({
    id: z.uuid(),
    accountId: z.uuid(),
    providerCalendarId: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    timeZone: z.string().nullable(),
    color: z.string().nullable(),
    primary: z.boolean(),
    accessRole: z.enum(ACCESS_ROLES),
    selected: z.boolean(),
    lastSyncedAt: instant.nullable(),
    sync: z.object({
      state: z.enum(SYNC_STATES),
      error: z.object({ code: errorCode, message: z.string(), retryable: z.boolean() }).nullable(),
      lastAttemptAt: instant.nullable(),
      nextAttemptAt: instant
        .nullable()
        .meta({ description: 'After failures later and later, up to six hours' }),
      skipped: z.int().meta({
        description: 'Events of it that could not be read, since it was last read in full',
      }),
    }),
  })
  .meta({ id: 'Calendar' });

export const CalendarList = z.object({ data: z.array(Calendar) }).meta({ id: 'CalendarList' });

const EventTime = z
  .union([
    z.object({ dateTime: instant, timeZone: z.string().nullable() }),
    z.object({ date: z.iso.date() }).meta({ description: 'A whole day; an end is exclusive' }),
  ])
  .meta({ id: 'EventTime' });

const response = z.enum(RESPONSES);

export const Event = z
  .object({
    id: z.uuid(),
    accountId: z.uuid(),
    calendarId: z.uuid(),
    providerEventId: z.string(),
    iCalUid: z.string().nullable(),
    etag: z.string().nullable(),
    title: z.string().nullable(),
    description: z.string().nullable(),
    location: z.string().nullable(),
    kind: z.enum(['single', 'occurrence', 'exception']),
    seriesId: z.string().nullable(),
    originalStart: EventTime.nullable(),
    allDay: z.boolean(),
    start: EventTime,
    end: EventTime,
    status: z.enum(['confirmed', 'tentative', 'cancelled']),
    busy: z.boolean(),
    eventType: z.string(),
    visibility: z.enum(['default', 'public', 'private', 'confidential']),
    organizer: z
      .object({ email: z.string().nullable(), name: z.string().nullable(), self: z.boolean() })
      .nullable(),
    attendees: z.array(
      z.object({
        email: z.string().nullable(),
        name: z.string().nullable(),
        response,
        optional: z.boolean(),
        resource: z.boolean(),
        organizer: z.boolean(),
        self: z.boolean(),
      }),
    ),
    selfResponse: response.nullable(),
    conferenceUrl: z.string().nullable(),
    reminders: z
      .object({
        useDefault: z.boolean(),
        overrides: z.array(z.object({ method: z.string(), minutes: z.number() })),
      })
      .nullable(),
    link: z.string().nullable(),
    createdAt: instant.nullable(),
    updatedAt: instant.nullable(),
  })
  .meta({ id: 'Event' });

export const EventPage = z
  .object({
    data: z.array(Event),
    nextCursor: z.string().nullable(),
    deleted: z
      .array(
        z.object({
          id: z.uuid(),
          calendarId: z.uuid(),
          providerEventId: z.string(),
          deletedAt: instant,
        }),
      )
      .optional()
      .meta({ description: 'With updatedSince: events that are gone' }),
    asOf: instant.optional().meta({
      description: 'With updatedSince: its value for the next time. Changes are told at least once',
    }),
  })
  .meta({ id: 'EventPage' });

export const FreeBusy = z
  .object({
    data: z
      .array(z.object({ start: instant, end: instant }))
      .meta({ description: 'Merged, in order' }),
    accounts: z
      .array(
        z.object({
          accountId: z.uuid(),
          status: z.enum(ACCOUNT_STATUSES),
          lastSyncedAt: instant.nullable(),
        }),
      )
      .meta({ description: 'Whose events these are, and how fresh' }),
  })
  .meta({ id: 'FreeBusy' });

export const WhoIs = z
  .object({ userId: z.string(), admin: z.boolean(), expiresAt: instant.nullable() })
  .meta({ id: 'WhoIs' });

export const ProviderList = z.object({ data: z.array(Provider) }).meta({ id: 'ProviderList' });
export const DemoToken = z
  .object({ token: z.string(), expiresAt: instant, userId: z.string() })
  .meta({ id: 'DemoToken' });
