/**
 * Parses and expands a part of RRULE: DAILY, WEEKLY, MONTHLY, YEARLY with INTERVAL, BYDAY,
 * BYMONTHDAY, BYMONTH, BYSETPOS, COUNT, UNTIL, WKST.
 */
import { dateOfDay, dayNumber } from './zoned-time.js';

/** The supported frequencies. */
export type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';

/** Weekdays as RFC 5545 writes them, Sunday first. */
export const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const;

/** A parsed RRULE. `weekday` is 0 for Sunday. `ordinal` 0 means every such weekday. */
export interface RecurrenceRule {
  frequency: Frequency;
  interval: number;
  byDay: { ordinal: number; weekday: number }[];
  byMonthDay: number[];
  byMonth: number[];
  bySetPosition: number[];
  weekStart: number;
  count?: number;
  until?: string;
}

/** Parses `RRULE:FREQ=...` (RFC 5545 section 3.3.10). @throws Error for an unsupported rule. */
export function parseRule(line: string): RecurrenceRule {
  const parts = new Map<string, string>();
  for (const pair of line.replace(/^RRULE:/i, '').split(';')) {
    const [name, value] = pair.split('=');
    if (!name || !value) throw new Error(`Invalid recurrence rule: ${line}`);
    parts.set(name.toUpperCase(), value.toUpperCase());
  }
  const frequency = parts.get('FREQ');
  if (
    frequency !== 'DAILY' &&
    frequency !== 'WEEKLY' &&
    frequency !== 'MONTHLY' &&
    frequency !== 'YEARLY'
  ) {
    throw new Error(`Unsupported frequency: ${line}`);
  }
  const numbers = (name: string) => (parts.get(name) ?? '').split(',').filter(Boolean).map(Number);
  const rule: RecurrenceRule = {
    frequency,
    interval: Math.max(1, Number(parts.get('INTERVAL') ?? 1)),
    byDay: (parts.get('BYDAY') ?? '').split(',').filter(Boolean).map(parseWeekday),
    byMonthDay: numbers('BYMONTHDAY'),
    byMonth: numbers('BYMONTH'),
    bySetPosition: numbers('BYSETPOS'),
    weekStart: WEEKDAYS.indexOf((parts.get('WKST') ?? 'MO') as 'MO'),
  };
  const count = parts.get('COUNT');
  if (count) rule.count = Number(count);
  const until = parts.get('UNTIL');
  if (until) rule.until = until;
  return rule;
}

function parseWeekday(text: string): { ordinal: number; weekday: number } {
  const match = /^([+-]?\d+)?(SU|MO|TU|WE|TH|FR|SA)$/.exec(text);
  if (!match) throw new Error(`Invalid weekday: ${text}`);
  return { ordinal: Number(match[1] ?? 0), weekday: WEEKDAYS.indexOf(match[2] as 'MO') };
}

const PERIOD_DAYS = { DAILY: 1, WEEKLY: 7, MONTHLY: 31, YEARLY: 366 };
const weekdayOf = (day: number) => (((day + 4) % 7) + 7) % 7;

/**
 * The dates of a rule from `start` on. They end only with COUNT; the caller checks UNTIL, because
 * it knows the time zone. With `from`, a rule without COUNT skips most of the earlier dates. With
 * `lastDayCounts`, a day that a month lacks is its last day, as in Outlook.
 */
export function* ruleDates(
  rule: RecurrenceRule,
  start: string,
  from = start,
  lastDayCounts = false,
): Generator<string> {
  const first = dayNumber(start);
  const ahead = rule.count === undefined ? Math.max(0, dayNumber(from) - first) : 0;
  const step = PERIOD_DAYS[rule.frequency] * rule.interval;
  let remaining = rule.count ?? Number.POSITIVE_INFINITY;
  let barren = 0;
  for (let period = Math.max(0, Math.floor(ahead / step) - 1); barren < 500; period += 1) {
    barren += 1;
    const days = candidates(rule, first, period * rule.interval, lastDayCounts);
    for (const day of positions(rule, days)) {
      if (day < first) continue;
      barren = 0;
      if (remaining <= 0) return;
      remaining -= 1;
      yield dateOfDay(day);
    }
  }
}

function candidates(
  rule: RecurrenceRule,
  first: number,
  periods: number,
  lastDayCounts: boolean,
): number[] {
  if (rule.frequency === 'DAILY') return daily(rule, first + periods);
  if (rule.frequency === 'WEEKLY') {
    const week = first - ((weekdayOf(first) - rule.weekStart + 7) % 7) + periods * 7;
    const weekdays =
      rule.byDay.length > 0 ? rule.byDay.map((entry) => entry.weekday) : [weekdayOf(first)];
    return weekdays
      .map((weekday) => week + ((weekday - rule.weekStart + 7) % 7))
      .sort((a, b) => a - b);
  }
  const date = new Date(first * 86_400_000);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  if (rule.frequency === 'MONTHLY')
    return inMonth(rule, year, month + periods, date.getUTCDate(), lastDayCounts);
  const months = rule.byMonth.length > 0 ? rule.byMonth.map((one) => one - 1) : [month];
  return months
    .flatMap((one) => inMonth(rule, year + periods, one, date.getUTCDate(), lastDayCounts))
    .sort((a, b) => a - b);
}

function daily(rule: RecurrenceRule, day: number): number[] {
  const date = new Date(day * 86_400_000);
  if (rule.byDay.length > 0 && !rule.byDay.some((entry) => entry.weekday === weekdayOf(day)))
    return [];
  if (rule.byMonthDay.length > 0 && !rule.byMonthDay.includes(date.getUTCDate())) return [];
  return [day];
}

function inMonth(
  rule: RecurrenceRule,
  year: number,
  month: number,
  startDay: number,
  lastDayCounts: boolean,
): number[] {
  const first = Date.UTC(year, month, 1) / 86_400_000;
  const length = Date.UTC(year, month + 1, 1) / 86_400_000 - first;
  const days = new Set<number>();
  for (const entry of rule.byDay) {
    const matching: number[] = [];
    for (let day = first; day < first + length; day += 1)
      if (weekdayOf(day) === entry.weekday) matching.push(day);
    const chosen =
      entry.ordinal === 0
        ? matching
        : [matching.at(entry.ordinal > 0 ? entry.ordinal - 1 : entry.ordinal)];
    for (const day of chosen) if (day !== undefined) days.add(day);
  }
  const monthDays =
    rule.byDay.length === 0 && rule.byMonthDay.length === 0 ? [startDay] : rule.byMonthDay;
  for (const one of monthDays) {
    const day = one < 0 ? length + one + 1 : lastDayCounts ? Math.min(one, length) : one;
    if (day >= 1 && day <= length) days.add(first + day - 1);
  }
  return [...days].sort((a, b) => a - b);
}

function positions(rule: RecurrenceRule, days: number[]): number[] {
  if (rule.bySetPosition.length === 0) return days;
  const chosen = rule.bySetPosition.map((position) =>
    days.at(position > 0 ? position - 1 : position),
  );
  return chosen.filter((day) => day !== undefined).sort((a, b) => a - b);
}
