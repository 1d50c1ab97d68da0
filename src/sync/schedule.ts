// What has to be done every minute: stuck runs are ended, due accounts queued, and whatever else was handed in.

import { IntegrationError } from '../errors.js';
import { backoff } from './backoff.js';
import type { SyncLog } from './log.js';
import type { SyncRuns } from './sync-runs.js';
import type { SyncSchedule } from './sync-schedule.js';
import type { Syncs } from './syncs.js';

const AT_ONCE = 200;

/** Something to be done every minute by one process of all. It may be done again at any time. */
export interface Chore {
  readonly name: string;
  run(): Promise<unknown>;
}

export interface ScheduleSettings {
  readonly runs: SyncRuns;
  readonly schedule: SyncSchedule;
  readonly syncs: Syncs;
  readonly logger: SyncLog;
  readonly now: () => Date;
  readonly random: () => number;
}

/** The chores of this room: a run that died counts as a failed one and is begun anew, the later the oftener it happens. */
export function syncChores(settings: ScheduleSettings): Chore[] {
  return [
    { name: 'end stuck syncs', run: () => endStuckRuns(settings) },
    { name: 'queue due syncs', run: () => queueDueAccounts(settings) },
  ];
}

/** Does chores one after another; one that fails is logged and keeps none from its turn. */
export async function doChores(chores: readonly Chore[], logger: SyncLog): Promise<void> {
  for (const chore of chores) {
    try {
      await chore.run();
    } catch (error) {
      logger.error({ err: error, chore: chore.name }, 'chore failed');
    }
  }
}

async function endStuckRuns({
  runs,
  schedule,
  syncs,
  logger,
  now,
  random,
}: ScheduleSettings): Promise<void> {
  for (const { accountId, syncId, state, failures } of await schedule.stuck(AT_ONCE)) {
    if (state === 'queued') {
      await requeue(syncs, accountId, logger);
      await schedule.touchQueued(accountId, syncId);
      continue;
    }
    // The first time at once: a worker that was killed says nothing about the account.
    const wait = failures === 0 ? 0 : backoff(failures + 1, undefined, random);
    const end = {
      code: 'sync_interrupted',
      retryable: true,
      nextSyncAt: new Date(now().getTime() + wait),
    } as const;
    if (await runs.fail(accountId, syncId, end))
      logger.warn({ accountId, syncId }, 'stuck sync ended');
  }
}

async function queueDueAccounts({ schedule, syncs, logger }: ScheduleSettings): Promise<void> {
  for (let full = true; full; ) {
    const due = await schedule.due(AT_ONCE);
    full = due.length === AT_ONCE;
    for (const accountId of due) full = (await requeue(syncs, accountId, logger)) && full;
  }
}

/** False when the account is not to be synced any more, or not now. */
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
