// Requests for syncs.

import type { DataSource, EntityManager } from 'typeorm';
import type { CalendarStore } from '../calendars/calendar-store.js';
import type { SyncTrigger } from '../vocabulary.js';
import { sendDue, sendSync } from './jobs/sync-account.job.js';
import type { Queue } from './queue.js';
import { type Queued, queueConnected, queueDue, queueRun } from './queue-run.js';
import type { SyncSchedule } from './sync-schedule.js';

/** What asks for a sync. A new grant does so in the transaction that saves it. */
export type RequestTrigger = Exclude<SyncTrigger, 'connect'>;

export class Syncs {
  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: SyncSchedule,
    private readonly calendars: Pick<CalendarStore, 'dropCursors'>,
    private readonly queue: Pick<Queue, 'send' | 'sendAll' | 'has' | 'prioritize' | 'wake'>,
    private readonly now: () => Date,
  ) {}

  /** Queues the first sync of a new grant, in the transaction that saves the grant. */
  async enqueueConnected(manager: EntityManager, accountId: string): Promise<void> {
    const queued = await queueConnected(manager, accountId, this.now());
    await this.send(manager, accountId, queued, 'connect');
  }

  /**
   * Queues a sync. With `full` every cursor is dropped in the same transaction, so that this run
   * reads the calendars in full; where a run is going on, the one after it.
   * @throws IntegrationError `account_not_found`, `reauthorization_required`
   */
  async request(
    accountId: string,
    { trigger, full }: { trigger: RequestTrigger; full: boolean },
  ): Promise<Queued> {
    let wake = () => {};
    const queued = await this.dataSource.transaction(async (manager) => {
      const run = await queueRun(manager, accountId, trigger, this.now());
      wake = await this.send(manager, accountId, run, trigger);
      if (full) await this.calendars.dropCursors(manager, accountId);
      return run;
    });
    wake();
    return queued;
  }

  /** Queues scheduled syncs of accounts that are due, together. @returns how many */
  async requestDue(accountIds: readonly string[]): Promise<number> {
    let wake = () => {};
    const queued = await this.dataSource.transaction(async (manager) => {
      const runs = await queueDue(manager, accountIds, this.now());
      const toSend = runs.map((run) => ({
        ...run,
        startAfter: shortWait(run.notBefore, this.now()),
      }));
      wake = await sendDue(this.queue, manager, toSend);
      return runs.length;
    });
    wake();
    return queued;
  }

  /**
   * Queues the run that was asked for during the last one. Where this call is lost, the account is
   * due nevertheless.
   */
  async follow(accountId: string): Promise<void> {
    const trigger = await this.schedule.again(accountId);
    // A new grant is never asked for during a run: it replaces the run.
    if (trigger !== null && trigger !== 'connect')
      await this.request(accountId, { trigger, full: false });
  }

  private async send(
    manager: EntityManager,
    accountId: string,
    queued: Queued,
    trigger: SyncTrigger,
  ): Promise<() => void> {
    if (queued.state !== 'queued') return () => {};
    // Also for a run that was queued before: a job that was lost is sent again, any other is not
    // sent twice.
    return sendSync(this.queue, manager, {
      accountId,
      syncId: queued.syncId,
      queued,
      trigger,
      startAfter: shortWait(queued.notBefore, this.now()),
    });
  }
}

const SHORT_WAIT_MS = 60_000;

/**
 * A short wait that a provider asked for passes in the queue. A long one is shown, and ends when
 * the account is due.
 */
function shortWait(notBefore: Date | null, now: Date): Date | undefined {
  return notBefore !== null && notBefore.getTime() - now.getTime() < SHORT_WAIT_MS
    ? notBefore
    : undefined;
}
