// The rows that hold tokens: how they are read, and how refreshed tokens are saved.

import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { changedBy, rowsOf, type Sql } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { Access, AccountStatus, ProviderId, TokenSet } from '../vocabulary.js';
import { placeOfToken, type TokenCipher } from './token-cipher.js';

const SAVE_TRIES = 3;
const SAVE_PAUSE_MS = 200;

/** The tokens of an account, sealed, with what decides how they are refreshed. */
export interface TokenRow {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly status: AccountStatus;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: Date;
  readonly version: number;
  /** The calendar scopes of the grant. */
  readonly scopes: readonly string[];
  readonly access: Access;
  /** The client id that the grant was given to; null where that is not known. */
  readonly clientId: string | null;
}

const SELECT_ROW = `SELECT id, user_id AS "userId", provider, status, access_token AS "accessToken",
         refresh_token AS "refreshToken", access_token_expires_at AS "expiresAt",
         token_version AS version, scopes, access, client_id AS "clientId"
    FROM connected_accounts`;

/** Guarded by the version. The rotated refresh token is saved in the same statement. */
const SAVE_TOKENS = `UPDATE connected_accounts
     SET access_token = $3, refresh_token = coalesce($4, refresh_token),
         access_token_expires_at = $5, client_id = $6, token_version = token_version + 1,
         updated_at = now()
   WHERE id = $1 AND token_version = $2`;

/**
 * The tokens of a connected account.
 * @throws IntegrationError `account_not_found`, `reauthorization_required`
 */
export async function readTokens(sql: Sql, accountId: string): Promise<TokenRow> {
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

/**
 * The tokens of an account that is being disconnected.
 * @throws IntegrationError `account_not_found`
 */
export async function readLastTokens(sql: Sql, accountId: string): Promise<TokenRow> {
  const [row] = await rowsOf<TokenRow>(
    sql,
    `${SELECT_ROW} WHERE id = $1 AND status = 'disconnecting'`,
    [accountId],
  );
  if (row === undefined) throw new IntegrationError('account_not_found');
  return row;
}

/** @throws IntegrationError `token_unreadable`, `token_key_missing` */
export function openAccessToken(
  cipher: TokenCipher,
  { id, userId, accessToken }: Pick<TokenRow, 'id' | 'userId' | 'accessToken'>,
): string {
  return cipher.open(accessToken, placeOfToken(id, 'access_token', userId));
}

/** @throws IntegrationError `token_unreadable`, `token_key_missing` */
export function openRefreshToken(
  cipher: TokenCipher,
  { id, userId, refreshToken }: TokenRow,
): string {
  return cipher.open(refreshToken, placeOfToken(id, 'refresh_token', userId));
}

/** Saves refreshed tokens. */
export class TokenWriter {
  /** @param dataSource for further tries, when the connection of the first one is lost */
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: TokenCipher,
  ) {}

  /**
   * Saves new tokens in the transaction of `queryRunner` and commits it, again where the connection
   * is lost.
   * @param clientId the client id that refreshed them
   * @returns false when the account has other tokens by now
   */
  async save(
    queryRunner: QueryRunner,
    { id, userId, version }: TokenRow,
    { accessToken, refreshToken, expiresAt }: TokenSet,
    clientId: string | null,
  ): Promise<boolean> {
    const seal = (token: string, column: 'access_token' | 'refresh_token') =>
      this.cipher.seal(token, placeOfToken(id, column, userId));
    const values = [
      id,
      version,
      seal(accessToken, 'access_token'),
      refreshToken === null ? null : seal(refreshToken, 'refresh_token'),
      expiresAt,
      clientId,
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
}
