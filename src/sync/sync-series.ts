// Series that came incomplete: bare occurrences without their master, and masters without their
// occurrences.

import type { Round } from '../calendars/round.js';
import type { EventChange, EventRecord } from '../event-model.js';
import type { CalendarReader } from './calendar-reader.js';

/**
 * Reads what a round left open, once per series. A series that the provider no longer has is left
 * as it is: a later round removes it. @returns the series that were read whole, or null when the
 * round may not write any more
 */
export async function readOpenSeries(
  reader: CalendarReader,
  providerCalendarId: string,
  round: Round,
): Promise<string[] | null> {
  const { provider } = reader;
  const { events, gate } = reader.services;
  if (!provider.readMaster || !provider.readInstances) return [];
  const save = (records: readonly EventRecord[]) => {
    const changes = records.map((event): EventChange => ({ change: 'put', event }));
    return gate(() => events.savePage(round, changes));
  };
  const about = (seriesId: string) => ({ providerCalendarId, seriesId, window: round.window });

  let open = await events.openSeries(round);
  for (const seriesId of open.withoutMaster) {
    const master = await reader.ask((from, accessToken, signal) =>
      from.readMaster!({ ...about(seriesId), accessToken, signal }),
    );
    if (master !== null && (await save([master])) === null) return null;
  }
  // A master that was read just now did not come with the round, so the round may lack occurrences
  // of its series.
  if (open.withoutMaster.length > 0) open = await events.openSeries(round);
  const whole: string[] = [];
  for (const seriesId of open.withoutInstances) {
    const instances = await reader.ask((from, accessToken, signal) =>
      from.readInstances!({ ...about(seriesId), accessToken, signal }),
    );
    if (instances === null) continue;
    if ((await save(instances)) === null) return null;
    whole.push(seriesId);
  }
  return whole;
}
