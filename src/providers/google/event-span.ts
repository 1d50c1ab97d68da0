// When an item of Google takes place: its start and end, its original start, and the window.

import type { z } from 'zod';
import type { EventTime } from '../../event-model.js';
import type { TimeWindow } from '../../vocabulary.js';
import { identifier } from '../clean-text.js';
import {
  between,
  clockOf,
  dayAfter,
  dayOf,
  ianaZone,
  instantOf,
  type Span,
  wholeDays,
} from '../event-time.js';
import { part, text } from '../tolerant.js';

/** The schema of a time: a day, or an instant with the zone that it was set in. */
export const time = part({ date: text, dateTime: text, timeZone: text });

type Time = z.output<typeof time>;

/** The fields of an item that say when it takes place. */
export interface TimedItem {
  readonly start?: Time;
  readonly end?: Time;
  readonly originalStartTime?: Time;
  readonly recurringEventId?: string | null;
}

/** What the mapping of an event depends on, beside the event. */
export interface Context {
  /** Google does not apply it to incremental responses, so the mapping does. */
  readonly window: TimeWindow;
  /** The calendar's own zone, in which its days begin. Null when unknown: UTC is used then. */
  readonly zone: string | null;
}

/**
 * When an item takes place. Where its start cannot be read, its original start counts, and then its
 * end. Null when none of them can be read.
 */
export function readSpan(
  { start, end }: TimedItem,
  original: EventTime | null,
  zone: string | null,
): Span | null {
  const endDay = dayOf(end?.date);
  const day = dayOf(start?.date);
  if (day !== null) return wholeDays(day, endDay ?? dayOf(end?.dateTime));
  const from = instantIn(start, zone);
  const until = instantIn(end, zone);
  if (from === null && (endDay !== null || (original !== null && 'date' in original))) {
    const first = original !== null && 'date' in original ? original.date : null;
    return wholeDays(first ?? dayAfter(endDay ?? '', -1), endDay);
  }
  const begins = from ?? (original === null ? null : instantOfTime(original)) ?? until;
  if (begins === null) return null;
  const midnight = endDay === null ? null : instantOf(`${endDay}T00:00:00`, zone);
  return between(begins, until ?? midnight, zoneOf(start, zone), zoneOf(end, zone));
}

function instantOfTime(time: EventTime): Date | null {
  return 'date' in time ? null : new Date(time.dateTime);
}

/**
 * The calendar's own zone only where the event names none. An unknown zone becomes null, not the
 * calendar's.
 */
function zoneOf(time: Time, zone: string | null): string | null {
  return time?.timeZone ? ianaZone(time.timeZone) : zone;
}

function instantIn(time: Time, zone: string | null): Date | null {
  return instantOf(time?.dateTime, clockOf(time?.timeZone) ?? zone);
}

/** The original start of an instance: its own field, else the time in its id. */
export function originalStartOf(
  item: TimedItem,
  id: string,
  zone: string | null,
): EventTime | null {
  const { originalStartTime: time } = item;
  const date = dayOf(time?.date);
  if (date !== null) return { date };
  const instant = instantIn(time, zone);
  if (instant !== null) return { dateTime: instant.toISOString(), timeZone: zoneOf(time, zone) };
  return identifier(item.recurringEventId) === null ? null : startInId(id);
}

/** A cancelled instance may have only its id. The series is named in it then. */
export function seriesOf(id: string, item: TimedItem): string | undefined {
  const inId = startInId(id) === null ? undefined : id.slice(0, id.lastIndexOf('_'));
  return identifier(item.recurringEventId) ?? inId;
}

/**
 * The id of an instance is `{series}_{original start in UTC}`. The id of the series can have
 * underscores too.
 */
function startInId(id: string): EventTime | null {
  const parts = /_(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z)?$/.exec(id);
  if (parts === null) return null;
  const [, year, month, day, hours, minutes, seconds] = parts;
  const date = dayOf(`${year}-${month}-${day}`);
  if (date === null || hours === undefined) return date === null ? null : { date };
  const instant = instantOf(`${date}T${hours}:${minutes}:${seconds}Z`, null);
  return instant === null ? null : { dateTime: instant.toISOString(), timeZone: null };
}

/**
 * The rule of Google's timeMin and timeMax: inside means that it ends after the window begins and
 * starts before it ends.
 */
export function isOutside({ start, end }: Span, { window, zone }: Context): boolean {
  const from =
    'date' in start ? instantOf(`${start.date}T00:00:00`, zone) : new Date(start.dateTime);
  const to = 'date' in end ? instantOf(`${end.date}T00:00:00`, zone) : new Date(end.dateTime);
  return from === null || to === null || to <= window.from || from >= window.to;
}
