// Series whose changes came incomplete: bare occurrences without their master, masters without their
// occurrences.

import type { Round } from '../calendars/round.js';
import { IntegrationError } from '../errors.js';
import type { EventChange, EventRecord } from '../event-model.js';
import type { CalendarReader } from './calendar-reader.js';
import { RunInterrupted, RunLost } from './interruption.js';
import { describeFailure, isOfAccount } from './run-failure.js';

/** After this number of failures in a row, the other series of the round are left for the next one. */
const MOST_FAILURES = 3;

/** What became of the series that a round left open. */
export interface SeriesReading {
  /** The series that were read whole. */
  readonly whole: readonly string[];
  /** Whether reading one of them failed in a way that a later try can fix. */
  readonly hasFailed: boolean;
}

/** The result for a round that left no series open. */
export const NO_SERIES: SeriesReading = { whole: [], hasFailed: false };

/**
 * Requests what a round left open, once for each series. The failure of one series does not end the
 * calendar: its occurrences are shown with what is known of them.
 * @returns null when the round may not write any more
 * @throws ProviderError of the whole account, RunLost, RunInterrupted
 */
export async function readOpenSeries(
  reader: CalendarReader,
  providerCalendarId: string,
  round: Round,
): Promise<SeriesReading | null> {
  const { provider } = reader;
  const { events } = reader.services;
  if (!provider.readMaster || !provider.readInstances) return NO_SERIES;
  const save = (records: readonly EventRecord[]) => {
    const changes = records.map((event): EventChange => ({ change: 'put', event }));
    return reader.savePage(round, changes);
  };
  const about = (seriesId: string) => ({ providerCalendarId, seriesId, window: round.window });
  const failures = new SeriesFailures();

  let open = await events.openSeries(round);
  for (const seriesId of open.withoutMaster) {
    const master = await failures.orNull(() =>
      reader.ask((from, accessToken, signal) =>
        from.readMaster!({ ...about(seriesId), accessToken, signal }),
      ),
    );
    if (master !== null && (await save([master])) === null) return null;
  }
  // A master read just now did not come with the round, which then need not have brought its
  // occurrences.
  if (open.withoutMaster.length > 0) open = await events.openSeries(round);
  const whole: string[] = [];
  for (const seriesId of open.withoutInstances) {
    const instances = await failures.orNull(() =>
      reader.ask((from, accessToken, signal) =>
        from.readInstances!({ ...about(seriesId), accessToken, signal }),
      ),
    );
    if (instances === null) continue;
    if ((await save(instances.events)) === null) return null;
    if (instances.isComplete) whole.push(seriesId);
  }
  return { whole, hasFailed: failures.hasRetryable };
}

/** Counts the series that could not be read. */
class SeriesFailures {
  hasRetryable = false;
  private inARow = 0;

  /** The result of `read`; null when it fails for this series alone, or when too many have failed. */
  async orNull<T>(read: () => Promise<T | null>): Promise<T | null> {
    if (this.inARow >= MOST_FAILURES) return null;
    try {
      const found = await read();
      this.inARow = 0;
      return found;
    } catch (error) {
      if (!isOfOneSeries(error)) throw error;
      this.inARow += 1;
      if (describeFailure(error).retryable) this.hasRetryable = true;
      return null;
    }
  }
}

function isOfOneSeries(error: unknown): boolean {
  if (!(error instanceof IntegrationError)) return false;
  if (error instanceof RunLost || error instanceof RunInterrupted) return false;
  return !isOfAccount(error) && error.code !== 'throttled';
}
