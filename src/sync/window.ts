// The window: the span of time whose events are kept, when a calendar is read in full because of
// it, and what is inside.

import { createHash } from 'node:crypto';
import type { KeptWindow } from '../calendars/round.js';
import type { EventRecord, EventTime } from '../event-model.js';
import type { TimeWindow } from '../vocabulary.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/**
 * A full read is due 6 days after the last, and up to 2 days later by a hash of the calendar's id.
 */
const LEAST_AGE_DAYS = 6;
const SPREAD_DAYS = 2;

/** How many whole UTC days before and after the current one are kept. */
export interface WindowSettings {
  readonly pastDays: number;
  readonly futureDays: number;
}

/** A window with the UTC day on which it was made. */
export interface MadeWindow extends TimeWindow {
  readonly madeOn: Date;
}

/** The window of a full read that begins at `now`. */
export function windowAt(now: Date, { pastDays, futureDays }: WindowSettings): MadeWindow {
  const today = Math.floor(now.getTime() / DAY) * DAY;
  return {
    madeOn: new Date(today),
    from: new Date(today - pastDays * DAY),
    to: new Date(today + (futureDays + 1) * DAY),
  };
}

/**
 * Whether a calendar has to be read in full: its window was made too long ago, or with other
 * settings. The age differs from calendar to calendar, so that not all of them are read on one
 * night.
 */
export function hasMovedOn(
  calendarId: string,
  kept: KeptWindow,
  now: Date,
  settings: WindowSettings,
): boolean {
  // Windows of version 0.1.0 have no day: the one on which these settings make a window with this
  // beginning.
  const madeOn = kept.madeOn ?? new Date(kept.from.getTime() + settings.pastDays * DAY);
  const { from, to } = windowAt(madeOn, settings);
  if (kept.from.getTime() !== from.getTime() || kept.to.getTime() !== to.getTime()) return true;
  const age = now.getTime() - madeOn.getTime();
  return age < 0 || age > (LEAST_AGE_DAYS + SPREAD_DAYS * fractionOf(calendarId)) * DAY;
}

/**
 * Whether an event may belong to a window; an incremental read can return any event. An event that
 * only touches an edge counts as inside, as the provider decides there. The midnight of an all-day
 * event is that of the calendar's zone, up to half a day off UTC's, so its edge is wider.
 */
export function isInside({ from, to }: TimeWindow, { start, end }: EventRecord): boolean {
  const margin = 'date' in start ? 14 * HOUR : 0;
  // Malformed times are neither before nor after: the code that stores the event reports them.
  return !(instantOf(end) + margin < from.getTime()) && !(instantOf(start) - margin > to.getTime());
}

function instantOf(time: EventTime): number {
  return Date.parse('date' in time ? `${time.date}T00:00:00Z` : time.dateTime);
}

/** A number from 0 to 1 that is always the same for an id. */
function fractionOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
}
