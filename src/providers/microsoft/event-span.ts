// When an item of Graph takes place: its start and end, and its original start.

import type { z } from 'zod';
import type { EventTime } from '../../event-model.js';
import {
  between,
  clockOf,
  dayAfter,
  dayIn,
  dayOf,
  ianaZone,
  instantOf,
  type Span,
  wholeDays,
} from '../event-time.js';
import { part, text } from '../tolerant.js';

/** The schema of a time, which has no offset. */
export const time = part({ dateTime: text, timeZone: text });

type Time = z.output<typeof time>;

/** The fields of an item that say when it takes place. */
export interface TimedItem {
  readonly type?: string | null;
  readonly start?: Time;
  readonly end?: Time;
  readonly isAllDay?: boolean | null;
  readonly originalStart?: string | null;
  readonly originalStartTimeZone?: string | null;
  readonly originalEndTimeZone?: string | null;
}

/**
 * When an item takes place. Where its start cannot be read, its original start counts, and then its
 * end. Null when none of them can be read.
 */
export function readSpan(item: TimedItem): Span | null {
  const original = instantOf(item.originalStart, null);
  if (item.isAllDay === true) {
    const end = dayOf(item.end?.dateTime);
    const day =
      dayOf(item.start?.dateTime) ??
      (original && originalDay(item, original)) ??
      (end && dayAfter(end, -1));
    return day === null ? null : wholeDays(day, end);
  }
  const until = instantIn(item.end);
  const from = instantIn(item.start) ?? original ?? until;
  if (from === null) return null;
  const zone = zoneOf(item.originalStartTimeZone, item.start);
  return between(from, until, zone, zoneOf(item.originalEndTimeZone, item.end) ?? zone);
}

/**
 * A master completes its occurrences and is never shown, so it needs no times of its own. Whether
 * it is an all-day event counts.
 */
export function spanOfMaster(item: TimedItem): Span | null {
  if (item.type?.toLowerCase() !== 'seriesmaster') return null;
  if (item.isAllDay === true) return wholeDays(NO_DAY, null);
  return between(new Date(`${NO_DAY}T00:00:00Z`), null, zoneOf(item.originalStartTimeZone, null));
}

const NO_DAY = '1970-01-01';

/** A time has no offset. Its zone is named beside it. */
function instantIn(time: Time): Date | null {
  return instantOf(time?.dateTime, clockOf(time?.timeZone));
}

/**
 * The zone that the event was set in. The zone beside the time is UTC where we requested UTC, and
 * tells nothing then.
 */
function zoneOf(original: string | null | undefined, time: Time): string | null {
  if (original) return ianaZone(original);
  const zone = ianaZone(time?.timeZone);
  return zone === 'UTC' ? null : zone;
}

export function originalStartOf(item: TimedItem, span: Span): EventTime {
  const instant = instantOf(item.originalStart, null);
  if (instant === null) return span.start;
  if (!span.allDay)
    return {
      dateTime: instant.toISOString(),
      timeZone: 'timeZone' in span.start ? span.start.timeZone : null,
    };
  return { date: originalDay(item, instant) };
}

/** A day given as an instant: midnight in UTC, or in the zone that the event was set in. */
function originalDay(item: TimedItem, instant: Date): string {
  const midnight = instant.getTime() % 86_400_000 === 0;
  return dayIn(instant, midnight ? null : ianaZone(item.originalStartTimeZone));
}
