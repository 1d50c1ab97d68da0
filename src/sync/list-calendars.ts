// Which calendars the account has: read to the last page before anything is believed of it.

import { ProviderError } from '../errors.js';
import type { CalendarPage } from '../providers/provider-calendars.js';
import type { CalendarRecord } from '../vocabulary.js';
import type { CalendarReader } from './calendar-reader.js';
import { RunLost } from './interruption.js';

const MOST_PAGES = 100;

/** Saves the complete listing. @throws ProviderError, RunLost, RunInterrupted */
export async function listCalendars(reader: CalendarReader): Promise<void> {
  const { calendars, run } = reader.settings;
  const records: CalendarRecord[] = [];
  let page: string | null = null;
  for (let pages = 1; ; pages++) {
    const from: string | null = page;
    const said: CalendarPage = await reader.ask((provider, accessToken, signal) =>
      provider.listCalendars({ accessToken, page: from, signal }),
    );
    records.push(...said.calendars);
    if (said.next === null) break;
    if (said.next === page || pages === MOST_PAGES)
      throw new ProviderError('provider_error', { reason: 'the calendar list does not end' });
    page = said.next;
  }
  // Nobody can delete their last calendar: this is a fault of the answer, and not to be obeyed.
  if (records.length === 0 && (await calendars.list(run.accountId)).length > 0)
    throw new ProviderError('provider_error', { reason: 'the calendar list is suddenly empty' });
  if (!(await calendars.saveListing(run, records))) throw new RunLost('the run may not write');
}
