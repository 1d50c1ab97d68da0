// Reads which calendars the account has, to the last page, before any is saved or removed.

import { ProviderError } from '../errors.js';
import { ListingProgress, nullAtOpenEnd } from '../providers/listing-progress.js';
import type { CalendarPage } from '../providers/provider-calendars.js';
import type { CalendarRecord } from '../vocabulary.js';
import type { CalendarReader } from './calendar-reader.js';
import { RunLost } from './interruption.js';

/**
 * Saves the listing. One that does not end is tried once more with smaller pages. Then its calendars
 * are saved, and those that it lacks are kept.
 * @throws ProviderError, RunLost, RunInterrupted
 */
export async function listCalendars(reader: CalendarReader): Promise<void> {
  const { run } = reader;
  const { calendars, now } = reader.services;
  let listed = await readListing(reader, 'usual');
  if (!listed.isComplete) {
    const again = await readListing(reader, 'small');
    listed = again.isComplete
      ? again
      : { ...again, records: [...listed.records, ...again.records] };
  }
  const { records, isComplete } = listed;
  // No one can delete their last calendar, so an empty list is an error of the provider.
  if (records.length === 0 && (!isComplete || (await calendars.list(run.accountId)).length > 0))
    throw new ProviderError('provider_error', { reason: 'the calendar list is suddenly empty' });
  if (!(await calendars.saveListing(run, records, { at: now(), isComplete })))
    throw new RunLost('the run may not write');
}

/** Reads the list of calendars, to its end where it has one. @throws ProviderError */
export async function readListing(
  reader: CalendarReader,
  listing: 'usual' | 'small',
): Promise<{ records: readonly CalendarRecord[]; isComplete: boolean }> {
  const records: CalendarRecord[] = [];
  const progress = new ListingProgress();
  let page: string | null = null;
  for (;;) {
    const from: string | null = page;
    const listed: CalendarPage | null = await nullAtOpenEnd(() =>
      reader.ask((provider, accessToken, signal) =>
        provider.listCalendars({ accessToken, listing, page: from, signal }),
      ),
    );
    if (listed === null) return { records, isComplete: false };
    records.push(...listed.calendars);
    if (listed.next === null) return { records, isComplete: true };
    const keys = listed.calendars.map(({ providerCalendarId }) => providerCalendarId);
    if (!progress.goesOn(keys, listed.next)) return { records, isComplete: false };
    page = listed.next;
  }
}
