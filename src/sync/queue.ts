// The queue: pg-boss on TypeORM's own connections, so that a job commits with the change that asks
// for it.

import { randomUUID } from 'node:crypto';
import { type Job, type JobWithMetadata, PgBoss, type QueueOptions } from 'pg-boss';
import type { DataSource, EntityManager } from 'typeorm';
import { jobInsertion } from './job-insertion.js';
import type { SyncLog } from './log.js';
import { inTransaction, sharedConnections } from './queue-connections.js';
import { QueueLog } from './queue-log.js';
import { repeat } from './repeat.js';
import { startBeside } from './start-beside.js';
import { type JobAtQueue, type TakenJob, takenJob } from './taken-job.js';
import { togetherBy } from './together.js';
import { Wakes } from './wakes.js';

/** The schema of pg-boss's tables. */
export const JOBS_SCHEMA = 'integrations_jobs';

/** A queue as pg-boss keeps it. */
export interface QueueDefinition {
  readonly name: string;
  readonly policy: QueueOptions & { readonly policy: string };
}

export interface SendOptions {
  /** Of the jobs with one key, the queue's policy says how many there may be. */
  readonly key: string;
  readonly startAfter?: Date | undefined;
  /** A job of a higher priority is taken first. Default: 0. */
  readonly priority?: number | undefined;
}

export interface JobToSend extends SendOptions {
  readonly payload: object;
}

export interface WorkOptions {
  /** Seconds between two looks for a job, for each of the workers that run side by side. */
  readonly pollingSeconds: readonly number[];
  /** Jobs that one worker takes at a time. */
  readonly batchSize: number;
  /** Sends a job without payload this often (seconds), beginning at once, in one process of all. */
  readonly everySeconds?: number | undefined;
}

/** `signal` is aborted when the job is no longer this worker's. An error gives the job back. */
export type JobHandler = (payload: object, signal: AbortSignal) => Promise<void>;

export interface Queue {
  /** Creates or updates the tables, and prepares sending. Several processes may do so together. */
  start(): Promise<void>;
  /** Sends a job within the caller's transaction. @returns false where its key has jobs enough */
  send(
    manager: EntityManager,
    queue: QueueDefinition,
    payload: object,
    options: SendOptions,
  ): Promise<boolean>;
  /** Sends jobs of one queue in one statement. */
  sendAll(
    manager: EntityManager,
    queue: QueueDefinition,
    jobs: readonly JobToSend[],
  ): Promise<void>;
  /**
   * The statement that inserts jobs of a queue, as a part of another one, given a SELECT of what
   * each of them has of its own: `data` and `singletonKey` in a jsonb. It returns a row for each.
   */
  insertion(queue: QueueDefinition, priority: number): Promise<(own: string) => string>;
  /** Whether a job of this key waits or runs. In the caller's transaction. */
  has(manager: EntityManager, queue: QueueDefinition, key: string): Promise<boolean>;
  /** Gives the job of this key another priority while it waits, in the caller's transaction. */
  prioritize(
    manager: EntityManager,
    queue: QueueDefinition,
    key: string,
    priority: number,
  ): Promise<void>;
  /** Wakes workers of this queue. To be called when a job that is to run now is committed. */
  wake(queue: QueueDefinition): void;
  /** Has `look` called whenever a job of this queue may be waiting for this process. */
  onWake(queue: QueueDefinition, look: () => void): void;
  /** Logs a failure of working on a queue. */
  failed(error: unknown): void;
  /** Takes the next jobs of at least this priority, at most `most`. */
  take(queue: QueueDefinition, leastPriority: number, most: number): Promise<TakenJob[]>;
  /** Hands the jobs of a queue to `handler` from now on. */
  work(queue: QueueDefinition, options: WorkOptions, handler: JobHandler): Promise<void>;
  /** Waits at most `graceMs` for running jobs, and gives the rest back. */
  stop(options: { graceMs: number }): Promise<void>;
}

export interface QueueSettings {
  readonly dataSource: DataSource;
  readonly logger: SyncLog;
  /** `web` only sends; a `worker` also maintains the queue. */
  readonly role: 'web' | 'worker';
  readonly queues: readonly QueueDefinition[];
}

/** How often (seconds) a worker looks for jobs of workers that died, and says that it is alive. */
const SUPERVISE_SECONDS = 15;
const HEARTBEAT_SECONDS = 10;
const MAINTENANCE_SECONDS = 300;
const NEVER_SECONDS = 86_400;

const BOSS_OPTIONS = {
  schema: JOBS_SCHEMA,
  schedule: false,
  superviseIntervalSeconds: SUPERVISE_SECONDS,
  monitorIntervalSeconds: SUPERVISE_SECONDS,
  maintenanceIntervalSeconds: MAINTENANCE_SECONDS,
  flowIntervalSeconds: NEVER_SECONDS,
  reindex: false,
} as const;

/** A queue, not yet started. pg-boss's own errors go to the log and end nothing. */
export function createQueue({ dataSource, logger, role, queues }: QueueSettings): Queue {
  const log = new QueueLog(logger);
  const boss = new PgBoss({
    db: sharedConnections(dataSource, () => log.answered()),
    supervise: role === 'worker',
    ...BOSS_OPTIONS,
  });
  boss.on('error', (error) => log.failed(error));
  boss.on('warning', ({ message, data }) => logger.warn({ data }, message));
  const timers: NodeJS.Timeout[] = [];
  const wakes = new Wakes(dataSource);
  const completionOf = togetherBy<Taken>((name, jobs) => boss.complete(name, [...jobs]));

  return {
    async start() {
      await startBeside(() => boss.start());
      for (const queue of queues) await prepare(boss, queue);
      if (role === 'worker') await wakes.listen();
    },
    ...sending(boss),
    wake: ({ name }) => wakes.wake(name),
    onWake: ({ name }, look) => wakes.on(name, look),
    failed: (error) => log.failed(error),
    async take({ name }, minPriority, batchSize) {
      const jobs = await boss.fetch<object>(name, {
        batchSize,
        includeMetadata: true,
        minPriority,
      });
      const complete = completionOf(name);
      return jobs.map((job) => takenJob(atQueue(boss, job, complete), HEARTBEAT_SECONDS * 1000));
    },
    async work({ name }, { pollingSeconds, batchSize, everySeconds }, handler) {
      const workers = await startWorkers(boss, name, pollingSeconds, batchSize, handler);
      wakes.on(name, () => {
        for (const id of workers) boss.notifyWorker(id);
      });
      if (everySeconds === undefined) return;
      const once = { singletonKey: name, singletonSeconds: everySeconds };
      timers.push(await repeat(everySeconds, () => boss.send(name, {}, once), logger));
    },
    async stop({ graceMs }) {
      for (const timer of timers.splice(0)) clearInterval(timer);
      await wakes.stop();
      await boss.stop({ graceful: true, timeout: graceMs, close: false });
    },
  };
}

async function startWorkers(
  boss: PgBoss,
  name: string,
  pollingSeconds: readonly number[],
  batchSize: number,
  handler: JobHandler,
): Promise<readonly string[]> {
  const workers: string[] = [];
  const run = async (jobs: Job<object>[]) => {
    // After a full batch there may be more jobs: no worker needs to wait for its next look.
    if (jobs.length === batchSize) for (const id of workers) boss.notifyWorker(id);
    const ended = await Promise.allSettled(jobs.map(({ data, signal }) => handler(data, signal)));
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  for (const seconds of pollingSeconds) {
    const options = {
      pollingIntervalSeconds: seconds,
      batchSize,
      heartbeatRefreshSeconds: HEARTBEAT_SECONDS,
    };
    workers.push(await boss.work<object>(name, options, run));
  }
  return workers;
}

type Taken = JobWithMetadata<object>;

/** Sending, and what it asks of jobs that were sent. */
function sending(
  boss: PgBoss,
): Pick<Queue, 'send' | 'sendAll' | 'insertion' | 'has' | 'prioritize'> {
  return {
    async send(manager, { name }, payload, { key, startAfter, priority = 0 }) {
      const when = startAfter === undefined ? {} : { startAfter };
      const options = { singletonKey: key, priority, db: inTransaction(manager), ...when };
      return (await boss.send(name, payload, options)) !== null;
    },
    async sendAll(manager, { name }, jobs) {
      const all = jobs.map(({ payload: data, key: singletonKey, startAfter, priority = 0 }) => ({
        data,
        singletonKey,
        priority,
        ...(startAfter && { startAfter: startAfter.toISOString() }),
      }));
      await boss.insert(name, all, { db: inTransaction(manager) });
    },
    insertion: ({ name }, priority) =>
      jobInsertion((db) => boss.send(name, {}, { priority, singletonKey: name, db })),
    async has(manager, { name }, key) {
      const jobs = await boss.findJobs(name, { key, db: inTransaction(manager) });
      return jobs.some(({ state }) => ['created', 'retry', 'active'].includes(state));
    },
    prioritize: async (manager, { name }, singletonKey, priority) =>
      void (await boss.update(name, undefined, {
        singletonKey,
        priority,
        db: inTransaction(manager),
      })),
  };
}

function atQueue(boss: PgBoss, job: Taken, complete: (job: Taken) => Promise<void>): JobAtQueue {
  const { name, data: payload, priority } = job;
  return {
    payload,
    priority,
    isOurs: async () => ((await boss.touch(name, job)) as { affected?: number }).affected !== 0,
    complete: () => complete(job),
    fail: async (reason) => void (await boss.fail(name, job, reason)),
  };
}

async function prepare(boss: PgBoss, { name, policy: options }: QueueDefinition): Promise<void> {
  await boss.createQueue(name, options);
  const { policy, ...changeable } = options;
  await boss.updateQueue(name, changeable);
  // The first use of a queue reads its settings on a connection of its own. Inside a transaction
  // that would wait for itself where connections are few.
  await boss.findJobs(name, { id: randomUUID() });
}
