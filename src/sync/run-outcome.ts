// How a run went, and when the next one is to be.

import type { BegunRun } from '../accounts/account-sync.js';
import { backoff, jittered } from './backoff.js';
import { describeFailure, type RunFailure, reasonToReauthorize, worst } from './failure.js';
import type { SyncJob } from './queue.js';
import type { Synchronizer } from './synchronizer.js';

type Recorder = Pick<Synchronizer, 'accountSync' | 'markReauthorization' | 'settings' | 'logger' | 'now' | 'random'>;

/** The calendars were listed and read, save those in `failures`, which keep what they had. */
export async function recordEnd(
  recorder: Recorder,
  job: SyncJob,
  { failures: before }: BegunRun,
  failures: readonly RunFailure[],
): Promise<void> {
  const { accountSync, settings, random, logger } = recorder;
  const failure = worst(failures);
  const poll = jittered(settings.pollMinutes * 60_000, random);
  // What passes is tried again sooner than usual, but never sooner than the provider asked.
  const asked = Math.max(0, ...failures.map(({ retryAfterSeconds }) => retryAfterSeconds ?? 0));
  const wait = failures.some(({ retryable }) => retryable)
    ? Math.max(Math.min(poll, backoff(before + 1, undefined, random)), asked && backoff(0, asked, random))
    : poll;
  await accountSync.succeed(job.accountId, job.syncId, {
    nextSyncAt: after(recorder, wait),
    error: failure?.code ?? null,
  });
  logger.info({ ...job, error: failure?.code ?? null, nextInSeconds: Math.round(wait / 1000) }, 'sync ended');
}

/** The run failed as a whole. */
export async function recordFailure(
  recorder: Recorder,
  job: SyncJob,
  { failures: before }: BegunRun,
  error: unknown,
): Promise<void> {
  const { accountSync, markReauthorization, settings, random, logger } = recorder;
  const { code, retryable, retryAfterSeconds } = describeFailure(error);
  // What time alone does not mend may be mended by somebody who does not tell us: looked at now and then.
  const wait = retryable
    ? backoff(before + 1, retryAfterSeconds, random)
    : Math.max(6 * 3_600_000, settings.pollMinutes * 60_000);
  logger.warn({ ...job, code, err: error }, 'sync failed');
  const recorded = await accountSync.fail(job.accountId, job.syncId, {
    code,
    retryable,
    nextSyncAt: after(recorder, wait),
  });
  const reason = reasonToReauthorize(error);
  // Only while the run is the account's: a grant given anew meanwhile is not at fault.
  if (recorded && reason !== null) await markReauthorization(job.accountId, reason);
}

function after({ now }: Recorder, milliseconds: number): Date {
  return new Date(now().getTime() + milliseconds);
}
