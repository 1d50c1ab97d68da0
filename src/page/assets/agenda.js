// The upcoming events of an account, by day.

import { labelOf } from './account-words.js';
import { client, Problem } from './api.js';
import { fill, isWaiting, linkOut, make, setColor, setWaiting, webAddress } from './dom.js';
import { showProblem } from './notices.js';
import { dayOf, dayTitle, TIME_ZONE, upcomingFrom, whenOf } from './times.js';
import { TEXT, timeZoneText } from './words.js';

const PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 200;

/** @typedef {import('./api.js').CalendarEvent} CalendarEvent */

/** Loads the events page by page and shows them. */
export class Agenda {
  /** @param {string} accountId @param {string} accountLabel tells the account from others */
  constructor(accountId, accountLabel) {
    this.accountId = accountId;
    this.days = make('div.days');
    this.problem = make('div');
    this.more = /** @type {HTMLButtonElement} */ (
      make(
        'button.small-button',
        {
          type: 'button',
          hidden: true,
          'aria-label': labelOf(TEXT.events.showMore, accountLabel),
          onclick: () => this.showMore(),
        },
        TEXT.events.showMore,
      )
    );
    this.element = make(
      'section.agenda',
      { 'aria-label': labelOf(TEXT.events.title, accountLabel) },
      make('h3', {}, `${TEXT.events.title} `, make('span.small.soft', {}, timeZoneText(TIME_ZONE))),
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
    this.from = upcomingFrom();
    /** Counts the reads, so that the response of an earlier read is ignored. */
    this.reads = 0;
    this.isLoaded = false;
    this.moreMayCome = false;
    fill(this.days, make('p.soft', {}, TEXT.loading));
  }

  /**
   * Sets the calendars, whose names and colours are shown with the events.
   * @param {import('./api.js').Calendar[]} calendars
   */
  setCalendars(calendars) {
    this.calendars = new Map(calendars.map((calendar) => [calendar.id, calendar]));
    if (this.isLoaded) this.show();
  }

  /**
   * Reads again the events that are shown.
   * @param {{ moreMayCome: boolean }} options `moreMayCome`: a sync is running, or none has ended yet
   */
  async load({ moreMayCome }) {
    this.from = upcomingFrom();
    this.moreMayCome = moreMayCome;
    await this.read(null, Math.min(MAX_PAGE_SIZE, Math.max(PAGE_SIZE, this.events.length)), () =>
      this.load({ moreMayCome }),
    );
  }

  async showMore() {
    if (isWaiting(this.more)) return;
    setWaiting(this.more, true);
    const shown = this.days.querySelectorAll('li').length;
    await this.read(this.nextCursor, PAGE_SIZE, () => this.showMore());
    setWaiting(this.more, false);
    if (this.more.hidden)
      /** @type {HTMLElement | undefined} */ (this.days.querySelectorAll('li')[shown])?.focus();
  }

  /** @param {string | null} cursor @param {number} limit @param {() => void} again */
  async read(cursor, limit, again) {
    const read = ++this.reads;
    try {
      const page = await client.listEvents({
        path: { accountId: this.accountId },
        query: { from: this.from, limit, cursor: cursor ?? undefined },
      });
      if (read !== this.reads) return; // a later read has begun
      this.events = cursor === null ? page.data : [...this.events, ...page.data];
      this.nextCursor = page.nextCursor;
      this.isLoaded = true;
      fill(this.problem);
      this.show();
    } catch (error) {
      if (
        read !== this.reads ||
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
      const day = Math.max(when.firstDay, today); // an event that has begun is shown today
      days.set(day, [...(days.get(day) ?? []), { event, when }]);
    }
    const groups = [...days].sort(([a], [b]) => a - b);
    this.more.hidden = this.nextCursor === null;
    if (groups.length === 0) fill(this.days, make('p.soft', {}, this.emptyText()));
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

  emptyText() {
    if (this.nextCursor !== null) return TEXT.events.noneSoFar;
    return this.moreMayCome ? TEXT.events.importing : TEXT.events.none;
  }

  /** @param {CalendarEvent} event @param {import('./times.js').When} when */
  row(event, when) {
    const calendar = this.calendars.get(event.calendarId);
    const isCancelled = event.status === 'cancelled';
    const isTentative = event.status === 'tentative';
    const title =
      event.title ??
      (calendar?.accessRole === 'freeBusyReader' ||
      /^(private|confidential)$/.test(event.visibility)
        ? TEXT.events.busy
        : TEXT.events.untitled);
    const marks = [
      isCancelled && TEXT.events.cancelled,
      isTentative && TEXT.events.tentative,
      event.selfResponse === 'declined' && TEXT.events.declined,
    ];
    const call = webAddress(event.conferenceUrl);
    const places = [
      event.location,
      call && linkOut(call, TEXT.events.joinCall, labelOf(TEXT.events.joinCall, title)),
      calendar?.name,
    ].filter((place) => place);
    return setColor(
      make(
        ['li.event', isCancelled && 'cancelled', isTentative && 'tentative']
          .filter(Boolean)
          .join('.'),
        { tabindex: '-1' },
        make('span.event-time', { title: when.exact }, when.words),
        make(
          'span.event-words',
          {},
          make(isCancelled ? 's.event-title' : 'span.event-title', {}, title),
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
