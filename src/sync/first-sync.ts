// The first sync of a grant: a part of the statement that saves a new account, or statements in the
// transaction that saves another one.

import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { FirstSync, WithinTransaction } from '../accounts/account-listeners.js';
import type { GrantPart } from '../accounts/new-account.js';
import { rowsOf } from '../database/rows.js';
import type { ProviderId } from '../vocabulary.js';
import { firstSyncJob, wakeFirstSync } from './jobs/sync-account.job.js';
import type { Queue } from './queue.js';
import { successDue } from './sync-success.js';

/** Queues first syncs. @param inTransaction queues one for an account that may exist already */
export function createFirstSync(
  dataSource: DataSource,
  queue: Pick<Queue, 'insertion' | 'wake'>,
  now: () => Date,
  inTransaction: WithinTransaction,
): FirstSync {
  const parts = new Map<ProviderId, GrantPart>();
  return {
    async partFor(provider) {
      const known = parts.get(provider);
      if (known !== undefined) return known;
      // A view cannot be written by the statement that writes its table.
      if (await isSyncAView(dataSource)) return null;
      const made = newSync(await firstSyncJob(queue, provider), now);
      parts.set(provider, made);
      return made;
    },
    inTransaction,
    onSaved: (provider) => wakeFirstSync(queue, provider),
  };
}

/** Whether `account_syncs` still is the view that version 0.1.0 can work beside. */
async function isSyncAView(dataSource: DataSource): Promise<boolean> {
  const [row] = await rowsOf<{ isView: boolean }>(
    dataSource,
    `SELECT relkind = 'v' AS "isView" FROM pg_class WHERE oid = to_regclass('account_syncs')`,
  );
  return row?.isView ?? false;
}

/** @param insertJobs inserts the jobs of a JSON array: see {@link Queue.insertion} */
function newSync(insertJobs: (jobs: string) => string, now: () => Date): GrantPart {
  return {
    columns: { sync_id: 'uuid', sync_at: 'timestamptz' },
    values: () => ({ sync_id: randomUUID(), sync_at: now() }),
    steps: {
      sync: `
        INSERT INTO account_syncs (account_id, sync_id, state, trigger, heartbeat_at)
        SELECT account.id, given.sync_id, 'queued', 'connect', given.sync_at
          FROM account JOIN given ON given.account_id = account.id
        RETURNING account_id, sync_id`,
      due: successDue(`
        SELECT account.id, given.sync_at, NULL::timestamptz
          FROM account JOIN given ON given.account_id = account.id`),
      job: insertJobs(`
        SELECT jsonb_build_object(
                 'data', jsonb_build_object('accountId', account_id, 'syncId', sync_id),
                 'singletonKey', sync_id)
          FROM sync`),
    },
    matches: ['job', 'account'],
  };
}
