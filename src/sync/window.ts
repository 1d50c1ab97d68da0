// The window: which stretch of time is kept, when it has moved so far that a calendar is read anew, and what lies in it.

import { createHash } from 'node:crypto';
import type { EventRecord, EventTime, TimeWindow } from '../vocabulary.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;

export interface WindowSettings {
  readonly pastDays: number;
  readonly futureDays: number;
}

/** The window of a full sync that begins now, on whole days in UTC. */
export function windowAt(now: Date, { pastDays, futureDays }: WindowSettings): TimeWindow {
  const today = Math.floor(now.getTime() / DAY) * DAY;
  return { from: new Date(today - pastDays * DAY), to: new Date(today + (futureDays + 1) * DAY) };
}

/**
 * Whether a calendar has to be read in full because its window lies too far back, six to eight days by a hash of its id
 * (so that not all of them are read on one night), or because the settings have changed.
 */
export function hasMovedOn(
  calendarId: string,
  kept: TimeWindow,
  now: Date,
  settings: WindowSettings,
): boolean {
  if (
    kept.to.getTime() - kept.from.getTime() !==
    (settings.pastDays + settings.futureDays + 1) * DAY
  )
    return true;
  const madeAt = kept.from.getTime() + settings.pastDays * DAY;
  return now.getTime() - madeAt > (6 + 2 * fractionOf(calendarId)) * DAY;
}

/**
 * Whether an event may belong to a window: an incremental answer may hold any event. What only touches an edge counts as
 * inside: there the provider's word holds. An all-day event's midnight is that of the calendar's zone, up to half a day off
 * UTC's, and its edge is as soft.
 */
export function isInside({ from, to }: TimeWindow, { start, end }: EventRecord): boolean {
  const soft = 'date' in start ? 14 * HOUR : 0;
  // Times that are none lie nowhere, also not outside: whoever stores the event finds out.
  return !(instantOf(end) + soft < from.getTime()) && !(instantOf(start) - soft > to.getTime());
}

function instantOf(time: EventTime): number {
  return Date.parse('date' in time ? `${time.date}T00:00:00Z` : time.dateTime);
}

function fractionOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
}
