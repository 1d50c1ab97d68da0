// One run of one account. After a crash it is done again; a run that its account no longer names
// does nothing. Each provider has a lane: a queue and slots of its own.

import type { EntityManager } from 'typeorm';
import { PROVIDERS } from '../../providers/catalogue.js';
import type { ProviderId, SyncTrigger } from '../../vocabulary.js';
import { RunInterrupted } from '../interruption.js';
import { isOfPerson, priorityOf } from '../priority.js';
import type { Queue } from '../queue.js';
import type { DueRun, Queued } from '../queue-run.js';
import { syncAccount } from '../sync-account.js';
import type { SyncJob } from '../sync-services.js';
import { DEFAULT_POLICY, type LaneJob } from './job.js';

const NAME = 'sync-account';

/** The lane of providers that are not in the catalogue, and of jobs that an older version sent. */
const OTHERS = lane(NAME);
const LANES: ReadonlyMap<ProviderId, LaneJob<SyncJob>> = new Map(
  [...PROVIDERS.keys()].map((id) => [id, lane(`${NAME}-${id}`)]),
);

/** One job for each lane. */
export const SYNC_ACCOUNT_JOBS: readonly LaneJob<SyncJob>[] = [OTHERS, ...LANES.values()];

function lane(name: string): LaneJob<SyncJob> {
  return {
    name,
    policy: { ...DEFAULT_POLICY, policy: 'exclusive', expireInSeconds: 6 * 3600 },
    slots: ({ concurrency }) => concurrency,
    async handle({ services, syncs, push, stopping }, job, signal, turn) {
      try {
        const result = await syncAccount(services, job, { signal, stopping, turn });
        if (result === 'quiet') return;
        await syncs.follow(job.accountId);
        await push.afterRun(job.accountId, stopping);
      } catch (error) {
        if (!(error instanceof RunInterrupted))
          services.logger.error({ ...job, err: error }, 'sync job failed');
        throw error;
      }
    },
  };
}

/** The statement that inserts the jobs of first syncs at this provider: see {@link Queue}. */
export function firstSyncJob(
  queue: Pick<Queue, 'insertion'>,
  provider: ProviderId,
): Promise<(own: string) => string> {
  return queue.insertion(LANES.get(provider) ?? OTHERS, priorityOf('connect', false));
}

/** Wakes the workers of first syncs at this provider. */
export function wakeFirstSync(queue: Pick<Queue, 'wake'>, provider: ProviderId): void {
  queue.wake(LANES.get(provider) ?? OTHERS);
}

/** A queued run to send. */
export interface SyncToSend extends SyncJob {
  readonly queued: Queued;
  readonly trigger: SyncTrigger;
  readonly startAfter: Date | undefined;
}

/**
 * Sends the job within the caller's transaction. A run whose job is waiting or running is not sent
 * twice. Where a person waits for it now, it goes before others.
 * @returns wakes the workers, when the transaction is committed
 */
export async function sendSync(
  queue: Pick<Queue, 'send' | 'has' | 'prioritize' | 'wake'>,
  manager: EntityManager,
  { accountId, syncId, queued, trigger, startAfter }: SyncToSend,
): Promise<() => void> {
  const { provider, failedBefore, joined } = queued;
  const own = LANES.get(provider ?? '') ?? OTHERS;
  // The job of a run that exists may have been sent by an older version.
  const job = joined && own !== OTHERS && (await queue.has(manager, OTHERS, syncId)) ? OTHERS : own;
  const priority = priorityOf(trigger, failedBefore);
  const options = { key: syncId, startAfter, priority };
  const isNew = await queue.send(manager, job, { accountId, syncId }, options);
  if (!isNew && isOfPerson(trigger)) await queue.prioritize(manager, job, syncId, priority);
  return () => queue.wake(job);
}

/**
 * Sends the jobs of scheduled runs within the caller's transaction, those of a lane together.
 * @returns wakes the workers, when the transaction is committed
 */
export async function sendDue(
  queue: Pick<Queue, 'sendAll' | 'wake'>,
  manager: EntityManager,
  runs: readonly (DueRun & { readonly startAfter: Date | undefined })[],
): Promise<() => void> {
  const lanes = Map.groupBy(runs, ({ provider }) => LANES.get(provider ?? '') ?? OTHERS);
  for (const [job, ofLane] of lanes)
    await queue.sendAll(
      manager,
      job,
      ofLane.map(({ accountId, syncId, failedBefore, startAfter }) => ({
        payload: { accountId, syncId },
        key: syncId,
        priority: priorityOf('schedule', failedBefore),
        startAfter,
      })),
    );
  return () => {
    for (const job of lanes.keys()) queue.wake(job);
  };
}
