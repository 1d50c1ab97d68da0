// One run of one account. After a crash it is done again; a run that its account no longer names
// does nothing.

import type { EntityManager } from 'typeorm';
import { RunInterrupted } from '../interruption.js';
import type { Queue } from '../queue.js';
import { syncAccount } from '../sync-account.js';
import type { SyncJob } from '../sync-services.js';
import { DEFAULT_POLICY, type Job } from './job.js';

/** The first worker looks often, so that no one waits. The others would only ask the same. */
const FIRST_LOOK_SECONDS = 0.5;
const LOOK_SECONDS = 2;

export const syncAccountJob: Job<SyncJob> = {
  name: 'sync-account',
  policy: { ...DEFAULT_POLICY, policy: 'exclusive', expireInSeconds: 6 * 3600 },
  pollingSeconds: ({ concurrency }) =>
    Array.from({ length: concurrency }, (_, i) => (i === 0 ? FIRST_LOOK_SECONDS : LOOK_SECONDS)),
  async handle({ services, syncs, push, stopping }, job, signal) {
    try {
      await syncAccount(services, job, { signal, stopping });
      await syncs.follow(job.accountId);
      await push.afterRun(job.accountId, stopping);
    } catch (error) {
      if (!(error instanceof RunInterrupted))
        services.logger.error({ ...job, err: error }, 'sync job failed');
      throw error;
    }
  },
};

/**
 * Sends the job within the caller's transaction. A run whose job is waiting or running is not sent
 * twice.
 */
export async function sendSync(
  queue: Pick<Queue, 'send'>,
  manager: EntityManager,
  { accountId, syncId }: SyncJob,
  startAfter?: Date,
): Promise<void> {
  await queue.send(manager, syncAccountJob, { accountId, syncId }, { key: syncId, startAfter });
}
