// Times for people: how long ago, on which day. Whole days stay the dates they are, in every time zone.

const DAY_MS = 86_400_000;

/** The page speaks English; its dates and hours follow the reader's English, or are British. */
const LOCALE = navigator.languages.find((language) => /^en\b/i.test(language)) ?? 'en-GB';

export const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const exact = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' });
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
// Days are kept as UTC midnights, so they are written in UTC too.
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

/** @param {string} instant */
export const exactTime = (instant) => exact.format(new Date(instant));

/** `5 minutes ago`, `in 2 hours`, `just now`. @param {string} instant @param {number} [now] */
export function relativeTime(instant, now = Date.now()) {
  const seconds = Math.round((Date.parse(instant) - now) / 1_000);
  const size = Math.abs(seconds);
  if (size < 45) return seconds > 0 ? 'in a moment' : 'just now';
  if (size < 45 * 60) return ago.format(Math.round(seconds / 60), 'minute');
  if (size < 22 * 3_600) return ago.format(Math.round(seconds / 3_600), 'hour');
  return ago.format(Math.round(seconds / 86_400), 'day');
}

/** A day as its UTC midnight. @typedef {number} Day */

/** The day it is here at an instant. @param {Date} date @returns {Day} */
export const dayOf = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());

/** The day a date names, wherever one is. @param {string} date YYYY-MM-DD @returns {Day} */
export const dayNamed = (date) => Date.parse(`${date}T00:00:00Z`);

/** `Today`, `Tomorrow`, `Wednesday 12 March`. @param {Day} day @param {Day} [today] */
export function dayTitle(day, today = dayOf(new Date())) {
  if (day === today) return 'Today';
  if (day === today + DAY_MS) return 'Tomorrow';
  const sameYear = new Date(day).getUTCFullYear() === new Date(today).getUTCFullYear();
  return (sameYear ? longDay : yearDay).format(day);
}

/** @typedef {{ firstDay: Day, lastDay: Day, from: number, isOver: boolean, words: string, exact: string }} When */

/**
 * When an event is, seen from here and now: the days it touches, an order within its day, and words.
 * @param {import('./api.js').CalendarEvent} event
 * @param {Date} [now]
 * @returns {When}
 */
export function whenOf({ allDay, start, end }, now = new Date()) {
  const today = dayOf(now);
  if (allDay) {
    const firstDay = dayNamed(start.date ?? '');
    const lastDay = Math.max(firstDay, dayNamed(end.date ?? '') - DAY_MS); // the end is exclusive
    const words = lastDay > firstDay ? `until ${shortDay.format(lastDay)}` : 'all day';
    const exact =
      lastDay > firstDay
        ? `${shortDay.format(firstDay)} – ${shortDay.format(lastDay)}, all day`
        : `${shortDay.format(firstDay)}, all day`;
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
  const lastDay = Math.max(firstDay, dayOf(new Date(to.getTime() - 1))); // up to midnight is still that day
  const until =
    lastDay === Math.max(firstDay, today)
      ? clock.format(to)
      : `${shortDay.format(lastDay)}, ${clock.format(to)}`;
  const words =
    to.getTime() === from.getTime()
      ? clock.format(from)
      : firstDay < today
        ? `until ${until}`
        : `${clock.format(from)} – ${until}`;
  return {
    firstDay,
    lastDay,
    from: from.getTime(),
    isOver: to < now && from < now,
    words,
    exact: `${exactTime(from.toISOString())} – ${exactTime(to.toISOString())}`,
  };
}

/** From when to ask for coming events: now, or the UTC midnight of today's date if that is earlier, for the days that are whole. @param {Date} [now] */
export function comingFrom(now = new Date()) {
  return new Date(Math.min(now.getTime(), dayOf(now))).toISOString();
}
