// The face of this room: the audit trail, which can be read and added to, and not be changed.

import type { DataSource } from 'typeorm';
import { rowsOf, type Sql } from '../database/rows.js';
import { type AuditFilter, type AuditPage, listAudit } from './audit-listing.js';
import { type AuditRecord, recordAudit } from './record-audit.js';

export interface AuditNeeds {
  readonly dataSource: DataSource;
  /** Days until an entry is deleted. */
  readonly retentionDays: number;
}

/** What other rooms use of the audit trail. */
export interface Audit {
  /** Adds records. @param sql the transaction that does them; null: none */
  record(sql: Sql | null, ...records: readonly AuditRecord[]): Promise<void>;
  /** @throws IntegrationError `invalid_request` for a cursor that this service did not return */
  list(filter: AuditFilter): Promise<AuditPage>;
  /**
   * Puts a pseudonym in place of a user's id, in all entries, and records the erasure.
   * @param record its `userId` is the pseudonym, which begins with `erased:`
   */
  eraseUser(userId: string, record: AuditRecord): Promise<void>;
  /** The chore: deletes what is older than the retention. */
  deleteOld(): Promise<void>;
}

/** Entries that one statement deletes, so that it takes no longer than a statement may. */
const AT_ONCE = 5_000;

/** Builds the room. Nothing is read before a method is called. */
export function createAudit({ dataSource, retentionDays }: AuditNeeds): Audit {
  return {
    record: (sql, ...records) => recordAudit(sql ?? dataSource, ...records),
    list: (filter) => listAudit(dataSource, filter),
    eraseUser: (userId, record) =>
      dataSource.transaction(async (manager) => {
        await manager.query('SELECT erase_audit_user($1, $2)', [userId, record.userId]);
        await recordAudit(manager, record);
      }),
    async deleteOld() {
      for (let deleted = AT_ONCE; deleted === AT_ONCE; ) {
        const [row] = await rowsOf<{ deleted: number }>(
          dataSource,
          'SELECT delete_old_audit_entries($1, $2) AS deleted',
          [retentionDays, AT_ONCE],
        );
        deleted = row?.deleted ?? 0;
      }
    },
  };
}
