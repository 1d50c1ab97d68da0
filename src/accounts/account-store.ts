// Connected accounts: kept once per (user, provider, provider account), listed, found, forgotten.

import { randomUUID } from 'node:crypto';
import { type DataSource, type EntityManager, Not } from 'typeorm';
import { changedBy, rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { Profile, ProviderId, StatusReason, TokenSet } from '../vocabulary.js';
import type { AccountListeners, WithinTransaction } from './account-listeners.js';
import { ConnectedAccount } from './connected-account.js';
import type { ConsentAttemptStore } from './consent-attempt-store.js';
import { placeOfToken, type TokenCipher } from './token-cipher.js';

/** What the user gave, ready to be kept. */
export interface Grant {
  readonly attemptId: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly profile: Profile;
  readonly tokens: TokenSet;
  readonly scopes: readonly string[];
  /** The account this is meant to mend; null to connect whichever answers. */
  readonly reconnectAccountId: string | null;
}

export interface AccountPolicy {
  readonly oneUserPerProviderAccount: boolean;
}

export class AccountStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: TokenCipher,
    private readonly attempts: ConsentAttemptStore,
    private readonly policy: AccountPolicy,
    private readonly listeners: Pick<AccountListeners, 'onReauthorizationRequired' | 'onRemoving'>,
  ) {}

  /**
   * Account, finished attempt and `also` in one transaction. A grant without a refresh token keeps the stored one.
   * @throws IntegrationError `account_mismatch`, `account_already_connected`, `no_refresh_token`, `invalid_state` when
   * the attempt was ended elsewhere
   */
  connect(grant: Grant, also: WithinTransaction): Promise<string> {
    return this.dataSource.transaction(async (manager) => {
      if (this.policy.oneUserPerProviderAccount) await this.refuseOtherUsers(manager, grant);
      await this.refuseMismatch(manager, grant);
      // Most grants are of accounts never seen before; a row on its way out makes room only after the second step.
      const accountId =
        (await this.insert(manager, grant)) ??
        (await this.update(manager, grant)) ??
        (await this.insert(manager, grant));
      if (accountId === null) throw new IntegrationError('no_refresh_token');
      await also(manager, accountId);
      if (!(await this.attempts.finish(manager, grant.attemptId, accountId)))
        throw new IntegrationError('invalid_state', { reason: 'the attempt was ended elsewhere' });
      return accountId;
    });
  }

  /** The account if `userId` owns it; null for foreign, absent and disconnecting ones alike. `userId` null: any owner. */
  async find(accountId: string, userId: string | null): Promise<ConnectedAccount | null> {
    const query = this.dataSource
      .getRepository(ConnectedAccount)
      .createQueryBuilder('account')
      .where('account.id = :accountId', { accountId })
      .andWhere(`account.status <> 'disconnecting'`);
    if (userId !== null) query.andWhere('account.userId = :userId', { userId });
    return query.getOne();
  }

  /** The provider of an account that exists; null when it is gone or being disconnected. */
  async providerOf(accountId: string): Promise<ProviderId | null> {
    const [row] = await rowsOf<{ provider: ProviderId }>(
      this.dataSource,
      `SELECT provider FROM connected_accounts WHERE id = $1 AND status <> 'disconnecting'`,
      [accountId],
    );
    return row?.provider ?? null;
  }

  /** A user's accounts, oldest first, those on their way out left aside. */
  async ofUser(userId: string): Promise<ConnectedAccount[]> {
    return this.dataSource.getRepository(ConnectedAccount).find({
      where: { userId, status: Not('disconnecting') },
      order: { connectedAt: 'ASC', id: 'ASC' },
    });
  }

  /**
   * Marks that only the user can mend the grant.
   * @param tokenVersion the tokens at fault; null for whichever there are
   * @returns false when it has been mended, marked or removed meanwhile
   */
  async requireReauthorization(
    accountId: string,
    reason: StatusReason | null,
    tokenVersion: number | null,
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const changed = await changedBy(
        manager,
        `UPDATE connected_accounts
            SET status = 'reauthorization_required', status_reason = $2, updated_at = now()
          WHERE id = $1 AND status = 'connected' AND ($3::integer IS NULL OR token_version = $3)`,
        [accountId, reason, tokenVersion],
      );
      if (changed === 0) return false;
      await this.listeners.onReauthorizationRequired(manager, accountId);
      return true;
    });
  }

  private async refuseOtherUsers(
    manager: EntityManager,
    { provider, profile, userId }: Grant,
  ): Promise<void> {
    // Two users connecting the same account at the same moment: the second waits, then sees the first.
    await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
      `${provider}:${profile.providerAccountId}`,
    ]);
    const others = await manager.query(
      `SELECT 1 FROM connected_accounts WHERE provider = $1 AND provider_account_id = $2 AND user_id <> $3 AND status <> 'disconnecting' LIMIT 1`,
      [provider, profile.providerAccountId, userId],
    );
    if (others.length > 0) throw new IntegrationError('account_already_connected');
  }

  private async refuseMismatch(
    manager: EntityManager,
    { reconnectAccountId, provider, profile, userId }: Grant,
  ): Promise<void> {
    if (reconnectAccountId === null) return;
    const [meant] = await manager.query(
      `SELECT provider, provider_account_id FROM connected_accounts WHERE id = $1 AND user_id = $2`,
      [reconnectAccountId, userId],
    );
    if (
      meant !== undefined &&
      (meant.provider !== provider || meant.provider_account_id !== profile.providerAccountId)
    )
      throw new IntegrationError('account_mismatch');
  }

  /** Null when there is no such row. A row on its way out is not revived: it goes, and the grant begins anew. */
  private async update(manager: EntityManager, grant: Grant): Promise<string | null> {
    const { userId, provider, profile, tokens, scopes } = grant;
    const [row] = await manager.query(
      `SELECT id, status, token_version FROM connected_accounts WHERE user_id = $1 AND provider = $2 AND provider_account_id = $3 FOR NO KEY UPDATE`,
      [userId, provider, profile.providerAccountId],
    );
    if (row === undefined) return null;
    if (row.status === 'disconnecting') {
      await this.listeners.onRemoving(manager, row.id);
      await manager.query(`DELETE FROM connected_accounts WHERE id = $1`, [row.id]);
      return null;
    }
    const sealed = this.sealTokens(row.id, userId, tokens);
    await manager.query(
      `UPDATE connected_accounts
          SET email = $2, display_name = $3, scopes = $4, status = 'connected', status_reason = NULL,
              access_token = $5, refresh_token = coalesce($6, refresh_token), access_token_expires_at = $7,
              token_version = token_version + 1, updated_at = now()
        WHERE id = $1`,
      [
        row.id,
        profile.email,
        profile.displayName,
        scopes,
        sealed.accessToken,
        sealed.refreshToken,
        tokens.expiresAt,
      ],
    );
    return row.id as string;
  }

  /** Null when there is such a row, or nothing lasting to keep in a new one. */
  private async insert(manager: EntityManager, grant: Grant): Promise<string | null> {
    const { userId, provider, profile, tokens, scopes } = grant;
    if (tokens.refreshToken === null) return null;
    const id = randomUUID();
    const sealed = this.sealTokens(id, userId, tokens);
    const inserted = await manager.query(
      `INSERT INTO connected_accounts (id, user_id, provider, provider_account_id, email, display_name, scopes, status,
                                       access_token, refresh_token, access_token_expires_at, connected_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'connected', $8, $9, $10, now(), now())
       ON CONFLICT (user_id, provider, provider_account_id) DO NOTHING RETURNING id`,
      [
        id,
        userId,
        provider,
        profile.providerAccountId,
        profile.email,
        profile.displayName,
        scopes,
        sealed.accessToken,
        sealed.refreshToken,
        tokens.expiresAt,
      ],
    );
    return inserted.length > 0 ? id : null;
  }

  private sealTokens(accountId: string, userId: string, tokens: TokenSet) {
    return {
      accessToken: this.cipher.seal(
        tokens.accessToken,
        placeOfToken(accountId, 'access_token', userId),
      ),
      refreshToken:
        tokens.refreshToken === null
          ? null
          : this.cipher.seal(tokens.refreshToken, placeOfToken(accountId, 'refresh_token', userId)),
    };
  }
}
