// Records the outcome of a run, and when the next one is due.

import { statusReasonOf } from '../errors.js';
import type { EventCounts } from '../notification-types.js';
import { backoff, jittered } from './backoff.js';
import { describeFailure, type RunFailure, worst } from './run-failure.js';
import type { BegunRun } from './sync-runs.js';
import type { SyncJob, SyncServices } from './sync-services.js';

/**
 * Between syncs of an account whose provider reports changes. Both providers say that a report can
 * be lost.
 */
const PUSHED_POLL_MINUTES = 120;

/** What a run has read. */
export interface CalendarsRead {
  /** The failures of the calendars that failed. They keep what they had. */
  readonly failures: readonly RunFailure[];
  /** How many calendars the run was to read. */
  readonly calendars: number;
  /** The events that the run has changed and deleted. */
  readonly saved: EventCounts;
}

/** Records a run that listed the calendars and read them. */
export async function recordEnd(
  services: SyncServices,
  job: SyncJob,
  { failures: before }: BegunRun,
  { failures, calendars: wanted, saved }: CalendarsRead,
): Promise<void> {
  const { runs, calendars, settings, now, random, logger } = services;
  const error = worst(failures)?.code ?? null;
  const throttled = failures.some(({ code }) => code === 'throttled');
  const asked = longest(failures);
  // A calendar that failed is tried again at its own time; all of them where the account was
  // throttled.
  const least = (await services.isPushed(job.accountId)) ? PUSHED_POLL_MINUTES : 0;
  const poll = jittered(Math.max(settings.pollMinutes, least) * 60_000, random);
  const broken = throttled ? null : await calendars.nextAttempt(job.accountId);
  const wait = throttled
    ? backoff(before + 1, asked, random)
    : Math.min(
        poll,
        Math.max((broken?.getTime() ?? Number.POSITIVE_INFINITY) - now().getTime(), SOON_MS),
      );
  await runs.finish(job.accountId, job.syncId, {
    // An account none of whose calendars could be read is not at rest.
    state: throttled || (wanted > 0 && failures.length >= wanted) ? 'backoff' : 'idle',
    error,
    failed: throttled,
    nextSyncAt: after(services, wait),
    notBefore: notBefore(services, asked),
    againAtOnce: asked === undefined && !throttled,
    saved,
  });
  logger.info({ ...job, error, nextInSeconds: Math.round(wait / 1000) }, 'sync ended');
}

/** Records a run that failed as a whole. */
export async function recordFailure(
  services: SyncServices,
  job: SyncJob,
  { failures: before }: BegunRun,
  error: unknown,
): Promise<void> {
  const { runs, markReauthorization, settings, random, logger } = services;
  const { code, retryable, retryAfterSeconds } = describeFailure(error);
  // A failure that does not pass may be fixed by someone who does not tell us: tried now and then.
  const wait = retryable
    ? backoff(before + 1, retryAfterSeconds, random)
    : Math.max(6 * 3_600_000, settings.pollMinutes * 60_000);
  logger.warn({ ...job, code, err: error }, 'sync failed');
  const reason = statusReasonOf(error);
  // Before the run ends, so that a client that sees the end sees the status too. Only while the account
  // names the run: a grant that was renewed meanwhile is not the cause.
  if (reason !== null && (await runs.holds(job.accountId, job.syncId)))
    await markReauthorization(job.accountId, reason);
  await runs.fail(job.accountId, job.syncId, {
    code,
    retryable,
    nextSyncAt: after(services, wait),
    notBefore: notBefore(services, retryAfterSeconds) ?? undefined,
  });
}

const SOON_MS = 30_000;

function longest(failures: readonly RunFailure[]): number | undefined {
  const asked = failures.map(({ retryAfterSeconds }) => retryAfterSeconds ?? 0);
  return Math.max(0, ...asked) || undefined;
}

/** The time that a provider named. Before it not even a person's click sends a request. */
function notBefore(services: SyncServices, retryAfterSeconds: number | undefined): Date | null {
  return retryAfterSeconds === undefined ? null : after(services, retryAfterSeconds * 1000);
}

function after({ now }: SyncServices, milliseconds: number): Date {
  return new Date(now().getTime() + milliseconds);
}
