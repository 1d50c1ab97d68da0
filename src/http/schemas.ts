// Schemas that several routes share. They validate requests and make up the OpenAPI document.

import { z } from 'zod';
import type { ShownEvent } from '../calendars/event-row.js';
import { ERRORS, type ErrorCode } from '../errors.js';
import { EVENT_FIELDS, instant } from '../event-model.js';
import {
  ACCESS_ROLES,
  ACCOUNT_STATUSES,
  PUSH_STATES,
  STATUS_REASONS,
  SYNC_PHASES,
  SYNC_STATES,
  SYNC_TRIGGERS,
} from '../vocabulary.js';

export { instant };

/** The short name of a provider. */
export const providerId = z
  .string()
  .meta({ description: 'The id of a provider, as GET /integrations/providers lists it' });

const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

/** An error response of any route. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: errorCode.meta({
      description: 'Stable. docs/errors.md lists the cause and the fix of each code',
    }),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

/** The query parameters of every listing: the size of a page and where it begins. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .min(1)
    .max(1_024)
    .optional()
    .meta({ description: 'nextCursor of the previous page' }),
};

const failure = z
  .object({ code: errorCode, message: z.string(), retryable: z.boolean() })
  .nullable();

/** How the sync of an account is going. */
export const Sync = z
  .object({
    state: z.enum(SYNC_STATES),
    phase: z.enum(SYNC_PHASES).nullable(),
    trigger: z.enum(SYNC_TRIGGERS).nullable(),
    startedAt: instant.nullable().meta({
      description: 'When the last sync began, whether or not it succeeded',
    }),
    finishedAt: instant.nullable(),
    progress: z.object({ calendarsDone: z.int(), calendarsTotal: z.int(), eventsSeen: z.int() }),
    error: failure,
  })
  .meta({ id: 'Sync' });

/** Whether the provider notifies this service of changes. */
export const Push = z.object({ state: z.enum(PUSH_STATES), expiresAt: instant.nullable() });

/** A connected account, with its sync and its push. */
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
    push: Push,
  })
  .meta({ id: 'Account' });

/** A calendar of an account. */
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
      error: failure,
      lastAttemptAt: instant.nullable(),
      nextAttemptAt: instant.nullable().meta({
        description: 'Each failure doubles the wait, up to six hours',
      }),
      skipped: z.int().meta({
        description: 'Its events that could not be read, since the last full sync',
      }),
    }),
  })
  .meta({ id: 'Calendar' });

/** An event of a calendar; each occurrence of a series is one. */
export const Event = z
  .object({
    id: z.uuid(),
    accountId: z.uuid(),
    calendarId: z.uuid(),
    ...EVENT_FIELDS,
  } satisfies Record<keyof ShownEvent, z.ZodType>)
  .meta({ id: 'Event' });

/** An event that was deleted, to a reader who follows changes. */
export const Deletion = z.object({
  id: z.uuid(),
  calendarId: z.uuid(),
  providerEventId: z.string(),
  deletedAt: instant,
});
