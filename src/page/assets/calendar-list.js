// The calendars of an account, each with a checkbox. Ticked calendars are synced.

import { client, Problem } from './api.js';
import { fill, make, setColor } from './dom.js';
import { showProblem } from './notices.js';
import { TEXT } from './words.js';

/** Loads the calendars, shows them, and saves which are ticked. */
export class CalendarList {
  /**
   * @param {string} accountId
   * @param {{ mayChoose: boolean, onShown: (calendars: import('./api.js').Calendar[]) => void,
   *   onChosen: (calendar: import('./api.js').Calendar) => void }} options
   */
  constructor(accountId, options) {
    this.accountId = accountId;
    this.options = options;
    this.list = make('ul.calendars', { 'aria-label': TEXT.calendars.title });
    this.problem = make('div');
    this.element = make(
      'section',
      {},
      make('h3', {}, TEXT.calendars.title),
      this.list,
      this.problem,
    );
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    fill(this.list, make('li.soft', {}, TEXT.loading));
  }

  async load() {
    try {
      const { data } = await client.listCalendars({ path: { accountId: this.accountId } });
      fill(this.problem);
      this.show(data);
      this.options.onShown(data);
    } catch (error) {
      if (error instanceof Problem && (error.status === 401 || error.status === 404)) return;
      if (this.rows.size === 0) fill(this.list);
      showProblem(this.problem, error, () => this.load());
    }
  }

  /** @param {import('./api.js').Calendar[]} calendars */
  show(calendars) {
    const sorted = calendars.toSorted(
      (a, b) => Number(b.primary) - Number(a.primary) || a.name.localeCompare(b.name),
    );
    for (const calendar of sorted) {
      const row = this.rows.get(calendar.id) ?? this.addRow(calendar);
      row.show(calendar);
    }
    const kept = new Map(sorted.map(({ id }) => [id, /** @type {Row} */ (this.rows.get(id))]));
    if (
      [...kept.keys()].join() !== [...this.rows.keys()].join() ||
      this.list.childElementCount !== kept.size
    ) {
      this.rows = kept;
      fill(this.list, ...[...kept.values()].map(({ element }) => element));
    }
    if (kept.size === 0) fill(this.list, make('li.soft', {}, TEXT.calendars.none));
  }

  /** @param {import('./api.js').Calendar} calendar */
  addRow(calendar) {
    const row = new Row(this.options.mayChoose, (selected) => this.choose(calendar.id, selected));
    this.rows.set(calendar.id, row);
    return row;
  }

  /** @param {string} calendarId @param {boolean} selected */
  async choose(calendarId, selected) {
    const row = this.rows.get(calendarId);
    try {
      const calendar = await client.updateCalendar({
        path: { accountId: this.accountId, calendarId },
        body: { selected },
      });
      fill(this.problem);
      row?.show(calendar);
      this.options.onChosen(calendar);
    } catch (error) {
      row?.undo(!selected);
      showProblem(this.problem, error);
    }
  }
}

/** One calendar with its checkbox. */
class Row {
  /** @param {boolean} mayChoose @param {(selected: boolean) => void} choose */
  constructor(mayChoose, choose) {
    this.box = /** @type {HTMLInputElement} */ (
      make('input', {
        type: 'checkbox',
        disabled: !mayChoose,
        onchange: () => choose(this.box.checked),
      })
    );
    this.name = make('span.calendar-name');
    this.note = make('span.small.soft');
    this.dot = make('span.dot', { 'aria-hidden': 'true' });
    this.element = make(
      'li',
      {},
      make('label', {}, this.box, this.dot, make('span.calendar-words', {}, this.name, this.note)),
    );
  }

  /** @param {import('./api.js').Calendar} calendar */
  show({ name, color, primary, accessRole, selected, sync }) {
    this.box.checked = selected;
    this.name.textContent = name;
    setColor(this.dot, color);
    const notes = [
      primary && TEXT.calendars.primary,
      accessRole === 'freeBusyReader' && TEXT.calendars.busyOnly,
      selected && sync.error?.message,
    ];
    this.note.textContent = notes.filter((note) => typeof note === 'string').join(' · ');
  }

  /** Takes a choice back that could not be saved. @param {boolean} selected */
  undo(selected) {
    this.box.checked = selected;
  }
}
