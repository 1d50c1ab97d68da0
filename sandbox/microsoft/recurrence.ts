/** Converts RRULE lines to Graph's patternedRecurrence and back. */

import { pack, startDate } from '../calendars/occurrences.js';
import { parseRule, WEEKDAYS } from '../calendars/recurrence-rule.js';
import type { Timing } from '../calendars/stored-event.js';
import { windowsName } from './windows-zones.js';

type Json = Record<string, unknown>;

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const INDEXES = ['first', 'second', 'third', 'fourth', 'last'];
const NO_DATE = '0001-01-01';

const dashed = (date: string) => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;

/** The patternedRecurrence of a series; null for a single event. */
export function toPattern(series: Timing): Json | null {
  const line = series.recurrence?.find((one) => /^RRULE/i.test(one));
  if (!line) return null;
  const rule = parseRule(line);
  const start = startDate(series.start);
  const ordinal = rule.byDay[0]?.ordinal || rule.bySetPosition[0] || 0;
  const relative = rule.byDay.length > 0 && ordinal !== 0;
  const kinds = {
    DAILY: 'daily',
    WEEKLY: 'weekly',
    MONTHLY: relative ? 'relativeMonthly' : 'absoluteMonthly',
    YEARLY: relative ? 'relativeYearly' : 'absoluteYearly',
  };
  const weekly = rule.frequency === 'WEEKLY' || relative;
  const startDay = DAYS[new Date(`${start}T00:00:00Z`).getUTCDay()] ?? 'monday';
  const pattern: Json = {
    type: kinds[rule.frequency],
    interval: rule.interval,
    month: rule.frequency === 'YEARLY' ? (rule.byMonth[0] ?? Number(start.slice(5, 7))) : 0,
    dayOfMonth: kinds[rule.frequency].startsWith('absolute')
      ? (rule.byMonthDay[0] ?? Number(start.slice(8)))
      : 0,
    ...(weekly
      ? {
          daysOfWeek:
            rule.byDay.length > 0 ? rule.byDay.map(({ weekday }) => DAYS[weekday]) : [startDay],
        }
      : {}),
    firstDayOfWeek: DAYS[rule.weekStart],
    index: relative ? (ordinal < 0 ? 'last' : INDEXES[ordinal - 1]) : 'first',
  };
  const range: Json = {
    type: rule.count !== undefined ? 'numbered' : rule.until ? 'endDate' : 'noEnd',
    startDate: start,
    endDate: rule.until ? dashed(rule.until) : NO_DATE,
    recurrenceTimeZone: 'date' in series.start ? 'UTC' : windowsName(series.start.timeZone),
    numberOfOccurrences: rule.count ?? 0,
  };
  return { pattern, range };
}

/** RRULE lines for a patternedRecurrence. @throws Error if it cannot be written as an RRULE. */
export function fromPattern(recurrence: Json): string[] {
  const pattern = (recurrence['pattern'] ?? {}) as Json;
  const range = (recurrence['range'] ?? {}) as Json;
  const days = ((pattern['daysOfWeek'] ?? []) as string[]).map(
    (day) => WEEKDAYS[DAYS.indexOf(day.toLowerCase())],
  );
  const index = INDEXES.indexOf(String(pattern['index'] ?? 'first')) + 1;
  const parts: string[] = [];
  const relative = () =>
    parts.push(`BYDAY=${days.join(',')}`, `BYSETPOS=${index === 5 ? -1 : index}`);
  switch (pattern['type']) {
    case 'daily':
      parts.push('FREQ=DAILY');
      break;
    case 'weekly':
      parts.push('FREQ=WEEKLY');
      if (days.length > 0) parts.push(`BYDAY=${days.join(',')}`);
      parts.push(
        `WKST=${WEEKDAYS[DAYS.indexOf(String(pattern['firstDayOfWeek'] ?? 'sunday'))] ?? 'SU'}`,
      );
      break;
    case 'absoluteMonthly':
      parts.push('FREQ=MONTHLY', `BYMONTHDAY=${pattern['dayOfMonth']}`);
      break;
    case 'relativeMonthly':
      parts.push('FREQ=MONTHLY');
      relative();
      break;
    case 'absoluteYearly':
      parts.push(
        'FREQ=YEARLY',
        `BYMONTH=${pattern['month']}`,
        `BYMONTHDAY=${pattern['dayOfMonth']}`,
      );
      break;
    case 'relativeYearly':
      parts.push('FREQ=YEARLY', `BYMONTH=${pattern['month']}`);
      relative();
      break;
    default:
      throw new Error(`Unknown recurrence pattern: ${pattern['type']}`);
  }
  if (Number(pattern['interval'] ?? 1) > 1) parts.push(`INTERVAL=${pattern['interval']}`);
  if (range['type'] === 'numbered') parts.push(`COUNT=${range['numberOfOccurrences']}`);
  if (range['type'] === 'endDate') parts.push(`UNTIL=${pack(String(range['endDate']))}`);
  const line = `RRULE:${parts.join(';')}`;
  parseRule(line);
  return [line];
}
