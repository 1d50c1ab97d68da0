// What the audit trail says about a connection that was refused or failed.

import type { DoneBy } from '../audit/audit-words.js';
import type { AuditRecord } from '../audit/record-audit.js';
import { ERRORS, type ErrorCode } from '../errors.js';
import type { ProviderId } from '../vocabulary.js';

/** A connection that did not become an account, by a user whose state was proven. */
export interface RefusedConnection {
  readonly userId: string;
  readonly provider: ProviderId;
  /** The account to reconnect; null for a new one. */
  readonly accountId: string | null;
}

/** The record of a connection that ended with `code`. */
export function refusalRecord(
  { userId, provider, accountId }: RefusedConnection,
  code: ErrorCode,
  by: DoneBy,
): AuditRecord {
  return {
    action: 'account.connect_refused',
    by,
    userId,
    accountId,
    provider,
    outcome: ERRORS[code].status >= 500 ? 'failed' : 'refused',
    details: { code },
  };
}
