// Works on the jobs of one queue, as many side by side as its lane has slots. One look at the queue
// serves them all.

import { Lane, type Turn } from './lane.js';
import type { Queue, QueueDefinition } from './queue.js';
import type { TakenJob } from './taken-job.js';

/** Between two looks at the queue (milliseconds), where nothing wakes the worker. */
const LOOK_MS = 500;

/** `signal` is aborted when the job is no longer this worker's. An error gives the job back. */
export type LaneHandler = (payload: object, signal: AbortSignal, turn: Turn) => Promise<void>;

export interface LaneWorkerSettings {
  readonly queue: Pick<Queue, 'take' | 'failed' | 'onWake'>;
  readonly definition: QueueDefinition;
  readonly slots: number;
  /** Default: a minute. */
  readonly budgetMs?: number | undefined;
  readonly handler: LaneHandler;
}

export class LaneWorker {
  private readonly lane: Lane;
  private readonly running = new Map<TakenJob, Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private looking: Promise<void> | null = null;
  private lookAgain = false;
  private isStopping = false;

  /** Starts at once. */
  constructor(private readonly settings: LaneWorkerSettings) {
    const { queue, definition, slots, budgetMs } = settings;
    this.lane = new Lane({ slots, budgetMs, onFree: () => this.look() });
    this.timer = setInterval(() => this.look(), LOOK_MS);
    queue.onWake(definition, () => this.look());
    this.look();
  }

  /** Takes no further job, waits at most `graceMs` for running ones, and gives the rest back. */
  async stop({ graceMs }: { graceMs: number }): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.looking;
    const ended = Promise.all(this.running.values());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([ended, late]);
    clearTimeout(timer);
    await Promise.all([...this.running.keys()].map((job) => job.giveBack('the worker stopped')));
  }

  private look(): void {
    if (this.isStopping) return;
    if (this.looking !== null) {
      this.lookAgain = true;
      return;
    }
    this.lookAgain = false;
    this.looking = this.fill()
      .catch((error: unknown) => this.settings.queue.failed(error))
      .finally(() => {
        this.looking = null;
        if (this.lookAgain) this.look();
      });
  }

  /** Takes jobs while there are free slots. */
  private async fill(): Promise<void> {
    const { queue, definition } = this.settings;
    for (;;) {
      const least = this.lane.leastPriority();
      if (least === null || this.isStopping) return;
      if (this.lane.resume({ inTurn: true })) continue;
      const jobs = await queue.take(definition, least, this.lane.roomFor(least));
      for (const job of jobs) this.start(job);
      if (jobs.length === 0 && !this.lane.resume({ inTurn: false })) return;
    }
  }

  private start(job: TakenJob): void {
    const { turn, leave } = this.lane.enter(job.priority);
    const run = this.run(job, turn).finally(() => {
      this.running.delete(job);
      leave();
    });
    this.running.set(job, run);
  }

  /** Never throws. A job that could not be settled is given to another worker when it is silent. */
  private async run(job: TakenJob, turn: Turn): Promise<void> {
    try {
      await this.settings.handler(job.payload, job.signal, turn).then(
        () => job.complete(),
        (error: unknown) => job.giveBack(error),
      );
    } catch (error) {
      this.settings.queue.failed(error);
    }
  }
}
