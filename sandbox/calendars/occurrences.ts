/**
 * Expands a series into its occurrences, in the series' time zone, with its exceptions and
 * cancellations.
 */
import { parseRule, ruleDates } from './recurrence-rule.js';
import type { Override, Timing, When } from './stored-event.js';
import { addLocal, dateOfDay, dayNumber, toInstant, toLocal } from './zoned-time.js';

const DAY = 86_400_000;
/** No occurrence is earlier than 1900. */
const EARLIEST = Date.UTC(1900, 0, 1);

/** One occurrence. `date` is the local date of its original start, `20260914`. */
export interface Occurrence {
  date: string;
  originalStart: When;
  originalInstant: number;
  start: When;
  end: When;
  startsAt: number;
  endsAt: number;
  override?: Override;
}

/** A time span. An event is in it if it ends after `from` and starts before `to`. */
export interface Span {
  from: number;
  to: number;
}

/** The instant of a time. A date means midnight in `floatingZone`. */
export function instantOf(when: When, floatingZone: string): number {
  return 'date' in when
    ? toInstant(`${when.date}T00:00:00`, floatingZone)
    : toInstant(when.dateTime, when.timeZone);
}

/**
 * Whether an event is in the span, by the rule of Google and Outlook. An event of zero length
 * counts.
 */
export function overlaps(
  timing: { start: When; end: When },
  span: Span,
  floatingZone: string,
): boolean {
  return (
    instantOf(timing.end, floatingZone) > span.from &&
    instantOf(timing.start, floatingZone) < span.to
  );
}

/**
 * The occurrences in a span, ordered by start. Cancelled ones are included (`override.cancelled`).
 */
export function occurrencesOf(
  series: Timing,
  span: Span,
  floatingZone: string,
  limit = 2_000,
): Occurrence[] {
  const found: Occurrence[] = [];
  const overrides = series.overrides ?? {};
  for (const date of regularDates(series, span, floatingZone)) {
    const occurrence = occurrenceOn(series, date, floatingZone);
    if (
      !overrides[occurrence.date] &&
      occurrence.endsAt > span.from &&
      occurrence.startsAt < span.to
    ) {
      found.push(occurrence);
    }
    if (found.length >= limit) break;
  }
  for (const key of Object.keys(overrides)) {
    const occurrence = occurrenceOn(series, unpack(key), floatingZone);
    if (occurrence.endsAt > span.from && occurrence.startsAt < span.to) found.push(occurrence);
  }
  return found.sort((a, b) => a.startsAt - b.startsAt || (a.date < b.date ? -1 : 1));
}

/** The occurrence on a local date (`20260914` or `2026-09-14`); undefined if there is none. */
export function findOccurrence(
  series: Timing,
  date: string,
  floatingZone: string,
): Occurrence | undefined {
  const local = date.length === 8 ? unpack(date) : date;
  if (series.overrides?.[pack(local)]) return occurrenceOn(series, local, floatingZone);
  const noon = dayNumber(local) * DAY;
  for (const one of regularDates(
    series,
    { from: noon - 2 * DAY, to: noon + 3 * DAY },
    floatingZone,
  )) {
    if (one === local) return occurrenceOn(series, local, floatingZone);
  }
  return undefined;
}

/** The local date of a time. Occurrences are named by the local date of their original start. */
export function startDate(when: When): string {
  return 'date' in when ? when.date : when.dateTime.slice(0, 10);
}

/** Converts `2026-09-14` to `20260914`. */
export function pack(date: string): string {
  return date.replaceAll('-', '');
}

function unpack(date: string): string {
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;
}

function* regularDates(series: Timing, span: Span, floatingZone: string): Generator<string> {
  const lines = series.recurrence ?? [];
  const ruleLine = lines.find((line) => /^RRULE/i.test(line));
  const excluded = new Set(
    lines.filter((line) => /^EXDATE/i.test(line)).flatMap((line) => excludedDates(line, series)),
  );
  const rule = ruleLine ? parseRule(ruleLine) : parseRule('RRULE:FREQ=DAILY;COUNT=1');
  const length = instantOf(series.end, floatingZone) - instantOf(series.start, floatingZone);
  const start = startDate(series.start);
  const from = dateOfDay(Math.floor(Math.max(span.from - Math.max(0, length), EARLIEST) / DAY) - 2);
  const lastDay = Math.ceil(Math.min(span.to, 8e15) / DAY) + 2;
  const dates = ruleDates(rule, start, from > start ? from : start, series.lastDayCounts);
  for (const date of dates) {
    if (dayNumber(date) > lastDay || (rule.until && isPast(series.start, date, rule.until))) return;
    if (date >= from && !excluded.has(date)) yield date;
  }
}

function isPast(start: When, date: string, until: string): boolean {
  if (until.length === 8 || 'date' in start) return pack(date) > until.slice(0, 8);
  const instant = toInstant(date + start.dateTime.slice(10), start.timeZone);
  const text = `${unpack(until)}T${until.slice(9, 11)}:${until.slice(11, 13)}:${until.slice(13, 15)}`;
  return instant > (until.endsWith('Z') ? Date.parse(`${text}Z`) : toInstant(text, start.timeZone));
}

function excludedDates(line: string, series: Timing): string[] {
  const zone = 'date' in series.start ? 'UTC' : series.start.timeZone;
  return (line.split(':').at(-1) ?? '').split(',').map((value) => {
    const date = unpack(value);
    if (value.length === 8 || !value.endsWith('Z')) return date;
    const time = `${date}T${value.slice(9, 11)}:${value.slice(11, 13)}:${value.slice(13, 15)}Z`;
    return toLocal(Date.parse(time), zone).slice(0, 10);
  });
}

function occurrenceOn(series: Timing, date: string, floatingZone: string): Occurrence {
  const shift = (dayNumber(date) - dayNumber(startDate(series.start))) * DAY;
  const originalStart = shifted(series.start, shift);
  const override = series.overrides?.[pack(date)];
  const start = override?.start ?? originalStart;
  const end = override?.end ?? shifted(series.end, shift);
  return {
    date: pack(date),
    originalStart,
    originalInstant: instantOf(originalStart, floatingZone),
    start,
    end,
    startsAt: instantOf(start, floatingZone),
    endsAt: instantOf(end, floatingZone),
    ...(override ? { override } : {}),
  };
}

function shifted(when: When, milliseconds: number): When {
  if ('date' in when) return { date: addLocal(`${when.date}T00:00:00`, milliseconds).slice(0, 10) };
  return { dateTime: addLocal(when.dateTime, milliseconds), timeZone: when.timeZone };
}
