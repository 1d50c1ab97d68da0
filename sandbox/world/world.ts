/** The simulated world: its state, its clock, its randomness, and who is told when something changes. */
import type { StoredCalendar } from '../calendars/stored-event.js';
import { Random } from './random.js';
import type { Account, CalendarEntry, Client, ProviderName, WorldState } from './state.js';

/** What happened to a calendar, for push. */
export interface CalendarChange {
  calendar: StoredCalendar;
  kind: 'created' | 'updated' | 'deleted';
  eventId: string;
}

/** Where the sandbox is reached. */
export interface Places {
  url: string;
  google: string;
  microsoftLogin: string;
  graph: string;
}

/** One world per sandbox. Handlers change `state` and `calendars` directly and then say so. */
export class World {
  readonly state: WorldState;
  readonly calendars: Map<string, StoredCalendar>;
  readonly random: Random;
  places: Places = { url: '', google: '', microsoftLogin: '', graph: '' };
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

  /** The sandbox's time: the host's (or the injected clock's) plus what was advanced. */
  now(): Date {
    return new Date(this.#baseNow().getTime() + this.state.clockOffsetMs);
  }

  /** To be called after any change to `state`. */
  changed(): void {
    this.state.drawn = this.random.drawn;
    this.onDirty();
  }

  /** To be called after a change to a calendar's events. */
  calendarChanged(
    calendar: StoredCalendar,
    kind: CalendarChange['kind'] | 'silent',
    eventId = '',
  ): void {
    this.state.drawn = this.random.drawn;
    this.onDirty(calendar);
    if (kind !== 'silent') this.onCalendarChange({ calendar, kind, eventId });
  }

  /** To be called after a change to an account's list of calendars. */
  listChanged(account: Account, entry: CalendarEntry): void {
    account.listSeq += 1;
    entry.seq = account.listSeq;
    this.changed();
    this.onListChange(account);
  }

  /** An account by email or id, in any case of letters. */
  findAccount(provider: ProviderName, user: string): Account | undefined {
    const wanted = user.toLowerCase();
    return this.state.accounts.find(
      (account) =>
        account.provider === provider &&
        [account.email.toLowerCase(), account.id, account.objectId].includes(wanted),
    );
  }

  /** The account with this id. @throws Error when there is none. */
  account(provider: ProviderName, id: string): Account {
    const account = this.state.accounts.find((one) => one.provider === provider && one.id === id);
    if (!account) throw new Error(`No ${provider} account ${id} in the sandbox`);
    return account;
  }

  client(provider: ProviderName, clientId: string): Client | undefined {
    return this.state.clients.find(
      (client) => client.provider === provider && client.clientId === clientId,
    );
  }

  /** The calendar behind an entry. @throws Error when it is missing. */
  calendar(entry: CalendarEntry): StoredCalendar {
    const calendar = this.calendars.get(entry.calendarKey);
    if (!calendar) throw new Error(`No calendar ${entry.calendarKey} in the sandbox`);
    return calendar;
  }
}
