// The sync of an account: starting one, and watching it.

import { z } from 'zod';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import { empty, json } from '../answers.js';
import { asksForEventStream } from '../event-stream.js';
import { presentSync } from '../present.js';
import { ACCOUNT_ID, route } from '../route.js';
import { accountId, Sync, syncState } from '../schemas.js';
import { currentSync, isUnderWay, streamSync } from '../sync-stream.js';

const SyncBody = z.strictObject({
  full: field(z.boolean().default(false), 'Forget the cursors and read everything again', true),
});

const SyncAccepted = z
  .object({
    syncId: field(z.uuid(), 'The id of the sync', '1f6c1e7f-0a2f-4b3c-8a53-6c1b7e110d8f'),
    accountId,
    state: syncState,
    statusUrl: field(
      z.string(),
      'Where its progress is',
      'https://calendars.example.com/integrations/sync/7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
    ),
  })
  .meta({ id: 'SyncAccepted', description: 'A sync that is queued or running' });

/** `POST /sync/:accountId`: queues a sync. A sync that is queued or running is joined. */
export const requestSync = route({
  method: 'post',
  path: '/sync/:accountId',
  operationId: 'startSync',
  tag: 'Sync',
  summary: 'Start a sync, or join the one that is queued or running',
  description: 'It answers at once. `statusUrl` tells how the sync is going.',
  who: 'user',
  limit: 'sync',
  account: 'owner or admin',
  parts: ACCOUNT_ID,
  body: SyncBody,
  answer: json(202, SyncAccepted, 'Accepted'),
  problems: ['account_not_found', 'reauthorization_required'],
  async handle({ account, body: { full }, services: { sync, publicUrl } }) {
    if (account.status !== 'connected') throw new IntegrationError('reauthorization_required');
    const { syncId, state } = await sync.request(account.id, { trigger: 'manual', full });
    const statusUrl = `${publicUrl}/integrations/sync/${account.id}`;
    return { syncId, accountId: account.id, state, statusUrl };
  },
});

/** `GET /sync/:accountId`: the state of the sync, as JSON or as a stream of server-sent events. */
export const showSync = route({
  method: 'get',
  path: '/sync/:accountId',
  operationId: 'getSync',
  tag: 'Sync',
  summary: 'How the sync is going',
  description:
    'The state as JSON, or with `Accept: text/event-stream` as server-sent events until it ends.',
  who: 'user',
  limit: 'read',
  account: 'owner or admin',
  parts: ACCOUNT_ID,
  answer: json(
    200,
    Sync,
    'The sync. As server-sent events: `sync` on every change, then `end`, each with this object ' +
      'as its data',
    ['text/event-stream'],
  ),
  otherAnswers: [
    empty(204, 'To `Last-Event-ID` while nothing is running: an EventSource then stops'),
  ],
  problems: ['account_not_found'],
  async handle({ request, response, caller, userId, account, services }) {
    const first = await currentSync(services, account.id, caller);
    if (first === null) throw new IntegrationError('account_not_found');
    if (!asksForEventStream(request)) return presentSync(first);
    if (request.get('last-event-id') !== undefined && !isUnderWay(first)) {
      response.status(204).end();
      return undefined;
    }
    await streamSync({ request, response, services }, account.id, { caller, userId }, first);
    return undefined;
  },
});
