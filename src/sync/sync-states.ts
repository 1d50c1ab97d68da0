// The sync of accounts as it is shown to people.

import { type DataSource, In } from 'typeorm';
import type { LentRows } from '../database/lent-columns.js';
import { AccountSync } from './account-sync.js';

/** What is shown of a sync. */
export type ShownSync = Pick<
  AccountSync,
  | 'state'
  | 'phase'
  | 'trigger'
  | 'startedAt'
  | 'finishedAt'
  | 'calendarsDone'
  | 'calendarsTotal'
  | 'eventsSeen'
  | 'errorCode'
  | 'lastSyncedAt'
  | 'nextSyncAt'
  | 'again'
>;

/** A run that follows another one is queued within this time (milliseconds), else by a chore. */
const FOLLOWS_WITHIN_MS = 120_000;

/**
 * The state of a sync for people. Between two runs, where a request came during the first, it is
 * `queued`: who asked waits for the second.
 */
export function shownStateOf(sync: ShownSync, now = Date.now()): ShownSync['state'] {
  const { state, again, finishedAt, nextSyncAt } = sync;
  if (state === 'queued' || state === 'running') return state;
  const isFollowed =
    again !== null &&
    finishedAt !== null &&
    nextSyncAt !== null &&
    nextSyncAt <= finishedAt &&
    now - finishedAt.getTime() < FOLLOWS_WITHIN_MS;
  return isFollowed ? 'queued' : state;
}

/** The sync of each account, for the statement that lists accounts. */
export const SYNC_ROWS: LentRows<ShownSync> = {
  columns: {
    state: 'state',
    phase: 'phase',
    trigger: 'trigger',
    startedAt: 'started_at',
    finishedAt: 'finished_at',
    calendarsDone: 'calendars_done',
    calendarsTotal: 'calendars_total',
    eventsSeen: 'events_seen',
    errorCode: 'error_code',
    lastSyncedAt: 'last_synced_at',
    nextSyncAt: 'next_sync_at',
    again: 'again',
  },
  select: (accounts) => `SELECT * FROM account_syncs WHERE account_id = ANY(${accounts})`,
};

/** The sync of each account that exists, by account id. */
export async function statesOf(
  dataSource: DataSource,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, AccountSync>> {
  if (accountIds.length === 0) return new Map();
  const rows = await dataSource
    .getRepository(AccountSync)
    .findBy({ accountId: In([...accountIds]) });
  return new Map(rows.map((row) => [row.accountId, row]));
}
