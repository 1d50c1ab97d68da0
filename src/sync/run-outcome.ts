// Records the outcome of a run, and when the next one is due.

import { statusReasonOf } from '../errors.js';
import type { EventCounts } from '../notification-types.js';
import { backoff, jittered } from './backoff.js';
import type { BegunRun } from './begin-run.js';
import type { NothingNew } from './look.js';
import { describeFailure, type RunFailure, worst } from './run-failure.js';
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

/** `quiet`: it found nothing new, and nothing is to be done after it. */
export type RunResult = 'quiet' | 'ended';

/** Records a run that found nothing new. */
export async function recordNothingNew(
  services: SyncServices,
  job: SyncJob,
  { calendars, listedAt }: NothingNew,
): Promise<RunResult> {
  const { runs, logger } = services;
  const wait = await untilNextPoll(services, job.accountId);
  const nextSyncAt = after(services, wait);
  const ended = await runs.finishQuiet(job, { calendars, nextSyncAt, listedAt });
  logger.info({ ...job, error: null, nextInSeconds: Math.round(wait / 1000) }, 'sync ended');
  // What follows a run is done at least as often as calendars are listed.
  return ended?.again === null && listedAt === null ? 'quiet' : 'ended';
}

/** Records a run that listed the calendars and read them. */
export async function recordEnd(
  services: SyncServices,
  job: SyncJob,
  { failures: before }: BegunRun,
  { failures, calendars: wanted, saved }: CalendarsRead,
): Promise<void> {
  const { runs, calendars, now, random, logger } = services;
  const error = worst(failures)?.code ?? null;
  const throttled = failures.some(({ code }) => code === 'throttled');
  const asked = longest(failures);
  // A calendar that failed is tried again at its own time; all of them where the account was
  // throttled.
  const poll = await untilNextPoll(services, job.accountId);
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

/** Milliseconds. */
async function untilNextPoll(services: SyncServices, accountId: string): Promise<number> {
  const { settings, random } = services;
  const least = (await services.isPushed(accountId)) ? PUSHED_POLL_MINUTES : 0;
  return jittered(Math.max(settings.pollMinutes, least) * 60_000, random);
}

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
