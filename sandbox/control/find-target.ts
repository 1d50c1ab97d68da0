/** Finds the account, calendar or event that a control call names by email or id. */
import { findEvent } from '../calendars/change-calendar.js';
import { findOccurrence, pack } from '../calendars/occurrences.js';
import type { StoredCalendar, StoredEvent } from '../calendars/stored-event.js';
import { toLocal } from '../calendars/zoned-time.js';
import { parseGraphId } from '../microsoft/graph-id.js';
import type { Account, CalendarEntry, ProviderName } from '../world/state.js';
import type { World } from '../world/world.js';

/** Names an account. `user` is its email address or its id. */
export interface AccountRef {
  provider: ProviderName;
  user: string;
}

/** Names a calendar. Without `calendarId` it is the primary (default) calendar. */
export interface CalendarRef extends AccountRef {
  calendarId?: string | undefined;
}

/** Names an event, a series or an occurrence by the provider's id. */
export interface EventRef extends CalendarRef {
  eventId: string;
}

/** Finds an account. @throws Error if there is no such account. */
export function accountOf(world: World, { provider, user }: AccountRef): Account {
  const account = world.findAccount(provider, user);
  if (!account)
    throw new Error(
      `The sandbox has no ${provider} account ${user}. GET /__sim/accounts lists them.`,
    );
  return account;
}

/** Finds a calendar of an account. @throws Error if the account has no such calendar. */
export function calendarOf(
  world: World,
  ref: CalendarRef,
): { account: Account; entry: CalendarEntry; calendar: StoredCalendar } {
  const account = accountOf(world, ref);
  const calendarId = ref.calendarId === 'primary' ? undefined : ref.calendarId;
  const entry = account.calendars.find((one) =>
    calendarId === undefined ? one.primary : one.id === calendarId,
  );
  if (!entry) throw new Error(`${ref.user} has no calendar ${ref.calendarId ?? '(primary)'}`);
  return { account, entry, calendar: world.calendar(entry) };
}

/**
 * Finds an event. `date` (`20260914`) is set if the id is that of one occurrence.
 * @throws Error if there is none.
 */
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
  // The second half of a split series has an id with `_R`. It is not an occurrence of the first
  // half.
  const name = ref.eventId.slice(at + 1);
  if (series && !series.deleted && /^\d{8}(T\d{6}Z)?$/.test(name))
    return { ...found, event: series, date: occurrenceDate(series, name) };
  throw new Error(`${ref.user} has no event ${ref.eventId} in this calendar`);
}

/**
 * The local date (`20260914`) of an occurrence that is named by date or instant (`2026-09-14`,
 * `20260914T080000Z`, ISO).
 */
export function occurrenceDate(series: StoredEvent, name: string): string {
  const compact = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(name);
  const iso = compact ? `${compact.slice(1, 4).join('-')}T${compact.slice(4, 7).join(':')}Z` : name;
  if (/T.*(Z|[+-]\d\d:\d\d)$/.test(iso)) {
    const zone = 'date' in series.start ? 'UTC' : series.start.timeZone;
    return pack(toLocal(Date.parse(iso), zone).slice(0, 10));
  }
  return pack(iso.slice(0, 10));
}

/** Checks that a series has an occurrence on a date. @throws Error if it has none. */
export function requireOccurrence(
  calendar: StoredCalendar,
  series: StoredEvent,
  date: string,
): void {
  const occurrence = series.recurrence && findOccurrence(series, date, calendar.timeZone);
  if (!occurrence) throw new Error(`The series ${series.id} has no occurrence on ${date}`);
}
