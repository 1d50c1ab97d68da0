// The progress of a sync as server-sent events.

import { setTimeout as delay } from 'node:timers/promises';
import type { AccountSync } from '../sync/account-sync.js';
import { shownStateOf } from '../sync/sync-states.js';
import type { Caller } from '../vocabulary.js';
import { presentSync } from './present.js';
import type { IncomingRequest } from './route.js';
import type { HttpServices } from './services.js';
import { StreamLife } from './stream-life.js';
import { ownerSeenBy } from './visible-account.js';

const WATCH_INTERVAL_MS = 500;

/** Whether a sync is waiting to start or running. */
export function isUnderWay(sync: AccountSync): boolean {
  const state = shownStateOf(sync);
  return state === 'queued' || state === 'running';
}

/**
 * Sends an event `sync` on every change, and `end` when the sync is over. It also ends, without
 * `end`, with the sign-in of its caller, when the account goes, and after 15 minutes. An
 * `EventSource` then connects again.
 * @throws IntegrationError `rate_limited` when too many streams are open
 */
export async function streamSync(
  { request, response, services }: IncomingRequest,
  accountId: string,
  { caller, userId }: { readonly caller: Caller; readonly userId: string },
  first: AccountSync,
): Promise<void> {
  const stream = services.streams.open(request, response, userId);
  const life = await StreamLife.begin(services.sessions, request, caller);
  let lastSent = '';
  let sync: AccountSync | null = first;
  while (sync !== null && stream.isOpen) {
    const data = JSON.stringify(presentSync(sync));
    if (data !== lastSent) stream.send('sync', data);
    lastSent = data;
    if (!isUnderWay(sync)) {
      stream.send('end', data);
      break;
    }
    await delay(life.atMost(WATCH_INTERVAL_MS));
    if (await life.isOver()) break;
    sync = await currentSync(services, accountId, caller);
  }
  stream.close();
}

/** The sync of an account; null when `caller` may no longer see the account. */
export async function currentSync(
  { accounts, sync }: HttpServices,
  accountId: string,
  caller: Caller,
): Promise<AccountSync | null> {
  const owner = ownerSeenBy(caller, 'owner or admin');
  if ((await accounts.find(accountId, owner)) === null) return null;
  return (await sync.statesOf([accountId])).get(accountId) ?? null;
}
