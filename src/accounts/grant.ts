// What the user gave, and how it becomes the row of an account.

import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { DoneBy } from '../audit/audit-words.js';
import { rowsOf } from '../database/rows.js';
import type { Access, AccountStatus, Profile, ProviderId, TokenSet } from '../vocabulary.js';
import type { WithinTransaction } from './account-listeners.js';
import type { ConnectOutcome } from './new-account.js';
import { placeOfToken, type TokenCipher } from './token-cipher.js';

export interface Grant {
  readonly attemptId: string;
  /** The id of the account, if it is a new one. Null for an attempt of version 0.1.0. */
  readonly accountId: string | null;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly profile: Profile;
  readonly tokens: TokenSet;
  readonly scopes: readonly string[];
  /** What the scopes allow. */
  readonly access: Access;
  /** The client id of this service that the user gave it to. */
  readonly clientId: string;
  /** The account that the user wants to reconnect; null: any account. */
  readonly reconnectAccountId: string | null;
  /** The connect link with which it was given; null where the user began. */
  readonly linkId: string | null;
  /** Whether it comes from another product. Absent: the user gave it here. */
  readonly isImported?: boolean;
  /** Who connects it, for the audit trail. */
  readonly by: DoneBy;
}

/** The account that has a grant now. */
export interface Granted {
  readonly accountId: string;
  readonly outcome: ConnectOutcome;
}

/**
 * Inserts the account. @returns null where such an account exists, or the grant has no refresh
 * token
 */
export async function insertGrant(
  manager: EntityManager,
  cipher: TokenCipher,
  { userId, provider, profile, tokens, scopes, access, clientId }: Grant,
): Promise<Granted | null> {
  if (tokens.refreshToken === null) return null;
  const id = randomUUID();
  const sealed = sealTokens(cipher, id, userId, tokens);
  const inserted = await rowsOf(
    manager,
    `INSERT INTO connected_accounts
            (id, user_id, provider, provider_account_id, email, display_name, scopes, status,
             access_token, refresh_token, access_token_expires_at, client_id, access, connected_at,
             updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'connected', $8, $9, $10, $11, $12, now(), now())
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
      clientId,
      access,
    ],
  );
  return inserted.length > 0 ? { accountId: id, outcome: 'connected' } : null;
}

/**
 * Gives the account of the grant's user its new tokens. An account that is being disconnected is
 * removed instead, after `onRemoving`: it does not come back, and the grant begins a new one.
 * @returns null where there is none any more
 */
export async function updateGrant(
  manager: EntityManager,
  cipher: TokenCipher,
  { userId, provider, profile, tokens, scopes, access, clientId }: Grant,
  onRemoving: WithinTransaction,
): Promise<Granted | null> {
  const [row] = await rowsOf<{ id: string; status: AccountStatus }>(
    manager,
    `SELECT id, status FROM connected_accounts
      WHERE user_id = $1 AND provider = $2 AND provider_account_id = $3 FOR NO KEY UPDATE`,
    [userId, provider, profile.providerAccountId],
  );
  if (row === undefined) return null;
  if (row.status === 'disconnecting') {
    await onRemoving(manager, row.id);
    await manager.query(`DELETE FROM connected_accounts WHERE id = $1`, [row.id]);
    return null;
  }
  const sealed = sealTokens(cipher, row.id, userId, tokens);
  await manager.query(
    `UPDATE connected_accounts
        SET email = $2, display_name = $3, scopes = $4, status = 'connected', status_reason = NULL,
            access_token = $5, refresh_token = coalesce($6, refresh_token),
            access_token_expires_at = $7, client_id = coalesce($8, client_id), access = $9,
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
      // Without a new refresh token the stored one goes on, and it may be another client's.
      tokens.refreshToken === null ? null : clientId,
      access,
    ],
  );
  return {
    accountId: row.id,
    outcome: row.status === 'connected' ? 'reconnected' : 'recovered',
  };
}

function sealTokens(
  cipher: TokenCipher,
  accountId: string,
  userId: string,
  { accessToken, refreshToken }: TokenSet,
): { accessToken: string; refreshToken: string | null } {
  const seal = (token: string, column: 'access_token' | 'refresh_token') =>
    cipher.seal(token, placeOfToken(accountId, column, userId));
  return {
    accessToken: seal(accessToken, 'access_token'),
    refreshToken: refreshToken === null ? null : seal(refreshToken, 'refresh_token'),
  };
}
