// The sync of an account: starting one, and watching it.

import { z } from 'zod';
import { IntegrationError } from '../../errors.js';
import { SYNC_STATES } from '../../vocabulary.js';
import { empty, json } from '../answers.js';
import { presentSync } from '../present.js';
import { ACCOUNT_ID, route } from '../route.js';
import { Sync } from '../schemas.js';
import { currentSync, isUnderWay, streamSync } from '../sync-stream.js';

const SyncBody = z.strictObject({
  full: z
    .boolean()
    .default(false)
    .meta({ description: 'Forget the cursors and read everything again' }),
});

const SyncAccepted = z
  .object({
    syncId: z.uuid(),
    accountId: z.uuid(),
    state: z.enum(SYNC_STATES),
    statusUrl: z.string(),
  })
  .meta({ id: 'SyncAccepted' });

/** `POST /sync/:accountId`: queues a sync. A sync that is queued or running is joined. */
export const requestSync = route({
  method: 'post',
  path: '/sync/:accountId',
  operationId: 'requestSync',
  tag: 'Sync',
  summary: 'Start a sync, or join the one that is queued or running',
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
  operationId: 'showSync',
  tag: 'Sync',
  summary: 'How the sync is going',
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
  async handle({ request, response, caller, account, services }) {
    const first = await currentSync(services, account.id, caller);
    if (first === null) throw new IntegrationError('account_not_found');
    if (request.accepts(['application/json', 'text/event-stream']) !== 'text/event-stream')
      return presentSync(first);
    if (request.get('last-event-id') !== undefined && !isUnderWay(first)) {
      response.status(204).end();
      return undefined;
    }
    await streamSync({ request, response, services }, account.id, caller, first);
    return undefined;
  },
});
