// What can be said of an account's push: the worst over all its selected calendars.

import type { DataSource } from 'typeorm';
import type { PushState } from '../vocabulary.js';

export interface PushStatus {
  readonly state: PushState;
  /** When the first of the channels ends; null unless `active`. */
  readonly expiresAt: Date | null;
}

/** Not in use: not set up here, or not yet for this account. */
export const NO_PUSH: PushStatus = { state: 'disabled', expiresAt: null };

/**
 * Of each account that has any selected calendar: `failed` when one of them should be watched and is not, else
 * `unsupported` when one cannot be watched, else `disabled` while one waits to be, and `active` when every one is.
 */
export async function pushStatusOf(
  dataSource: DataSource,
  accountIds: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, PushStatus>> {
  if (accountIds.length === 0) return new Map();
  const rows: { account_id: string; state: PushState; expires_at: Date | null }[] =
    await dataSource.query(
      `SELECT account_id,
            CASE WHEN bool_or(failed) THEN 'failed' WHEN bool_or(unsupported) THEN 'unsupported'
                 WHEN bool_and(active) THEN 'active' ELSE 'disabled' END AS state,
            min(expires_at) AS expires_at
       FROM (SELECT c.account_id, c.id, max(p.expires_at) FILTER (WHERE ${ACTIVE}) AS expires_at,
                    coalesce(bool_or(${ACTIVE}), false) AS active,
                    NOT coalesce(bool_or(${ACTIVE}), false)
                      AND coalesce(bool_or(p.state IN ('failed', 'active') OR account.status <> 'connected'), false) AS failed,
                    NOT coalesce(bool_or(${ACTIVE}), false) AND coalesce(bool_or(p.state = 'unsupported'), false) AS unsupported
               FROM calendars c
               JOIN connected_accounts account ON account.id = c.account_id
               LEFT JOIN push_channels p ON p.calendar_id = c.id
              WHERE c.account_id = ANY($1::uuid[]) AND c.selected
              GROUP BY c.account_id, c.id) AS calendar
      GROUP BY account_id`,
      [accountIds, now],
    );
  return new Map(
    rows.map(({ account_id, state, expires_at }) => [
      account_id,
      { state, expiresAt: state === 'active' ? expires_at : null },
    ]),
  );
}

/** Notifies, and leads to a sync: not for an account that waits for its user. */
const ACTIVE = `(p.state = 'active' AND p.expires_at > $2 AND account.status = 'connected')`;
