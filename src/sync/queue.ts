// The queue: pg-boss on TypeORM's own connections, so that a job commits with whatever asked for it.

import { randomUUID } from 'node:crypto';
import { type Db, type Job, PgBoss, type QueueOptions } from 'pg-boss';
import type { DataSource, EntityManager } from 'typeorm';
import type { SyncLog } from './log.js';

/** Where pg-boss keeps its tables. */
export const JOBS_SCHEMA = 'integrations_jobs';

const SYNC = 'sync-account';
const NOTIFIED = 'notified-account';
const CHORES = 'chores';

/** One run of one account. Done again after a crash; a run its account no longer names does nothing. */
export interface SyncJob {
  readonly accountId: string;
  readonly syncId: string;
}

/** `signal` is aborted when the job is no longer this worker's. Throwing gives the job back. */
export type SyncHandler = (job: SyncJob, signal: AbortSignal) => Promise<void>;

export interface Queue {
  /** Creates or updates the tables, however many processes start together, and warms what sending needs. */
  start(): Promise<void>;
  /** Within the caller's transaction. A run that is queued or running already is not queued twice. */
  send(manager: EntityManager, job: SyncJob, startAfter?: Date): Promise<void>;
  work(handler: SyncHandler, options: { concurrency: number }): Promise<void>;
  /**
   * Within the caller's transaction: `workNotified` is told of the account at a time, however often this is said before.
   * False where it was to be told already, perhaps at another time.
   */
  notify(manager: EntityManager, accountId: string, at: Date): Promise<boolean>;
  /** Throwing has the account told of again a moment later. */
  workNotified(handler: (accountId: string) => Promise<void>): Promise<void>;
  /** Runs `chores` every so many seconds, in one process of all that ask for it, beginning at once. */
  every(seconds: number, chores: () => Promise<void>): Promise<void>;
  /** Waits for what is being done, at most `graceMs`, and gives the rest back. */
  stop(options: { graceMs: number }): Promise<void>;
}

export interface QueueSettings {
  readonly dataSource: DataSource;
  readonly logger: SyncLog;
  /** `web` only sends; a `worker` also looks after the queue. */
  readonly role: 'web' | 'worker';
}

// A worker that dies is noticed by its silence: after 30 seconds, looked at every 15.
const SYNC_QUEUE = {
  policy: 'exclusive',
  heartbeatSeconds: 30,
  expireInSeconds: 6 * 3600,
  retryLimit: 5,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  deleteAfterSeconds: 3600,
} satisfies QueueOptions & { policy: string };
const CHORES_QUEUE = { ...SYNC_QUEUE, expireInSeconds: 300, retryLimit: 0 };
/** At most one waiting for an account; while one is being done, the next may wait. */
const NOTIFIED_QUEUE = {
  ...SYNC_QUEUE,
  policy: 'short',
  expireInSeconds: 300,
  deleteAfterSeconds: 60,
};
const NOTIFIED_AT_ONCE = 10;
const LOOK_EVERY_SECONDS = 15;
const QUEUES = { [SYNC]: SYNC_QUEUE, [NOTIFIED]: NOTIFIED_QUEUE, [CHORES]: CHORES_QUEUE };
const UNTIL_DELETION_SECONDS = 300;
const NEVER_SECONDS = 86_400;

/** A queue, not yet started. pg-boss's own troubles go to the log and end nothing. */
export function createQueue({ dataSource, logger, role }: QueueSettings): Queue {
  const boss = new PgBoss({
    db: sharedConnections(dataSource),
    schema: JOBS_SCHEMA,
    supervise: role === 'worker',
    schedule: false,
    superviseIntervalSeconds: LOOK_EVERY_SECONDS,
    monitorIntervalSeconds: LOOK_EVERY_SECONDS,
    maintenanceIntervalSeconds: UNTIL_DELETION_SECONDS,
    flowIntervalSeconds: NEVER_SECONDS,
    reindex: false,
  });
  boss.on('error', (error) => logger.error({ err: error }, 'queue trouble'));
  boss.on('warning', ({ message, data }) => logger.warn({ data }, message));
  const pollers: string[] = [];
  const timers: NodeJS.Timeout[] = [];

  return {
    async start() {
      await install(boss);
      for (const [name, options] of Object.entries(QUEUES)) {
        await boss.createQueue(name, options);
        const { policy, ...changeable } = options;
        await boss.updateQueue(name, changeable);
        // The first look at a queue reads its settings on a connection of its own: inside a transaction that would wait
        // for itself where connections are few.
        await boss.findJobs(name, { id: randomUUID() });
      }
    },
    async send(manager, job, startAfter) {
      const when = startAfter === undefined ? {} : { startAfter };
      await boss.send(SYNC, job, { singletonKey: job.syncId, db: inTransaction(manager), ...when });
    },
    async work(handler, { concurrency }) {
      const run = async ([job]: Job<SyncJob>[]) => {
        // Where there is one there may be more: the others need not wait for their time to look.
        for (const id of pollers) boss.notifyWorker(id);
        if (job !== undefined) await handler(job.data, job.signal);
      };
      for (let i = 0; i < concurrency; i++) {
        // One looks often, so that nobody waits; the rest would only be asking the same thing.
        const pollingIntervalSeconds = i === 0 ? 0.5 : 2;
        pollers.push(
          await boss.work(SYNC, { pollingIntervalSeconds, heartbeatRefreshSeconds: 10 }, run),
        );
      }
    },
    async notify(manager, accountId, at) {
      const options = { singletonKey: accountId, startAfter: at, db: inTransaction(manager) };
      return (await boss.send(NOTIFIED, { accountId }, options)) !== null;
    },
    async workNotified(handler) {
      const options = {
        pollingIntervalSeconds: 1,
        batchSize: NOTIFIED_AT_ONCE,
        heartbeatRefreshSeconds: 10,
      };
      const id = await boss.work(NOTIFIED, options, async (jobs: Job<{ accountId: string }>[]) => {
        if (jobs.length === NOTIFIED_AT_ONCE) boss.notifyWorker(id);
        const told = await Promise.allSettled(jobs.map(({ data }) => handler(data.accountId)));
        const failed = told.find((one) => one.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      });
    },
    async every(seconds, chores) {
      const ask = () =>
        boss
          .send(CHORES, {}, { singletonKey: CHORES, singletonSeconds: seconds })
          .catch((error: unknown) => logger.warn({ err: error }, 'chores could not be queued'));
      await boss.work(CHORES, { pollingIntervalSeconds: 2, heartbeatRefreshSeconds: 10 }, chores);
      timers.push(setInterval(ask, seconds * 1000));
      await ask();
    },
    async stop({ graceMs }) {
      for (const timer of timers.splice(0)) clearInterval(timer);
      await boss.stop({ graceful: true, timeout: graceMs, close: false });
    },
  };
}

/** Creating the tables at the same moment as another process can fail in ways that pg-boss does not expect; then they are there. */
async function install(boss: PgBoss): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await boss.start();
      return;
    } catch (error) {
      const isRace = ALREADY_THERE.has((error as { code?: string }).code ?? '');
      if (!isRace || tries === 5) throw error;
    }
  }
}

/** unique_violation, duplicate_schema, duplicate_table, duplicate_object */
const ALREADY_THERE = new Set(['23505', '42P06', '42P07', '42710']);

/** TypeORM's pool. It must outlive the queue. */
function sharedConnections(dataSource: DataSource): Db {
  interface Pool {
    query(text: string, values?: unknown[]): Promise<{ rows?: unknown[] } | { rows?: unknown[] }[]>;
  }
  return {
    async executeSql(text, values) {
      const { master } = dataSource.driver as unknown as { master: Pool };
      const result = await master.query(text, values);
      // Several statements at once answer with as many results.
      return { rows: [result].flat().flatMap(({ rows }) => rows ?? []) };
    },
  };
}

function inTransaction(manager: EntityManager): Db {
  const { queryRunner } = manager;
  if (!queryRunner?.isTransactionActive) throw new Error('a sync is queued inside a transaction');
  return {
    executeSql: async (text, values) => ({
      rows: (await queryRunner.query(text, values, true)).records ?? [],
    }),
  };
}
