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

/**
 * The zone in which a wall time of `name` is read: an IANA zone, or the offset of a zone such as
 * `GMT-07:00`, which is no IANA zone and is not shown. Null when it is neither.
 */
export function clockOf(name: unknown): string | null {
  const zone = ianaZone(name);
  if (zone !== null || typeof name !== 'string') return zone;
  const [, sign, hours = '', minutes = '00'] =
    /^\s*(?:GMT|UTC)?([+-])(\d{1,2})(?::?([0-5]\d))?\s*$/i.exec(name) ?? [];
  return sign === undefined || Number(hours) > 18
    ? null
    : `${sign}${hours.padStart(2, '0')}:${minutes}`;
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

const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)([.,]\d+)?)?\s?([Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?$/;

// Graph sends the year 1 for an absent time. PostgreSQL and ISO 8601 as we write it end at these
// years too: they have no year 0, and no year of five digits.
const FIRST_INSTANT = Date.parse('0002-01-01T00:00:00Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');
const LAST_DAY = '9999-12-31';

function storable(instant: number): Date | null {
  return instant >= FIRST_INSTANT && instant <= LAST_INSTANT ? new Date(instant) : null;
}

/**
 * The instant of an ISO 8601 date and time with any number of digits; without an offset it is wall
 * time in `zone`, an IANA zone or an offset (null: UTC). Null when it is no time, or one before the year 2 or
 * after the year 9999: Graph sends the year 1 for an absent time, and Google the year 0.
 */
export function instantOf(text: unknown, zone: string | null): Date | null {
  const parts = typeof text === 'string' ? DATE_TIME.exec(text.trim()) : null;
  if (parts === null) return null;
  const [, date, minutes, seconds = '00', fraction = '', offset] = parts;
  const wall = Date.parse(
    `${date}T${minutes}:${seconds === '60' ? '59' : seconds}${fraction.replace(',', '.')}Z`,
  );
  if (Number.isNaN(wall) || !isDay(date)) return null;
  if (offset !== undefined) return storable(wall - millisecondsOf(offset));
  if (zone === null || zone === 'UTC') return storable(wall);
  // The first offset is wrong only in the hours around a change of the offset. The second one is
  // right there too.
  const guess = wall - offsetOf(zone, wall);
  return storable(wall - offsetOf(zone, guess));
}

/** `Z`, `+02:00`, `+0200` or `+02`, in milliseconds. */
function millisecondsOf(offset: string): number {
  const [, sign, hours = 0, minutes = 0] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** An instant in ISO 8601; null when `text` is no time. */
export function timestamp(text: unknown): string | null {
  return instantOf(text, null)?.toISOString() ?? null;
}

/** The day at the start of `text`, without conversion; null when there is none. */
export function dayOf(text: unknown): string | null {
  const day = typeof text === 'string' ? text.trim().slice(0, 10) : '';
  return isDay(day) && storable(Date.parse(`${day}T00:00:00Z`)) !== null ? day : null;
}

function isDay(day: string | undefined): day is string {
  if (day === undefined || !/^\d{4}-\d\d-\d\d$/.test(day)) return false;
  const parsed = Date.parse(`${day}T00:00:00Z`);
  // Date.parse reads 31 February as a day in March.
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(day);
}

/** The day `days` after `day`, within the years that can be stored. */
export function dayAfter(day: string, days: number): string {
  const moved = storable(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000);
  return moved === null ? (days > 0 ? LAST_DAY : day) : moved.toISOString().slice(0, 10);
}

/** The day of an instant in `zone` (null: UTC). */
export function dayIn(instant: Date, zone: string | null): string {
  const offset = zone === null ? 0 : offsetOf(zone, instant.getTime());
  const shifted = storable(instant.getTime() + offset) ?? instant;
  return shifted.toISOString().slice(0, 10);
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
  return {
    allDay: true,
    start: { date: start },
    end: { date: end !== null && end > start ? end : dayAfter(start, 1) },
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
