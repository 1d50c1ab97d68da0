// Asking for a sync.

import type { DataSource, EntityManager } from 'typeorm';
import type { CalendarStore } from '../calendars/calendar-store.js';
import type { SyncTrigger } from '../vocabulary.js';
import type { AccountSync } from './account-sync.js';
import type { Queue } from './queue.js';
import { type Queued, queueConnected, queueRun } from './queue-run.js';
import type { SyncSchedule } from './sync-schedule.js';
import { statesOf } from './sync-states.js';

export class Syncs {
  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: SyncSchedule,
    private readonly calendars: CalendarStore,
    private readonly queue: Pick<Queue, 'send'>,
    private readonly now: () => Date,
  ) {}

  /**
   * Queues a sync within the caller's transaction: it is there when that commits, and never without it.
   * @throws IntegrationError `account_not_found`, `reauthorization_required`
   */
  async enqueue(manager: EntityManager, accountId: string, trigger: SyncTrigger): Promise<Queued> {
    const queued =
      trigger === 'connect'
        ? await queueConnected(manager, accountId, this.now())
        : await queueRun(manager, accountId, trigger, this.now());
    // Also for one that was queued before: if its job has been lost, this is it again; if not, nothing.
    if (queued.state === 'queued') {
      const job = { accountId, syncId: queued.syncId };
      await this.queue.send(manager, job, soon(queued.notBefore));
    }
    return queued;
  }

  /** The sync of each account that exists, by account id. */
  statesOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, AccountSync>> {
    return statesOf(this.dataSource, accountIds);
  }

  /** Queues the run that was asked for while another was under way. Where this is lost, the account is due all the same. */
  async follow(accountId: string): Promise<void> {
    const trigger = await this.schedule.again(accountId);
    if (trigger !== null) await this.request(accountId, { trigger, full: false });
  }

  /**
   * The same in a transaction of its own. `full`: every cursor is dropped with it, so that this run reads the calendars in
   * full; where one is under way, its next.
   * @throws IntegrationError `account_not_found`, `reauthorization_required`
   */
  request(
    accountId: string,
    { trigger, full }: { trigger: SyncTrigger; full: boolean },
  ): Promise<Queued> {
    return this.dataSource.transaction(async (manager) => {
      const queued = await this.enqueue(manager, accountId, trigger);
      if (full) await this.calendars.dropCursors(manager, accountId);
      return queued;
    });
  }
}

const SHORT_WAIT_MS = 60_000;

/** A short wait that a provider asked for is sat out in the queue; a long one shows as such, and ends when the account is due. */
function soon(notBefore: Date | null): Date | undefined {
  return notBefore !== null && notBefore.getTime() - Date.now() < SHORT_WAIT_MS
    ? notBefore
    : undefined;
}
