// A live access token: refreshed five minutes early or once on a 401, by exactly one process at a time; the others adopt
// its result. The only reader of stored tokens besides disconnecting.

import type { DataSource, QueryRunner } from 'typeorm';
import { IntegrationError, needsUser, ProviderError, statusReasonOf } from '../errors.js';
import type { ProviderId, TokenSet } from '../vocabulary.js';
import type { AccountStore } from './account-store.js';
import { placeOfToken, type TokenCipher } from './token-cipher.js';

const EARLY_MS = 5 * 60_000;
const PERSIST_TRIES = 3;

/** Asks the provider for new tokens. @throws ProviderError */
export type RefreshTokens = (provider: ProviderId, refreshToken: string) => Promise<TokenSet>;

interface LiveToken {
  readonly accessToken: string;
  readonly version: number;
}

interface TokenRow {
  id: string;
  user_id: string;
  provider: string;
  status: string;
  access_token: string;
  refresh_token: string;
  access_token_expires_at: Date;
  token_version: number;
}

export class AccessTokens {
  /** One refresh per account and process at a time: the database lock is for the other processes. */
  private readonly refreshing = new Map<string, Promise<LiveToken>>();

  /**
   * @param dataSource for short reads
   * @param lockSource a pool of its own, so that a provider that hangs while the lock is held never starves the requests
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
   * Runs `call` with a live token; if the provider rejects the token, refreshes once and runs it once more.
   * @throws IntegrationError `reauthorization_required` and `token_unreadable` (the account is marked), `account_not_found`,
   * `token_key_missing`, or whatever the provider's failure was
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
      // A token minted this moment is refused too: the grant is worth nothing any more.
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
   * Runs `call` once for an account that is being disconnected: with the token it had last or, where that has expired, with
   * one that is not kept. @throws IntegrationError `account_not_found`, or whatever the provider's failure was
   */
  async useLast<T>(accountId: string, call: (accessToken: string) => Promise<T>): Promise<T> {
    const [row] = (await this.dataSource.query(
      `SELECT id, user_id, provider, access_token, refresh_token, access_token_expires_at
         FROM connected_accounts WHERE id = $1 AND status = 'disconnecting'`,
      [accountId],
    )) as TokenRow[];
    if (row === undefined) throw new IntegrationError('account_not_found');
    const opened = (field: 'access_token' | 'refresh_token') =>
      this.cipher.open(row[field], placeOfToken(row.id, field, row.user_id));
    const isLive = row.access_token_expires_at.getTime() > this.now().getTime();
    return call(
      isLive
        ? opened('access_token')
        : (await this.refreshTokens(row.provider, opened('refresh_token'))).accessToken,
    );
  }

  /** @param rejected the version of the token that the provider refused; null when it is only a matter of time */
  private async live(accountId: string, rejected: number | null): Promise<LiveToken> {
    const row = await this.read(this.dataSource, accountId);
    const isLive = row.access_token_expires_at.getTime() - this.now().getTime() >= EARLY_MS;
    if (isLive && row.token_version !== rejected) return this.open(row);
    // By version: a refresh of older tokens may end in the very ones that were refused.
    const key = `${accountId} ${row.token_version}`;
    const running = this.refreshing.get(key);
    if (running !== undefined) return running;
    const refresh = this.refresh(accountId, row.token_version).finally(() =>
      this.refreshing.delete(key),
    );
    this.refreshing.set(key, refresh);
    return refresh;
  }

  /** Replaces the tokens of `version`, unless somebody else has done it first. */
  private async refresh(accountId: string, version: number): Promise<LiveToken> {
    const queryRunner = this.lockSource.createQueryRunner();
    try {
      await queryRunner.startTransaction();
      // Not the account's row: whoever reconnects, disconnects or syncs it must not have to wait for its provider.
      await queryRunner.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `refresh ${accountId}`,
      ]);
      const row = await this.read(queryRunner, accountId);
      if (row.token_version === version) {
        const tokens = await this.askProvider(row);
        if (tokens !== null && (await this.persist(queryRunner, row, tokens)))
          return { accessToken: tokens.accessToken, version: version + 1 };
      }
    } finally {
      if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => {});
      await queryRunner.release().catch(() => {});
    }
    // Another process was first, or the user has reconnected or left while the provider took its time: what is kept holds.
    return this.open(await this.read(this.dataSource, accountId));
  }

  /** Null when the grant is dead but no longer the account's. */
  private async askProvider(row: TokenRow): Promise<TokenSet | null> {
    try {
      return await this.refreshTokens(
        row.provider,
        this.cipher.open(row.refresh_token, placeOfToken(row.id, 'refresh_token', row.user_id)),
      );
    } catch (error) {
      if ((await this.markIfUsersToMend(row, error)) === 'mended meanwhile') return null;
      throw error;
    }
  }

  /** Marks the account where only the user can mend it; what the operator or time mends leaves it as it is. */
  private async markIfUsersToMend(
    row: TokenRow,
    error: unknown,
  ): Promise<'marked' | 'mended meanwhile' | 'not theirs'> {
    if (!(error instanceof IntegrationError) || !needsUser(error.code)) return 'not theirs';
    const marked = await this.accounts.requireReauthorization(
      row.id,
      statusReasonOf(error),
      row.token_version,
    );
    return marked ? 'marked' : 'mended meanwhile';
  }

  /**
   * The rotated refresh token travels in the same statement. Lost connections are tried again, guarded by the version.
   * @returns false when the account has other tokens by now
   */
  private async persist(
    queryRunner: QueryRunner,
    row: TokenRow,
    tokens: TokenSet,
  ): Promise<boolean> {
    const statement = `UPDATE connected_accounts
        SET access_token = $3, refresh_token = coalesce($4, refresh_token), access_token_expires_at = $5,
            token_version = token_version + 1, updated_at = now()
      WHERE id = $1 AND token_version = $2`;
    const values = [
      row.id,
      row.token_version,
      this.cipher.seal(tokens.accessToken, placeOfToken(row.id, 'access_token', row.user_id)),
      tokens.refreshToken === null
        ? null
        : this.cipher.seal(tokens.refreshToken, placeOfToken(row.id, 'refresh_token', row.user_id)),
      tokens.expiresAt,
    ];
    try {
      const [, changed] = (await queryRunner.query(statement, values)) as [unknown, number];
      await queryRunner.commitTransaction();
      return changed === 1;
    } catch (error) {
      if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => {});
      for (let attempt = 1; attempt < PERSIST_TRIES; attempt += 1) {
        try {
          const [, changed] = (await this.dataSource.query(statement, values)) as [unknown, number];
          return changed === 1;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 200 * attempt));
        }
      }
      throw error;
    }
  }

  private async open(row: TokenRow): Promise<LiveToken> {
    try {
      return {
        accessToken: this.cipher.open(
          row.access_token,
          placeOfToken(row.id, 'access_token', row.user_id),
        ),
        version: row.token_version,
      };
    } catch (error) {
      await this.markIfUsersToMend(row, error);
      throw error;
    }
  }

  private async read(source: DataSource | QueryRunner, accountId: string): Promise<TokenRow> {
    const [row] = (await source.query(
      `SELECT id, user_id, provider, status, access_token, refresh_token, access_token_expires_at, token_version
         FROM connected_accounts WHERE id = $1 AND status <> 'disconnecting'`,
      [accountId],
    )) as TokenRow[];
    if (row === undefined) throw new IntegrationError('account_not_found');
    if (row.status !== 'connected')
      throw new IntegrationError('reauthorization_required', {
        reason: 'the account waits for its user',
      });
    return row;
  }
}
