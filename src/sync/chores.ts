// Chores: what has to be done every minute. Those of this room end stuck runs and queue due
// accounts.

import { asIntegrationError } from '../classify-failure.js';
import { IntegrationError } from '../errors.js';
import { backoff } from './backoff.js';
import type { SyncLog } from './log.js';
import type { SyncServices } from './sync-services.js';
import type { Syncs } from './syncs.js';

const AT_ONCE = 200;

/** Done every minute by one process of all. It may be done again at any time. */
export interface Chore {
  readonly name: string;
  /** Whether it sends requests to providers, and may have to wait for them. */
  readonly asksProviders?: boolean;
  run(): Promise<unknown>;
}

/**
 * The chores of this room. A run that died counts as a failed one and begins again, later each time
 * that this happens.
 */
export function syncChores(services: SyncServices, syncs: Syncs): Chore[] {
  return [
    { name: 'end stuck syncs', run: () => endStuckRuns(services, syncs) },
    { name: 'queue due syncs', run: () => queueDueAccounts(services, syncs) },
  ];
}

/** Does one chore after another. A failure is logged and does not prevent the next one. */
export async function doChores(chores: readonly Chore[], logger: SyncLog): Promise<void> {
  for (const chore of chores) {
    try {
      await chore.run();
    } catch (error) {
      logger.error({ err: error, chore: chore.name }, 'chore failed');
    }
  }
}

async function endStuckRuns(services: SyncServices, syncs: Syncs): Promise<void> {
  const { runs, schedule, logger, now, random } = services;
  const stuck = await schedule.stuck(AT_ONCE);
  await eachAlone(stuck, logger, async ({ accountId, syncId, state, failures }) => {
    if (state === 'queued') {
      await requeue(syncs, accountId, logger);
      await schedule.touchQueued(accountId, syncId);
      return;
    }
    // The first time at once: the death of a worker is no fault of the account.
    const wait = failures === 0 ? 0 : backoff(failures + 1, undefined, random);
    const end = {
      code: 'sync_interrupted',
      retryable: true,
      nextSyncAt: new Date(now().getTime() + wait),
    } as const;
    if (await runs.fail(accountId, syncId, end))
      logger.warn({ accountId, syncId }, 'stuck sync ended');
  });
}

async function queueDueAccounts({ schedule, logger }: SyncServices, syncs: Syncs): Promise<void> {
  for (let full = true; full; ) {
    const due = await schedule.due(AT_ONCE);
    full = due.length > 0 && (await queueTogether(syncs, due, logger)) === AT_ONCE;
  }
}

/** @returns how many were queued */
async function queueTogether(
  syncs: Syncs,
  due: readonly string[],
  logger: SyncLog,
): Promise<number> {
  try {
    return await syncs.requestDue(due);
  } catch (error) {
    if (asIntegrationError(error).code === 'temporarily_unavailable') throw error;
    logger.warn({ err: error }, 'due syncs are queued one by one');
  }
  let queued = 0;
  const accounts = due.map((accountId) => ({ accountId }));
  await eachAlone(accounts, logger, async ({ accountId }) => {
    if (await requeue(syncs, accountId, logger)) queued += 1;
  });
  return queued;
}

/**
 * Does `work` for one account after another. What one of them fails with is logged, and does not
 * keep the others waiting.
 * @throws the failure where a store is unavailable, which all have in common
 */
async function eachAlone<T extends { readonly accountId: string }>(
  accounts: readonly T[],
  logger: SyncLog,
  work: (account: T) => Promise<void>,
): Promise<void> {
  for (const account of accounts) {
    try {
      await work(account);
    } catch (error) {
      if (asIntegrationError(error).code === 'temporarily_unavailable') throw error;
      logger.error({ accountId: account.accountId, err: error }, 'chore failed for one account');
    }
  }
}

/** False when the account is not synced any more, or not at present. */
async function requeue(syncs: Syncs, accountId: string, logger: SyncLog): Promise<boolean> {
  try {
    await syncs.request(accountId, { trigger: 'schedule', full: false });
    return true;
  } catch (error) {
    if (!(error instanceof IntegrationError)) throw error;
    logger.debug({ accountId, code: error.code }, 'sync not queued');
    return false;
  }
}
