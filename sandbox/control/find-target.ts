/** From the words a test uses (an email, a calendar's id, an event's id) to what the sandbox keeps. */
import { findEvent } from '../calendars/change-calendar.js';
import { findOccurrence, pack } from '../calendars/occurrences.js';
import type { StoredCalendar, StoredEvent } from '../calendars/stored-event.js';
import { toLocal } from '../calendars/zoned-time.js';
import { parseGraphId } from '../microsoft/graph-id.js';
import type { Account, CalendarEntry, ProviderName } from '../world/state.js';
import type { World } from '../world/world.js';

/** Whose account. `user` is an email or an id. */
export interface AccountRef {
  provider: ProviderName;
  user: string;
}

/** Which calendar; the primary (default) one when `calendarId` is left out. */
export interface CalendarRef extends AccountRef {
  calendarId?: string | undefined;
}

/** Which event, series or occurrence, by the id the provider gives it. */
export interface EventRef extends CalendarRef {
  eventId: string;
}

/** @throws Error when there is no such account. */
export function accountOf(world: World, { provider, user }: AccountRef): Account {
  const account = world.findAccount(provider, user);
  if (!account) throw new Error(`The sandbox has no ${provider} account ${user}`);
  return account;
}

/** @throws Error when the account has no such calendar. */
export function calendarOf(
  world: World,
  ref: CalendarRef,
): { account: Account; entry: CalendarEntry; calendar: StoredCalendar } {
  const account = accountOf(world, ref);
  const wanted = ref.calendarId === 'primary' ? undefined : ref.calendarId;
  const entry = account.calendars.find((one) =>
    wanted === undefined ? one.primary : one.id === wanted,
  );
  if (!entry) throw new Error(`${ref.user} has no calendar ${ref.calendarId ?? '(primary)'}`);
  return { account, entry, calendar: world.calendar(entry) };
}

/** The event an id names; with a `date` (`20260914`) when it is one occurrence. @throws Error when there is none. */
export function eventOf(
  world: World,
  ref: EventRef,
): {
  account: Account;
  entry: CalendarEntry;
  calendar: StoredCalendar;
  event: StoredEvent;
  date?: string;
} {
  const found = calendarOf(world, ref);
  const { account, calendar } = found;
  const parsed = ref.provider === 'microsoft' ? parseGraphId(account, ref.eventId) : undefined;
  const direct = findEvent(calendar, parsed?.body ?? ref.eventId);
  if (direct && !direct.deleted)
    return { ...found, event: direct, ...(parsed?.date ? { date: parsed.date } : {}) };
  const at = ref.eventId.lastIndexOf('_');
  const series = findEvent(calendar, ref.eventId.slice(0, at));
  // The second half of a split series is named with a `_R` of its own, and is no occurrence of the first.
  const name = ref.eventId.slice(at + 1);
  if (series && !series.deleted && /^\d{8}(T\d{6}Z)?$/.test(name))
    return { ...found, event: series, date: occurrenceDate(series, name) };
  throw new Error(`${ref.user} has no event ${ref.eventId} there`);
}

/** The local date, packed, of an occurrence named by date or by instant (`2026-09-14`, `20260914T080000Z`, ISO). */
export function occurrenceDate(series: StoredEvent, name: string): string {
  const compact = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(name);
  const iso = compact ? `${compact.slice(1, 4).join('-')}T${compact.slice(4, 7).join(':')}Z` : name;
  if (/T.*(Z|[+-]\d\d:\d\d)$/.test(iso)) {
    const zone = 'date' in series.start ? 'UTC' : series.start.timeZone;
    return pack(toLocal(Date.parse(iso), zone).slice(0, 10));
  }
  return pack(iso.slice(0, 10));
}

/** @throws Error when a series has no occurrence on a date. */
export function requireOccurrence(
  calendar: StoredCalendar,
  series: StoredEvent,
  date: string,
): void {
  const occurrence = series.recurrence && findOccurrence(series, date, calendar.timeZone);
  if (!occurrence) throw new Error(`The series ${series.id} has no occurrence on ${date}`);
}
