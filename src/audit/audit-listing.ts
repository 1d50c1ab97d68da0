// Lists the audit trail, the newest first, a page at a time.

import type { DataSource } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import { decodePageCursor, encodePageCursor } from '../page-cursor.js';
import type { AuditEntry } from './audit-entry.js';
import type { AuditAction } from './audit-words.js';

/** Which entries to list. Null: any. */
export interface AuditFilter {
  readonly userId: string | null;
  readonly accountId: string | null;
  readonly action: AuditAction | null;
  /** Entries at or after this. */
  readonly from: Date | null;
  /** Entries before this. */
  readonly to: Date | null;
  readonly limit: number;
  /** `nextCursor` of the page before; null for the first page. */
  readonly cursor: string | null;
}

/** What its cursors name. */
const LISTING = 'audit';

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** In microseconds, as text: a JavaScript date would round them, and then skip or repeat rows. */
const EXACT_AT = `to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** @throws IntegrationError `invalid_request` for a cursor that this service did not return */
export async function listAudit(
  dataSource: DataSource,
  { userId, accountId, action, from, to, limit, cursor }: AuditFilter,
): Promise<AuditPage> {
  const position = cursor === null ? null : decodePageCursor(LISTING, cursor);
  const values: unknown[] = [];
  const value = (one: unknown) => `$${values.push(one)}`;
  // Only the conditions that are asked for, so that each has its index.
  const conditions = [
    userId === null ? null : `user_id = ${value(userId)}`,
    accountId === null ? null : `account_id = ${value(accountId)}::uuid`,
    action === null ? null : `action = ${value(action)}`,
    from === null ? null : `at >= ${value(from)}`,
    to === null ? null : `at < ${value(to)}`,
    position === null
      ? null
      : `(at, id) < (${value(position.at)}::timestamptz, ${value(position.id)}::uuid)`,
  ].filter((condition) => condition !== null);
  const rows = await rowsOf<AuditEntry & { readonly exactAt: string }>(
    dataSource,
    `SELECT id, at, ${EXACT_AT} AS "exactAt", action, actor_kind AS "actorKind",
            actor_id AS "actorId", user_id AS "userId", account_id AS "accountId", provider,
            outcome, request_id AS "requestId", details
       FROM audit_entries ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
      ORDER BY at DESC, id DESC LIMIT ${value(limit + 1)}`,
    values,
  );
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  const isLast = rows.length <= limit || last === undefined;
  return {
    entries,
    nextCursor: isLast ? null : encodePageCursor(LISTING, { at: last.exactAt, id: last.id }),
  };
}
