// How a run went, and when the next one is to be.

import { statusReasonOf } from '../errors.js';
import { backoff, jittered } from './backoff.js';
import type { SyncJob } from './queue.js';
import { describeFailure, type RunFailure, worst } from './run-failure.js';
import type { BegunRun } from './sync-runs.js';
import type { SyncServices } from './sync-services.js';

type Recorder = Pick<
  SyncServices,
  | 'runs'
  | 'calendars'
  | 'markReauthorization'
  | 'isPushed'
  | 'settings'
  | 'logger'
  | 'now'
  | 'random'
>;

/** Between syncs of an account whose provider tells us of changes: it is not to be relied on, as both of them say. */
const PUSHED_POLL_MINUTES = 120;

/** The calendars were listed and read, save those in `failures`, which keep what they had. */
export async function recordEnd(
  recorder: Recorder,
  job: SyncJob,
  { failures: before }: BegunRun,
  failures: readonly RunFailure[],
): Promise<void> {
  const { runs, calendars, settings, now, random, logger } = recorder;
  const error = worst(failures)?.code ?? null;
  const throttled = failures.some(({ code }) => code === 'throttled');
  const asked = longest(failures);
  // A calendar that failed is tried again in its own time, all of them when the provider had enough of the account.
  const least = (await recorder.isPushed?.(job.accountId)) ? PUSHED_POLL_MINUTES : 0;
  const poll = jittered(Math.max(settings.pollMinutes, least) * 60_000, random);
  const broken = throttled ? null : await calendars.nextAttempt(job.accountId);
  const wait = throttled
    ? backoff(before + 1, asked, random)
    : Math.min(
        poll,
        Math.max((broken?.getTime() ?? Number.POSITIVE_INFINITY) - now().getTime(), SOON_MS),
      );
  await runs.finish(job.accountId, job.syncId, {
    state: throttled ? 'backoff' : 'idle',
    error,
    failed: throttled,
    nextSyncAt: after(recorder, wait),
    notBefore: notBefore(recorder, asked),
    againAtOnce: asked === undefined && !throttled,
  });
  logger.info({ ...job, error, nextInSeconds: Math.round(wait / 1000) }, 'sync ended');
}

/** The run failed as a whole. */
export async function recordFailure(
  recorder: Recorder,
  job: SyncJob,
  { failures: before }: BegunRun,
  error: unknown,
): Promise<void> {
  const { runs, markReauthorization, settings, random, logger } = recorder;
  const { code, retryable, retryAfterSeconds } = describeFailure(error);
  // What time alone does not mend may be mended by somebody who does not tell us: looked at now and then.
  const wait = retryable
    ? backoff(before + 1, retryAfterSeconds, random)
    : Math.max(6 * 3_600_000, settings.pollMinutes * 60_000);
  logger.warn({ ...job, code, err: error }, 'sync failed');
  const recorded = await runs.fail(job.accountId, job.syncId, {
    code,
    retryable,
    nextSyncAt: after(recorder, wait),
    notBefore: notBefore(recorder, retryAfterSeconds) ?? undefined,
  });
  const reason = statusReasonOf(error);
  // Only while the run is the account's: a grant given anew meanwhile is not at fault.
  if (recorded && reason !== null) await markReauthorization(job.accountId, reason);
}

const SOON_MS = 30_000;

function longest(failures: readonly RunFailure[]): number | undefined {
  const asked = failures.map(({ retryAfterSeconds }) => retryAfterSeconds ?? 0);
  return Math.max(0, ...asked) || undefined;
}

/** The moment a provider named, to the second: before it, not even a person's click asks anything of it. */
function notBefore(recorder: Recorder, retryAfterSeconds: number | undefined): Date | null {
  return retryAfterSeconds === undefined ? null : after(recorder, retryAfterSeconds * 1000);
}

function after({ now }: Recorder, milliseconds: number): Date {
  return new Date(now().getTime() + milliseconds);
}
