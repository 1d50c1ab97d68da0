// A job that this process works on. It is kept alive until it is completed or given back.

/** A job as the queue keeps it. */
export interface JobAtQueue {
  readonly payload: object;
  readonly priority: number;
  /** Reports that the worker is alive. @returns false when the job is no longer this worker's */
  isOurs(): Promise<boolean>;
  complete(): Promise<void>;
  fail(reason: object): Promise<void>;
}

export interface TakenJob {
  readonly payload: object;
  readonly priority: number;
  /** Aborted when the job is no longer this worker's. */
  readonly signal: AbortSignal;
  complete(): Promise<void>;
  /** Aborts `signal`. The job is tried again later. */
  giveBack(reason: unknown): Promise<void>;
}

/** Reports every `heartbeatMs` that the job is alive. */
export function takenJob(job: JobAtQueue, heartbeatMs: number): TakenJob {
  const lost = new AbortController();
  const timer = setInterval(() => {
    job.isOurs().then(
      (isOurs) => isOurs || lost.abort(),
      // A database that does not respond says nothing about the job.
      () => {},
    );
  }, heartbeatMs);
  return {
    payload: job.payload,
    priority: job.priority,
    signal: lost.signal,
    async complete() {
      clearInterval(timer);
      await job.complete();
    },
    async giveBack(reason) {
      clearInterval(timer);
      const { name, message } = reason instanceof Error ? reason : new Error(String(reason));
      await job.fail({ name, message });
      lost.abort();
    },
  };
}
