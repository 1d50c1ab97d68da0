// Reads which calendars the account has, to the last page, before any is saved or removed.

import { ProviderError } from '../errors.js';
import type { CalendarPage } from '../providers/provider-calendars.js';
import type { CalendarRecord } from '../vocabulary.js';
import type { CalendarReader } from './calendar-reader.js';
import { RunLost } from './interruption.js';

const MOST_PAGES = 100;

/** Saves the complete listing. @throws ProviderError, RunLost, RunInterrupted */
export async function listCalendars(reader: CalendarReader): Promise<void> {
  const { run } = reader;
  const { calendars } = reader.services;
  const records = await readListing(reader);
  // No one can delete their last calendar, so an empty list is an error of the provider.
  if (records.length === 0 && (await calendars.list(run.accountId)).length > 0)
    throw new ProviderError('provider_error', { reason: 'the calendar list is suddenly empty' });
  if (!(await calendars.saveListing(run, records))) throw new RunLost('the run may not write');
}

async function readListing(reader: CalendarReader): Promise<CalendarRecord[]> {
  const records: CalendarRecord[] = [];
  let page: string | null = null;
  for (let pages = 1; ; pages++) {
    const from: string | null = page;
    const listed: CalendarPage = await reader.ask((provider, accessToken, signal) =>
      provider.listCalendars({ accessToken, page: from, signal }),
    );
    records.push(...listed.calendars);
    if (listed.next === null) return records;
    if (listed.next === page || pages === MOST_PAGES)
      throw new ProviderError('provider_error', { reason: 'the calendar list does not end' });
    page = listed.next;
  }
}
