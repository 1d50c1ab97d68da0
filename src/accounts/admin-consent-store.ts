// Requests for the consent of an administrator in the database. Each is answered once.

import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { DoneBy } from '../audit/audit-words.js';
import { recordAudit } from '../audit/record-audit.js';
import { rowsOf } from '../database/rows.js';
import type { Access, ProviderId } from '../vocabulary.js';
import type { AdminDecision } from './admin-consent-request.js';

/** What becomes of a request. */
export const ADMIN_CONSENT_STATUSES = ['pending', 'granted', 'refused', 'expired'] as const;
export type AdminConsentStatus = (typeof ADMIN_CONSENT_STATUSES)[number];

/** What a new request is for. */
export interface AdminConsentPurpose {
  readonly userId: string;
  readonly provider: ProviderId;
  readonly clientId: string;
  readonly access: Access;
}

/** A request, found by its state. */
export interface KeptAdminConsent {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly clientId: string;
  readonly status: AdminConsentStatus;
}

/** A request that was answered now. */
export interface DecidedAdminConsent {
  readonly requestId: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly outcome: AdminDecision;
}

/** Another room's work in the transaction of an answer. */
export type OnAdminDecision = (
  manager: EntityManager,
  decided: DecidedAdminConsent,
) => Promise<void>;

/** A request is found for this long after its end (days). */
const KEPT_DAYS = 30;

const STATUS = `coalesce(decision, CASE WHEN expires_at > now() THEN 'pending' ELSE 'expired' END)
  AS status`;

export class AdminConsentStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly onDecision: OnAdminDecision,
  ) {}

  /** Keeps a new request. */
  create(
    stateHash: string,
    { userId, provider, clientId, access }: AdminConsentPurpose,
    lifeSeconds: number,
    by: DoneBy,
  ): Promise<{ readonly id: string; readonly expiresAt: Date }> {
    return this.dataSource.transaction(async (manager) => {
      const [row] = await rowsOf<{ id: string; expiresAt: Date }>(
        manager,
        `INSERT INTO admin_consent_requests (id, state_hash, user_id, provider, client_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
         RETURNING id, expires_at AS "expiresAt"`,
        [randomUUID(), stateHash, userId, provider, clientId, lifeSeconds],
      );
      if (row === undefined) throw new Error('the request was not inserted');
      const details = { request: row.id, access };
      await recordAudit(manager, {
        action: 'admin_consent.request',
        by,
        userId,
        provider,
        details,
      });
      return row;
    });
  }

  /** @param userId who asked; null: anyone */
  async statusOf(id: string, userId: string | null): Promise<AdminConsentStatus | null> {
    const [row] = await rowsOf<{ status: AdminConsentStatus }>(
      this.dataSource,
      `SELECT ${STATUS} FROM admin_consent_requests
        WHERE id = $1 AND ($2::text IS NULL OR user_id = $2)`,
      [id, userId],
    );
    return row?.status ?? null;
  }

  /** The request of a state. */
  async find(stateHash: string): Promise<KeptAdminConsent | null> {
    const [row] = await rowsOf<KeptAdminConsent>(
      this.dataSource,
      `SELECT id, user_id AS "userId", provider, client_id AS "clientId", ${STATUS}
         FROM admin_consent_requests WHERE state_hash = $1`,
      [stateHash],
    );
    return row ?? null;
  }

  /** Answers a request that is pending. False when it is not any more. */
  decide(id: string, outcome: AdminDecision, by: DoneBy): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const [row] = await rowsOf<{ userId: string; provider: ProviderId }>(
        manager,
        `WITH decided AS (
           UPDATE admin_consent_requests SET decision = $2, decided_at = now()
            WHERE id = $1 AND decision IS NULL AND expires_at > now()
           RETURNING user_id, provider)
         SELECT user_id AS "userId", provider FROM decided`,
        [id, outcome],
      );
      if (row === undefined) return false;
      const { userId, provider } = row;
      await recordAudit(manager, {
        action: 'admin_consent.result',
        by,
        userId,
        provider,
        outcome: outcome === 'granted' ? 'success' : 'refused',
        details: { request: id },
      });
      await this.onDecision(manager, { requestId: id, userId, provider, outcome });
      return true;
    });
  }

  /** Deletes requests that ended long ago. */
  async deleteOld(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM admin_consent_requests WHERE expires_at < now() - make_interval(days => $1)`,
      [KEPT_DAYS],
    );
  }
}
