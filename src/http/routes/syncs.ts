// The sync of an account: starting one, and watching it.

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { IntegrationError } from '../../errors.js';
import type { AccountSync } from '../../sync/account-sync.js';
import { type Caller, SYNC_STATES } from '../../vocabulary.js';
import { json } from '../answers.js';
import { EventStream } from '../event-stream.js';
import { presentSync } from '../present.js';
import { ACCOUNT_ID, type IncomingRequest, route } from '../route.js';
import { Sync } from '../schemas.js';
import type { HttpServices } from '../services.js';

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

const WATCH_INTERVAL_MS = 500;
const LONGEST_WATCH_MS = 15 * 60_000;

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
    'The sync. With Accept: text/event-stream, an event `sync` on every change until it ends',
    ['text/event-stream'],
  ),
  problems: ['account_not_found'],
  async handle({ request, response, caller, account, services }) {
    const first = await currentSync(services, account.id, caller);
    if (first === null) throw new IntegrationError('account_not_found');
    if (request.accepts(['application/json', 'text/event-stream']) !== 'text/event-stream')
      return presentSync(first);
    await streamSync({ request, response, services }, account.id, caller, first);
    return undefined;
  },
});

/** Sends the sync on every change, until it ends, the account goes or the client leaves. */
async function streamSync(
  { request, response, services }: IncomingRequest,
  accountId: string,
  caller: Caller,
  first: AccountSync,
): Promise<void> {
  const stream = new EventStream(request, response);
  const until = Date.now() + LONGEST_WATCH_MS;
  let sync: AccountSync | null = first;
  let lastSent = '';
  while (sync !== null && stream.isOpen) {
    const data = JSON.stringify(presentSync(sync));
    if (data === lastSent) stream.heartbeat();
    else stream.send('sync', data);
    lastSent = data;
    if ((sync.state !== 'queued' && sync.state !== 'running') || Date.now() > until) break;
    await delay(WATCH_INTERVAL_MS);
    sync = await currentSync(services, accountId, caller);
  }
  stream.close();
}

/** The sync of an account; null when `caller` may no longer see the account. */
async function currentSync(
  { accounts, sync }: HttpServices,
  accountId: string,
  { admin, userId }: Caller,
): Promise<AccountSync | null> {
  if ((await accounts.find(accountId, admin ? null : userId)) === null) return null;
  return (await sync.statesOf([accountId])).get(accountId) ?? null;
}
