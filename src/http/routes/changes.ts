// The feed of notifications: what happened since a cursor.

import { z } from 'zod';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import type { FeedFilter } from '../../notifications/feed.js';
import { json } from '../answers.js';
import { streamChanges } from '../changes-stream.js';
import { asksForEventStream } from '../event-stream.js';
import { cursorOfFeed, Notification, typesOf } from '../notification-schemas.js';
import { route } from '../route.js';
import { paging } from '../schemas.js';
import type { HttpServices } from '../services.js';
import { parseId } from '../validate.js';

const ChangesQuery = z.object({
  after: field(
    cursorOfFeed.optional(),
    '`nextCursor` of the previous answer. Without it the answer has no notifications, and the ' +
      'cursor of this moment',
    'ZmVlZDoxNw',
  ),
  types: field(
    z.string().min(1).max(1_024).optional(),
    'Only these types, comma-separated. Without it all but event.starting and event.ended, which ' +
      'have to be named',
    'events.changed,account.reauthorization_required',
  ),
  accountId: field(
    z.string().min(1).max(64).optional(),
    'Only notifications of this account, also of one that was disconnected',
    '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
  ),
  limit: paging.limit,
});

const ChangePage = z
  .object({
    data: field(z.array(Notification), 'The notifications, the oldest first'),
    nextCursor: field(cursorOfFeed, 'Send it back as `after`', 'ZmVlZDoxNw'),
    hasMore: field(z.boolean(), 'Whether there are more at present', false),
  })
  .meta({ id: 'ChangePage', description: 'One page of the feed' });

/** `GET /changes`: the notifications of the caller since a cursor. */
export const listChanges = route({
  method: 'get',
  path: '/changes',
  operationId: 'listChanges',
  tag: 'Notifications',
  summary: 'What happened since a cursor',
  description:
    'Each notification at least once, in order. With `Accept: text/event-stream` live, until the ' +
    'sign-in ends; `Last-Event-ID` goes on after a cursor. ' +
    'A service caller gets those of all users, or of the user it names. An admin gets their own.',
  who: 'user or service',
  limit: 'read',
  query: ChangesQuery,
  answer: json(
    200,
    ChangePage,
    'The oldest first. As server-sent events: each notification as the data of an event that has ' +
      'its type as name and its cursor as id',
    ['text/event-stream'],
  ),
  problems: ['account_not_found', 'changes_expired'],
  async handle({ request, response, caller, userId, query, services }) {
    const filter = await filterOf(services, userId, query);
    const { notifications } = services;
    if (asksForEventStream(request)) {
      // An EventSource repeats its URL, so what it saw last goes before what the URL says.
      const after = request.get('last-event-id') || query.after || null;
      const streamsOf = userId ?? `service ${caller.kind === 'service' ? caller.name : ''}`;
      const incoming = { request, response, services };
      await streamChanges(incoming, { caller, streamsOf, after, filter });
      return undefined;
    }
    if (query.after === undefined)
      return { data: [], nextCursor: await notifications.feedEnd(), hasMore: false };
    const { entries, nextCursor, hasMore } = await notifications.readFeed(
      query.after,
      filter,
      query.limit,
    );
    return { data: entries.map(({ notification }) => notification), nextCursor, hasMore };
  },
});

/** @throws IntegrationError `account_not_found` for an account that is not the caller's */
async function filterOf(
  { accounts, notifications }: Pick<HttpServices, 'accounts' | 'notifications'>,
  userId: string | null,
  query: z.infer<typeof ChangesQuery>,
): Promise<FeedFilter> {
  const types = query.types === undefined ? null : typesOf(query.types);
  if (query.accountId === undefined) return { userId, accountId: null, types };
  const accountId = parseId(query.accountId, 'account_not_found');
  if (
    (await accounts.find(accountId, userId)) === null &&
    !(await notifications.knowsAccount(accountId, userId))
  )
    throw new IntegrationError('account_not_found');
  return { userId, accountId, types };
}
