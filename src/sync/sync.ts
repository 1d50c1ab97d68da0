// The face of this room: it reads calendars from their providers, and keeps one row per account
// about that.

import type { DataSource, EntityManager } from 'typeorm';
import type { FirstSync } from '../accounts/account-listeners.js';
import type { CalendarStore } from '../calendars/calendar-store.js';
import type { EventStore } from '../calendars/event-store.js';
import { createGate } from '../gate.js';
import type { AppendNotifications } from '../notification-types.js';
import type { ProviderCalendars } from '../providers/provider-calendars.js';
import type { ProviderId, StatusReason } from '../vocabulary.js';
import { AccountLimits } from './account-limits.js';
import type { AccountSync } from './account-sync.js';
import { sleep } from './backoff.js';
import { type Chore, syncChores } from './chores.js';
import { tellFailing } from './failing.js';
import { createFirstSync } from './first-sync.js';
import { forgetJobs } from './forget-jobs.js';
import type { PushWork } from './jobs/job.js';
import { JOBS } from './jobs/jobs.js';
import { notifiedAccountJob, sendNotified } from './jobs/notified-account.job.js';
import type { SyncLog } from './log.js';
import { createPace, type Pace } from './pace.js';
import { createQueue } from './queue.js';
import type { Queued } from './queue-run.js';
import { SyncRuns } from './sync-runs.js';
import { SyncSchedule } from './sync-schedule.js';
import type { SyncServices, SyncSettings, UseToken } from './sync-services.js';
import { statesOf } from './sync-states.js';
import { type RequestTrigger, Syncs } from './syncs.js';
import { startWorker, type Worker } from './worker.js';

const CHORES_EVERY_SECONDS = 60;

export interface SyncNeeds {
  readonly dataSource: DataSource;
  readonly calendars: CalendarStore;
  readonly events: EventStore;
  readonly provider: (id: ProviderId) => ProviderCalendars | undefined;
  readonly useToken: UseToken;
  /** Marks an account that only the user can fix. */
  readonly markReauthorization: (accountId: string, reason: StatusReason) => Promise<unknown>;
  /** Whether the provider reports changes in every calendar of the account. */
  readonly isPushed: (accountId: string) => Promise<boolean>;
  readonly role: 'web' | 'worker';
  readonly settings: SyncSettings & { readonly concurrency: number };
  /** Tells the host of runs that succeed, and of accounts whose runs fail. */
  readonly append: AppendNotifications;
  /** Pages that are saved at a time, over all runs: fewer than there are database connections. */
  readonly writesAtOnce: number;
  /**
   * Called with a number of changes when they were read, and again when they were saved. Default:
   * nothing.
   */
  readonly collectGarbage?: ((changes: number) => void) | undefined;
  readonly logger: SyncLog;
  readonly now: () => Date;
  readonly random: () => number;
}

/** What a worker does beside syncs. */
export interface OtherWork {
  readonly push: PushWork;
  readonly chores: readonly Chore[];
  /** Default: 60. */
  readonly choresEverySeconds?: number | undefined;
}

/** What other rooms use of the syncs. */
export interface Sync {
  /** Queues the first sync of a grant, together with its account. */
  readonly first: FirstSync;
  /**
   * Queues a sync, or joins the one that is queued or running. With `full` every calendar is read
   * in full.
   * @throws IntegrationError `account_not_found`, `reauthorization_required`
   */
  request(accountId: string, options: { trigger: RequestTrigger; full: boolean }): Promise<Queued>;
  /** Has push told of accounts later, or at once. */
  readonly notified: {
    /** For `at`, within a transaction. False where that is planned already. */
    queue(manager: EntityManager, accountId: string, at: Date): Promise<boolean>;
    /** To be called when a transaction that queued one for now is committed. */
    wake(): void;
  };
  /** Plans the next sync as for an account without push, where it is planned for later. */
  pollAgain(accountId: string): Promise<void>;
  /** For requests that are no sync: the limits of an account, which its syncs share. */
  readonly pace: Pace;
  /** The sync of each account that exists, by account id. */
  statesOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, AccountSync>>;
  /** Deletes the jobs of accounts that are gone. */
  forgetJobs(accountIds: readonly string[]): Promise<void>;
  /** Starts the queue. From then on jobs can be sent. */
  start(): Promise<void>;
  /** Starts working on jobs. */
  work(other: OtherWork): Promise<void>;
  /**
   * Stops working: finishes the pages that are being read, and gives the runs back to the queue.
   */
  drain(options: { graceMs: number }): Promise<void>;
  /** Stops the queue. */
  stop(options: { graceMs: number }): Promise<void>;
}

/** Builds the room. Nothing is sent and nothing is read before a method is called. */
export function createSync(needs: SyncNeeds): Sync {
  const { dataSource, role, settings, logger, now } = needs;
  const queue = createQueue({ dataSource, logger, role, queues: JOBS });
  const schedule = new SyncSchedule(dataSource, now);
  const syncs = new Syncs(dataSource, schedule, needs.calendars, queue, now);
  const limits = new AccountLimits();
  let worker: Worker | null = null;
  return {
    forgetJobs: (accountIds) => forgetJobs(dataSource, accountIds),
    first: createFirstSync(dataSource, queue, now, (manager, accountId) =>
      syncs.enqueueConnected(manager, accountId),
    ),
    request: (accountId, options) => syncs.request(accountId, options),
    notified: {
      queue: (manager, accountId, at) => sendNotified(queue, manager, accountId, at),
      wake: () => queue.wake(notifiedAccountJob),
    },
    pollAgain: (accountId) =>
      schedule.noLaterThan(accountId, new Date(now().getTime() + settings.pollMinutes * 60_000)),
    pace: createPace(limits),
    statesOf: (accountIds) => statesOf(dataSource, accountIds),
    start: () => queue.start(),
    async work({ push, chores, choresEverySeconds = CHORES_EVERY_SECONDS }) {
      const services = servicesOf(needs, schedule, limits);
      worker = await startWorker(queue, {
        services,
        syncs,
        push,
        chores: [...syncChores(services, syncs), tellingFailures(needs), ...chores],
        choresEverySeconds,
        concurrency: settings.concurrency,
      });
    },
    drain: async (options) => worker?.stop(options),
    stop: (options) => queue.stop(options),
  };
}

function tellingFailures({ dataSource, append, settings, now }: SyncNeeds): Chore {
  const { pollMinutes } = settings;
  return {
    name: 'tell failing syncs',
    run: () => tellFailing(dataSource, append, { now: now(), pollMinutes }),
  };
}

function servicesOf(needs: SyncNeeds, schedule: SyncSchedule, limits: AccountLimits): SyncServices {
  const { dataSource, calendars, events, now } = needs;
  return {
    runs: new SyncRuns(dataSource, now, needs.append),
    schedule,
    calendars,
    events,
    provider: needs.provider,
    useToken: needs.useToken,
    limits,
    gate: createGate(needs.writesAtOnce),
    collectGarbage: needs.collectGarbage ?? (() => {}),
    markReauthorization: async (accountId, reason) =>
      void (await needs.markReauthorization(accountId, reason)),
    isPushed: needs.isPushed,
    settings: needs.settings,
    logger: needs.logger,
    now,
    random: needs.random,
    sleep,
  };
}
