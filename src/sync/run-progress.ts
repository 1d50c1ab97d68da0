// Saves the progress of a run that lasts for more than a second, now and then. This also reports
// that the run is alive, and shows when it is lost.

import type { SyncProgress, SyncRuns } from './sync-runs.js';
import type { SyncJob } from './sync-services.js';

/** Before the first time, and between two times (milliseconds). */
const SAVE_EVERY_MS = 1_000;
const HEARTBEAT_MS = 10_000;

export interface RunProgressSettings {
  readonly runs: SyncRuns;
  readonly job: SyncJob;
  readonly now: () => Date;
  /** Called when the account no longer names the run. */
  readonly onLost: () => void;
}

/** Works from the start of a run until `stop()`. */
export class RunProgress {
  private state: SyncProgress = {
    phase: 'calendars',
    calendarsDone: 0,
    calendarsTotal: 0,
    eventsSeen: 0,
  };
  private savedAt: number;
  private saving: Promise<void> | null = null;
  private readonly timers: readonly NodeJS.Timeout[];
  private isSaved = false;

  constructor(private readonly settings: RunProgressSettings) {
    this.savedAt = settings.now().getTime();
    this.timers = [
      setTimeout(() => this.save(), SAVE_EVERY_MS),
      setInterval(() => this.save(), HEARTBEAT_MS),
    ];
  }

  /**
   * Notes a change, and saves it unless that was done less than a second ago. In a run that lasts
   * longer, a new phase is saved at once.
   */
  note(change: Partial<SyncProgress>): void {
    const isNewPhase = change.phase !== undefined && change.phase !== this.state.phase;
    this.state = { ...this.state, ...change };
    const now = this.settings.now().getTime();
    if ((isNewPhase && this.isSaved) || now - this.savedAt >= SAVE_EVERY_MS) this.save();
  }

  /** Adds to the counts. */
  add(count: { calendarsDone?: number; eventsSeen?: number }): void {
    this.note({
      calendarsDone: this.state.calendarsDone + (count.calendarsDone ?? 0),
      eventsSeen: this.state.eventsSeen + (count.eventsSeen ?? 0),
    });
  }

  /** Ends without saving. @returns the last state */
  async end(): Promise<SyncProgress> {
    for (const timer of this.timers) clearTimeout(timer);
    await this.saving;
    return this.state;
  }

  /** Saves the last state and ends. */
  async stop(): Promise<void> {
    await this.end();
    this.save();
    await this.saving;
  }

  private save(): void {
    if (this.saving !== null) return;
    const { runs, job, now, onLost } = this.settings;
    this.savedAt = now().getTime();
    this.isSaved = true;
    this.saving = runs
      .progress(job.accountId, job.syncId, this.state)
      .then((holds) => {
        if (!holds) onLost();
      })
      // A database that does not respond is noticed when the next page is saved.
      .catch(() => undefined)
      .finally(() => {
        this.saving = null;
      });
  }
}
