// Disconnecting: stop, revoke where that harms nobody else, forget, say what was done. Forgetting always succeeds.

import type { DataSource } from 'typeorm';
import { returnedBy, rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { ProviderId } from '../vocabulary.js';
import type { AccountListeners } from './account-listeners.js';
import type { NotRevoked, Revoking } from './revoking.js';
import { placeOfToken, type TokenCipher } from './token-cipher.js';

export interface Disconnected {
  readonly id: string;
  readonly provider: ProviderId;
  readonly userId: string;
  readonly revoked: boolean;
  readonly reason: NotRevoked | null;
}

/** What else there is of an account. */
export interface Belongings {
  /** Tells the provider to stop notifying us, best effort, before the grant goes. */
  stopPush(accountId: string): Promise<void>;
  /** Its events in small bites, before the row takes the rest along: no statement may outlast its limit. */
  deleteEvents(accountId: string): Promise<void>;
}

export class Disconnecting {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: TokenCipher,
    private readonly revoking: Revoking,
    private readonly belongings: Belongings,
    private readonly listeners: Pick<AccountListeners, 'onDisconnecting' | 'onRemoving'>,
  ) {}

  /** @param userId the owner that must match; null for an admin. @throws IntegrationError `account_not_found` */
  async disconnect(accountId: string, userId: string | null): Promise<Disconnected> {
    const row = await this.markLeaving(accountId, userId);
    if (row === null) throw new IntegrationError('account_not_found');
    return this.finish(row);
  }

  /** Ends what a process left in the middle. @throws the last failure, after every account has had its turn */
  async finishAbandoned(olderThanSeconds: number): Promise<void> {
    const rows = (await this.dataSource.query(
      `SELECT id, user_id, provider, provider_account_id, refresh_token FROM connected_accounts
        WHERE status = 'disconnecting' AND updated_at < now() - make_interval(secs => $1)
        ORDER BY random() LIMIT 5`,
      [olderThanSeconds],
    )) as LeavingRow[];
    const ends = await Promise.allSettled(rows.map((row) => this.finish(row)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** From here on no run may write for it, no token is given out, and no listing by id finds it. */
  private async markLeaving(accountId: string, userId: string | null): Promise<LeavingRow | null> {
    return this.dataSource.transaction(async (manager) => {
      const [row] = await returnedBy<LeavingRow>(
        manager,
        `UPDATE connected_accounts
            SET status = 'disconnecting', token_version = token_version + 1, updated_at = now()
          WHERE id = $1 AND ($2::text IS NULL OR user_id = $2) AND status <> 'disconnecting'
          RETURNING id, user_id, provider, provider_account_id, refresh_token`,
        [accountId, userId],
      );
      if (row === undefined) return null;
      await this.listeners.onDisconnecting(manager, accountId);
      return row;
    });
  }

  /** Deletes the row, unless someone has done so or the account was connected again. */
  private remove(accountId: string): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      const rows = await rowsOf(
        manager,
        `SELECT id FROM connected_accounts WHERE id = $1 AND status = 'disconnecting' FOR NO KEY UPDATE`,
        [accountId],
      );
      if (rows.length === 0) return;
      await this.listeners.onRemoving(manager, accountId);
      await manager.query(`DELETE FROM connected_accounts WHERE id = $1`, [accountId]);
    });
  }

  private async finish(row: LeavingRow): Promise<Disconnected> {
    await this.belongings.stopPush(row.id).catch(() => {});
    const reason = await this.revoking.revoke(
      { provider: row.provider, providerAccountId: row.provider_account_id, accountId: row.id },
      () => this.cipher.open(row.refresh_token, placeOfToken(row.id, 'refresh_token', row.user_id)),
    );
    await this.belongings.deleteEvents(row.id);
    await this.remove(row.id);
    return {
      id: row.id,
      provider: row.provider,
      userId: row.user_id,
      revoked: reason === null || reason === 'already_revoked',
      reason,
    };
  }
}

interface LeavingRow {
  id: string;
  user_id: string;
  provider: string;
  provider_account_id: string;
  refresh_token: string;
}
