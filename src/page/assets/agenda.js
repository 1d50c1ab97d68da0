// The coming events of an account, by day.

import { call, Problem, query } from './api.js';
import { fill, hold, isHeld, linkOut, make, paint, webAddress } from './dom.js';
import { showProblem } from './notices.js';
import { comingFrom, dayOf, dayTitle, TIME_ZONE, whenOf } from './times.js';

const PAGE = 10;
const MOST_AT_ONCE = 200;

/** @typedef {import('./api.js').CalendarEvent} CalendarEvent */

export class Agenda {
  /** @param {string} accountId */
  constructor(accountId) {
    this.accountId = accountId;
    this.days = make('div.days');
    this.problem = make('div');
    this.more = /** @type {HTMLButtonElement} */ (
      make(
        'button.small-button',
        { type: 'button', hidden: true, onclick: () => this.showMore() },
        'Show more',
      )
    );
    this.element = make(
      'section.agenda',
      { 'aria-label': 'Coming events' },
      make(
        'h3',
        {},
        'Coming events ',
        make('span.small.soft', {}, `times in ${TIME_ZONE.replaceAll('_', ' ')}`),
      ),
      this.days,
      this.problem,
      this.more,
    );
    /** @type {CalendarEvent[]} */
    this.events = [];
    /** @type {string | null} */
    this.nextCursor = null;
    /** @type {Map<string, import('./api.js').Calendar>} */
    this.calendars = new Map();
    this.from = comingFrom();
    this.readings = 0;
    this.isLoaded = false;
    this.moreMayCome = false;
    fill(this.days, make('p.soft', {}, 'One moment…'));
  }

  /** Names and colours to show events with. @param {import('./api.js').Calendar[]} calendars */
  know(calendars) {
    this.calendars = new Map(calendars.map((calendar) => [calendar.id, calendar]));
    if (this.isLoaded) this.show();
  }

  /** Reads again from the start, as many as are shown. @param {{ moreMayCome: boolean }} hope whether a sync is still bringing some */
  async load({ moreMayCome }) {
    this.from = comingFrom();
    this.moreMayCome = moreMayCome;
    await this.read(null, Math.min(MOST_AT_ONCE, Math.max(PAGE, this.events.length)), () =>
      this.load({ moreMayCome }),
    );
  }

  async showMore() {
    if (isHeld(this.more)) return;
    hold(this.more, true);
    const shown = this.days.querySelectorAll('li').length;
    await this.read(this.nextCursor, PAGE, () => this.showMore());
    hold(this.more, false);
    if (this.more.hidden)
      /** @type {HTMLElement | undefined} */ (this.days.querySelectorAll('li')[shown])?.focus();
  }

  /** @param {string | null} cursor @param {number} limit @param {() => void} again */
  async read(cursor, limit, again) {
    const reading = ++this.readings;
    try {
      /** @type {{ data: CalendarEvent[], nextCursor: string | null }} */
      const page = await call(
        'GET',
        `/accounts/${this.accountId}/events${query({ from: this.from, limit, cursor })}`,
      );
      if (reading !== this.readings) return; // a later reading has begun
      this.events = cursor === null ? page.data : [...this.events, ...page.data];
      this.nextCursor = page.nextCursor;
      this.isLoaded = true;
      fill(this.problem);
      this.show();
    } catch (error) {
      if (
        reading !== this.readings ||
        (error instanceof Problem && (error.status === 401 || error.status === 404))
      )
        return;
      if (!this.isLoaded) fill(this.days);
      showProblem(this.problem, error, again);
    }
  }

  show() {
    const today = dayOf(new Date());
    /** @type {Map<number, { event: CalendarEvent, when: import('./times.js').When }[]>} */
    const days = new Map();
    for (const event of this.events) {
      const when = whenOf(event);
      if (when.isOver) continue;
      const day = Math.max(when.firstDay, today); // what goes on already is shown today
      days.set(day, [...(days.get(day) ?? []), { event, when }]);
    }
    const groups = [...days].sort(([a], [b]) => a - b);
    this.more.hidden = this.nextCursor === null;
    if (groups.length === 0) fill(this.days, make('p.soft', {}, this.emptyWords()));
    else
      fill(
        this.days,
        ...groups.map(([day, entries]) =>
          make(
            'section.day',
            {},
            make('h4', {}, dayTitle(day, today)),
            make(
              'ul',
              {},
              ...entries
                .sort((a, b) => a.when.from - b.when.from)
                .map(({ event, when }) => this.row(event, when)),
            ),
          ),
        ),
      );
  }

  emptyWords() {
    if (this.nextCursor !== null) return 'Nothing on this page.';
    return this.moreMayCome ? 'Events show up here as they are read.' : 'Nothing is coming up.';
  }

  /** @param {CalendarEvent} event @param {import('./times.js').When} when */
  row(event, when) {
    const calendar = this.calendars.get(event.calendarId);
    const cancelled = event.status === 'cancelled';
    const title =
      event.title ??
      (calendar?.accessRole === 'freeBusyReader' ||
      /^(private|confidential)$/.test(event.visibility)
        ? '(busy)'
        : '(no title)');
    const marks = [
      cancelled && 'cancelled',
      event.status === 'tentative' && 'tentative',
      event.selfResponse === 'declined' && 'declined',
    ];
    const call = webAddress(event.conferenceUrl);
    const places = [event.location, call && linkOut(call, 'Join the call'), calendar?.name].filter(
      (place) => place,
    );
    return paint(
      make(
        `li.event${cancelled ? '.cancelled' : ''}${event.status === 'tentative' ? '.tentative' : ''}`,
        { tabindex: '-1' },
        make('span.event-time', { title: when.exact }, when.words),
        make(
          'span.event-words',
          {},
          make(cancelled ? 's.event-title' : 'span.event-title', {}, title),
          ...marks.filter((mark) => mark !== false).map((mark) => make('span.mark', {}, mark)),
          make(
            'span.event-place.small.soft',
            {},
            ...places.flatMap((place, index) => [index > 0 && ' · ', place]),
          ),
        ),
      ),
      calendar?.color,
    );
  }
}
