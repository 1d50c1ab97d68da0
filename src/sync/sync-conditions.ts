// SQL about the syncs of accounts that other rooms put into their own statements.

/** Condition: the last run of `accountId` was begun by a new grant after `time`. Both are SQL expressions. */
export function reconnectedAfter(accountId: string, time: string): string {
  return `EXISTS (SELECT FROM connected_accounts sync WHERE sync.id = ${accountId}
    AND sync.sync_trigger = 'connect' AND ${time} < sync.sync_started_at)`;
}
