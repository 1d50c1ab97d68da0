/** The control API for calendars and events: what users do in their provider's own app. */
import {
  changeEvent,
  changeOccurrence,
  type EventChanges,
  findEvent,
  insertEvent,
  removeEvent,
} from '../calendars/change-calendar.js';
import { instantOf, pack, startDate } from '../calendars/occurrences.js';
import type { EventDetails, StoredEvent, When } from '../calendars/stored-event.js';
import { addLocal, dayNumber } from '../calendars/zoned-time.js';
import { graphId } from '../microsoft/graph-id.js';
import { addCalendar, type CalendarOptions } from '../seed/add-calendar.js';
import { addEvent, type EventInput, readWhen } from '../seed/add-event.js';
import type { Account, CalendarEntry } from '../world/state.js';
import type { World } from '../world/world.js';
import {
  type AccountRef,
  accountOf,
  type CalendarRef,
  calendarOf,
  type EventRef,
  eventOf,
  occurrenceDate,
  requireOccurrence,
} from './find-target.js';

/** Changes to an event: any detail, and new times. */
export type EventPatch = EventDetails & {
  start?: string | When;
  end?: string | When;
  recurrence?: string | string[] | null;
};

/**
 * The provider's id of an event. For Microsoft, `id` is the immutable id and `ordinaryId` the other
 * one.
 */
export interface EventName {
  id: string;
  ordinaryId?: string;
}

/** A calendar as the control API shows it. */
export interface CalendarSummary {
  id: string;
  name: string;
  accessRole: CalendarEntry['accessRole'];
  primary: boolean;
  hidden: boolean;
  deleted: boolean;
  subscribed: boolean;
  timeZone: string;
  /** The number of events and series that are not deleted. */
  events: number;
}

/** The part of the control API about calendars and events. */
export interface CalendarControl {
  calendars(ref: AccountRef): CalendarSummary[];
  createCalendar(ref: AccountRef & { calendar: CalendarOptions }): CalendarSummary;
  /**
   * Renames, hides or shows a calendar, or changes its access role or its need for a shared scope.
   */
  updateCalendar(
    ref: CalendarRef & {
      changes: Partial<
        Pick<
          CalendarEntry,
          | 'hidden'
          | 'accessRole'
          | 'selected'
          | 'summaryOverride'
          | 'needsSharedScope'
          | 'subscribed'
        >
      > & { name?: string; timeZone?: string };
    },
  ): CalendarSummary;
  deleteCalendar(ref: CalendarRef): void;
  /** Undoes `deleteCalendar`: the calendar is listed again, with the same id. */
  restoreCalendar(ref: CalendarRef): void;
  /** Creates an event, or a series if `recurrence` is given. */
  createEvent(ref: CalendarRef & { event: EventInput }): EventName;
  /**
   * Changes an event or a whole series. With the id of an occurrence, changes only that occurrence.
   */
  updateEvent(ref: EventRef & { changes: EventPatch }): EventName;
  deleteEvent(ref: EventRef): void;
  /** Moves an event to another calendar of the same user. Its ordinary id at Microsoft changes. */
  moveEvent(ref: EventRef & { toCalendarId: string }): EventName;
  /** Changes one occurrence. `date` is its original start, as a local date or an instant. */
  editOccurrence(ref: EventRef & { date: string; changes: EventPatch }): void;
  deleteOccurrence(ref: EventRef & { date: string }): void;
  /**
   * Splits a series ("this and following"): it ends before `date`, and a new series has the
   * changes.
   */
  splitSeries(ref: EventRef & { date: string; changes?: EventPatch }): EventName;
  /** Creates many simple events at once. Returns how many. */
  bulkCreateEvents(
    ref: CalendarRef & {
      count: number;
      from?: string;
      everyMinutes?: number;
      minutes?: number;
      title?: string;
    },
  ): number;
}

/** Creates the part of the control API about calendars and events. */
export function calendarControl(world: World): CalendarControl {
  const control: CalendarControl = {
    calendars: (ref) => accountOf(world, ref).calendars.map((entry) => summaryOf(world, entry)),
    createCalendar: ({ calendar, ...ref }) =>
      summaryOf(world, addCalendar(world, accountOf(world, ref), calendar)),
    updateCalendar({ changes, ...ref }) {
      const { account, entry, calendar } = calendarOf(world, ref);
      const { name, timeZone, ...listed } = changes;
      Object.assign(entry, listed);
      if (name !== undefined) calendar.name = name;
      if (timeZone !== undefined) calendar.timeZone = timeZone;
      world.calendarChanged(calendar, 'silent');
      world.listChanged(account, entry);
      return summaryOf(world, entry);
    },
    deleteCalendar(ref) {
      const { account, entry } = calendarOf(world, ref);
      entry.deleted = true;
      world.listChanged(account, entry);
    },
    restoreCalendar(ref) {
      const { account, entry } = calendarOf(world, ref);
      delete entry.deleted;
      world.listChanged(account, entry);
    },
    createEvent({ event: input, ...ref }) {
      const { account, calendar } = calendarOf(world, ref);
      const event = addEvent(world, calendar, input);
      world.calendarChanged(calendar, 'created', event.id);
      return nameOf(account, event);
    },
    updateEvent({ changes, ...ref }) {
      const { account, calendar, event, date } = eventOf(world, ref);
      const change = readPatch(changes, calendar.timeZone);
      if (date === undefined) changeEvent(calendar, event, change, world.now());
      else changeOccurrence(calendar, event, date, change, world.now());
      world.calendarChanged(calendar, 'updated', event.id);
      return nameOf(account, event, date);
    },
    deleteEvent(ref) {
      const { calendar, event, date } = eventOf(world, ref);
      if (date === undefined) removeEvent(calendar, event, world.now());
      else changeOccurrence(calendar, event, date, 'cancel', world.now());
      world.calendarChanged(calendar, 'deleted', event.id);
    },
    moveEvent({ toCalendarId, ...ref }) {
      const { account, calendar, event } = eventOf(world, ref);
      const { calendar: destination } = calendarOf(world, { ...ref, calendarId: toCalendarId });
      const { id, iCalUid, start, end, recurrence, details, moves = 0 } = event;
      if (findEvent(destination, id)?.deleted === undefined && findEvent(destination, id))
        throw new Error(
          'The destination calendar already has this event. Choose another calendar.',
        );
      const moved = insertEvent(
        destination,
        { id, iCalUid, start, end, recurrence, details, moves: moves + 1 },
        world.now(),
      );
      removeEvent(calendar, event, world.now());
      world.calendarChanged(calendar, 'deleted', id);
      world.calendarChanged(destination, 'created', id);
      return nameOf(account, moved);
    },
    editOccurrence({ date, changes, ...ref }) {
      const { calendar, event } = eventOf(world, ref);
      const key = occurrenceDate(event, date);
      requireOccurrence(calendar, event, key);
      changeOccurrence(calendar, event, key, readPatch(changes, calendar.timeZone), world.now());
      world.calendarChanged(calendar, 'updated', event.id);
    },
    deleteOccurrence({ date, ...ref }) {
      const { calendar, event } = eventOf(world, ref);
      const key = occurrenceDate(event, date);
      requireOccurrence(calendar, event, key);
      changeOccurrence(calendar, event, key, 'cancel', world.now());
      world.calendarChanged(calendar, 'deleted', event.id);
    },
    splitSeries: (ref) => splitSeries(world, ref),
    bulkCreateEvents({ count, from, everyMinutes = 30, minutes = 30, title = 'Bulk', ...ref }) {
      const { calendar } = calendarOf(world, ref);
      const first =
        from === undefined
          ? Math.floor(world.now().getTime() / 86_400_000) * 86_400_000
          : Date.parse(from);
      for (let index = 0; index < count; index += 1) {
        const start = first + index * everyMinutes * 60_000;
        addEvent(world, calendar, {
          start: new Date(start).toISOString(),
          end: new Date(start + minutes * 60_000).toISOString(),
          title: `${title} ${index}`,
        });
      }
      world.calendarChanged(calendar, 'created', calendar.events.at(-1)?.id);
      return count;
    },
  };
  return control;
}

function summaryOf(world: World, entry: CalendarEntry): CalendarSummary {
  const calendar = world.calendar(entry);
  return {
    id: entry.id,
    name: calendar.name,
    accessRole: entry.accessRole,
    primary: entry.primary === true,
    hidden: entry.hidden === true,
    deleted: entry.deleted === true,
    subscribed: entry.subscribed === true,
    timeZone: calendar.timeZone,
    events: calendar.events.filter((event) => !event.deleted).length,
  };
}

function nameOf(account: Account, event: StoredEvent, date?: string): EventName {
  if (account.provider === 'google') return { id: event.id };
  return {
    id: graphId(account, event, true, date),
    ordinaryId: graphId(account, event, false, date),
  };
}

function readPatch(patch: EventPatch, zone: string): EventChanges {
  const { start, end, recurrence, ...details } = patch;
  const changes: EventChanges = {};
  if (start !== undefined) changes.start = readWhen(start, zone);
  if (end !== undefined) changes.end = readWhen(end, zone);
  if (recurrence !== undefined)
    changes.recurrence = typeof recurrence === 'string' ? [recurrence] : recurrence;
  if (Object.keys(details).length > 0) changes.details = details;
  return changes;
}

function splitSeries(
  world: World,
  ref: EventRef & { date: string; changes?: EventPatch },
): EventName {
  const { account, calendar, event } = eventOf(world, ref);
  const rule = event.recurrence?.find((line) => line.startsWith('RRULE'));
  if (!event.recurrence || !rule || /COUNT=/.test(rule))
    throw new Error('Only a series with an RRULE without COUNT can be split');
  const date = occurrenceDate(event, ref.date);
  requireOccurrence(calendar, event, date);
  const shift =
    (dayNumber(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`) -
      dayNumber(startDate(event.start))) *
    86_400_000;
  const later = (when: When): When =>
    'date' in when
      ? { date: addLocal(`${when.date}T00:00:00`, shift).slice(0, 10) }
      : { dateTime: addLocal(when.dateTime, shift), timeZone: when.timeZone };
  const start = later(event.start);
  const end = later(event.end);
  const before = new Date(instantOf(start, calendar.timeZone) - 1000)
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  const until =
    'date' in start ? pack(addLocal(`${start.date}T00:00:00`, -86_400_000).slice(0, 10)) : before;
  const shortened = `${rule.replace(/;?UNTIL=[^;]*/, '')};UNTIL=${until}`;
  const { changes = {} } = ref;
  const patch = readPatch(changes, calendar.timeZone);
  const google = calendar.provider === 'google';
  const stamp = new Date(instantOf(start, calendar.timeZone))
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  const { iCalUid, details } = event;
  changeEvent(
    calendar,
    event,
    { recurrence: event.recurrence.map((line) => (line === rule ? shortened : line)) },
    world.now(),
  );
  world.calendarChanged(calendar, 'updated', event.id);
  const following = addEvent(world, calendar, {
    ...details,
    ...patch.details,
    ...(google ? { id: `${event.id.replace(/_R.*$/, '')}_R${stamp}` } : {}),
    start: patch.start ?? start,
    end: patch.end ?? end,
    recurrence: patch.recurrence ?? [rule],
  });
  if (google) following.iCalUid = iCalUid;
  world.calendarChanged(calendar, 'created', following.id);
  return nameOf(account, following);
}
