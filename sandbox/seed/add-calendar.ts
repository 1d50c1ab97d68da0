/** Creates calendars and adds them to the lists of accounts. */
import type { StoredCalendar } from '../calendars/stored-event.js';
import { newCalendarId } from '../microsoft/graph-id.js';
import { ALPHABET, digest } from '../world/random.js';
import type { Account, CalendarEntry } from '../world/state.js';
import type { World } from '../world/world.js';

const COLORS = [
  '#9fe1e7',
  '#f83a22',
  '#7bd148',
  '#fbd75b',
  '#a47ae2',
  '#4986e7',
  '#fa573c',
  '#16a765',
  '#cd74e6',
  '#42d692',
];

/** A new calendar. Only the name is required. */
export interface CalendarOptions {
  name: string;
  /** The id, at Google only: an email address or `en.usa#holiday@group.v.calendar.google.com`. */
  id?: string;
  description?: string;
  timeZone?: string;
  owner?: { email: string; name?: string };
  accessRole?: CalendarEntry['accessRole'];
  primary?: boolean;
  hidden?: boolean;
  selected?: boolean;
  summaryOverride?: string;
  /** A calendar of holidays or birthdays: read-only, and without push at Google. */
  subscribed?: boolean;
  needsSharedScope?: boolean;
}

/** Creates a calendar and adds it to an account's list. */
export function addCalendar(
  world: World,
  account: Account,
  options: CalendarOptions,
): CalendarEntry {
  const id =
    account.provider === 'microsoft'
      ? newCalendarId(account, world.random)
      : (options.id ?? `c_${world.random.text(64, ALPHABET.hex)}@group.calendar.google.com`);
  const calendar: StoredCalendar = {
    key: `${account.provider}/${id}`,
    provider: account.provider,
    name: options.name,
    ...(options.description ? { description: options.description } : {}),
    timeZone: options.timeZone ?? account.timeZone,
    owner: options.owner ?? { email: account.email, name: account.name },
    seq: 0,
    nextOrdinal: 0,
    generation: 1,
    events: [],
  };
  world.calendars.set(calendar.key, calendar);
  world.calendarChanged(calendar, 'silent');
  return listCalendar(world, account, calendar, { ...options, id });
}

/** Adds an existing calendar to an account's list, as sharing does. */
export function listCalendar(
  world: World,
  account: Account,
  calendar: StoredCalendar,
  options: Omit<CalendarOptions, 'name' | 'timeZone' | 'owner' | 'description'>,
): CalendarEntry {
  const entry: CalendarEntry = {
    id: options.id ?? newCalendarId(account, world.random),
    calendarKey: calendar.key,
    accessRole: options.accessRole ?? (options.subscribed ? 'reader' : 'owner'),
    ...(options.primary ? { primary: true } : {}),
    ...(options.hidden ? { hidden: true } : {}),
    selected: options.selected ?? !options.hidden,
    ...(options.summaryOverride ? { summaryOverride: options.summaryOverride } : {}),
    color:
      COLORS[Number.parseInt(digest(calendar.key, 6, ALPHABET.hex), 16) % COLORS.length] ??
      '#9fe1e7',
    ...(options.subscribed ? { subscribed: true } : {}),
    ...(options.needsSharedScope ? { needsSharedScope: true } : {}),
    seq: 0,
  };
  account.calendars.push(entry);
  world.listChanged(account, entry);
  return entry;
}
