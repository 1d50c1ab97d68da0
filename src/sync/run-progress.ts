// How far a run is: told to its account now and then, which is also how the run shows that it lives and learns that it is lost.

import type { SyncJob } from './queue.js';
import type { SyncProgress, SyncRuns } from './sync-runs.js';

const TELL_EVERY_MS = 1_000;
const HEARTBEAT_MS = 10_000;

export interface RunProgressSettings {
  readonly runs: SyncRuns;
  readonly job: SyncJob;
  readonly now: () => Date;
  /** Called once when the account no longer names the run. */
  readonly onLost: () => void;
}

/** Lives from the beginning of a run to `stop()`. */
export class RunProgress {
  private state: SyncProgress = {
    phase: 'calendars',
    calendarsDone: 0,
    calendarsTotal: 0,
    eventsSeen: 0,
  };
  private toldAt: number;
  private telling: Promise<void> | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly settings: RunProgressSettings) {
    this.toldAt = settings.now().getTime();
    this.timer = setInterval(() => this.tell(), HEARTBEAT_MS);
  }

  /** Notes what has changed, and tells it unless that was done a moment ago. A new phase is told at once. */
  note(change: Partial<SyncProgress>): void {
    const isNewPhase = change.phase !== undefined && change.phase !== this.state.phase;
    this.state = { ...this.state, ...change };
    if (isNewPhase || this.settings.now().getTime() - this.toldAt >= TELL_EVERY_MS) this.tell();
  }

  /** So many more. */
  add(count: { calendarsDone?: number; eventsSeen?: number }): void {
    this.note({
      calendarsDone: this.state.calendarsDone + (count.calendarsDone ?? 0),
      eventsSeen: this.state.eventsSeen + (count.eventsSeen ?? 0),
    });
  }

  /** Tells the last state and shows no more life. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.telling;
    this.tell();
    await this.telling;
  }

  private tell(): void {
    if (this.telling !== null) return;
    const { runs, job, now, onLost } = this.settings;
    this.toldAt = now().getTime();
    this.telling = runs
      .progress(job.accountId, job.syncId, this.state)
      .then((holds) => {
        if (!holds) onLost();
      })
      // A database that does not answer now is noticed where it matters: when a page is saved.
      .catch(() => undefined)
      .finally(() => {
        this.telling = null;
      });
  }
}
