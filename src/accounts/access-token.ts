// Live access tokens. A token is refreshed five minutes before it ends, or once after a refusal, by
// one process at a time; the others use its result. Beside disconnecting, this is the only code
// that opens stored tokens. What changes the status of an account: docs/model.md.

import type { DataSource } from 'typeorm';
import { IntegrationError, needsUser, ProviderError, statusReasonOf } from '../errors.js';
import type { Gate } from '../gate.js';
import type { LeasedToken } from '../host-types.js';
import type { ProviderId, TokenSet } from '../vocabulary.js';
import type { AccountStore } from './account-store.js';
import { ClientChange } from './client-change.js';
import type { GrantQuestions, LiveToken, SealedAccess, TokenPurpose } from './live-token.js';
import { RefusedUses } from './refused-uses.js';
import type { TokenCipher } from './token-cipher.js';
import {
  openAccessToken,
  openRefreshToken,
  readLastTokens,
  readTokens,
  type TokenRow,
  TokenWriter,
} from './token-rows.js';

/** A token that ends sooner than this (milliseconds) is refreshed. */
const EARLY_MS = 5 * 60_000;

export class AccessTokens {
  /** One for each account in a process. The database lock is for the other processes. */
  private readonly refreshing = new Map<string, Promise<LiveToken>>();
  private readonly refused: RefusedUses;
  private readonly writer: TokenWriter;
  private readonly clients: ClientChange;

  /**
   * @param dataSource for short reads
   * @param lockSource a pool of its own: a provider that does not respond while the lock is held
   * must not stop requests
   * @param gateOf lets a provider hold its share of the connections of `lockSource`
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly lockSource: DataSource,
    private readonly cipher: TokenCipher,
    private readonly accounts: Pick<AccountStore, 'requireReauthorization'>,
    private readonly grants: GrantQuestions,
    private readonly gateOf: (provider: ProviderId) => Gate,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.writer = new TokenWriter(dataSource, cipher);
    this.refused = new RefusedUses(now);
    this.clients = new ClientChange(dataSource, grants.clientIdOf, now);
  }

  /**
   * Runs `call` with a live token. If the provider refuses the token or its scopes, refreshes it
   * and runs `call` once more. A second refusal proves nothing about the grant, which was refreshed
   * just now: it is the failure of this call alone, unless the new token lacks a scope of the
   * grant.
   * @param known the token of a connected account, where it was read a moment ago
   * @throws IntegrationError `reauthorization_required` and `token_unreadable` (the account is
   * marked), `account_not_found`, `token_key_missing`; ProviderError when the provider failed
   */
  async use<T>(
    accountId: string,
    call: (accessToken: string) => Promise<T>,
    purpose: TokenPurpose = 'calendar',
    known: SealedAccess | null = null,
  ): Promise<T> {
    const use = `${purpose} ${accountId}`;
    const first = this.openKnown(known) ?? (await this.live(accountId, null));
    try {
      return await call(first.accessToken);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (purpose !== 'list' && this.refused.has(use)) throw unproven(error);
    }
    const second = await this.live(accountId, first.version);
    try {
      return await call(second.accessToken);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (second.lacking.length > 0) throw await this.markMissingScopes(accountId, second);
      this.refused.note(use);
      throw unproven(error);
    }
  }

  /**
   * A token that lives for at least `minimumSeconds`, refreshed first when less is left. A provider
   * may give one that lives for less.
   * @throws IntegrationError as `use` does; ProviderError when the provider failed
   */
  async lease(accountId: string, minimumSeconds: number): Promise<LeasedToken> {
    const { accessToken, expiresAt, scopes } = await this.live(
      accountId,
      null,
      minimumSeconds * 1_000,
    );
    return { accessToken, expiresAt, scopes };
  }

  /**
   * Runs `call` once for an account that is being disconnected, with its last token. Where that has
   * expired, a new token is requested and not saved.
   * @throws IntegrationError `account_not_found`; ProviderError when the provider failed
   */
  async useLast<T>(accountId: string, call: (accessToken: string) => Promise<T>): Promise<T> {
    const row = await readLastTokens(this.dataSource, accountId);
    if (row.expiresAt > this.now()) return call(openAccessToken(this.cipher, row));
    const refreshToken = openRefreshToken(this.cipher, row);
    const { accessToken } = await this.grants.refresh(row.provider, refreshToken, row.access);
    return call(accessToken);
  }

  /**
   * @param rejected the version of the token that the provider refused; null: none was
   * @param leftMs milliseconds that it has to live
   */
  private async live(
    accountId: string,
    rejected: number | null,
    leftMs = EARLY_MS,
  ): Promise<LiveToken> {
    const row = await readTokens(this.dataSource, accountId);
    if (this.livesFor(row, leftMs) && row.version !== rejected) return this.open(row);
    // By version: a running refresh of older tokens may end with the token that was refused.
    const key = `${accountId} ${row.version}`;
    const running = this.refreshing.get(key);
    if (running !== undefined) return running;
    const refresh = this.gateOf(row.provider)(() => this.refresh(accountId, row.version)).finally(
      () => this.refreshing.delete(key),
    );
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
      const row = await readTokens(queryRunner, accountId);
      if (row.version === version) {
        const tokens = await this.askProvider(row);
        const clientId = this.clients.currentId(row.provider);
        if (tokens !== null && (await this.writer.save(queryRunner, row, tokens, clientId)))
          return {
            accessToken: tokens.accessToken,
            expiresAt: tokens.expiresAt,
            scopes: row.scopes,
            version: version + 1,
            lacking: this.grants.lacking(row.provider, tokens.scope, row.scopes),
          };
      }
    } finally {
      if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction().catch(() => {});
      await queryRunner.release().catch(() => {});
    }
    // Another process was first, or the user reconnected or disconnected meanwhile: the stored
    // tokens count.
    return this.open(await readTokens(this.dataSource, accountId));
  }

  /** Null when the grant no longer works, and the account has another one by now. */
  private async askProvider(row: TokenRow): Promise<TokenSet | null> {
    try {
      const refreshToken = openRefreshToken(this.cipher, row);
      return await this.grants.refresh(row.provider, refreshToken, row.access);
    } catch (error) {
      const failure = await this.clients.judge(row, error);
      if ((await this.markIfUserMustFix(row, failure)) === 'changed meanwhile') return null;
      throw failure;
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

  private async markMissingScopes(
    accountId: string,
    { version, lacking }: LiveToken,
  ): Promise<ProviderError> {
    await this.accounts.requireReauthorization(accountId, 'missing_scopes', version);
    return new ProviderError('reauthorization_required', {
      reason: `a new token lacks ${lacking.join(' ')}`,
      statusReason: 'missing_scopes',
    });
  }

  /** Null where it has to be read again: it ends soon, or cannot be opened. */
  private openKnown(known: SealedAccess | null): LiveToken | null {
    if (known === null || !this.livesFor(known, EARLY_MS)) return null;
    try {
      return this.opened(known);
    } catch {
      return null;
    }
  }

  private livesFor({ expiresAt }: Pick<SealedAccess, 'expiresAt'>, leftMs: number): boolean {
    return expiresAt.getTime() - this.now().getTime() >= leftMs;
  }

  private opened(row: SealedAccess): LiveToken {
    const accessToken = openAccessToken(this.cipher, row);
    const { version, expiresAt, scopes } = row;
    return { accessToken, version, expiresAt, scopes, lacking: [] };
  }

  private async open(row: TokenRow): Promise<LiveToken> {
    try {
      return this.opened(row);
    } catch (error) {
      await this.markIfUserMustFix(row, error);
      throw error;
    }
  }
}

/** Whether the provider refused the token, or says that a scope is missing. */
function isRefusal(error: unknown): error is ProviderError {
  return (
    error instanceof ProviderError &&
    (error.accessTokenRejected || error.statusReason === 'missing_scopes')
  );
}

/** The failure of one call, while the grant works. */
function unproven(error: ProviderError): ProviderError {
  return new ProviderError('provider_error', {
    reason: `${error.reason ?? error.code}, also with a new token`,
    retryAfterSeconds: error.retryAfterSeconds,
    cause: error,
  });
}
