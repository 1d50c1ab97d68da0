// The worker: takes jobs from the queue, and does the chores.

import { createRelief } from '../collect-garbage.js';
import { AccountLimits } from './account-limits.js';
import { sleep } from './backoff.js';
import { RunInterrupted } from './interruption.js';
import { createGate } from './parallel.js';
import type { Queue } from './queue.js';
import type { Chore } from './schedule.js';
import { doChores, syncChores } from './schedule.js';
import { syncAccount } from './sync-account.js';
import type { SyncSchedule } from './sync-schedule.js';
import type { SyncServices } from './sync-services.js';
import type { Syncs } from './syncs.js';

const CHORES_EVERY_SECONDS = 60;
const GRACE_MS = 10_000;

/** What push has a worker do. */
export interface PushWork {
  afterRun(accountId: string, signal: AbortSignal): Promise<void>;
  notified(accountId: string): Promise<void>;
  maintainDue(): Promise<void>;
}

export interface WorkerSettings
  extends Omit<SyncServices, 'gate' | 'relieve' | 'sleep' | 'limits'> {
  /** Started. */
  readonly queue: Queue;
  readonly syncs: Syncs;
  readonly schedule: SyncSchedule;
  /** Runs at a time. */
  readonly concurrency: number;
  /** Shared with whatever else asks providers in an account's name. */
  readonly limits?: AccountLimits;
  /** Pages saved at a time, over all runs: fewer than there are database connections. */
  readonly writesAtOnce: number;
  /** Absent: nobody tells us of changes. */
  readonly push?: PushWork;
  /** What else is to be done every minute. */
  readonly chores: readonly Chore[];
  /** Seconds between chores, where a minute is too long (tests). */
  readonly choresEverySeconds?: number;
}

export interface Worker {
  /** Finishes the pages under way, puts the runs back into the queue, and stops the queue. */
  stop(options?: { graceMs?: number }): Promise<void>;
}

export async function startWorker({
  queue,
  syncs,
  schedule,
  concurrency,
  writesAtOnce,
  limits = new AccountLimits(),
  push,
  ...settings
}: WorkerSettings): Promise<Worker> {
  const { logger } = settings;
  const stopping = new AbortController();
  const gate = createGate(writesAtOnce);
  const services: SyncServices = { ...settings, limits, sleep, gate, relieve: createRelief() };
  const pushChores =
    push === undefined ? [] : [{ name: 'maintain push channels', run: () => push.maintainDue() }];
  const chores = [
    ...syncChores({ ...settings, syncs, schedule }),
    ...pushChores,
    ...settings.chores,
  ];
  await queue.work(
    async (job, signal) => {
      try {
        await syncAccount(services, job, { signal, stopping: stopping.signal });
        await syncs.follow(job.accountId);
        await push?.afterRun(job.accountId, stopping.signal);
      } catch (error) {
        if (!(error instanceof RunInterrupted))
          logger.error({ ...job, err: error }, 'sync job failed');
        throw error;
      }
    },
    { concurrency },
  );
  if (push !== undefined) await queue.workNotified((accountId) => push.notified(accountId));
  await queue.every(settings.choresEverySeconds ?? CHORES_EVERY_SECONDS, () =>
    doChores(chores, logger),
  );
  return {
    async stop({ graceMs = GRACE_MS } = {}) {
      stopping.abort();
      await queue.stop({ graceMs });
    },
  };
}
