// Notifications of what an administrator decided. They concern no account.

import type { Sql } from '../database/rows.js';

/** What became of a request for the consent of an administrator. */
export interface AdminConsentResult {
  readonly requestId: string;
  readonly outcome: 'granted' | 'refused';
  /** The user who asked; null where it was the host. */
  readonly userId: string | null;
  readonly provider: string;
}

/** Writes `admin_consent.granted` or `admin_consent.refused`, in the caller's transaction. */
export async function announceAdminConsent(
  sql: Sql,
  { requestId, outcome, userId, provider }: AdminConsentResult,
): Promise<void> {
  await sql.query(
    `INSERT INTO notifications (user_id, provider, type, data)
     VALUES ($1, $2, $3, jsonb_build_object('requestId', $4::text))`,
    [userId, provider, `admin_consent.${outcome}`, requestId],
  );
}
