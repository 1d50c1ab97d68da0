// The worker: takes jobs from the queue until it is stopped.

import type { JobContext } from './jobs/job.js';
import { JOBS } from './jobs/jobs.js';
import { LaneWorker } from './lane-worker.js';
import type { Queue } from './queue.js';

/** Used where the caller of `stop` names no other (milliseconds). */
const GRACE_MS = 10_000;

export interface Worker {
  /**
   * Finishes the pages that are being read, gives the runs back to the queue, and stops the queue.
   */
  stop(options?: { graceMs?: number }): Promise<void>;
}

/** Starts working on every job. @param queue started */
export async function startWorker(
  queue: Queue,
  context: Omit<JobContext, 'stopping'>,
): Promise<Worker> {
  const stopping = new AbortController();
  const own: JobContext = { ...context, stopping: stopping.signal };
  const lanes: LaneWorker[] = [];
  for (const job of JOBS) {
    if ('slots' in job)
      lanes.push(
        new LaneWorker({
          queue,
          definition: job,
          slots: job.slots(own),
          budgetMs: own.budgetMs,
          handler: (payload, signal, turn) => job.handle(own, payload, signal, turn),
        }),
      );
    else
      await queue.work(
        job,
        {
          pollingSeconds: job.pollingSeconds(own),
          batchSize: job.batchSize ?? 1,
          everySeconds: job.everySeconds?.(own),
        },
        (payload, signal) => job.handle(own, payload, signal),
      );
  }
  return {
    async stop({ graceMs = GRACE_MS } = {}) {
      stopping.abort();
      await Promise.all([queue.stop({ graceMs }), ...lanes.map((lane) => lane.stop({ graceMs }))]);
    },
  };
}
