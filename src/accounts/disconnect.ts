// Disconnecting: stops push, revokes the grant where that affects no one else, and deletes the
// account. The deletion succeeds with every response of the provider.

import type { DataSource, EntityManager } from 'typeorm';
import type { DoneBy } from '../audit/audit-words.js';
import { recordAudit } from '../audit/record-audit.js';
import { returnedBy, rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { NotRevoked, ProviderId } from '../vocabulary.js';
import type { AccountListeners } from './account-listeners.js';
import type { ConsentAttemptStore, HeldGrant } from './consent-attempt-store.js';
import type { Revoking } from './revoking.js';
import { placeOfToken, type TokenCipher } from './token-cipher.js';

/** A finished disconnect. */
export interface Disconnected {
  readonly id: string;
  readonly provider: ProviderId;
  readonly userId: string;
  readonly revoked: boolean;
  /** Why nothing was revoked now; null when it was. */
  readonly reason: NotRevoked | null;
}

/** What other rooms keep of an account, and remove before its row is deleted. */
export interface Dependents {
  /** Asks the provider to stop sending notices, while there is still a token for it. */
  stopPush(accountId: string): Promise<void>;
  /**
   * Deletes its events in batches, so that deleting the row takes no longer than a statement may.
   */
  deleteEvents(accountId: string): Promise<void>;
}

/** What {@link Disconnecting.disconnectAll} has ended. */
export interface DisconnectedUser {
  readonly accounts: readonly Disconnected[];
  /** The grants of attempts that were under way. They are still to be revoked. */
  readonly grants: readonly HeldGrant[];
}

export interface DisconnectingNeeds {
  readonly dataSource: DataSource;
  readonly attempts: Pick<ConsentAttemptStore, 'deleteOf'>;
  readonly cipher: TokenCipher;
  readonly revoking: Revoking;
  readonly dependents: Dependents;
  readonly listeners: Pick<AccountListeners, 'onDisconnecting' | 'onRemoving'>;
  readonly logger: { warn(fields: object, message: string): void };
}

const ROW = `id, user_id AS "userId", provider, provider_account_id AS "providerAccountId",
  refresh_token AS "refreshToken"`;

interface DisconnectingRow {
  readonly id: string;
  readonly userId: string;
  readonly provider: string;
  readonly providerAccountId: string;
  readonly refreshToken: string;
}

/** Interrupted disconnects that one call finishes. */
const AT_ONCE = 5;

export class Disconnecting {
  constructor(private readonly needs: DisconnectingNeeds) {}

  /**
   * @param userId the owner that must match; null for an admin
   * @param by who disconnects it, for the audit trail
   * @throws IntegrationError `account_not_found`
   */
  async disconnect(accountId: string, userId: string | null, by: DoneBy): Promise<Disconnected> {
    const row = await this.markDisconnecting(accountId, userId, by);
    if (row === null) throw new IntegrationError('account_not_found');
    return this.finish(row);
  }

  /**
   * Disconnects every account of a user, and deletes the user's consent attempts, connect links and
   * requests to administrators.
   * @param also done in the transaction that marks the accounts
   */
  async disconnectAll(
    userId: string,
    by: DoneBy,
    also: (manager: EntityManager) => Promise<void>,
  ): Promise<DisconnectedUser> {
    const { attempts, dataSource } = this.needs;
    const { rows, grants } = await dataSource.transaction(async (manager) => {
      const grants = await attempts.deleteOf(manager, userId);
      for (const table of ['connect_links', 'admin_consent_requests'])
        await manager.query(`DELETE FROM ${table} WHERE user_id = $1`, [userId]);
      const accounts = await rowsOf<{ id: string }>(
        manager,
        `SELECT id FROM connected_accounts WHERE user_id = $1 ORDER BY id`,
        [userId],
      );
      for (const { id } of accounts) await this.mark(manager, id, userId, by);
      await also(manager);
      const rows = await rowsOf<DisconnectingRow>(
        manager,
        `SELECT ${ROW} FROM connected_accounts WHERE user_id = $1 ORDER BY id`,
        [userId],
      );
      return { rows, grants };
    });
    const done: Disconnected[] = [];
    for (const row of rows) done.push(await this.finish(row));
    return { accounts: done, grants };
  }

  /**
   * Finishes disconnects that a process left unfinished. @throws one of the failures, after every
   * account was tried
   */
  async finishAbandoned(olderThanSeconds: number): Promise<void> {
    const rows = await rowsOf<DisconnectingRow>(
      this.needs.dataSource,
      `SELECT ${ROW} FROM connected_accounts
        WHERE status = 'disconnecting' AND updated_at < now() - make_interval(secs => $1)
        ORDER BY random() LIMIT ${AT_ONCE}`,
      [olderThanSeconds],
    );
    const ends = await Promise.allSettled(rows.map((row) => this.finish(row)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /**
   * From now on no run may write for the account, no token of it is given out, and no one finds it.
   */
  private markDisconnecting(
    accountId: string,
    userId: string | null,
    by: DoneBy,
  ): Promise<DisconnectingRow | null> {
    return this.needs.dataSource.transaction((manager) =>
      this.mark(manager, accountId, userId, by),
    );
  }

  private async mark(
    manager: EntityManager,
    accountId: string,
    userId: string | null,
    by: DoneBy,
  ): Promise<DisconnectingRow | null> {
    const [row] = await returnedBy<DisconnectingRow>(
      manager,
      `UPDATE connected_accounts
          SET status = 'disconnecting', token_version = token_version + 1, updated_at = now()
        WHERE id = $1 AND ($2::text IS NULL OR user_id = $2) AND status <> 'disconnecting'
        RETURNING ${ROW}`,
      [accountId, userId],
    );
    if (row === undefined) return null;
    await this.needs.listeners.onDisconnecting(manager, accountId);
    await recordAudit(manager, {
      action: 'account.disconnect',
      by,
      accountId,
      userId: row.userId,
      provider: row.provider,
    });
    return row;
  }

  private async finish(row: DisconnectingRow): Promise<Disconnected> {
    const { id, userId, provider, providerAccountId } = row;
    const { cipher, revoking, dependents, logger } = this.needs;
    await dependents
      .stopPush(id)
      .catch((error: unknown) => logger.warn({ accountId: id, err: error }, 'push not stopped'));
    const reason = await revoking.revoke({ provider, providerAccountId, accountId: id }, () =>
      cipher.open(row.refreshToken, placeOfToken(id, 'refresh_token', userId)),
    );
    await dependents.deleteEvents(id);
    await this.remove(id);
    return {
      id,
      provider,
      userId,
      revoked: reason === null || reason === 'already_revoked',
      reason,
    };
  }

  /** Deletes the row, unless another process did so or the user connected the account again. */
  private remove(accountId: string): Promise<void> {
    const { dataSource, listeners } = this.needs;
    return dataSource.transaction(async (manager) => {
      const rows = await rowsOf(
        manager,
        `SELECT id FROM connected_accounts
          WHERE id = $1 AND status = 'disconnecting' FOR NO KEY UPDATE`,
        [accountId],
      );
      if (rows.length === 0) return;
      await listeners.onRemoving(manager, accountId);
      await manager.query(`DELETE FROM connected_accounts WHERE id = $1`, [accountId]);
    });
  }
}
