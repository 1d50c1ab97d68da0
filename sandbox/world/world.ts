/** The simulated world: its state, clock, random values and change listeners. */
import type { StoredCalendar } from '../calendars/stored-event.js';
import { Random } from './random.js';
import type { Account, CalendarEntry, Client, ProviderName, WorldState } from './state.js';

/** A change of an event, which push reports. */
export interface CalendarChange {
  calendar: StoredCalendar;
  kind: 'created' | 'updated' | 'deleted';
  eventId: string;
}

/** The URLs of the sandbox. */
export interface Urls {
  url: string;
  google: string;
  microsoftLogin: string;
  graph: string;
}

/**
 * The world of one sandbox. Handlers change `state` and `calendars` directly, then call `changed`
 * or the like.
 */
export class World {
  readonly state: WorldState;
  readonly calendars: Map<string, StoredCalendar>;
  readonly random: Random;
  urls: Urls = { url: '', google: '', microsoftLogin: '', graph: '' };
  onDirty: (calendar?: StoredCalendar) => void = () => {};
  onCalendarChange: (change: CalendarChange) => void = () => {};
  onListChange: (account: Account) => void = () => {};
  readonly #baseNow: () => Date;

  constructor(state: WorldState, calendars: Map<string, StoredCalendar>, baseNow: () => Date) {
    this.state = state;
    this.calendars = calendars;
    this.random = new Random(state.seed, state.drawn);
    this.#baseNow = baseNow;
  }

  /** The sandbox's time: the given clock plus the time that was added by `advanceClock`. */
  now(): Date {
    return new Date(this.#baseNow().getTime() + this.state.clockOffsetMs);
  }

  /** Call this after a change of `state`. */
  changed(): void {
    this.state.drawn = this.random.drawn;
    this.onDirty();
  }

  /** Call this after a change of a calendar's events. `silent` sends no push notification. */
  calendarChanged(
    calendar: StoredCalendar,
    kind: CalendarChange['kind'] | 'silent',
    eventId = '',
  ): void {
    this.state.drawn = this.random.drawn;
    this.onDirty(calendar);
    if (kind !== 'silent') this.onCalendarChange({ calendar, kind, eventId });
  }

  /** Call this after a change of an account's list of calendars. */
  listChanged(account: Account, entry: CalendarEntry): void {
    account.listSeq += 1;
    entry.seq = account.listSeq;
    this.changed();
    this.onListChange(account);
  }

  /** Finds an account by email or id, ignoring case. */
  findAccount(provider: ProviderName, user: string): Account | undefined {
    const name = user.toLowerCase();
    return this.state.accounts.find(
      (account) =>
        account.provider === provider &&
        [account.email.toLowerCase(), account.id, account.objectId].includes(name),
    );
  }

  /** The account with this id. @throws Error if there is none. */
  account(provider: ProviderName, id: string): Account {
    const account = this.state.accounts.find((one) => one.provider === provider && one.id === id);
    if (!account) throw new Error(`The sandbox has no ${provider} account ${id}`);
    return account;
  }

  /** The client with this id, or undefined. */
  client(provider: ProviderName, clientId: string): Client | undefined {
    return this.state.clients.find(
      (client) => client.provider === provider && client.clientId === clientId,
    );
  }

  /** The calendar of a list entry. @throws Error if it is missing. */
  calendar(entry: CalendarEntry): StoredCalendar {
    const calendar = this.calendars.get(entry.calendarKey);
    if (!calendar) throw new Error(`The sandbox has no calendar ${entry.calendarKey}`);
    return calendar;
  }
}
