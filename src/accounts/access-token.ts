// Live access tokens. A token is refreshed five minutes before it ends, or once after a 401, by one
// process at a time; the others use its result. Beside disconnecting, this is the only code that
// opens stored tokens.

import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { changedBy, rowsOf, type Sql } from '../database/rows.js';
import { IntegrationError, needsUser, ProviderError, statusReasonOf } from '../errors.js';
import type { AccountStatus, ProviderId, TokenSet } from '../vocabulary.js';
import type { AccountStore } from './account-store.js';
import { placeOfToken, type TokenCipher } from './token-cipher.js';

/** A token that ends sooner than this (milliseconds) is refreshed. */
const EARLY_MS = 5 * 60_000;
const SAVE_TRIES = 3;
const SAVE_PAUSE_MS = 200;

/** Asks the provider for new tokens. @throws ProviderError */
export type RefreshTokens = (provider: ProviderId, refreshToken: string) => Promise<TokenSet>;

interface LiveToken {
  readonly accessToken: string;
  readonly version: number;
}

interface TokenRow {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly status: AccountStatus;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: Date;
  readonly version: number;
}

const SELECT_ROW = `SELECT id, user_id AS "userId", provider, status, access_token AS "accessToken",
         refresh_token AS "refreshToken", access_token_expires_at AS "expiresAt",
         token_version AS version
    FROM connected_accounts`;

/** Guarded by the version. The rotated refresh token is saved in the same statement. */
const SAVE_TOKENS = `UPDATE connected_accounts
     SET access_token = $3, refresh_token = coalesce($4, refresh_token),
         access_token_expires_at = $5, token_version = token_version + 1, updated_at = now()
   WHERE id = $1 AND token_version = $2`;

export class AccessTokens {
  /**
   * One refresh per account and process at a time. The database lock is for the other processes.
   */
  private readonly refreshing = new Map<string, Promise<LiveToken>>();

  /**
   * @param dataSource for short reads
   * @param lockSource a pool of its own: a provider that does not respond while the lock is held
   * must not stop requests
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly lockSource: DataSource,
    private readonly cipher: TokenCipher,
    private readonly accounts: Pick<AccountStore, 'requireReauthorization'>,
    private readonly refreshTokens: RefreshTokens,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /**
   * Runs `call` with a live token. If the provider rejects the token, refreshes it and runs `call`
   * once more.
   * @throws IntegrationError `reauthorization_required` and `token_unreadable` (the account is
   * marked), `account_not_found`, `token_key_missing`; ProviderError when the provider failed
   */
  async use<T>(accountId: string, call: (accessToken: string) => Promise<T>): Promise<T> {
    const first = await this.live(accountId, null);
    try {
      return await call(first.accessToken);
    } catch (error) {
      if (!(error instanceof ProviderError && error.accessTokenRejected)) throw error;
    }
    const second = await this.live(accountId, first.version);
    try {
      return await call(second.accessToken);
    } catch (error) {
      // The provider rejects even a new token, so the grant no longer works.
      if (error instanceof ProviderError && error.accessTokenRejected)
        await this.accounts.requireReauthorization(
          accountId,
          error.statusReason ?? 'revoked',
          second.version,
        );
      throw error;
    }
  }

  /**
   * Runs `call` once for an account that is being disconnected, with its last token. Where that has
   * expired, a new token is requested and not saved.
   * @throws IntegrationError `account_not_found`; ProviderError when the provider failed
   */
  async useLast<T>(accountId: string, call: (accessToken: string) => Promise<T>): Promise<T> {
    const [row] = await rowsOf<TokenRow>(
      this.dataSource,
      `${SELECT_ROW} WHERE id = $1 AND status = 'disconnecting'`,
      [accountId],
    );
    if (row === undefined) throw new IntegrationError('account_not_found');
    if (row.expiresAt > this.now()) return call(this.openAccessToken(row));
    const { accessToken } = await this.refreshTokens(row.provider, this.openRefreshToken(row));
    return call(accessToken);
  }

  /** @param rejected the version of the token that the provider rejected; null: none was */
  private async live(accountId: string, rejected: number | null): Promise<LiveToken> {
    const row = await this.read(this.dataSource, accountId);
    const isLive = row.expiresAt.getTime() - this.now().getTime() >= EARLY_MS;
    if (isLive && row.version !== rejected) return this.open(row);
    // By version: a running refresh of older tokens may end with the token that was rejected.
    const key = `${accountId} ${row.version}`;
    const running = this.refreshing.get(key);
    if (running !== undefined) return running;
    const refresh = this.refresh(accountId, row.version).finally(() => this.refreshing.delete(key));
    this.refreshing.set(key, refresh);
    return refresh;
  }

  /** Replaces the tokens of `version`, unless another process did. */
  private async refresh(accountId: string, version: number): Promise<LiveToken> {
    const queryRunner = this.lockSource.createQueryRunner();
    try {
      await queryRunner.startTransaction();
      // Not a lock of the row: reconnecting, disconnecting and syncing must not wait for the
      // provider.
      await queryRunner.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `refresh ${accountId}`,
      ]);
      const row = await this.read(queryRunner, accountId);
      if (row.version === version) {
        const tokens = await this.askProvider(row);
        if (tokens !== null && (await this.save(queryRunner, row, tokens)))
          return { accessToken: tokens.accessToken, version: version + 1 };
      }
    } finally {
      if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => {});
      await queryRunner.release().catch(() => {});
    }
    // Another process was first, or the user reconnected or disconnected meanwhile: the stored
    // tokens count.
    return this.open(await this.read(this.dataSource, accountId));
  }

  /** Null when the grant no longer works, and the account has another one by now. */
  private async askProvider(row: TokenRow): Promise<TokenSet | null> {
    try {
      return await this.refreshTokens(row.provider, this.openRefreshToken(row));
    } catch (error) {
      if ((await this.markIfUserMustFix(row, error)) === 'changed meanwhile') return null;
      throw error;
    }
  }

  /**
   * Marks the account where only the user can fix the failure. Other failures leave it as it is.
   */
  private async markIfUserMustFix(
    row: TokenRow,
    error: unknown,
  ): Promise<'marked' | 'changed meanwhile' | 'not for the user'> {
    if (!(error instanceof IntegrationError) || !needsUser(error.code)) return 'not for the user';
    const reason = statusReasonOf(error);
    const marked = await this.accounts.requireReauthorization(row.id, reason, row.version);
    return marked ? 'marked' : 'changed meanwhile';
  }

  /**
   * Saves new tokens, again where the connection is lost. @returns false when the account has other
   * tokens by now
   */
  private async save(
    queryRunner: QueryRunner,
    { id, userId, version }: TokenRow,
    { accessToken, refreshToken, expiresAt }: TokenSet,
  ): Promise<boolean> {
    const seal = (token: string, column: 'access_token' | 'refresh_token') =>
      this.cipher.seal(token, placeOfToken(id, column, userId));
    const values = [
      id,
      version,
      seal(accessToken, 'access_token'),
      refreshToken === null ? null : seal(refreshToken, 'refresh_token'),
      expiresAt,
    ];
    try {
      const changed = await changedBy(queryRunner, SAVE_TOKENS, values);
      await queryRunner.commitTransaction();
      return changed === 1;
    } catch (error) {
      if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => {});
      return this.saveAgain(values, error);
    }
  }

  /** @throws `first`, the error of the first try, when the others fail too */
  private async saveAgain(values: readonly unknown[], first: unknown): Promise<boolean> {
    for (let tries = 1; tries < SAVE_TRIES; tries += 1) {
      try {
        return (await changedBy(this.dataSource, SAVE_TOKENS, values)) === 1;
      } catch {
        await delay(SAVE_PAUSE_MS * tries);
      }
    }
    throw first;
  }

  private async open(row: TokenRow): Promise<LiveToken> {
    try {
      return { accessToken: this.openAccessToken(row), version: row.version };
    } catch (error) {
      await this.markIfUserMustFix(row, error);
      throw error;
    }
  }

  private openAccessToken({ id, userId, accessToken }: TokenRow): string {
    return this.cipher.open(accessToken, placeOfToken(id, 'access_token', userId));
  }

  private openRefreshToken({ id, userId, refreshToken }: TokenRow): string {
    return this.cipher.open(refreshToken, placeOfToken(id, 'refresh_token', userId));
  }

  private async read(sql: Sql, accountId: string): Promise<TokenRow> {
    const [row] = await rowsOf<TokenRow>(
      sql,
      `${SELECT_ROW} WHERE id = $1 AND status <> 'disconnecting'`,
      [accountId],
    );
    if (row === undefined) throw new IntegrationError('account_not_found');
    if (row.status !== 'connected')
      throw new IntegrationError('reauthorization_required', {
        reason: 'the account waits for its user',
      });
    return row;
  }
}
