// Reads one calendar: from its cursor, or in full where it has none, the cursor expired, or the
// window has moved.

import type { CalendarToSync } from '../calendars/calendar-store.js';
import type { RoundEnd } from '../calendars/event-store.js';
import type { Round } from '../calendars/round.js';
import { IntegrationError } from '../errors.js';
import type { EventChange } from '../event-model.js';
import { EndlessListing, ListingProgress } from '../providers/listing-progress.js';
import type { ChangePage, Listing } from '../providers/provider-calendars.js';
import { BodyTooLarge } from '../providers/response-body.js';
import type { TimeWindow } from '../vocabulary.js';
import { calendarBackoff } from './backoff.js';
import type { CalendarReader } from './calendar-reader.js';
import { RunInterrupted, RunLost } from './interruption.js';
import { describeFailure, isOfAccount } from './run-failure.js';
import { NO_SERIES, readOpenSeries } from './sync-series.js';
import { isInside, type MadeWindow } from './window.js';

/** A calendar of this many rows is read again before a full read without any event empties it. */
const NOT_SUDDENLY_EMPTY = 20;
/** A calendar of this many rows is read again before a full read removes more than half of them. */
const NOT_SUDDENLY_HALF = 50;

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
  /** Called when the calendar is listed in another way, because the usual one failed. */
  readonly onListing?: (listing: Listing, error: unknown) => void;
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
  let listing: Listing = 'usual';
  for (;;) {
    const round = await calendars.beginRound(reader.run, reading.calendar.id, {
      full,
      window: reading.window,
      at: now(),
    });
    if (round === null) return 'left';
    if (round.full) reading.onFull();
    try {
      const outcome = await readRound(reader, reading, round, { confirmed, listing });
      if (outcome === 'left') await calendars.leaveRound(round, { state: 'idle' });
      if (outcome !== 'suspicious') return outcome;
      // Nothing was removed. The second read decides.
      confirmed = true;
      full = true;
    } catch (error) {
      const other = otherListing(error, listing);
      if (other !== null) {
        reading.onListing?.(other, error);
        listing = other;
        full = true;
        continue;
      }
      // What was listed is shown, also where no way of listing comes to an end.
      if (error instanceof EndlessListing) await reader.services.events.showListed(round);
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
  { confirmed, listing }: { confirmed: boolean; listing: Listing },
): Promise<'done' | 'left' | 'suspicious'> {
  const { events, collectGarbage } = reader.services;
  const { providerCalendarId } = reading.calendar;
  const before = round.full && !confirmed ? await events.count(round.calendarId) : 0;
  const progress = new ListingProgress();
  let page: string | null = null;
  let puts = 0;
  let skipped = 0;
  for (;;) {
    const from: string | null = page;
    const read: ChangePage =
      (from === null ? reader.takeFirst(round.calendarId, round.cursor) : null) ??
      (await reader.ask((provider, accessToken, signal) =>
        provider.readChanges({
          accessToken,
          providerCalendarId,
          window: round.window,
          cursor: round.cursor,
          listing,
          page: from,
          signal,
        }),
      ));
    collectGarbage(read.changes.length);
    const changes = read.changes.map((change) => withinWindow(change, round.window));
    if (changes.length > 0) {
      const unkept = await reader.savePage(round, changes);
      if (unkept === null) return 'left';
      skipped += unkept;
      puts += changes.filter(({ change }) => change === 'put').length;
    }
    reading.onPage(changes.length);
    collectGarbage(changes.length);
    if (read.next !== null) {
      progress.add(idsIn(read.changes, round), read.next);
      page = read.next;
      continue;
    }
    if (puts === 0 && before >= NOT_SUDDENLY_EMPTY) return 'suspicious';
    const series = puts > 0 ? await readOpenSeries(reader, providerCalendarId, round) : NO_SERIES;
    if (series === null) return 'left';
    if (before >= NOT_SUDDENLY_HALF && (await events.count(round.calendarId, round)) > before / 2)
      return 'suspicious';
    if (skipped > 0) reading.onSkipped(skipped);
    return endRound(reader, round, {
      // Without a cursor the next reading is a full one, and requests the failed series again.
      cursor: series.hasFailed ? null : read.cursor,
      code: listing === 'plain' ? 'changes_unavailable' : null,
      hasEvents: puts > 0,
      skipped,
      wholeSeries: series.whole,
    });
  }
}

async function endRound(
  reader: CalendarReader,
  round: Round,
  end: Omit<RoundEnd, 'at'>,
): Promise<'done' | 'left'> {
  const { events, gate, now } = reader.services;
  const saved = await gate(() => events.completeRound(round, { ...end, at: now() }));
  if (saved === null) return 'left';
  reader.noteSaved(saved);
  return 'done';
}

/** An event that moved out of the window is removed. A master is kept wherever it is. */
function withinWindow(change: EventChange, window: TimeWindow): EventChange {
  if (change.change !== 'put' || change.event.kind === 'master' || isInside(window, change.event))
    return change;
  const { providerEventId, seriesId } = change.event;
  return { change: 'remove', providerEventId, seriesId };
}

/**
 * The ids of the changes that bring something. In a full read a removal brings nothing: what it
 * names has not been listed.
 */
function idsIn(changes: readonly EventChange[], { full }: Round): string[] {
  return changes
    .filter(({ change }) => !full || change !== 'remove')
    .map((change) =>
      change.change === 'put' ? change.event.providerEventId : `${change.providerEventId}`,
    );
}

/** Another way to list a calendar whose listing failed; null when there is none. */
function otherListing(error: unknown, failed: Listing): Listing | null {
  if (failed === 'plain') return null;
  // Pages have been as small as possible already.
  if (error instanceof BodyTooLarge) return 'plain';
  if (!(error instanceof EndlessListing)) return null;
  return failed === 'usual' ? 'small' : 'plain';
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
