/** Converts between wall clock times and instants, with Intl. */

const MINUTE = 60_000;
const DAY = 86_400_000;
const BUCKET = 15 * MINUTE;

const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();

function formatterFor(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

/** Whether Intl knows a time zone. */
export function isZone(zone: string): boolean {
  try {
    formatterFor(zone);
    return true;
  } catch {
    return false;
  }
}

/** The offset of a time zone at an instant, in milliseconds east of UTC. */
export function offsetAt(zone: string, instant: number): number {
  if (zone === 'UTC') return 0;
  let known = offsets.get(zone);
  if (!known) {
    known = new Map();
    offsets.set(zone, known);
  }
  const bucket = Math.floor(instant / BUCKET);
  let offset = known.get(bucket);
  if (offset === undefined) {
    const part: Record<string, number> = {};
    for (const { type, value } of formatterFor(zone).formatToParts(bucket * BUCKET))
      part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    offset = Date.UTC(year, month - 1, day, hour, minute, second) - bucket * BUCKET;
    known.set(bucket, offset);
  }
  return offset;
}

/**
 * The instant of a wall clock time (`2026-09-07T10:00:00`). A time in a gap moves forward. Of two
 * instants, it is the first.
 */
export function toInstant(local: string, zone: string): number {
  const guess = Date.parse(`${local}Z`);
  if (zone === 'UTC') return guess;
  const before = offsetAt(zone, guess - DAY);
  const after = offsetAt(zone, guess + DAY);
  const first = guess - before;
  if (before === after || offsetAt(zone, first) === before) return first;
  const second = guess - after;
  return offsetAt(zone, second) === after ? second : first;
}

/** The wall clock in `zone` at an instant: `2026-09-07T10:00:00`. */
export function toLocal(instant: number, zone: string): string {
  return new Date(instant + offsetAt(zone, instant)).toISOString().slice(0, 19);
}

/**
 * The time in `zone` with its offset, as Google writes it: `2026-09-07T10:00:00+02:00`; in UTC with
 * `Z`.
 */
export function toOffsetTime(instant: number, zone: string): string {
  const offset = offsetAt(zone, instant);
  if (offset === 0) return `${toLocal(instant, zone)}Z`;
  const minutes = Math.abs(offset) / MINUTE;
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `${toLocal(instant, zone)}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** The days from 1970-01-01 to a `YYYY-MM-DD`. */
export function dayNumber(date: string): number {
  return Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / DAY;
}

/** The `YYYY-MM-DD` of a day number. */
export function dateOfDay(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** Adds milliseconds to a wall clock time, without a time zone. */
export function addLocal(local: string, milliseconds: number): string {
  return new Date(Date.parse(`${local}Z`) + milliseconds).toISOString().slice(0, 19);
}
