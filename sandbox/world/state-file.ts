/**
 * Saves the state on disk: one file for the state, one per calendar. Each file is replaced
 * atomically.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StoredCalendar } from '../calendars/stored-event.js';
import { digest } from './random.js';
import { defaultSettings } from './settings.js';
import type { WorldState } from './state.js';

const SAVE_AFTER_MS = 30;
/** Writing a large calendar is slow, so it is written less often. */
const LARGE = { events: 5_000, saveAfterMs: 700 };

interface Saved extends WorldState {
  calendarFiles: Record<string, string>;
}

/**
 * The state that was saved last; undefined without a file.
 * @throws SyntaxError if the file is damaged.
 */
export function loadState(
  file: string,
): { state: WorldState; calendars: Map<string, StoredCalendar> } | undefined {
  if (!existsSync(file)) return undefined;
  const { calendarFiles, ...state } = JSON.parse(readFileSync(file, 'utf8')) as Saved;
  // A file of an older version lacks newer settings.
  const defaults = defaultSettings();
  for (const part of ['google', 'microsoft', 'delivery'] as const)
    Object.assign(state.settings[part], { ...defaults[part], ...state.settings[part] });
  // Nor does it have tenants. Its people keep what they could do.
  state.tenants ??= [];
  const calendars = new Map<string, StoredCalendar>();
  for (const [key, name] of Object.entries(calendarFiles)) {
    const calendar = JSON.parse(
      readFileSync(join(calendarFolder(file), name), 'utf8'),
    ) as StoredCalendar;
    // A killed sandbox may have issued cursors for changes that were not saved. New change numbers
    // must be higher than those cursors.
    calendar.seq += 1_000;
    calendars.set(key, calendar);
  }
  return { state, calendars };
}

const calendarFolder = (file: string) => `${file}.calendars`;

/** Writes changes a few milliseconds after they happen, and all pending changes on `flush`. */
export class StateFile {
  readonly #file: string;
  readonly #state: WorldState;
  readonly #calendars: Map<string, StoredCalendar>;
  readonly #dirty = new Set<StoredCalendar>();
  #timer: NodeJS.Timeout | undefined;
  #largeTimer: NodeJS.Timeout | undefined;

  constructor(file: string, state: WorldState, calendars: Map<string, StoredCalendar>) {
    this.#file = file;
    this.#state = state;
    this.#calendars = calendars;
    mkdirSync(calendarFolder(file), { recursive: true });
    mkdirSync(dirname(file), { recursive: true });
  }

  /** Reports a change of the state, or of a calendar's events. */
  touch(calendar?: StoredCalendar): void {
    if (calendar) this.#dirty.add(calendar);
    if (calendar && isLarge(calendar))
      this.#largeTimer ??= setTimeout(() => this.flush(), LARGE.saveAfterMs);
    this.#timer ??= setTimeout(() => this.#save(false), SAVE_AFTER_MS);
  }

  /** Marks every calendar as unsaved, for the first save. */
  touchAll(): void {
    for (const calendar of this.#calendars.values()) this.touch(calendar);
  }

  /** Saves everything now. */
  flush(): void {
    clearTimeout(this.#largeTimer);
    this.#largeTimer = undefined;
    this.#save(true);
  }

  #save(large: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const calendar of this.#dirty) {
      const path = join(calendarFolder(this.#file), fileName(calendar.key));
      if (!large && isLarge(calendar) && existsSync(path)) continue;
      this.#dirty.delete(calendar);
      // Calendars are written before the state, so that the state never names a missing file.
      replaceFile(path, JSON.stringify(calendar));
    }
    const calendarFiles = Object.fromEntries(
      [...this.#calendars.keys()].map((key) => [key, fileName(key)]),
    );
    replaceFile(this.#file, JSON.stringify({ ...this.#state, calendarFiles }));
  }
}

const isLarge = (calendar: StoredCalendar) => calendar.events.length > LARGE.events;

const fileName = (key: string) => `${digest(key, 24)}.json`;

function replaceFile(file: string, content: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, file);
}
