// Connected accounts: one row per user, provider and provider account. Saved, found, and marked
// when the grant fails.

import { type DataSource, type EntityManager, Not } from 'typeorm';
import { BY_SYSTEM } from '../audit/audit-words.js';
import { recordAudit } from '../audit/record-audit.js';
import { Gathered } from '../database/gathered.js';
import { returnedBy, rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { ProviderId, StatusReason } from '../vocabulary.js';
import type { AccountListeners, FirstSync } from './account-listeners.js';
import { spendLink } from './connect-link-store.js';
import { ConnectedAccount } from './connected-account.js';
import type { ConsentAttemptStore } from './consent-attempt-store.js';
import { type Grant, type Granted, insertGrant, updateGrant } from './grant.js';
import { type GrantPart, newAccountStatement, savedAccountStatement } from './new-account.js';
import type { TokenCipher } from './token-cipher.js';

export interface AccountPolicy {
  /** Whether one provider account may be connected by one user only. */
  readonly oneUserPerProviderAccount: boolean;
}

export class AccountStore {
  /** By the part of the first sync, which is another one for each provider. */
  private readonly newAccounts = new Map<GrantPart, Gathered<Grant>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: TokenCipher,
    private readonly attempts: ConsentAttemptStore,
    private readonly policy: AccountPolicy,
    private readonly listeners: Omit<AccountListeners, 'onDisconnecting'>,
  ) {}

  /**
   * Saves the account, ends the attempt, queues the first sync and does what other rooms add to
   * that, all of it or nothing. A grant without a refresh token keeps the stored one.
   * @throws IntegrationError `account_mismatch`, `account_already_connected`, `no_refresh_token`,
   * `invalid_state` when another process ended the attempt, `connect_link_ended` when its link was
   * used meanwhile
   */
  async connectAs(grant: Grant, firstSync: FirstSync): Promise<Granted> {
    // Most grants are of new accounts. One statement saves these, and passes over all others.
    const accountId =
      (await this.connectNew(grant, firstSync)) ?? (await this.connectInSteps(grant, firstSync));
    firstSync.onSaved(grant.provider);
    return accountId;
  }

  /** The same. @returns the account's id */
  async connect(grant: Grant, firstSync: FirstSync): Promise<string> {
    return (await this.connectAs(grant, firstSync)).accountId;
  }

  private async connectNew(grant: Grant, firstSync: FirstSync): Promise<Granted | null> {
    const { provider, accountId, reconnectAccountId, linkId } = grant;
    if (this.policy.oneUserPerProviderAccount || reconnectAccountId !== null) return null;
    if (linkId !== null || accountId === null) return null;
    const part = await firstSync.partFor(provider);
    if (part === null) return null;
    let gathered = this.newAccounts.get(part);
    if (gathered === undefined) {
      const parts = [part, ...this.listeners.onGranted];
      gathered = new Gathered(this.dataSource, newAccountStatement(`account-${provider}`, parts));
      this.newAccounts.set(part, gathered);
    }
    return (await gathered.write(grant)) ? { accountId, outcome: 'connected' } : null;
  }

  private connectInSteps(grant: Grant, firstSync: FirstSync): Promise<Granted> {
    return this.dataSource.transaction(async (manager) => {
      if (grant.linkId !== null && !(await spendLink(manager, grant.linkId)))
        throw new IntegrationError('connect_link_ended');
      if (this.policy.oneUserPerProviderAccount) await refuseOtherUsers(manager, grant);
      await refuseMismatch(manager, grant);
      // The second step removes a row that is being disconnected.
      const granted =
        (await insertGrant(manager, this.cipher, grant)) ??
        (await updateGrant(manager, this.cipher, grant, this.listeners.onRemoving)) ??
        (await insertGrant(manager, this.cipher, grant));
      if (granted === null) throw new IntegrationError('no_refresh_token');
      const { accountId } = granted;
      await firstSync.inTransaction(manager, accountId);
      if (!(await this.attempts.finish(manager, grant.attemptId, accountId)))
        throw new IntegrationError('invalid_state', { reason: 'the attempt was ended elsewhere' });
      const { text, valuesOf } = savedAccountStatement(this.listeners.onGranted);
      await manager.query(text, [...valuesOf([{ ...grant, ...granted }])]);
      return granted;
    });
  }

  /**
   * The account if `userId` owns it. Null for an account of another user, an absent and a
   * disconnecting one alike.
   * @param userId null: any owner
   */
  async find(accountId: string, userId: string | null): Promise<ConnectedAccount | null> {
    const query = this.dataSource
      .getRepository(ConnectedAccount)
      .createQueryBuilder('account')
      .where('account.id = :accountId', { accountId })
      .andWhere(`account.status <> 'disconnecting'`);
    if (userId !== null) query.andWhere('account.userId = :userId', { userId });
    return query.getOne();
  }

  /** The provider of an account; null when the account is absent or being disconnected. */
  async providerOf(accountId: string): Promise<ProviderId | null> {
    const [row] = await rowsOf<{ provider: ProviderId }>(
      this.dataSource,
      `SELECT provider FROM connected_accounts WHERE id = $1 AND status <> 'disconnecting'`,
      [accountId],
    );
    return row?.provider ?? null;
  }

  /** A user's accounts, the oldest first, without those that are being disconnected. */
  async ofUser(userId: string): Promise<ConnectedAccount[]> {
    return this.dataSource.getRepository(ConnectedAccount).find({
      where: { userId, status: Not('disconnecting') },
      order: { connectedAt: 'ASC', id: 'ASC' },
    });
  }

  /**
   * Marks a grant that only the user can renew.
   * @param tokenVersion the tokens that failed; null: the stored ones
   * @returns false when the account was reconnected, marked or removed meanwhile
   */
  requireReauthorization(
    accountId: string,
    reason: StatusReason | null,
    tokenVersion: number | null,
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const [account] = await returnedBy<{ userId: string; provider: ProviderId }>(
        manager,
        `UPDATE connected_accounts
            SET status = 'reauthorization_required', status_reason = $2, updated_at = now()
          WHERE id = $1 AND status = 'connected' AND ($3::integer IS NULL OR token_version = $3)
          RETURNING user_id AS "userId", provider`,
        [accountId, reason, tokenVersion],
      );
      if (account === undefined) return false;
      await this.listeners.onReauthorizationRequired(manager, accountId);
      await recordAudit(manager, {
        action: 'account.reauthorization_required',
        by: BY_SYSTEM,
        accountId,
        ...account,
        details: { reason },
      });
      return true;
    });
  }
}

/** @throws IntegrationError `account_already_connected` */
async function refuseOtherUsers(
  manager: EntityManager,
  { provider, profile, userId }: Grant,
): Promise<void> {
  // Two users may connect the same account at the same moment: the second waits, then sees the
  // first.
  await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
    `${provider}:${profile.providerAccountId}`,
  ]);
  const others = await rowsOf(
    manager,
    `SELECT 1 FROM connected_accounts
      WHERE provider = $1 AND provider_account_id = $2 AND user_id <> $3
        AND status <> 'disconnecting' LIMIT 1`,
    [provider, profile.providerAccountId, userId],
  );
  if (others.length > 0) throw new IntegrationError('account_already_connected');
}

/** @throws IntegrationError `account_mismatch` */
async function refuseMismatch(
  manager: EntityManager,
  { reconnectAccountId, provider, profile, userId }: Grant,
): Promise<void> {
  if (reconnectAccountId === null) return;
  const [expected] = await rowsOf<{ provider: ProviderId; providerAccountId: string }>(
    manager,
    `SELECT provider, provider_account_id AS "providerAccountId"
       FROM connected_accounts WHERE id = $1 AND user_id = $2`,
    [reconnectAccountId, userId],
  );
  if (
    expected !== undefined &&
    (expected.provider !== provider || expected.providerAccountId !== profile.providerAccountId)
  )
    throw new IntegrationError('account_mismatch');
}
