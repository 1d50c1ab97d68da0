// One run: lists the account's calendars, reads each selected one, then records the outcome.

import type { CalendarToSync } from '../calendars/calendar-store.js';
import { IntegrationError, isRetryable } from '../errors.js';
import type { SyncTrigger } from '../vocabulary.js';
import type { BegunRun } from './begin-run.js';
import { CalendarReader, type ReadingRun } from './calendar-reader.js';
import { RunInterrupted, RunLost } from './interruption.js';
import type { Turn } from './lane.js';
import { listCalendars } from './list-calendars.js';
import { lookForNews } from './look.js';
import { inParallel } from './parallel.js';
import { describeFailure, isOfAccount, type RunFailure } from './run-failure.js';
import {
  type CalendarsRead,
  type RunResult,
  recordEnd,
  recordFailure,
  recordNothingNew,
} from './run-outcome.js';
import { RunProgress } from './run-progress.js';
import { syncCalendar } from './sync-calendar.js';
import type { SyncJob, SyncServices } from './sync-services.js';
import { hasMovedOn, type MadeWindow, windowAt } from './window.js';

/**
 * Calendars of one account that are read at a time. Microsoft allows four requests at once for a
 * mailbox.
 */
const CALENDARS_AT_ONCE = 3;

export interface RunSignals {
  /** Aborted when the job is no longer this worker's. */
  readonly signal: AbortSignal;
  /**
   * Aborted when the process is to stop: the page that is being read is finished, then the run goes
   * back to the queue.
   */
  readonly stopping: AbortSignal;
  /** The run's right to send requests. Absent: always. */
  readonly turn?: Turn | undefined;
}

/**
 * Does the run of a job, unless the account names another run by now. A scheduled run looks first
 * whether anything is new. Failures are recorded and not thrown.
 * @throws RunInterrupted when `stopping` is aborted first; another error only where it could not
 * even be recorded
 */
export async function syncAccount(
  services: SyncServices,
  job: SyncJob,
  { signal, stopping, turn }: RunSignals,
): Promise<RunResult> {
  const { runs, logger, now } = services;
  const begun = await runs.begin(job.accountId, job.syncId);
  if (begun === null) return 'ended';
  const lost = new AbortController();
  const progress = new RunProgress({ runs, job, now, onLost: () => lost.abort() });
  try {
    const reader = createReader(services, job, begun, {
      lost: AbortSignal.any([signal, lost.signal]),
      stopping,
      turn,
    });
    const nothingNew = await lookForNews(reader, begun);
    if (nothingNew !== null) {
      await progress.end();
      return await recordNothingNew(services, job, nothingNew);
    }
    const reading = await readCalendars(reader, begun, progress);
    await progress.stop();
    await recordEnd(services, job, begun, { ...reading, saved: reader.saved });
  } catch (error) {
    await progress.stop();
    if (error instanceof RunLost) {
      logger.debug({ ...job }, 'sync replaced, or its account removed');
      await runs.endWithoutGrant(job.accountId, job.syncId);
    } else if (error instanceof RunInterrupted) {
      await runs.putBack(job.accountId, job.syncId);
      throw error;
    } else await recordFailure(services, job, begun, error);
  }
  return 'ended';
}

function createReader(
  services: SyncServices,
  run: SyncJob,
  { provider: providerId, access }: BegunRun,
  signals: Pick<ReadingRun, 'lost' | 'stopping' | 'turn'>,
): CalendarReader {
  if (providerId === null) throw new RunLost('the account is gone');
  const provider = services.provider(providerId);
  if (provider === undefined) throw new IntegrationError('provider_not_configured');
  return new CalendarReader(services, { ...signals, run, provider, access });
}

/** @throws a failure that concerns the whole account */
async function readCalendars(
  reader: CalendarReader,
  { trigger }: BegunRun,
  progress: RunProgress,
): Promise<Omit<CalendarsRead, 'saved'>> {
  const { calendars, settings, now } = reader.services;
  reader.forgetAccess();
  await listCalendars(reader);
  reader.noteListed();
  const window = windowAt(now(), settings);
  const isFull = ({ id, hasCursor, window: kept }: CalendarToSync) =>
    !hasCursor || kept === null || hasMovedOn(id, kept, now(), settings);
  const failures: RunFailure[] = [];
  const read = async (calendar: CalendarToSync) => {
    // The account is throttled: its other calendars would only add to that.
    if (failures.some(({ code }) => code === 'throttled')) return;
    const failure = isPutOff(calendar, trigger, now())
      ? lastFailure(calendar)
      : await tryCalendar(reader, calendar, { full: isFull(calendar), window, progress });
    if (failure !== null) failures.push(failure);
    progress.add({ calendarsDone: 1 });
  };

  const tried = new Set<string>();
  for (;;) {
    // Calendars that were selected meanwhile are read in a further round.
    const selected = await calendars.forSync(reader.run.accountId);
    const untried = selected.filter(({ id }) => !tried.has(id));
    if (untried.length === 0) return { failures, calendars: tried.size };
    for (const { id } of untried) tried.add(id);
    progress.note({
      phase: untried.some(isFull) ? 'baseline' : 'incremental',
      calendarsTotal: tried.size,
    });
    await inParallel(untried, CALENDARS_AT_ONCE, read);
  }
}

/** A calendar that failed is not read for a while, unless a person asks: they may have fixed it. */
function isPutOff(
  { nextAttemptAt }: CalendarToSync,
  trigger: SyncTrigger | null,
  now: Date,
): boolean {
  return (
    nextAttemptAt !== null && nextAttemptAt > now && trigger !== 'manual' && trigger !== 'connect'
  );
}

/** Its failure still counts: an account with a failed calendar is not up to date. */
function lastFailure({ errorCode }: CalendarToSync): RunFailure {
  const code = errorCode ?? 'server_error';
  return { code, retryable: isRetryable(code), retryAfterSeconds: undefined };
}

/** How one calendar is read. */
interface Reading {
  readonly full: boolean;
  readonly window: MadeWindow;
  readonly progress: RunProgress;
}

/** @returns the failure, where it is the calendar's own; null when there was none */
async function tryCalendar(
  reader: CalendarReader,
  calendar: CalendarToSync,
  reading: Reading,
): Promise<RunFailure | null> {
  try {
    await readCalendar(reader, calendar, reading);
    return null;
  } catch (error) {
    if (error instanceof RunLost || error instanceof RunInterrupted || isOfAccount(error))
      throw error;
    const failure = describeFailure(error);
    reader.services.logger.warn(
      { ...reader.run, calendarId: calendar.id, code: failure.code, err: error },
      'calendar not synced',
    );
    return failure;
  }
}

async function readCalendar(
  reader: CalendarReader,
  calendar: CalendarToSync,
  { full, window, progress }: Reading,
): Promise<void> {
  const { run } = reader;
  const { runs, logger } = reader.services;
  // A calendar that the provider does not find, although it was listed in this run, fails like any
  // other: it is removed when the list drops it.
  const outcome = await syncCalendar(reader, {
    calendar,
    full,
    window,
    onFull: () => progress.note({ phase: 'baseline' }),
    onPage: (changes) => progress.add({ eventsSeen: changes }),
    onSkipped: (events) =>
      logger.warn({ ...run, calendarId: calendar.id, events }, 'events skipped'),
    onListing: (listing, error) =>
      logger.warn(
        { ...run, calendarId: calendar.id, listing, err: error },
        'calendar is listed in another way',
      ),
  });
  if (outcome === 'done') return;
  // Either the calendar is not selected any more, or the run may not write.
  if (!(await runs.holds(run.accountId, run.syncId))) throw new RunLost('the run may not write');
}
