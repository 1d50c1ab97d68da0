/** Keeps the world on disk: one file for the state, one per calendar beside it, each replaced atomically. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StoredCalendar } from '../calendars/stored-event.js';
import { digest } from './random.js';
import type { WorldState } from './state.js';

const SAVE_AFTER_MS = 30;
/** Writing a calendar of many thousand events takes a while: not after each change of a series of changes. */
const LARGE = { events: 5_000, saveAfterMs: 700 };

interface Saved extends WorldState {
  calendarFiles: Record<string, string>;
}

/** The world as it was last saved, or undefined. @throws SyntaxError when the file is damaged. */
export function loadState(
  file: string,
): { state: WorldState; calendars: Map<string, StoredCalendar> } | undefined {
  if (!existsSync(file)) return undefined;
  const { calendarFiles, ...state } = JSON.parse(readFileSync(file, 'utf8')) as Saved;
  const calendars = new Map<string, StoredCalendar>();
  for (const [key, name] of Object.entries(calendarFiles)) {
    const calendar = JSON.parse(
      readFileSync(join(calendarFolder(file), name), 'utf8'),
    ) as StoredCalendar;
    // Cursors given out in a killed sandbox's last moment must not be ahead of what happens next.
    calendar.seq += 1_000;
    calendars.set(key, calendar);
  }
  return { state, calendars };
}

const calendarFolder = (file: string) => `${file}.calendars`;

/** Writes changes shortly after they happen, and everything pending on `flush`. */
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

  /** Something changed; with a calendar, its events did. */
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
      // Calendars before the state: it must never name one that is not there.
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
