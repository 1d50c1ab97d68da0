// Tells the host, once, that the syncs of an account fail: a success is overdue.

import type { DataSource } from 'typeorm';
import { providerOf, userOf } from '../accounts/account-conditions.js';
import { rowsOf } from '../database/rows.js';
import type { AppendNotifications } from '../notification-types.js';

/** A success is overdue for too long after this many intervals between two syncs. */
const OVERDUE_INTERVALS = 3;
const AT_ONCE = 200;

/**
 * $1 now, $2 the time before which a success was due. Only where runs end with an error: an account
 * that no worker has come to yet does not fail.
 */
const failing = (append: AppendNotifications) => `
  WITH overdue AS MATERIALIZED (
    SELECT success.account_id, sync.error_code, sync.last_synced_at
      FROM sync_successes success JOIN account_syncs sync USING (account_id)
     WHERE sync.paused_for IS NULL AND sync.error_code IS NOT NULL
       AND success.failing_since IS NULL AND success.due_at < $2
     ORDER BY success.due_at LIMIT ${AT_ONCE} FOR NO KEY UPDATE OF success SKIP LOCKED),
  failing AS (
    UPDATE sync_successes s SET failing_since = $1 FROM overdue
     WHERE s.account_id = overdue.account_id
    RETURNING s.account_id, overdue.error_code, overdue.last_synced_at),
  happened AS (
    SELECT account_id, ${userOf('account_id')} AS user_id, ${providerOf('account_id')} AS provider,
           'sync.failing' AS type, jsonb_build_object('code', error_code, 'lastSyncedAt',
             to_char(last_synced_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS data
      FROM failing),
  ${append('happened')}
  SELECT account_id FROM failing`;

/** The chore: tells of accounts without a success for too long, of each once. */
export async function tellFailing(
  dataSource: DataSource,
  append: AppendNotifications,
  { now, pollMinutes }: { now: Date; pollMinutes: number },
): Promise<void> {
  const dueBefore = new Date(now.getTime() - OVERDUE_INTERVALS * pollMinutes * 60_000);
  const statement = failing(append);
  for (let told = AT_ONCE; told === AT_ONCE; )
    told = (await rowsOf(dataSource, statement, [now, dueBefore])).length;
}
