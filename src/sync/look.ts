// A scheduled run mostly finds nothing new. It looks at each calendar from its cursor, once, before
// anything is written. Where anything else comes, the run goes on as any other.

import type { LookedCalendar, QuietCalendar } from '../calendars/looked-calendars.js';
import { IntegrationError, ProviderError } from '../errors.js';
import type { CalendarRecord } from '../vocabulary.js';
import type { BegunRun } from './begin-run.js';
import { type CalendarReader, isQuiet } from './calendar-reader.js';
import { RunInterrupted, RunLost } from './interruption.js';
import { readListing } from './list-calendars.js';
import { inParallel } from './parallel.js';
import { hasMovedOn } from './window.js';

/** Scheduled runs read which calendars there are at least this often (milliseconds). */
const LIST_EVERY_MS = 60 * 60_000;
const CALENDARS_AT_ONCE = 3;

/** What a look found: nothing new. */
export interface NothingNew {
  readonly calendars: readonly QuietCalendar[];
  /** Null where the list was not read. */
  readonly listedAt: Date | null;
}

/** A calendar that can be looked at. */
type Readable = LookedCalendar & {
  readonly cursor: string;
  readonly windowFrom: string;
  readonly windowTo: string;
};

/**
 * @returns null where something is new, or is not as usual
 * @throws ProviderError where the provider is throttled or unavailable, RunLost, RunInterrupted
 */
export async function lookForNews(
  reader: CalendarReader,
  begun: BegunRun,
): Promise<NothingNew | null> {
  const readable = toLookAt(reader, begun);
  if (readable === null) return null;
  const { now } = reader.services;
  const isListed =
    begun.listedAt !== null && now().getTime() - begun.listedAt.getTime() < LIST_EVERY_MS;
  try {
    if (!isListed && !(await isListedAsBefore(reader, begun.calendars))) return null;
    const calendars: QuietCalendar[] = [];
    await inParallel(readable, CALENDARS_AT_ONCE, async (calendar) => {
      // Something is new in another calendar.
      if (reader.hasNews) return;
      const cursor = await cursorWithoutNews(reader, calendar);
      if (cursor === null) return;
      calendars.push({ id: calendar.id, kept: calendar.cursor, round: calendar.round, cursor });
    });
    if (reader.hasNews) return null;
    return { calendars, listedAt: isListed ? null : now() };
  } catch (error) {
    if (isOfRun(error)) throw error;
    reader.services.logger.debug({ ...reader.run, err: error }, 'calendars are read in full order');
    return null;
  }
}

/** The selected calendars; null where the run has more to do than to look at them. */
function toLookAt(
  { services: { now, settings } }: CalendarReader,
  { trigger, failures, access, calendars }: BegunRun,
): readonly Readable[] | null {
  if (trigger !== 'schedule' || failures > 0 || access === null) return null;
  const readable: Readable[] = [];
  for (const calendar of calendars.filter(({ selected }) => selected)) {
    if (!isReadable(calendar) || hasMovedOn(calendar.id, windowOf(calendar), now(), settings))
      return null;
    readable.push(calendar);
  }
  return readable;
}

function isReadable(calendar: LookedCalendar): calendar is Readable {
  const { cursor, windowFrom, windowTo, hasFailed } = calendar;
  return cursor !== null && windowFrom !== null && windowTo !== null && !hasFailed;
}

function windowOf({ windowFrom, windowTo, windowMadeOn }: Readable) {
  return {
    from: new Date(windowFrom),
    to: new Date(windowTo),
    madeOn: windowMadeOn === null ? null : new Date(windowMadeOn),
  };
}

/** The cursor for the next time; null where another answer came, which is kept for the run. */
async function cursorWithoutNews(
  reader: CalendarReader,
  calendar: Readable,
): Promise<string | null> {
  const { id, providerCalendarId, cursor } = calendar;
  const { from, to } = windowOf(calendar);
  const answer = await reader
    .ask((provider, accessToken, signal) =>
      provider.readChanges({
        accessToken,
        providerCalendarId,
        window: { from, to },
        cursor,
        listing: 'usual',
        page: null,
        signal,
      }),
    )
    .catch((error: unknown) => {
      if (error instanceof ProviderError && !isOfRun(error)) return error;
      throw error;
    });
  reader.keepFirst(id, cursor, answer);
  return isQuiet(answer) ? answer.cursor : null;
}

/** Whether the provider lists the same calendars with the same properties. */
async function isListedAsBefore(
  reader: CalendarReader,
  calendars: readonly LookedCalendar[],
): Promise<boolean> {
  const { records, isComplete } = await readListing(reader, 'usual');
  const before = new Map(calendars.map((one) => [one.providerCalendarId, one]));
  return (
    isComplete &&
    records.length === before.size &&
    records.every((record) => isSame(record, before.get(record.providerCalendarId)))
  );
}

const SHOWN = ['name', 'description', 'timeZone', 'color', 'primary', 'accessRole'] as const;

function isSame(record: CalendarRecord, before: LookedCalendar | undefined): boolean {
  return before !== undefined && SHOWN.every((property) => record[property] === before[property]);
}

/** A failure that ends the run: asking once more would only add to it. */
function isOfRun(error: unknown): boolean {
  if (error instanceof RunLost || error instanceof RunInterrupted) return true;
  return (
    error instanceof IntegrationError && ['throttled', 'provider_unavailable'].includes(error.code)
  );
}
