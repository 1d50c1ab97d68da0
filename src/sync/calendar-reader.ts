// What reading a calendar takes: the provider with a live token, the stores, and when to stop.

import type { CalendarStore } from '../calendars/calendar-store.js';
import type { EventStore } from '../calendars/event-store.js';
import type { Run } from '../calendars/round.js';
import type { Relief } from '../collect-garbage.js';
import type { ProviderCalendars } from '../providers/provider-calendars.js';
import type { AccountLimits } from './account-limits.js';
import { patiently, type Sleep } from './backoff.js';
import { RunInterrupted, RunLost } from './interruption.js';

/** Calls with a live access token, refreshed early, and once more on a 401. */
export type UseToken = <T>(
  accountId: string,
  call: (accessToken: string) => Promise<T>,
) => Promise<T>;

/** A run's means of reading, the same for all its calendars. */
export interface ReadingSettings {
  readonly run: Run;
  readonly provider: ProviderCalendars;
  readonly useToken: UseToken;
  readonly limits: AccountLimits;
  readonly calendars: CalendarStore;
  readonly events: EventStore;
  /** Lets a few through at once: so that syncing leaves connections to everyone else. */
  readonly gate: <T>(write: () => Promise<T>) => Promise<T>;
  /** Told of changes when they have been read, and again when they have been saved. */
  readonly relieve: Relief;
  readonly now: () => Date;
  readonly random: () => number;
  readonly sleep: Sleep;
  /** Aborted when the run may not go on: what is under way is dropped. */
  readonly lost: AbortSignal;
  /** Aborted when the process is to stop: what is under way is finished. */
  readonly stopping: AbortSignal;
}

export class CalendarReader {
  /** Ends a wait, whichever comes first. */
  private readonly ending: AbortSignal;

  constructor(readonly settings: ReadingSettings) {
    this.ending = AbortSignal.any([settings.lost, settings.stopping]);
  }

  /** One request to the provider, with a little patience. @throws ProviderError, RunLost, RunInterrupted */
  async ask<T>(
    call: (provider: ProviderCalendars, accessToken: string, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { provider, run, useToken, limits, lost, random, sleep } = this.settings;
    const waiting = { sleep, signal: this.ending };
    this.goOn();
    try {
      const once = () =>
        useToken(run.accountId, (accessToken) =>
          limits.through(run.accountId, provider.limits ?? {}, waiting, () =>
            call(provider, accessToken, lost),
          ),
        );
      const onWait = (milliseconds: number) => limits.leaveAlone(run.accountId, milliseconds);
      return await patiently(once, { ...waiting, random, onWait });
    } catch (error) {
      // Whatever an abandoned request threw, this is why.
      this.goOn();
      throw error;
    }
  }

  /** @throws RunLost, RunInterrupted when the run is not to go on */
  goOn(): void {
    const { lost, stopping } = this.settings;
    if (lost.aborted) throw new RunLost('the run may not go on');
    if (stopping.aborted) throw new RunInterrupted('the process is stopping');
  }
}
