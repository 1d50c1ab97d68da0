// What a job is: a file that ends in .job.ts. To add one, write such a file and add a line to
// jobs.ts.

import type { Chore } from '../chores.js';
import type { Turn } from '../lane.js';
import type { QueueDefinition } from '../queue.js';
import type { SyncServices } from '../sync-services.js';
import type { Syncs } from '../syncs.js';

/** What push does in a worker. */
export interface PushWork {
  /** Opens channels after a run, where calendars need some. Never throws. */
  afterRun(accountId: string, signal: AbortSignal): Promise<void>;
  /** Does what notices of the account ask for. */
  notified(accountId: string): Promise<void>;
}

/** What the jobs of one process have. */
export interface JobContext {
  readonly services: SyncServices;
  readonly syncs: Syncs;
  readonly push: PushWork;
  readonly chores: readonly Chore[];
  readonly choresEverySeconds: number;
  /** Syncs of one provider that run side by side. */
  readonly concurrency: number;
  /** How long (milliseconds) a sync keeps its slot while others wait. Default: a minute. */
  readonly budgetMs?: number | undefined;
  /** Aborted when the process is to stop. */
  readonly stopping: AbortSignal;
}

/** A job of few runs, which are all alike. */
export interface PlainJob<Payload extends object = object> extends QueueDefinition {
  /** Seconds between two looks for a job, for each of the workers that run side by side. */
  pollingSeconds(context: JobContext): readonly number[];
  /** Jobs that one worker takes at a time. Default: 1. */
  readonly batchSize?: number;
  /** The job is sent this often (seconds), by itself. Absent: only on request. */
  everySeconds?(context: JobContext): number;
  /** `signal` is aborted when the job is no longer this worker's. An error gives the job back. */
  handle(context: JobContext, payload: Payload, signal: AbortSignal): Promise<void>;
}

/** A job of many runs, some of which take long. They share the slots of a lane. */
export interface LaneJob<Payload extends object = object> extends QueueDefinition {
  /** Runs that go on side by side. */
  slots(context: JobContext): number;
  /** As above. Before each request to a provider, the run calls `turn.pass`. */
  handle(context: JobContext, payload: Payload, signal: AbortSignal, turn: Turn): Promise<void>;
}

export type Job<Payload extends object = object> = PlainJob<Payload> | LaneJob<Payload>;

/** Common to all queues. A worker that dies is noticed by its silence: after 30 seconds. */
export const DEFAULT_POLICY = {
  heartbeatSeconds: 30,
  retryLimit: 5,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  deleteAfterSeconds: 3600,
};
