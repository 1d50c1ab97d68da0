/** A person at the provider: makes the edit of a move, if it is possible. */
import type { Sandbox, SeenEvent } from '../../../sandbox/index.js';
import type { Change, When } from './moves.js';

export type ProviderName = 'google' | 'microsoft';

interface KnownEvent {
  calendarId: string;
  id: string;
}

const DAY = 86_400_000;

export class ProviderHand {
  /**
   * Every event that was created, with its latest id. Deleted ones are noticed when they are used.
   */
  private readonly events: KnownEvent[] = [];

  constructor(
    private readonly sandbox: Sandbox,
    private readonly account: { provider: ProviderName; user: string },
    private readonly start: Date,
  ) {}

  /** The account's calendars in the provider's order. */
  calendars() {
    return this.sandbox.control.calendars(this.account).filter(({ deleted }) => !deleted);
  }

  /** @returns false when there is no item to edit */
  make(change: Change): boolean {
    try {
      return this.attempt(change);
    } catch (error) {
      // The provider refuses: no such occurrence, no split of a counted series, an id that exists.
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      return false;
    }
  }

  private attempt(change: Change): boolean {
    const { control } = this.sandbox;
    const { account } = this;
    switch (change.do) {
      case 'create': {
        const calendarId = this.calendar(change.calendar).id;
        const event = {
          title: `made ${this.events.length}`,
          ...this.times(change.when),
          ...(change.rule === undefined ? {} : { recurrence: change.rule }),
          ...(change.secret === true ? { visibility: 'private' as const } : {}),
        };
        this.events.push({
          calendarId,
          id: control.createEvent({ ...account, calendarId, event }).id,
        });
        return true;
      }
      case 'rename':
        control.updateEvent({ ...this.event(change.event), changes: { title: change.title } });
        return true;
      case 'move':
        control.updateEvent({ ...this.event(change.event), changes: this.times(change.when) });
        return true;
      case 'delete':
        control.deleteEvent(this.event(change.event));
        return true;
      case 'transfer': {
        const toCalendarId = this.calendar(change.calendar).id;
        const { id } = control.moveEvent({ ...this.event(change.event), toCalendarId });
        this.events.push({ calendarId: toCalendarId, id });
        return true;
      }
      case 'rule':
        control.updateEvent({ ...this.event(change.event), changes: { recurrence: change.rule } });
        return true;
      case 'split': {
        const series = this.event(change.event);
        const { id } = control.splitSeries({
          ...series,
          date: this.occurrence(series, change.occurrence).start,
          changes: { title: 'after the split' },
        });
        this.events.push({ calendarId: series.calendarId, id });
        return true;
      }
      case 'occurrence': {
        const series = this.event(change.event);
        const one = { ...series, eventId: this.occurrence(series, change.occurrence).id };
        if (change.change === 'delete') control.deleteEvent(one);
        else
          control.updateEvent({
            ...one,
            changes:
              typeof change.change === 'string'
                ? { title: change.change }
                : this.times(change.change),
          });
        return true;
      }
      case 'add calendar': {
        if (this.calendars().length >= 4) return false;
        const accessRole = change.readOnly ? ('reader' as const) : ('owner' as const);
        control.createCalendar({ ...account, calendar: { name: 'Another', accessRole } });
        return true;
      }
      case 'remove calendar':
        control.deleteCalendar({ ...account, calendarId: this.secondary(change.calendar).id });
        return true;
      case 'hide calendar':
      case 'show calendar': {
        const calendarId = this.secondary(change.calendar).id;
        control.updateCalendar({
          ...account,
          calendarId,
          changes: { hidden: change.do === 'hide calendar' },
        });
        return true;
      }
      case 'role': {
        const calendarId = this.secondary(change.calendar).id;
        const accessRole =
          account.provider === 'microsoft' && change.role === 'freeBusyReader'
            ? 'reader'
            : change.role;
        control.updateCalendar({ ...account, calendarId, changes: { accessRole } });
        return true;
      }
    }
  }

  private calendar(choice: number) {
    const calendars = this.calendars();
    return calendars[choice % calendars.length]!;
  }

  private secondary(choice: number) {
    const calendars = this.calendars().filter(({ primary }) => !primary);
    const chosen = calendars[choice % calendars.length];
    if (chosen === undefined) throw new Error('there is only the primary calendar');
    return chosen;
  }

  private event(choice: number) {
    const known = this.events[choice % this.events.length];
    if (known === undefined) throw new Error('there is no event');
    return { ...this.account, calendarId: known.calendarId, eventId: known.id };
  }

  /** One of the existing occurrences. */
  private occurrence(series: { calendarId: string; eventId: string }, choice: number): SeenEvent {
    const { provider, user } = this.account;
    const [from, to] = [-40, 60].map((days) => new Date(this.start.getTime() + days * DAY));
    const found = this.sandbox.control
      .view(provider, user, series.calendarId, from!, to!)
      .filter(({ seriesId }) => seriesId === series.eventId);
    const one = found[choice % found.length];
    if (one === undefined) throw new Error('no occurrence is left');
    return one;
  }

  private times({ day, hour, length }: When): { start: string; end: string } {
    const midnight = Math.floor(this.start.getTime() / DAY) * DAY + day * DAY;
    const date = (days: number) => new Date(midnight + days * DAY).toISOString().slice(0, 10);
    if (hour === null) return { start: date(0), end: date(Math.max(length, 1)) };
    const start = midnight + hour * 3_600_000;
    return {
      start: new Date(start).toISOString(),
      end: new Date(start + length * 3_600_000).toISOString(),
    };
  }
}
