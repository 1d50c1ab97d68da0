// One run: the account's calendars are listed, then each selected one is read, then the account is told how it went.

import type { CalendarToSync } from '../calendars/calendar-store.js';
import { IntegrationError, isRetryable } from '../errors.js';
import type { SyncTrigger, TimeWindow } from '../vocabulary.js';
import { CalendarReader } from './calendar-reader.js';
import { RunInterrupted, RunLost } from './interruption.js';
import { listCalendars } from './list-calendars.js';
import { inParallel } from './parallel.js';
import type { SyncJob } from './queue.js';
import { describeFailure, isOfAccount, type RunFailure } from './run-failure.js';
import { recordEnd, recordFailure } from './run-outcome.js';
import { RunProgress } from './run-progress.js';
import { syncCalendar } from './sync-calendar.js';
import type { BegunRun } from './sync-runs.js';
import type { SyncServices } from './sync-services.js';
import { hasMovedOn, windowAt } from './window.js';

/** Calendars of one account read at a time. Microsoft allows four requests at once for a mailbox. */
const CALENDARS_AT_ONCE = 3;

export interface RunSignals {
  /** Aborted when the job is no longer this worker's. */
  readonly signal: AbortSignal;
  /** Aborted when the process is to stop: the page under way is finished, then the run goes back to the queue. */
  readonly stopping: AbortSignal;
}

/**
 * Does what a job asks, unless its run is no longer the account's. Failures are recorded and done with.
 * @throws RunInterrupted when `stopping` is aborted first; anything else only where not even that could be recorded
 */
export async function syncAccount(
  services: SyncServices,
  job: SyncJob,
  { signal, stopping }: RunSignals,
): Promise<void> {
  const { runs, logger, now } = services;
  const begun = await runs.begin(job.accountId, job.syncId);
  if (begun === null) return;
  const lost = new AbortController();
  const progress = new RunProgress({ runs, job, now, onLost: () => lost.abort() });
  try {
    const signals = { lost: AbortSignal.any([signal, lost.signal]), stopping };
    const failures = await readCalendars(services, job, begun, signals, progress);
    await progress.stop();
    await recordEnd(services, job, begun, failures);
  } catch (error) {
    await progress.stop();
    if (error instanceof RunLost) {
      logger.debug({ ...job }, 'sync overtaken, or its account gone');
      await runs.endWithoutGrant(job.accountId, job.syncId);
    } else if (error instanceof RunInterrupted) {
      await runs.putBack(job.accountId, job.syncId);
      throw error;
    } else await recordFailure(services, job, begun, error);
  }
}

/** @returns how those calendars failed that did @throws what concerns the whole account */
async function readCalendars(
  services: SyncServices,
  job: SyncJob,
  begun: BegunRun,
  signals: { lost: AbortSignal; stopping: AbortSignal },
  progress: RunProgress,
): Promise<RunFailure[]> {
  const { calendars, settings, now, logger } = services;
  const providerId = await services.providerOf(job.accountId);
  if (providerId === null) throw new RunLost('the account is gone');
  const provider = services.provider(providerId);
  if (provider === undefined) throw new IntegrationError('provider_not_configured');
  const reader = new CalendarReader({ ...services, ...signals, run: job, provider });
  await listCalendars(reader);

  const window = windowAt(now(), settings);
  const isFull = ({ id, hasCursor, window: kept }: CalendarToSync) =>
    !hasCursor || kept === null || hasMovedOn(id, kept, now(), settings);
  const failures: RunFailure[] = [];
  const read = async (calendar: CalendarToSync) => {
    // It is the account that is throttled: its other calendars would only add to it.
    if (failures.some(({ code }) => code === 'throttled')) return;
    if (isPutOff(calendar, begun.trigger, now())) {
      failures.push(lastFailure(calendar));
      progress.add({ calendarsDone: 1 });
      return;
    }
    try {
      await readCalendar(services, reader, calendar, { full: isFull(calendar), window, progress });
    } catch (error) {
      if (error instanceof RunLost || error instanceof RunInterrupted || isOfAccount(error))
        throw error;
      const failure = describeFailure(error);
      logger.warn(
        { ...job, calendarId: calendar.id, code: failure.code, err: error },
        'calendar not synced',
      );
      failures.push(failure);
    }
    progress.add({ calendarsDone: 1 });
  };

  const tried = new Set<string>();
  for (;;) {
    // Once more around, for calendars selected meanwhile.
    const untried = (await calendars.forSync(job.accountId)).filter(({ id }) => !tried.has(id));
    if (untried.length === 0) return failures;
    for (const { id } of untried) tried.add(id);
    progress.note({
      phase: untried.some(isFull) ? 'baseline' : 'incremental',
      calendarsTotal: tried.size,
    });
    await inParallel(untried, CALENDARS_AT_ONCE, read);
  }
}

/** A calendar that fails is left alone for a while, unless a person asks: they may have mended it. */
function isPutOff(
  { nextAttemptAt }: CalendarToSync,
  trigger: SyncTrigger | null,
  now: Date,
): boolean {
  return (
    nextAttemptAt !== null && nextAttemptAt > now && trigger !== 'manual' && trigger !== 'connect'
  );
}

/** It still counts: the account is not well while one of its calendars is not. */
function lastFailure({ errorCode }: CalendarToSync): RunFailure {
  const code = errorCode ?? 'server_error';
  return { code, retryable: isRetryable(code), retryAfterSeconds: undefined };
}

async function readCalendar(
  { runs, logger }: SyncServices,
  reader: CalendarReader,
  calendar: CalendarToSync,
  { full, window, progress }: { full: boolean; window: TimeWindow; progress: RunProgress },
): Promise<void> {
  const { calendars, run } = reader.settings;
  try {
    const outcome = await syncCalendar(reader, {
      calendar,
      full,
      window,
      onFull: () => progress.note({ phase: 'baseline' }),
      onPage: (changes) => progress.add({ eventsSeen: changes }),
      onSkipped: (events) =>
        logger.warn({ ...run, calendarId: calendar.id, events }, 'events skipped'),
    });
    if (outcome === 'done') return;
  } catch (error) {
    if (!(error instanceof IntegrationError && error.code === 'calendar_gone')) throw error;
    if (await calendars.remove(run, calendar.id)) return;
  }
  // Either the calendar is not wanted any more, or the run may not write.
  if (!(await runs.holds(run.accountId, run.syncId))) throw new RunLost('the run may not write');
}
