// Attempts to complete a consent, in the database: a state is used once, and tokens are stored
// before they can be lost.

import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { changedBy, returnedBy } from '../database/rows.js';
import { type ErrorCode, IntegrationError } from '../errors.js';
import type { ProviderId, TokenSet } from '../vocabulary.js';
import type { AttemptStatus } from './consent-attempt.js';
import type { SealedPlace, TokenCipher } from './token-cipher.js';

export interface OpenAttempt {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderId;
  /** The account that the user reconnects; null where they connect a new one. */
  readonly reconnectAccountId: string | null;
}

/** An attempt that no process works on. */
export interface AbandonedAttempt {
  readonly attempt: OpenAttempt;
  readonly ageSeconds: number;
  /** Null where the code was not exchanged yet, or the tokens cannot be opened. */
  readonly tokens: TokenSet | null;
}

interface AttemptRow extends OpenAttempt {
  readonly status: AttemptStatus;
  readonly ageSeconds: number;
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  readonly expiresAt: Date | null;
  readonly scope: string | null;
}

const UNIQUE_VIOLATION = '23505';

/**
 * The statement does not wait for the disk. It protects against the death of this process, which it
 * survives. If PostgreSQL itself dies within the second, the user begins again. The transaction
 * that saves the account does wait.
 */
const WITHOUT_WAITING_FOR_DISK = `WITH without_waiting AS MATERIALIZED (
  SELECT set_config('synchronous_commit', 'off', true))`;

export class ConsentAttemptStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: TokenCipher,
  ) {}

  /**
   * @throws IntegrationError `invalid_state` when this state was used before, even if the state
   * store forgot it
   */
  async start(stateHash: string, request: Omit<OpenAttempt, 'id'>): Promise<OpenAttempt> {
    const id = randomUUID();
    try {
      await this.dataSource.query(
        `${WITHOUT_WAITING_FOR_DISK}
         INSERT INTO authorization_attempts
                (id, state_hash, user_id, provider, reconnect_account_id, status)
         SELECT $1::uuid, $2, $3, $4, $5::uuid, 'started' FROM without_waiting`,
        [id, stateHash, request.userId, request.provider, request.reconnectAccountId],
      );
    } catch (error) {
      if ((error as { driverError?: { code?: string } }).driverError?.code === UNIQUE_VIOLATION)
        throw new IntegrationError('invalid_state', {
          reason: 'replayed: this state was used before',
        });
      throw error;
    }
    return { id, ...request };
  }

  /** Saves the sealed tokens with the attempt, before another request goes to the provider. */
  async keepTokens(attempt: OpenAttempt, tokens: TokenSet): Promise<void> {
    await this.dataSource.query(
      `${WITHOUT_WAITING_FOR_DISK}
       UPDATE authorization_attempts
          SET status = 'exchanged', access_token = $2, refresh_token = $3,
              access_token_expires_at = $4, scope = $5, updated_at = now()
         FROM without_waiting
        WHERE id = $1 AND status = 'started'`,
      [
        attempt.id,
        this.cipher.seal(tokens.accessToken, placeOf(attempt, 'access_token')),
        tokens.refreshToken === null
          ? null
          : this.cipher.seal(tokens.refreshToken, placeOf(attempt, 'refresh_token')),
        tokens.expiresAt,
        tokens.scope,
      ],
    );
  }

  /** Ends an attempt without an account, and deletes its tokens. */
  async fail(attemptId: string, code: ErrorCode): Promise<void> {
    await this.dataSource.query(
      `UPDATE authorization_attempts
          SET status = 'failed', error_code = $2, access_token = NULL, refresh_token = NULL,
              updated_at = now()
        WHERE id = $1 AND status IN ('started', 'exchanged')`,
      [attemptId, code],
    );
  }

  /**
   * Ends an attempt in the transaction that saves the account. False when another process ended it.
   */
  async finish(manager: EntityManager, attemptId: string, accountId: string): Promise<boolean> {
    const changed = await changedBy(
      manager,
      `UPDATE authorization_attempts
          SET status = 'done', account_id = $2, access_token = NULL, refresh_token = NULL,
              updated_at = now()
        WHERE id = $1 AND status = 'exchanged'`,
      [attemptId, accountId],
    );
    return changed === 1;
  }

  /**
   * Takes attempts that nothing changed for `olderThanSeconds`: their process died. Each goes to
   * one caller, and after the same time again to another.
   */
  async takeAbandoned(
    olderThanSeconds: number,
    limit: number,
  ): Promise<readonly AbandonedAttempt[]> {
    const rows = await returnedBy<AttemptRow>(
      this.dataSource,
      `UPDATE authorization_attempts SET updated_at = now()
        WHERE id IN (SELECT id FROM authorization_attempts
                      WHERE status IN ('started', 'exchanged')
                        AND updated_at < now() - make_interval(secs => $1)
                      ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING id, user_id AS "userId", provider, status,
                  reconnect_account_id AS "reconnectAccountId", access_token AS "accessToken",
                  extract(epoch FROM now() - created_at)::float AS "ageSeconds",
                  refresh_token AS "refreshToken", access_token_expires_at AS "expiresAt", scope`,
      [olderThanSeconds, limit],
    );
    return rows.map((row) => {
      const { id, userId, provider, reconnectAccountId, ageSeconds } = row;
      const attempt: OpenAttempt = { id, userId, provider, reconnectAccountId };
      return { attempt, ageSeconds, tokens: this.open(attempt, row) };
    });
  }

  /** Deletes old attempts. They protect against replay only as long as their state can return. */
  async forgetOld(olderThanSeconds: number): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM authorization_attempts WHERE created_at < now() - make_interval(secs => $1)`,
      [olderThanSeconds],
    );
  }

  private open(
    attempt: OpenAttempt,
    { status, accessToken, refreshToken, expiresAt, scope }: AttemptRow,
  ): TokenSet | null {
    if (status !== 'exchanged' || accessToken === null || expiresAt === null) return null;
    // An attempt that cannot be opened must not stop the others.
    try {
      return {
        accessToken: this.cipher.open(accessToken, placeOf(attempt, 'access_token')),
        refreshToken:
          refreshToken === null
            ? null
            : this.cipher.open(refreshToken, placeOf(attempt, 'refresh_token')),
        expiresAt,
        scope,
      };
    } catch (error) {
      if (error instanceof IntegrationError) return null;
      throw error;
    }
  }
}

function placeOf(attempt: OpenAttempt, column: 'access_token' | 'refresh_token'): SealedPlace {
  return { table: 'authorization_attempts', rowId: attempt.id, column, userId: attempt.userId };
}
