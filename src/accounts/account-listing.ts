// The accounts listing: filters from an allow-list, keyset paging, newest first.

import type { DataSource } from 'typeorm';
import { IntegrationError } from '../errors.js';
import type { AccountStatus, ProviderId } from '../vocabulary.js';
import { ConnectedAccount } from './connected-account.js';

export interface AccountFilter {
  /** Null: everyone's. */
  readonly userId: string | null;
  readonly provider: ProviderId | null;
  readonly status: AccountStatus | null;
  readonly limit: number;
  /** From a page before. */
  readonly cursor: string | null;
}

export interface AccountPage {
  readonly accounts: readonly ConnectedAccount[];
  readonly nextCursor: string | null;
}

/** @throws IntegrationError `invalid_request` for a cursor that is not ours */
export async function listAccounts(
  dataSource: DataSource,
  filter: AccountFilter,
): Promise<AccountPage> {
  const query = dataSource
    .getRepository(ConnectedAccount)
    .createQueryBuilder('account')
    .orderBy('account.connectedAt', 'DESC')
    .addOrderBy('account.id', 'DESC')
    .limit(filter.limit + 1);
  if (filter.userId !== null) query.andWhere('account.userId = :userId', { userId: filter.userId });
  if (filter.provider !== null)
    query.andWhere('account.provider = :provider', { provider: filter.provider });
  if (filter.status !== null) query.andWhere('account.status = :status', { status: filter.status });
  if (filter.cursor !== null) {
    // Microseconds as text: a JavaScript date would round them and skip or repeat rows.
    query.andWhere(
      '(account.connectedAt, account.id) < (:at::timestamptz, :id::uuid)',
      decodeCursor(filter.cursor),
    );
  }
  query.addSelect(
    `to_char(account.connected_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    'exact_connected_at',
  );
  const { entities, raw } = await query.getRawAndEntities();
  const accounts = entities.slice(0, filter.limit);
  const last = accounts.at(-1);
  return {
    accounts,
    nextCursor:
      entities.length > filter.limit && last !== undefined
        ? encodeCursor(raw[filter.limit - 1].exact_connected_at, last.id)
        : null,
  };
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** JavaScript takes the 30th of February for the 2nd of March, and has a year 0; PostgreSQL refuses both. */
function isOnCalendar(at: string): boolean {
  const seconds = at.slice(0, 19);
  const date = new Date(`${seconds}Z`);
  return (
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(seconds) &&
    !seconds.startsWith('0000')
  );
}

function encodeCursor(at: string, id: string): string {
  return Buffer.from(`${at} ${id}`).toString('base64url');
}

function decodeCursor(cursor: string): { at: string; id: string } {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  if (!INSTANT.test(at) || !isOnCalendar(at) || !UUID.test(id))
    throw new IntegrationError('invalid_request', {
      detail: 'cursor is not one this service gave.',
    });
  return { at, id };
}
