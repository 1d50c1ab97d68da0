// The state of an account's push: the worst of all its selected calendars.

import type { DataSource } from 'typeorm';
import { isConnected } from '../accounts/account-conditions.js';
import { selectedCalendarsOf } from '../calendars/calendar-conditions.js';
import type { LentRows } from '../database/lent-columns.js';
import { rowsOf } from '../database/rows.js';
import type { PushState } from '../vocabulary.js';

export interface PushStatus {
  readonly state: PushState;
  /** When the first of the channels expires; null unless `active`. */
  readonly expiresAt: Date | null;
}

/**
 * The status of an account whose push is not in use: not set up here, or not yet for this account.
 */
export const NO_PUSH: PushStatus = { state: 'disabled', expiresAt: null };

/**
 * A channel sends notices that lead to a sync. They do not while the account waits for its user.
 */
const active = (now: string) =>
  `(p.state = 'active' AND p.expires_at > ${now} AND calendar.is_connected)`;

/** Statement: the status of accounts. The arguments are SQL expressions. */
function statusOf(accounts: string, now: string): string {
  const isActive = `coalesce(bool_or(${active(now)}), false)`;
  return `
  SELECT account_id,
         CASE WHEN bool_or(failed) THEN 'failed' WHEN bool_or(unsupported) THEN 'unsupported'
              WHEN bool_and(active) THEN 'active' ELSE 'disabled' END AS state,
         min(expires_at) AS expires_at
    FROM (SELECT calendar.account_id, max(p.expires_at) FILTER (WHERE ${active(now)}) AS expires_at,
                 ${isActive} AS active,
                 NOT ${isActive}
                   AND (NOT calendar.is_connected
                        OR coalesce(bool_or(p.state IN ('failed', 'active')), false)) AS failed,
                 NOT ${isActive}
                   AND coalesce(bool_or(p.state = 'unsupported'), false) AS unsupported
            FROM (SELECT selected.id, selected.account_id,
                         ${isConnected('selected.account_id')} AS is_connected
                    FROM (${selectedCalendarsOf(accounts)}) AS selected) AS calendar
            LEFT JOIN push_channels p ON p.calendar_id = calendar.id
           GROUP BY calendar.account_id, calendar.id, calendar.is_connected) AS calendar
   GROUP BY account_id`;
}

/** The push of each account, for the statement that lists accounts. See {@link shownPush}. */
export const PUSH_ROWS: LentRows<PushStatus> = {
  columns: { state: 'state', expiresAt: 'expires_at' },
  select: (accounts) => statusOf(accounts, 'now()'),
};

/** A status as it is shown: while a channel is missing, it is not told when others expire. */
export function shownPush({ state, expiresAt }: PushStatus): PushStatus {
  return { state, expiresAt: state === 'active' ? expiresAt : null };
}

const STATUS = `SELECT account_id AS "accountId", state, expires_at AS "expiresAt"
  FROM (${statusOf('$1::uuid[]', '$2')}) AS status`;

/**
 * The push of each account that has a selected calendar: `failed` when a calendar should be watched
 * and is not, else `unsupported` when one cannot be watched, else `disabled` while one has no
 * channel yet, else `active`.
 */
export async function pushStatusOf(
  dataSource: DataSource,
  accountIds: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, PushStatus>> {
  if (accountIds.length === 0) return new Map();
  const rows = await rowsOf<PushStatus & { accountId: string }>(dataSource, STATUS, [
    accountIds,
    now,
  ]);
  return new Map(rows.map(({ accountId, ...status }) => [accountId, shownPush(status)]));
}
