// The statements that begin a consent attempt and keep its tokens, for many attempts at once.

import { composeStatement } from '../database/statement-parts.js';
import type { TokenSet } from '../vocabulary.js';
import type { AttemptStatus } from './consent-attempt.js';
import type { OpenAttempt } from './consent-attempt-store.js';

/** What is written of an attempt that begins. */
export interface StartedAttempt extends OpenAttempt {
  readonly stateHash: string;
}

/** What is written of an attempt whose code was exchanged. */
export interface ExchangedAttempt extends Omit<TokenSet, 'expiresAt'> {
  readonly attempt: OpenAttempt;
  readonly expiresAt: Date;
}

/**
 * SELECT: the attempt of `given.key`, locked, if it has this status. A plan that is kept may be made
 * while there are few attempts, so nothing in it may lead to a scan of all, or of all open ones: it
 * looks for one row, and the status is not compared by `=`.
 */
export const attemptById = (status: AttemptStatus): string =>
  `SELECT * FROM authorization_attempts
    WHERE id = given.key AND status IS NOT DISTINCT FROM '${status}' LIMIT 1 FOR UPDATE`;

/**
 * Inserts attempts. This and the next statement do not wait for the disk. They protect against the
 * death of this process, which they survive. If PostgreSQL itself dies within the second, the user
 * begins again. The statement that saves the account does wait.
 */
export const START = composeStatement<StartedAttempt>({
  name: 'attempt-start',
  waitsForDisk: false,
  keyOf: ({ id }) => id,
  parts: [
    {
      columns: {
        state_hash: 'text',
        user_id: 'text',
        provider: 'text',
        reconnect_account_id: 'uuid',
        link_id: 'uuid',
        account_id: 'uuid',
        access: 'text',
      },
      values: ({ stateHash, userId, provider, reconnectAccountId, linkId, accountId, access }) => ({
        state_hash: stateHash,
        user_id: userId,
        provider,
        reconnect_account_id: reconnectAccountId,
        link_id: linkId,
        account_id: accountId,
        access,
      }),
      steps: {},
    },
  ],
  result: `
    INSERT INTO authorization_attempts
           (id, state_hash, user_id, provider, reconnect_account_id, link_id, account_id, access,
            status)
    SELECT key, state_hash, user_id, provider, reconnect_account_id, link_id, account_id, access,
           'started'
      FROM given ON CONFLICT (state_hash) DO NOTHING RETURNING id AS key`,
});

/** Keeps the sealed tokens of an attempt. */
export const KEEP = composeStatement<ExchangedAttempt>({
  name: 'attempt-keep',
  waitsForDisk: false,
  keyOf: ({ attempt }) => attempt.id,
  parts: [
    {
      columns: {
        access_token: 'text',
        refresh_token: 'text',
        expires_at: 'timestamptz',
        scope: 'text',
      },
      values: ({ accessToken, refreshToken, expiresAt, scope }) => ({
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_at: expiresAt,
        scope,
      }),
      steps: {
        started: `
          SELECT given.* FROM given CROSS JOIN LATERAL (${attemptById('started')}) AS attempt`,
      },
    },
  ],
  result: `
    UPDATE authorization_attempts attempt
       SET status = 'exchanged', access_token = started.access_token,
           refresh_token = started.refresh_token, access_token_expires_at = started.expires_at,
           scope = started.scope, updated_at = now()
      FROM started WHERE attempt.id = started.key
    RETURNING attempt.id AS key`,
});
