// Calendars and their events: what a sync writes, and what readers get.

import type { DataSource, EntityManager } from 'typeorm';
import type { EventTime } from '../event-model.js';
import type { Calendar } from './calendar.js';
import { CalendarStore } from './calendar-store.js';
import type { OnEventsChanged } from './changes-listener.js';
import { type DueEvent, type DueSpan, dueEvents, timesNow } from './due-events.js';
import {
  type ChangesFilter,
  type ChangesPage,
  deleteOldTombstones,
  listChanges,
} from './event-changes.js';
import { deleteEventsOf } from './event-deletion.js';
import { type EventFilter, type EventPage, listEvents } from './event-listing.js';
import { EventStore } from './event-store.js';
import { type BusyInterval, type FreeBusyFilter, findBusy } from './free-busy.js';

export interface CalendarsNeeds {
  readonly dataSource: DataSource;
  /**
   * A statement with $1 account and $2 run that returns and locks `account_id` of a run that may
   * write.
   */
  readonly runMayWrite: string;
  /** Called in each transaction that changes events that readers see. */
  readonly onEventsChanged: OnEventsChanged;
}

/** What other rooms use of calendars. */
export interface Calendars {
  /** For a sync: the list of calendars and their rounds. */
  readonly store: CalendarStore;
  /** For a sync: the events that a round brings. */
  readonly events: EventStore;
  /** Every calendar of the account, the primary one first, then by name. */
  list(accountId: string): Promise<Calendar[]>;
  /**
   * Selects a calendar for syncing, or deselects it.
   * @throws IntegrationError `calendar_not_found`
   */
  select(accountId: string, calendarId: string, selected: boolean): Promise<Calendar>;
  /**
   * Events of a time range.
   * @throws IntegrationError `invalid_request` for a cursor that this service did not return
   */
  listEvents(filter: EventFilter): Promise<EventPage>;
  /**
   * Events that changed or were deleted since a time.
   * @throws IntegrationError `changes_expired`, `invalid_request`
   */
  listChanges(filter: ChangesFilter): Promise<ChangesPage>;
  /** When the user of the accounts is busy. */
  findBusy(filter: FreeBusyFilter): Promise<readonly BusyInterval[]>;
  /** Events of all accounts that begin or end in a span. They are locked for the transaction. */
  dueEvents(manager: EntityManager, span: DueSpan): Promise<readonly DueEvent[]>;
  /** The times of an event that takes place; null for one that is gone, cancelled or declined. */
  timesNow(eventId: string): Promise<{ start: EventTime; end: EventTime } | null>;
  /** Deletes all events of an account that is being disconnected. */
  deleteEventsOf(accountId: string): Promise<void>;
  /** The chore: deletes traces of deleted events that no listing can ask for any more. */
  deleteOldTombstones(): Promise<void>;
  /** The chore: deletes calendars that disappeared from their provider a month ago. */
  deleteGone(): Promise<void>;
}

/** How long the id and the selection of a calendar are kept that its provider no longer lists. */
const GONE_KEPT_MS = 30 * 86_400_000;

/** Builds the room. Nothing is read before a method is called. */
export function createCalendars({
  dataSource,
  runMayWrite,
  onEventsChanged,
}: CalendarsNeeds): Calendars {
  const store = new CalendarStore(dataSource, runMayWrite, onEventsChanged);
  return {
    store,
    events: new EventStore(dataSource, runMayWrite, onEventsChanged),
    list: (accountId) => store.list(accountId),
    select: (accountId, calendarId, selected) => store.select(accountId, calendarId, selected),
    listEvents: (filter) => listEvents(dataSource, filter),
    listChanges: (filter) => listChanges(dataSource, filter),
    findBusy: (filter) => findBusy(dataSource, filter),
    dueEvents: (manager, span) => dueEvents(manager, span),
    timesNow: (eventId) => timesNow(dataSource, eventId),
    deleteEventsOf: (accountId) => deleteEventsOf(dataSource, accountId),
    deleteOldTombstones: () => deleteOldTombstones(dataSource),
    deleteGone: () => store.deleteGone(new Date(Date.now() - GONE_KEPT_MS)),
  };
}
