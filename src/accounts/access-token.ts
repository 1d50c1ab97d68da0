// A live access token: refreshed five minutes early or once on a 401, by exactly one process at a time (row lock); the
// others adopt its result. The only reader of stored tokens besides disconnecting.

import type { DataSource, QueryRunner } from 'typeorm';
import { IntegrationError, ProviderError } from '../errors.js';
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
   * @param lockSource a pool of its own, so that a provider that hangs while a row is locked never starves the requests
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
   * @throws IntegrationError `reauthorization_required` (the account is marked), `account_not_found`, `token_key_missing`,
   * or whatever the provider's failure was
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
        await this.accounts.requireReauthorization(accountId, error.statusReason ?? 'revoked', second.version);
      throw error;
    }
  }

  /** @param rejected the version of the token that the provider refused; null when it is only a matter of time */
  private async live(accountId: string, rejected: number | null): Promise<LiveToken> {
    const row = await this.read(this.dataSource, accountId, '');
    if (!this.needsRefresh(row, rejected)) return this.open(row);
    const running = this.refreshing.get(accountId);
    if (running !== undefined) return running;
    const refresh = this.refresh(accountId, rejected).finally(() => this.refreshing.delete(accountId));
    this.refreshing.set(accountId, refresh);
    return refresh;
  }

  private needsRefresh(row: TokenRow, rejected: number | null): boolean {
    return rejected === row.token_version || row.access_token_expires_at.getTime() - this.now().getTime() < EARLY_MS;
  }

  private async refresh(accountId: string, rejected: number | null): Promise<LiveToken> {
    const queryRunner = this.lockSource.createQueryRunner();
    try {
      await queryRunner.startTransaction();
      const row = await this.read(queryRunner, accountId, 'FOR NO KEY UPDATE');
      if (!this.needsRefresh(row, rejected)) {
        await queryRunner.commitTransaction();
        return this.open(row); // another process was first
      }
      const tokens = await this.askProvider(queryRunner, row);
      const live = { accessToken: tokens.accessToken, version: row.token_version + 1 };
      await this.persist(queryRunner, row, tokens);
      return live;
    } catch (error) {
      if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => {});
      throw error;
    } finally {
      await queryRunner.release().catch(() => {});
    }
  }

  private async askProvider(queryRunner: QueryRunner, row: TokenRow): Promise<TokenSet> {
    try {
      return await this.refreshTokens(
        row.provider,
        this.cipher.open(row.refresh_token, placeOfToken(row.id, 'refresh_token', row.user_id)),
      );
    } catch (error) {
      // Only the user can mend these; what the operator or time mends leaves the account as it is.
      if (
        error instanceof IntegrationError &&
        (error.code === 'reauthorization_required' ||
          error.code === 'admin_consent_required' ||
          error.code === 'token_unreadable')
      ) {
        if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => {});
        const reason =
          error.code === 'admin_consent_required'
            ? error.code
            : error instanceof ProviderError
              ? error.statusReason
              : null;
        await this.accounts.requireReauthorization(row.id, reason, row.token_version);
      }
      throw error;
    }
  }

  /** The rotated refresh token travels in the same statement. Lost connections are tried again, guarded by the version. */
  private async persist(queryRunner: QueryRunner, row: TokenRow, tokens: TokenSet): Promise<void> {
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
      await queryRunner.query(statement, values);
      await queryRunner.commitTransaction();
      return;
    } catch (error) {
      if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => {});
      for (let attempt = 1; attempt < PERSIST_TRIES; attempt += 1) {
        try {
          await this.dataSource.query(statement, values);
          return;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 200 * attempt));
        }
      }
      throw error;
    }
  }

  private open(row: TokenRow): LiveToken {
    return {
      accessToken: this.cipher.open(row.access_token, placeOfToken(row.id, 'access_token', row.user_id)),
      version: row.token_version,
    };
  }

  private async read(
    source: DataSource | QueryRunner,
    accountId: string,
    lock: '' | 'FOR NO KEY UPDATE',
  ): Promise<TokenRow> {
    const [row] = (await source.query(
      `SELECT id, user_id, provider, status, access_token, refresh_token, access_token_expires_at, token_version
         FROM connected_accounts WHERE id = $1 AND status <> 'disconnecting' ${lock}`,
      [accountId],
    )) as TokenRow[];
    if (row === undefined) throw new IntegrationError('account_not_found');
    if (row.status !== 'connected')
      throw new IntegrationError('reauthorization_required', { reason: 'the account waits for its user' });
    return row;
  }
}
