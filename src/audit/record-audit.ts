// Adds entries to the audit trail, in the transaction of what they tell about.

import type { Sql } from '../database/rows.js';
import type { ProviderId } from '../vocabulary.js';
import type { AuditDetails } from './audit-entry.js';
import type { AuditAction, AuditOutcome, DoneBy } from './audit-words.js';

/** Something that was done. */
export interface AuditRecord {
  readonly action: AuditAction;
  readonly by: DoneBy;
  /** The user whom it concerns; null where it is about no single one. */
  readonly userId: string | null;
  readonly accountId?: string | null;
  readonly provider?: ProviderId | null;
  /** Default: `success`. */
  readonly outcome?: AuditOutcome;
  readonly details?: AuditDetails;
}

/**
 * Adds records with one statement.
 * @param sql the transaction that does it, so that both are kept or neither is
 */
export async function recordAudit(sql: Sql, ...records: readonly AuditRecord[]): Promise<void> {
  if (records.length === 0) return;
  await sql.query(
    insertAuditEntries(`SELECT * FROM jsonb_to_recordset($1::jsonb) AS record (action text,
      actor_kind text, actor_id text, request_id text, user_id text, account_id uuid,
      provider text, outcome text, details jsonb)`),
    [JSON.stringify(records.map(rowOf))],
  );
}

/**
 * Statement: adds an entry for each row of the SELECT `records`: `action`, `actor_kind`, `actor_id`,
 * `request_id`, `user_id`, `account_id`, `provider`, `outcome`, `details`. Returns their ids.
 */
export function insertAuditEntries(records: string): string {
  return `INSERT INTO audit_entries (action, actor_kind, actor_id, request_id, user_id, account_id,
                                     provider, outcome, details)
    SELECT action, actor_kind, actor_id, request_id, user_id, account_id, provider, outcome,
           details FROM (${records}) AS record
    RETURNING id`;
}

function rowOf({ action, by, userId, accountId, provider, outcome, details }: AuditRecord) {
  return {
    action,
    actor_kind: by.actor.kind,
    actor_id: by.actor.id,
    request_id: by.requestId,
    user_id: userId,
    account_id: accountId ?? null,
    provider: provider ?? null,
    outcome: outcome ?? 'success',
    details: details ?? {},
  };
}
