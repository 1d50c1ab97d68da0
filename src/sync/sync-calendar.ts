// Reads one calendar: from its cursor, or in full where there is none, it is dead, or its window has moved on.

import type { CalendarToSync } from '../calendars/calendar-store.js';
import type { Round } from '../calendars/round.js';
import { IntegrationError, ProviderError } from '../errors.js';
import type { ChangePage } from '../providers/provider-calendars.js';
import type { EventChange, TimeWindow } from '../vocabulary.js';
import { calendarBackoff } from './backoff.js';
import type { CalendarReader } from './calendar-reader.js';
import { RunInterrupted, RunLost } from './interruption.js';
import { describeFailure, isOfAccount } from './run-failure.js';
import { readOpenSeries } from './sync-series.js';
import { isInside } from './window.js';

/** From so many rows on, a full reading without a single event has to say so twice, */
const NOT_SUDDENLY_EMPTY = 20;
/** and from so many on, one that would take away more than half of them. */
const NOT_SUDDENLY_HALF = 50;
const MOST_PAGES = 10_000;

export interface CalendarReading {
  readonly calendar: CalendarToSync;
  /** Read in full though there is a cursor. */
  readonly full: boolean;
  /** The window of a full reading. */
  readonly window: TimeWindow;
  /** Called when a reading turns out to be a full one. */
  readonly onFull: () => void;
  /** Called for every page, with the number of changes in it. */
  readonly onPage: (changes: number) => void;
  /** Called at the end of a reading that had to skip events. */
  readonly onSkipped: (events: number) => void;
}

/**
 * @returns `done` when the cursor is saved, `left` when the calendar is not to be synced any more
 * @throws ProviderError, RunLost, RunInterrupted; the calendar keeps what it had
 */
export async function syncCalendar(
  reader: CalendarReader,
  reading: CalendarReading,
): Promise<'done' | 'left'> {
  const { calendars } = reader.settings;
  let full = reading.full;
  let confirmed = false;
  let mayExpire = true;
  for (;;) {
    const round = await calendars.beginRound(reader.settings.run, reading.calendar.id, {
      full,
      window: reading.window,
      at: reader.settings.now(),
    });
    if (round === null) return 'left';
    if (round.full) reading.onFull();
    try {
      const outcome = await readRound(reader, reading, round, confirmed);
      if (outcome === 'left') await calendars.leaveRound(round, { state: 'idle' });
      if (outcome !== 'suspicious') return outcome;
      // Nothing has been deleted: a second reading decides.
      confirmed = true;
      full = true;
    } catch (error) {
      if (!isExpired(error) || round.full || !mayExpire) {
        await noteFailure(reader, reading.calendar, round, error);
        throw error;
      }
      // Once in a run: a provider that forgets what it has just said is in trouble.
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
  const { events, gate, relieve, now } = reader.settings;
  const { providerCalendarId } = reading.calendar;
  const before = round.full && !confirmed ? await events.count(round.calendarId) : 0;
  let page: string | null = null;
  let puts = 0;
  let skipped = 0;
  for (let pages = 1; ; pages++) {
    const from: string | null = page;
    const said: ChangePage = await reader.ask((provider, accessToken, signal) =>
      provider.readChanges({
        accessToken,
        providerCalendarId,
        window: round.window,
        cursor: round.cursor,
        page: from,
        signal,
      }),
    );
    relieve(said.changes.length);
    const changes = said.changes.map((change) => withinWindow(change, round.window));
    if (changes.length > 0) {
      const unkept = await gate(() => events.savePage(round, changes));
      if (unkept === null) return 'left';
      skipped += unkept;
      puts += changes.filter(({ change }) => change === 'put').length;
    }
    reading.onPage(changes.length);
    relieve(changes.length);
    if (said.next === null) {
      if (said.cursor === null)
        throw new ProviderError('provider_error', { reason: 'the last page has no cursor' });
      if (puts === 0 && before >= NOT_SUDDENLY_EMPTY) return 'suspicious';
      const wholeSeries = puts > 0 ? await readOpenSeries(reader, providerCalendarId, round) : [];
      if (wholeSeries === null) return 'left';
      if (before >= NOT_SUDDENLY_HALF && (await events.count(round.calendarId, round)) > before / 2)
        return 'suspicious';
      if (skipped > 0) reading.onSkipped(skipped);
      const end = { cursor: said.cursor, hasEvents: puts > 0, skipped, wholeSeries, at: now() };
      return (await gate(() => events.completeRound(round, end))) ? 'done' : 'left';
    }
    if (said.next === page || pages === MOST_PAGES)
      throw new ProviderError('provider_error', { reason: 'the pages do not end' });
    page = said.next;
  }
}

/** An event that has moved out of the window is gone from here. A master is kept wherever it lies. */
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
  { settings: { calendars, now, random } }: CalendarReader,
  { failures }: CalendarToSync,
  round: Round,
  error: unknown,
): Promise<void> {
  if (error instanceof RunLost) return calendars.leaveRound(round, { state: 'idle' });
  if (error instanceof RunInterrupted) return calendars.leaveRound(round, { state: 'queued' });
  const { code, retryable, retryAfterSeconds } = describeFailure(error);
  const state = retryable ? 'backoff' : 'error';
  // What is the account's is waited for by the account.
  if (code === 'throttled' || isOfAccount(error))
    return calendars.leaveRound(round, { state, code });
  const wait = calendarBackoff(failures + 1, retryAfterSeconds, random);
  await calendars.leaveRound(round, {
    state,
    code,
    nextAttemptAt: new Date(now().getTime() + wait),
  });
}
