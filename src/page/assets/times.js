// Formats times for people. The date of an all-day event is the same in every time zone.

import { allDayText, TEXT, untilText } from './words.js';

const DAY_MS = 86_400_000;

/**
 * The page is in English. Dates and hours follow the browser's English; otherwise they are British.
 */
const LOCALE = navigator.languages.find((language) => /^en\b/i.test(language)) ?? 'en-GB';

/** The browser's time zone, an IANA name. */
export const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const exact = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'medium' });
const { hour12 } = new Intl.DateTimeFormat(LOCALE, { hour: 'numeric' }).resolvedOptions();
const clock = new Intl.DateTimeFormat(LOCALE, {
  hour: hour12 ? 'numeric' : '2-digit',
  minute: '2-digit',
});
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
// A day is stored as its midnight in UTC, so it is formatted in UTC too.
const longDay = new Intl.DateTimeFormat(LOCALE, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  timeZone: 'UTC',
});
const yearDay = new Intl.DateTimeFormat(LOCALE, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
const shortDay = new Intl.DateTimeFormat(LOCALE, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

/** The full date and time. @param {string} instant */
export const exactTime = (instant) => exact.format(new Date(instant));

/** What is nearer than this many seconds is "just now" or "in a moment". */
const MOMENT_S = 45;

/** Whether an instant of the past is "just now". @param {string} instant */
export const isJustNow = (instant) => Date.now() - Date.parse(instant) < MOMENT_S * 1_000;

/** `5 minutes ago`, `in 2 hours`, `just now`. @param {string} instant @param {number} [now] */
export function relativeTime(instant, now = Date.now()) {
  const seconds = Math.round((Date.parse(instant) - now) / 1_000);
  const size = Math.abs(seconds);
  if (size < MOMENT_S) return seconds > 0 ? TEXT.times.inAMoment : TEXT.times.justNow;
  if (size < 45 * 60) return ago.format(Math.round(seconds / 60), 'minute');
  if (size < 22 * 3_600) return ago.format(Math.round(seconds / 3_600), 'hour');
  return ago.format(Math.round(seconds / 86_400), 'day');
}

/** A day, as the milliseconds of its midnight in UTC. @typedef {number} Day */

/** The day of an instant in the browser's time zone. @param {Date} date @returns {Day} */
export const dayOf = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());

/**
 * The day of a date, which does not depend on the time zone.
 * @param {string} date YYYY-MM-DD
 * @returns {Day}
 */
export const dayOfDate = (date) => Date.parse(`${date}T00:00:00Z`);

/** `Today`, `Tomorrow`, `Wednesday 12 March`. @param {Day} day @param {Day} [today] */
export function dayTitle(day, today = dayOf(new Date())) {
  if (day === today) return TEXT.times.today;
  if (day === today + DAY_MS) return TEXT.times.tomorrow;
  const sameYear = new Date(day).getUTCFullYear() === new Date(today).getUTCFullYear();
  return (sameYear ? longDay : yearDay).format(day);
}

/**
 * @typedef {{ firstDay: Day, lastDay: Day, from: number, isOver: boolean, words: string,
 *   exact: string }} When
 */

/**
 * When an event takes place, in the browser's time zone: its first and last day, its start for
 * sorting, and its words.
 * @param {import('./api.js').CalendarEvent} event
 * @param {Date} [now]
 * @returns {When}
 */
export function whenOf({ allDay, start, end }, now = new Date()) {
  const today = dayOf(now);
  if (allDay) {
    const firstDay = dayOfDate(start.date ?? '');
    const lastDay = Math.max(firstDay, dayOfDate(end.date ?? '') - DAY_MS); // the end is exclusive
    const words = lastDay > firstDay ? untilText(shortDay.format(lastDay)) : TEXT.times.allDay;
    const exact =
      lastDay > firstDay
        ? allDayText(`${shortDay.format(firstDay)} – ${shortDay.format(lastDay)}`)
        : allDayText(shortDay.format(firstDay));
    return {
      firstDay,
      lastDay,
      from: Number.NEGATIVE_INFINITY,
      isOver: lastDay < today,
      words,
      exact,
    };
  }
  const from = new Date(start.dateTime ?? '');
  const to = new Date(end.dateTime ?? '');
  const firstDay = dayOf(from);
  // An event that ends at midnight ends on the day before.
  const lastDay = Math.max(firstDay, dayOf(new Date(to.getTime() - 1)));
  const until =
    lastDay === Math.max(firstDay, today)
      ? clock.format(to)
      : `${shortDay.format(lastDay)}, ${clock.format(to)}`;
  let words = `${clock.format(from)} – ${until}`;
  if (to.getTime() === from.getTime()) words = clock.format(from);
  else if (firstDay < today) words = untilText(until);
  // A range names the half of the day once, if it is the same: "9:15 – 9:30 AM".
  else if (dayOf(to) === firstDay) words = clock.formatRange(from, to);
  return {
    firstDay,
    lastDay,
    from: from.getTime(),
    isOver: to < now && from < now,
    words,
    exact: `${exactTime(from.toISOString())} – ${exactTime(to.toISOString())}`,
  };
}

/**
 * The start of the upcoming events: now, or the UTC midnight of today's date if that is earlier.
 * The latter includes today's all-day events.
 * @param {Date} [now]
 */
export function upcomingFrom(now = new Date()) {
  return new Date(Math.min(now.getTime(), dayOf(now))).toISOString();
}
