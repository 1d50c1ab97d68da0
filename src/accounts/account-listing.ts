// Lists accounts, the newest first, a page at a time.

import type { DataSource } from 'typeorm';
import { decodePageCursor, encodePageCursor } from '../page-cursor.js';
import type { AccountStatus, ProviderId } from '../vocabulary.js';
import { ConnectedAccount } from './connected-account.js';

export interface AccountFilter {
  /** Null: of every user. */
  readonly userId: string | null;
  readonly provider: ProviderId | null;
  readonly status: AccountStatus | null;
  readonly limit: number;
  /** `nextCursor` of the page before; null for the first page. */
  readonly cursor: string | null;
}

export interface AccountPage {
  readonly accounts: readonly ConnectedAccount[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** What its cursors name. */
const LISTING = 'accounts';

/** In microseconds, as text: a JavaScript date would round them, and then skip or repeat rows. */
const EXACT_CONNECTED_AT = `to_char(account.connected_at AT TIME ZONE 'UTC',
  'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** @throws IntegrationError `invalid_request` for a cursor that this service did not return */
export async function listAccounts(
  dataSource: DataSource,
  { userId, provider, status, limit, cursor }: AccountFilter,
): Promise<AccountPage> {
  const query = dataSource
    .getRepository(ConnectedAccount)
    .createQueryBuilder('account')
    .addSelect(EXACT_CONNECTED_AT, 'exact_connected_at')
    .orderBy('account.connectedAt', 'DESC')
    .addOrderBy('account.id', 'DESC')
    .limit(limit + 1);
  if (userId !== null) query.andWhere('account.userId = :userId', { userId });
  if (provider !== null) query.andWhere('account.provider = :provider', { provider });
  if (status !== null) query.andWhere('account.status = :status', { status });
  if (cursor !== null) {
    const { at, id } = decodePageCursor(LISTING, cursor);
    query.andWhere('(account.connectedAt, account.id) < (:at::timestamptz, :id::uuid)', { at, id });
  }
  const { entities, raw } = await query.getRawAndEntities<{ exact_connected_at: string }>();
  const accounts = entities.slice(0, limit);
  const last = accounts.at(-1);
  const at = raw[limit - 1]?.exact_connected_at;
  const isLast = entities.length <= limit || last === undefined || at === undefined;
  return { accounts, nextCursor: isLast ? null : encodePageCursor(LISTING, { at, id: last.id }) };
}
