// Reads one calendar: from its cursor, or in full where it has none, the cursor expired, or the
// window has moved.

import type { CalendarToSync } from '../calendars/calendar-store.js';
import type { Round } from '../calendars/round.js';
import { IntegrationError, ProviderError } from '../errors.js';
import type { EventChange } from '../event-model.js';
import type { ChangePage } from '../providers/provider-calendars.js';
import type { TimeWindow } from '../vocabulary.js';
import { calendarBackoff } from './backoff.js';
import type { CalendarReader } from './calendar-reader.js';
import { RunInterrupted, RunLost } from './interruption.js';
import { describeFailure, isOfAccount } from './run-failure.js';
import { readOpenSeries } from './sync-series.js';
import { isInside, type MadeWindow } from './window.js';

/** A calendar of this many rows is read again before a full read without any event empties it. */
const NOT_SUDDENLY_EMPTY = 20;
/** A calendar of this many rows is read again before a full read removes more than half of them. */
const NOT_SUDDENLY_HALF = 50;
const MOST_PAGES = 10_000;

export interface CalendarReading {
  readonly calendar: CalendarToSync;
  /** Whether to read in full although there is a cursor. */
  readonly full: boolean;
  /** The window of a full read. */
  readonly window: MadeWindow;
  /** Called when the calendar is read in full. */
  readonly onFull: () => void;
  /** Called for every page, with the number of changes in it. */
  readonly onPage: (changes: number) => void;
  /** Called at the end, where events had to be skipped. */
  readonly onSkipped: (events: number) => void;
}

/**
 * Reads the calendar and saves its events. On an error the calendar keeps what it had.
 * @returns `done` when the cursor is saved, `left` when the calendar is not to be synced any more
 * @throws ProviderError, RunLost, RunInterrupted
 */
export async function syncCalendar(
  reader: CalendarReader,
  reading: CalendarReading,
): Promise<'done' | 'left'> {
  const { calendars, now } = reader.services;
  let full = reading.full;
  let confirmed = false;
  let mayExpire = true;
  for (;;) {
    const round = await calendars.beginRound(reader.run, reading.calendar.id, {
      full,
      window: reading.window,
      at: now(),
    });
    if (round === null) return 'left';
    if (round.full) reading.onFull();
    try {
      const outcome = await readRound(reader, reading, round, confirmed);
      if (outcome === 'left') await calendars.leaveRound(round, { state: 'idle' });
      if (outcome !== 'suspicious') return outcome;
      // Nothing was removed. The second read decides.
      confirmed = true;
      full = true;
    } catch (error) {
      if (!isExpired(error) || round.full || !mayExpire) {
        await noteFailure(reader, reading.calendar, round, error);
        throw error;
      }
      // Only once in a run: a provider that forgets a new cursor has a fault.
      mayExpire = false;
      await calendars.dropCursor(round);
    }
  }
}

async function readRound(
  reader: CalendarReader,
  reading: CalendarReading,
  round: Round,
  confirmed: boolean,
): Promise<'done' | 'left' | 'suspicious'> {
  const { events, gate, collectGarbage, now } = reader.services;
  const { providerCalendarId } = reading.calendar;
  const before = round.full && !confirmed ? await events.count(round.calendarId) : 0;
  let page: string | null = null;
  let puts = 0;
  let skipped = 0;
  for (let pages = 1; ; pages++) {
    const from: string | null = page;
    const read: ChangePage = await reader.ask((provider, accessToken, signal) =>
      provider.readChanges({
        accessToken,
        providerCalendarId,
        window: round.window,
        cursor: round.cursor,
        page: from,
        signal,
      }),
    );
    collectGarbage(read.changes.length);
    const changes = read.changes.map((change) => withinWindow(change, round.window));
    if (changes.length > 0) {
      const unkept = await gate(() => events.savePage(round, changes));
      if (unkept === null) return 'left';
      skipped += unkept;
      puts += changes.filter(({ change }) => change === 'put').length;
    }
    reading.onPage(changes.length);
    collectGarbage(changes.length);
    if (read.next === null) {
      if (read.cursor === null)
        throw new ProviderError('provider_error', { reason: 'the last page has no cursor' });
      if (puts === 0 && before >= NOT_SUDDENLY_EMPTY) return 'suspicious';
      const wholeSeries = puts > 0 ? await readOpenSeries(reader, providerCalendarId, round) : [];
      if (wholeSeries === null) return 'left';
      if (before >= NOT_SUDDENLY_HALF && (await events.count(round.calendarId, round)) > before / 2)
        return 'suspicious';
      if (skipped > 0) reading.onSkipped(skipped);
      const end = { cursor: read.cursor, hasEvents: puts > 0, skipped, wholeSeries, at: now() };
      return (await gate(() => events.completeRound(round, end))) ? 'done' : 'left';
    }
    if (read.next === page || pages === MOST_PAGES)
      throw new ProviderError('provider_error', { reason: 'the pages do not end' });
    page = read.next;
  }
}

/** An event that moved out of the window is removed. A master is kept wherever it is. */
function withinWindow(change: EventChange, window: TimeWindow): EventChange {
  if (change.change !== 'put' || change.event.kind === 'master' || isInside(window, change.event))
    return change;
  const { providerEventId, seriesId } = change.event;
  return { change: 'remove', providerEventId, seriesId };
}

function isExpired(error: unknown): boolean {
  return error instanceof IntegrationError && error.code === 'cursor_expired';
}

async function noteFailure(
  { services: { calendars, now, random } }: CalendarReader,
  { failures }: CalendarToSync,
  round: Round,
  error: unknown,
): Promise<void> {
  if (error instanceof RunLost) return calendars.leaveRound(round, { state: 'idle' });
  if (error instanceof RunInterrupted) return calendars.leaveRound(round, { state: 'queued' });
  const { code, retryable, retryAfterSeconds } = describeFailure(error);
  const state = retryable ? 'backoff' : 'error';
  // A failure of the whole account is waited for by the account.
  if (code === 'throttled' || isOfAccount(error))
    return calendars.leaveRound(round, { state, code });
  const wait = calendarBackoff(failures + 1, retryAfterSeconds, random);
  await calendars.leaveRound(round, {
    state,
    code,
    nextAttemptAt: new Date(now().getTime() + wait),
  });
}
