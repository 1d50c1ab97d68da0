// Lists accounts, the newest first, a page at a time: a part of a statement that also reads what
// other rooms show of them.

import type { LentColumns } from '../database/lent-columns.js';
import { decodePageCursor, encodePageCursor } from '../page-cursor.js';
import type { AccountStatus, ProviderId } from '../vocabulary.js';
import type { ConnectedAccount } from './connected-account.js';

export interface AccountFilter {
  /** Null: of every user. */
  readonly userId: string | null;
  readonly provider: ProviderId | null;
  readonly status: AccountStatus | null;
  readonly limit: number;
  /** `nextCursor` of the page before; null for the first page. */
  readonly cursor: string | null;
}

/** What is shown of an account. */
export type ShownAccount = Pick<
  ConnectedAccount,
  | 'id'
  | 'userId'
  | 'provider'
  | 'email'
  | 'displayName'
  | 'scopes'
  | 'access'
  | 'status'
  | 'statusReason'
  | 'connectedAt'
  | 'updatedAt'
>;

/** An account of a page. */
export interface ListedAccount extends ShownAccount {
  /** In microseconds, as text: a JavaScript date would round them, and then skip or repeat rows. */
  readonly exactConnectedAt: string;
}

/** What its cursors name. */
const LISTING = 'accounts';

/** The columns of {@link AccountRows}. */
export const ACCOUNT_COLUMNS: LentColumns<ListedAccount> = {
  id: 'id',
  userId: 'user_id',
  provider: 'provider',
  email: 'email',
  displayName: 'display_name',
  scopes: 'scopes',
  access: 'access',
  status: 'status',
  statusReason: 'status_reason',
  connectedAt: 'connected_at',
  updatedAt: 'updated_at',
  exactConnectedAt: 'exact_connected_at',
};

/** The order of the page. @param source its rows */
export const newestFirst = (source: string): string =>
  `${source}.connected_at DESC, ${source}.id DESC`;

/** The SELECT of a page. */
export interface AccountRows {
  /** The same for the same text. */
  readonly name: string;
  /** At most one row more than the page has. */
  readonly text: string;
  readonly values: readonly unknown[];
}

/** @throws IntegrationError `invalid_request` for a cursor that this service did not return */
export function selectAccounts(filter: AccountFilter): AccountRows {
  const { userId, provider, status, limit, cursor } = filter;
  const values: unknown[] = [limit + 1];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const names: string[] = [];
  const conditions: string[] = [];
  const where = (name: string, condition: string) => {
    names.push(name);
    conditions.push(condition);
  };
  if (userId !== null) where('user', `user_id = ${parameter(userId)}`);
  if (provider !== null) where('provider', `provider = ${parameter(provider)}`);
  // A word of the vocabulary, in the text: as a parameter, it would hide from a plan that is kept that
  // the index of the few accounts that are not connected has all of them.
  if (status !== null) where(`status ${status}`, `status = '${status}'`);
  if (cursor !== null) {
    const { at, id } = decodePageCursor(LISTING, cursor);
    const position = `(${parameter(at)}::timestamptz, ${parameter(id)}::uuid)`;
    where('after', `(connected_at, id) < ${position}`);
  }
  return {
    name: ['accounts', ...names].join('-'),
    text: `
      SELECT id, user_id, provider, email, display_name, scopes, access, status, status_reason,
             connected_at, updated_at, to_char(connected_at AT TIME ZONE 'UTC',
               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS exact_connected_at
        FROM connected_accounts account
       ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
       ORDER BY ${newestFirst('account')} LIMIT $1`,
    values,
  };
}

/** The cursor of the next page; null on the last one. @param listed the rows of the SELECT */
export function nextCursorOf(listed: readonly ListedAccount[], limit: number): string | null {
  const last = listed[limit - 1];
  if (listed.length <= limit || last === undefined) return null;
  return encodePageCursor(LISTING, { at: last.exactConnectedAt, id: last.id });
}
