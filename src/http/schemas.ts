// Schemas that several rooms of the API share. They validate requests and make up the document.

import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../errors.js';
import { instant } from '../event-model.js';
import { field } from '../field.js';
import { PROVIDERS } from '../providers/catalogue.js';
import { SYNC_PHASES, SYNC_STATES, SYNC_TRIGGERS } from '../vocabulary.js';

export { instant };

/** An instant of a query: with `Z` or an offset. */
export const moment = z.iso.datetime({ offset: true });

/** The id of an account. */
export const accountId = field(
  z.uuid(),
  'The id of the account',
  '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
);

/** The id of a calendar. */
export const calendarId = field(
  z.uuid(),
  'The id of the calendar, as GET …/calendars lists it',
  '0b9f7e8f-4338-4d0e-9d0b-6a6a1a113f0b',
);

/** The id of a request for the consent of an administrator. */
export const adminConsentId = field(
  z.uuid(),
  'The id of the request',
  '2c9f1a64-7a39-4f6f-8b8e-6f0d2b7c5a10',
);

/** The token of a connect link. */
export const linkToken = field(
  z.string(),
  'The last part of the address of the link',
  '8tXsZ0dGlDqeLj0oVxwzBfQ1m4k2c9TtYpR7uN6aHgE',
);

/** A path at a provider. */
export const providerPath = field(
  z.string(),
  'A path below the calendar API of the provider. Encode each id in it, and no slash between them',
  'calendars/primary/events',
);

/** The user whom a path names. */
export const userId = field(z.string(), 'The user, as your JWT names them', 'user-42');

/** The short name of a provider. */
export const providerId = field(
  z.string(),
  'The id of a provider, as GET /integrations/providers lists it',
  ...PROVIDERS.keys(),
);

/** Where the next page of a listing begins. */
export const nextCursor = field(
  z.string().nullable(),
  'Send it back unchanged as `cursor`. Null on the last page',
  'WyIyMDI2LTEyLTAxVDA5OjAwOjAwLjAwMFoiXQ',
);

const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

/** An error response of any route. */
export const Problem = z
  .object({
    type: field(
      z.string(),
      'The path of a page with the cause and the cure of the code',
      '/integrations/docs/errors#account_not_found',
    ),
    title: field(z.string(), 'What the code means, in a few words', ERRORS.account_not_found.title),
    status: field(z.int(), 'The HTTP status', 404),
    detail: field(
      z.string(),
      'What happened and what to do, for people',
      ERRORS.account_not_found.detail,
    ),
    code: field(
      errorCode,
      'Stable. /integrations/docs/errors explains each code',
      'account_not_found',
    ),
    requestId: field(
      z.string(),
      'The same as the header X-Request-Id. It finds the line in the log',
      'bab44d3b-ede6-4c15-b2ba-661aed66eb43',
    ),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 has it' });

/** The query parameters of every listing: the size of a page and where it begins. */
export const paging = {
  limit: field(
    z.coerce.number().int().min(1).max(200).default(50),
    'How many entries a page has at most',
    50,
  ),
  cursor: field(
    z.string().min(1).max(1_024).optional(),
    '`nextCursor` of the previous page',
    'WyIyMDI2LTEyLTAxVDA5OjAwOjAwLjAwMFoiXQ',
  ),
};

/** Why the last sync of an account or calendar failed. */
export const failure = z
  .object({
    code: field(errorCode, 'One of the error codes', 'provider_unavailable'),
    message: field(z.string(), 'For people', ERRORS.provider_unavailable.detail),
    retryable: field(z.boolean(), 'Whether the service tries again by itself', true),
  })
  .nullable()
  .meta({ description: 'Why the last sync failed. Null after a success' });

/** The state of a sync. */
export const syncState = field(
  z.enum(SYNC_STATES),
  '`backoff` and `error` follow a failure: the first is tried again by itself',
  'running',
);

/** How the sync of an account is going. */
export const Sync = z
  .object({
    state: syncState,
    phase: field(
      z.enum(SYNC_PHASES).nullable(),
      'What is read: the list of calendars, all events, or only changes. Null while nothing runs',
      'baseline',
    ),
    trigger: field(z.enum(SYNC_TRIGGERS).nullable(), 'What started the last sync', 'manual'),
    startedAt: field(
      instant.nullable(),
      'When the last sync began, also if it failed',
      '2026-12-01T09:00:00.000Z',
    ),
    finishedAt: field(instant.nullable(), 'When the last sync ended', '2026-12-01T09:00:07.000Z'),
    progress: z
      .object({
        calendarsDone: field(z.int(), 'Calendars read in this sync', 2),
        calendarsTotal: field(z.int(), 'Calendars to read in this sync', 3),
        eventsSeen: field(z.int(), 'Events read in this sync', 120),
      })
      .meta({ description: 'How far the sync has come' }),
    error: failure,
  })
  .meta({ id: 'Sync', description: 'How the sync of an account is going' });
