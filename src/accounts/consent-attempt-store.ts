// Authorization attempts: the durable side of a callback. A state can be tried once, and tokens are on disk before they can be lost.

import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { type ErrorCode, IntegrationError } from '../errors.js';
import type { ProviderId, TokenSet } from '../vocabulary.js';
import type { SealedPlace, TokenCipher } from './token-cipher.js';

export interface OpenAttempt {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderId;
  readonly reconnectAccountId: string | null;
}

const UNIQUE_VIOLATION = '23505';

/**
 * Not waiting for the disk: what these statements guard against is the death of this process, which they survive. Should
 * PostgreSQL itself die within the second, the user begins again; the transaction that keeps the account does wait.
 */
const UNHURRIED = `WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;

export class ConsentAttemptStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: TokenCipher,
  ) {}

  /** @throws IntegrationError `invalid_state` when this state was tried before, whatever the state store remembers */
  async start(stateHash: string, request: Omit<OpenAttempt, 'id'>): Promise<OpenAttempt> {
    const id = randomUUID();
    try {
      await this.dataSource.query(
        `${UNHURRIED}
         INSERT INTO authorization_attempts (id, state_hash, user_id, provider, reconnect_account_id, status)
         SELECT $1::uuid, $2, $3, $4, $5::uuid, 'started' FROM unhurried`,
        [id, stateHash, request.userId, request.provider, request.reconnectAccountId],
      );
    } catch (error) {
      if ((error as { driverError?: { code?: string } }).driverError?.code === UNIQUE_VIOLATION)
        throw new IntegrationError('invalid_state', {
          reason: 'replayed: this state was tried before',
        });
      throw error;
    }
    return { id, ...request };
  }

  /** Seals the tokens onto the attempt, before anything else is asked of the provider. */
  async keepTokens(attempt: OpenAttempt, tokens: TokenSet): Promise<void> {
    await this.dataSource.query(
      `${UNHURRIED}
       UPDATE authorization_attempts
          SET status = 'exchanged', access_token = $2, refresh_token = $3, access_token_expires_at = $4, scope = $5, updated_at = now()
         FROM unhurried
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

  /** Ends an attempt without an account and forgets its tokens. */
  async fail(attemptId: string, code: ErrorCode): Promise<void> {
    await this.dataSource.query(
      `UPDATE authorization_attempts
          SET status = 'failed', error_code = $2, access_token = NULL, refresh_token = NULL, updated_at = now()
        WHERE id = $1 AND status IN ('started', 'exchanged')`,
      [attemptId, code],
    );
  }

  /** Inside the transaction that keeps the account. False when somebody else has ended the attempt. */
  async finish(manager: EntityManager, attemptId: string, accountId: string): Promise<boolean> {
    const [, changed] = (await manager.query(
      `UPDATE authorization_attempts
          SET status = 'done', account_id = $2, access_token = NULL, refresh_token = NULL, updated_at = now()
        WHERE id = $1 AND status = 'exchanged'`,
      [attemptId, accountId],
    )) as [unknown, number];
    return changed === 1;
  }

  /**
   * Takes attempts that nobody has touched for `olderThanSeconds`: a process died in the middle of them. Each is given to
   * one caller, and again after as long.
   */
  async takeAbandoned(
    olderThanSeconds: number,
    limit: number,
  ): Promise<readonly { attempt: OpenAttempt; ageSeconds: number; tokens: TokenSet | null }[]> {
    const [rows] = (await this.dataSource.query(
      `UPDATE authorization_attempts SET updated_at = now()
        WHERE id IN (SELECT id FROM authorization_attempts
                      WHERE status IN ('started', 'exchanged') AND updated_at < now() - make_interval(secs => $1)
                      ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING *, extract(epoch FROM now() - created_at)::float AS age`,
      [olderThanSeconds, limit],
    )) as [Record<string, unknown>[], number];
    return rows.map((row) => {
      const attempt: OpenAttempt = {
        id: row['id'] as string,
        userId: row['user_id'] as string,
        provider: row['provider'] as string,
        reconnectAccountId: row['reconnect_account_id'] as string | null,
      };
      return {
        attempt,
        ageSeconds: row['age'] as number,
        tokens: row['status'] === 'exchanged' ? this.open(attempt, row) : null,
      };
    });
  }

  /** Attempts are a replay guard only as long as their state could come back; then they go. */
  async forgetOld(olderThanSeconds: number): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM authorization_attempts WHERE created_at < now() - make_interval(secs => $1)`,
      [olderThanSeconds],
    );
  }

  private open(attempt: OpenAttempt, row: Record<string, unknown>): TokenSet | null {
    const refreshToken = row['refresh_token'] as string | null;
    // One that does not open, for whatever reason, must not keep the others from their turn.
    try {
      return {
        accessToken: this.cipher.open(
          row['access_token'] as string,
          placeOf(attempt, 'access_token'),
        ),
        refreshToken:
          refreshToken === null
            ? null
            : this.cipher.open(refreshToken, placeOf(attempt, 'refresh_token')),
        expiresAt: row['access_token_expires_at'] as Date,
        scope: row['scope'] as string | null,
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
