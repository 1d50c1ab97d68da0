// The events of an account: one page of a time range, or what changed since an instant.

import { z } from 'zod';
import type { ConnectedAccount } from '../../accounts/connected-account.js';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import { json, type Shown } from '../answers.js';
import { Deletion, Event } from '../event-schemas.js';
import { presentDeletion, presentEvent } from '../present.js';
import { ACCOUNT_ID, route } from '../route.js';
import { instant, moment, nextCursor, paging } from '../schemas.js';
import type { HttpServices } from '../services.js';
import { parseId } from '../validate.js';

const EventsQuery = z.object({
  updatedSince: field(
    moment.optional(),
    'Lists what changed or was deleted since then; not together with from, to or calendarId. ' +
      'Use asOf of the previous answer',
    '2026-12-01T09:00:00.000Z',
  ),
  from: field(
    moment.optional(),
    'Events that end after this; from the first one when absent',
    '2026-12-01T00:00:00Z',
  ),
  to: field(moment.optional(), 'Events that start before this', '2026-12-08T00:00:00Z'),
  calendarId: field(
    z.string().min(1).max(64).optional(),
    'Only events of this calendar',
    '0b9f7e8f-4338-4d0e-9d0b-6a6a1a113f0b',
  ),
  ...paging,
});

const EventPage = z
  .object({
    data: field(z.array(Event), 'The events'),
    nextCursor,
    deleted: z
      .array(Deletion)
      .optional()
      .meta({ description: 'With updatedSince: events that were deleted' }),
    asOf: field(
      instant.optional(),
      'With updatedSince: its value for the next request. Each change is listed at least once',
      '2026-12-01T09:00:00.000Z',
    ),
  })
  .meta({ id: 'EventPage', description: 'One page of events' });

type Query = z.infer<typeof EventsQuery>;
type Page = Promise<Shown<typeof EventPage>>;

/**
 * `GET /accounts/:accountId/events`: the events of an account, to its owner alone. What a calendar
 * contains is not shown to admins either.
 */
export const listEvents = route({
  method: 'get',
  path: '/accounts/:accountId/events',
  operationId: 'listEvents',
  tag: 'Events',
  summary: "An account's events",
  description:
    'In a range of time, ordered by start; or, with `updatedSince`, what has changed and what was ' +
    'deleted since then. To its owner alone.',
  who: 'user',
  limit: 'read',
  account: 'owner',
  parts: ACCOUNT_ID,
  query: EventsQuery,
  answer: json(200, EventPage, 'Ordered by start'),
  problems: ['account_not_found', 'calendar_not_found', 'changes_expired'],
  handle: ({ account, query, services: { calendars } }) =>
    query.updatedSince === undefined
      ? listRange(calendars, account, query)
      : followChanges(calendars, account, query, new Date(query.updatedSince)),
});

/** @throws IntegrationError `invalid_request` where the range ends before it begins */
function checkRange({ from, to }: Query): void {
  if (from === undefined || to === undefined || Date.parse(to) >= Date.parse(from)) return;
  throw new IntegrationError('invalid_request', {
    detail: 'to is before from. Send a to that is at or after from, for example one day later.',
  });
}

/** The events of a time range, in the order in which they begin. */
async function listRange(
  calendars: HttpServices['calendars'],
  account: ConnectedAccount,
  query: Query,
): Page {
  checkRange(query);
  const calendarId =
    query.calendarId === undefined ? null : parseId(query.calendarId, 'calendar_not_found');
  if (calendarId !== null) {
    const known = await calendars.list(account.id);
    if (!known.some(({ id }) => id === calendarId))
      throw new IntegrationError('calendar_not_found');
  }
  const { events, nextCursor } = await calendars.listEvents({
    accountId: account.id,
    calendarId,
    from: query.from === undefined ? null : new Date(query.from),
    to: query.to === undefined ? null : new Date(query.to),
    limit: query.limit,
    cursor: query.cursor ?? null,
  });
  return { data: events.map(presentEvent), nextCursor };
}

/** What changed since an instant, in the order of the changes. */
async function followChanges(
  calendars: HttpServices['calendars'],
  account: ConnectedAccount,
  query: Query,
  since: Date,
): Page {
  if (query.from !== undefined || query.to !== undefined || query.calendarId !== undefined)
    throw new IntegrationError('invalid_request', {
      detail: 'updatedSince cannot be combined with from, to or calendarId.',
    });
  const { events, deleted, asOf, nextCursor } = await calendars.listChanges({
    accountId: account.id,
    since,
    limit: query.limit,
    cursor: query.cursor ?? null,
  });
  return {
    data: events.map(presentEvent),
    deleted: deleted.map(presentDeletion),
    nextCursor,
    asOf: asOf.toISOString(),
  };
}
