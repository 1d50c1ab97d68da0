// Reads zones, instants and days as providers spell them.

import { findIana } from 'windows-iana';
import type { EventTime } from '../event-model.js';

/** Zones are free text in responses, so both caches below are limited. */
const MOST_KEPT = 2000;
const formats = new Map<string, Intl.DateTimeFormat | null>();

/**
 * A format that knows the zone's offsets; null for an unknown zone. Formats are kept, because
 * making one is slow.
 */
function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat | null = null;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    // The zone is unknown. Zones are free text in responses.
  }
  if (formats.size >= MOST_KEPT) formats.clear();
  formats.set(zone, format);
  return format;
}

const zones = new Map<string, string | null>();

/** The IANA name of an IANA zone or a Windows zone (of territory 001); null when it is neither. */
export function ianaZone(name: unknown): string | null {
  if (typeof name !== 'string' || name.length > 100) return null;
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = findZone(name);
    if (zones.size >= MOST_KEPT) zones.clear();
    zones.set(name, zone);
  }
  return zone;
}

function findZone(name: string): string | null {
  const spelled = name.replace(/^tzone:\/\/Microsoft\//i, '');
  if (/^(?:Etc\/)?(?:UTC|GMT)$/i.test(spelled)) return 'UTC';
  const zone = findIana(spelled, '001')[0] ?? spelled;
  // Intl accepts `+02:00`, which is no IANA zone.
  if (zone === 'Etc/UTC') return 'UTC';
  return /^[A-Za-z]/.test(zone) && formatOf(zone) !== null ? zone : null;
}

/** How far `zone` is ahead of UTC at `instant`, in milliseconds. */
function offsetOf(zone: string, instant: number): number {
  const text = formatOf(zone)?.format(instant) ?? '';
  const [, sign, hours = 0, minutes = 0, seconds = 0] =
    /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  return (
    (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  );
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * The instant of an ISO 8601 date and time with any number of digits; without an offset it is wall
 * time in `zone`, an IANA zone (null: UTC). Null when it is no time, or a time in the year 1, which
 * Graph sends for an absent time.
 */
export function instantOf(text: unknown, zone: string | null): Date | null {
  const parts = typeof text === 'string' ? DATE_TIME.exec(text) : null;
  if (parts === null || parts[0].startsWith('0001')) return null;
  const [whole, offset] = parts;
  const wall = Date.parse(offset === undefined ? `${whole}Z` : whole);
  if (Number.isNaN(wall)) return null;
  if (offset !== undefined || zone === null || zone === 'UTC') return new Date(wall);
  // The first offset is wrong only in the hours around a change of the offset. The second one is
  // right there too.
  const guess = wall - offsetOf(zone, wall);
  return new Date(wall - offsetOf(zone, guess));
}

/** An instant in ISO 8601; null when `text` is no time. */
export function timestamp(text: unknown): string | null {
  return instantOf(text, null)?.toISOString() ?? null;
}

/** The day at the start of `text`, without conversion; null when there is none. */
export function dayOf(text: unknown): string | null {
  const day = typeof text === 'string' ? text.slice(0, 10) : '';
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || day.startsWith('0001')) return null;
  const parsed = Date.parse(`${day}T00:00:00Z`);
  // Date.parse reads 31 February as a day in March.
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(day) ? day : null;
}

/** The day of an instant in `zone` (null: UTC). */
export function dayIn(instant: Date, zone: string | null): string {
  const offset = zone === null ? 0 : offsetOf(zone, instant.getTime());
  return new Date(instant.getTime() + offset).toISOString().slice(0, 10);
}

/** The start and end of an event, normalised. */
export interface Span {
  readonly allDay: boolean;
  readonly start: EventTime;
  readonly end: EventTime;
}

/**
 * A span of whole days with an exclusive end. It has at least one day, also when the provider's end
 * is not after the start.
 */
export function wholeDays(start: string, end: string | null): Span {
  const next = new Date(Date.parse(`${start}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return {
    allDay: true,
    start: { date: start },
    end: { date: end !== null && end > start ? end : next },
  };
}

/** A span between two instants. The end is never before the start. */
export function between(
  start: Date,
  end: Date | null,
  zone: string | null,
  endZone: string | null = zone,
): Span {
  const until = end !== null && end > start ? end : start;
  return {
    allDay: false,
    start: { dateTime: start.toISOString(), timeZone: zone },
    end: { dateTime: until.toISOString(), timeZone: endZone },
  };
}
