// Conditions on account_syncs that other rooms put into their own SQL.

/**
 * A statement with $1 account and $2 run. It returns a row only while the run may write, and locks
 * it, so that the account cannot be deleted before the transaction ends. It waits for no progress
 * report: those change no key.
 */
export const RUN_MAY_WRITE = `SELECT account_id FROM account_syncs
  WHERE account_id = $1 AND sync_id = $2 AND paused_for IS NULL FOR KEY SHARE`;

/**
 * Whether the last run of `accountId` was begun by a new grant after `time`. Both are SQL
 * expressions.
 */
export function reconnectedAfter(accountId: string, time: string): string {
  return `EXISTS (SELECT FROM account_syncs sync WHERE sync.account_id = ${accountId}
    AND sync.trigger = 'connect' AND ${time} < sync.started_at)`;
}
