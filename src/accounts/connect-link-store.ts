// Connect links in the database. A link is spent in the transaction that saves its account.

import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { DoneBy } from '../audit/audit-words.js';
import { recordAudit } from '../audit/record-audit.js';
import { changedBy, rowsOf } from '../database/rows.js';
import type { Access, ProviderId } from '../vocabulary.js';

/** What a link is for. */
export interface LinkPurpose {
  readonly userId: string;
  readonly userLabel: string | null;
  /** Null: the visitor chooses. */
  readonly provider: ProviderId | null;
  /** The account to reconnect; null for a new one. */
  readonly accountId: string | null;
  readonly access: Access | null;
  readonly returnTo: string | null;
}

/** A link that can be used. */
export interface OpenLink extends LinkPurpose {
  readonly id: string;
  readonly expiresAt: Date;
}

/** A link is found for this long after its end, so that its visitor learns why (days). */
const KEPT_DAYS = 30;

export class ConnectLinkStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Keeps a new link. @returns when it expires */
  create(
    tokenHash: string,
    { userId, userLabel, provider, accountId, access, returnTo }: LinkPurpose,
    lifeSeconds: number,
    by: DoneBy,
  ): Promise<Date> {
    return this.dataSource.transaction(async (manager) => {
      const [row] = await rowsOf<{ expiresAt: Date }>(
        manager,
        `INSERT INTO connect_links (id, token_hash, user_id, user_label, provider, account_id,
                                    access, return_to, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))
         RETURNING expires_at AS "expiresAt"`,
        [
          randomUUID(),
          tokenHash,
          userId,
          userLabel,
          provider,
          accountId,
          access,
          returnTo,
          lifeSeconds,
        ],
      );
      if (row === undefined) throw new Error('the link was not inserted');
      await recordAudit(manager, { action: 'link.create', by, userId, accountId, provider });
      return row.expiresAt;
    });
  }

  /** The link of a token. `ended`: it is spent or has expired. Null: there is none. */
  async find(tokenHash: string): Promise<OpenLink | 'ended' | null> {
    const [row] = await rowsOf<OpenLink & { readonly isOpen: boolean }>(
      this.dataSource,
      `SELECT id, user_id AS "userId", user_label AS "userLabel", provider,
              account_id AS "accountId", access, return_to AS "returnTo",
              expires_at AS "expiresAt", spent_at IS NULL AND expires_at > now() AS "isOpen"
         FROM connect_links WHERE token_hash = $1`,
      [tokenHash],
    );
    if (row === undefined) return null;
    const { isOpen, ...link } = row;
    return isOpen ? link : 'ended';
  }

  /** Deletes links that ended long ago. */
  async deleteOld(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM connect_links WHERE expires_at < now() - make_interval(days => $1)`,
      [KEPT_DAYS],
    );
  }
}

/**
 * Spends a link. False when it was spent before. One that expired since its visitor left for the
 * provider can still be spent.
 */
export async function spendLink(manager: EntityManager, linkId: string): Promise<boolean> {
  const spent = await changedBy(
    manager,
    `UPDATE connect_links SET spent_at = now() WHERE id = $1 AND spent_at IS NULL`,
    [linkId],
  );
  return spent === 1;
}
