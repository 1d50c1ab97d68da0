// Attempts to complete a consent, in the database: a state is used once, and tokens are stored
// before they can be lost.

import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { Gathered } from '../database/gathered.js';
import { changedBy, returnedBy } from '../database/rows.js';
import { type ErrorCode, IntegrationError } from '../errors.js';
import type { Access, ProviderId, TokenSet } from '../vocabulary.js';
import { type ExchangedAttempt, KEEP, START, type StartedAttempt } from './attempt-statements.js';
import type { AttemptStatus } from './consent-attempt.js';
import { placeOfToken, type SealedPlace, type TokenCipher } from './token-cipher.js';

export interface OpenAttempt {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderId;
  /** The account that the user reconnects; null where they connect a new one. */
  readonly reconnectAccountId: string | null;
  /** The connect link with which it began; null where the user began it. */
  readonly linkId: string | null;
  /** The requested access. */
  readonly access: Access;
  /**
   * The id of the account, if it is a new one: its tokens are sealed for it. Null for an attempt of
   * version 0.1.0.
   */
  readonly accountId: string | null;
}

/** An attempt that no process works on. */
export interface AbandonedAttempt {
  readonly attempt: OpenAttempt;
  readonly ageSeconds: number;
  /** Null where the code was not exchanged yet, or the tokens cannot be opened. */
  readonly tokens: TokenSet | null;
}

/** A grant that has not become an account. */
export interface HeldGrant {
  readonly provider: ProviderId;
  readonly tokens: TokenSet;
}

interface AttemptRow extends OpenAttempt {
  readonly status: AttemptStatus;
  readonly ageSeconds: number;
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  readonly expiresAt: Date | null;
  readonly scope: string | null;
}

export class ConsentAttemptStore {
  private readonly starting: Gathered<StartedAttempt>;
  private readonly keeping: Gathered<ExchangedAttempt>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: TokenCipher,
  ) {
    this.starting = new Gathered(dataSource, START);
    this.keeping = new Gathered(dataSource, KEEP);
  }

  /**
   * @throws IntegrationError `invalid_state` when this state was used before, even if the state
   * store forgot it
   */
  async start(
    stateHash: string,
    request: Omit<OpenAttempt, 'id' | 'accountId'>,
  ): Promise<OpenAttempt> {
    const accountId = request.reconnectAccountId ?? randomUUID();
    const attempt = { ...request, id: randomUUID(), accountId };
    if (!(await this.starting.write({ ...attempt, stateHash })))
      throw new IntegrationError('invalid_state', {
        reason: 'replayed: this state was used before',
      });
    return attempt;
  }

  /** Saves the sealed tokens with the attempt, before another request goes to the provider. */
  async keepTokens(attempt: OpenAttempt, tokens: TokenSet): Promise<void> {
    const { accessToken, refreshToken, expiresAt, scope } = tokens;
    const seal = (token: string, column: TokenColumn) =>
      this.cipher.seal(token, placeOf(attempt, column));
    await this.keeping.write({
      attempt,
      accessToken: seal(accessToken, 'access_token'),
      refreshToken: refreshToken === null ? null : seal(refreshToken, 'refresh_token'),
      expiresAt,
      scope,
    });
  }

  /** Ends an attempt without an account, and deletes its tokens. */
  async fail(attemptId: string, code: ErrorCode): Promise<void> {
    await this.dataSource.query(
      `UPDATE authorization_attempts
          SET status = 'failed', error_code = $2, account_id = NULL, access_token = NULL,
              refresh_token = NULL, updated_at = now()
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
   * Takes attempts that nothing changed for `olderThanSeconds`, at most `limit` of each provider:
   * their process died. Each goes to one caller, and after the same time again to another.
   */
  async takeAbandoned(
    olderThanSeconds: number,
    limit: number,
  ): Promise<readonly AbandonedAttempt[]> {
    const rows = await returnedBy<AttemptRow>(
      this.dataSource,
      `UPDATE authorization_attempts SET updated_at = now()
        WHERE id IN (
          SELECT abandoned.id
            FROM (SELECT DISTINCT provider FROM authorization_attempts
                   WHERE status IN ('started', 'exchanged')) AS one,
                 LATERAL (SELECT id FROM authorization_attempts
                           WHERE provider = one.provider AND status IN ('started', 'exchanged')
                             AND updated_at < now() - make_interval(secs => $1)
                           ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS abandoned)
        RETURNING id, user_id AS "userId", provider, status, access,
                  reconnect_account_id AS "reconnectAccountId", account_id AS "accountId",
                  link_id AS "linkId",
                  access_token AS "accessToken",
                  extract(epoch FROM now() - created_at)::float AS "ageSeconds",
                  refresh_token AS "refreshToken", access_token_expires_at AS "expiresAt", scope`,
      [olderThanSeconds, limit],
    );
    return rows.map((row) => {
      const { id, userId, provider, reconnectAccountId, linkId, accountId, access, ageSeconds } =
        row;
      const attempt = { id, userId, provider, reconnectAccountId, linkId, accountId, access };
      return { attempt, ageSeconds, tokens: this.open(attempt, row) };
    });
  }

  /**
   * Deletes the attempts of a user. An attempt that is completed at this moment ends without an
   * account.
   * @returns the grants that they hold
   */
  async deleteOf(manager: EntityManager, userId: string): Promise<readonly HeldGrant[]> {
    const rows = await returnedBy<AttemptRow>(
      manager,
      `DELETE FROM authorization_attempts WHERE user_id = $1
        RETURNING id, user_id AS "userId", provider, status, account_id AS "accountId",
                  access_token AS "accessToken", refresh_token AS "refreshToken",
                  access_token_expires_at AS "expiresAt", scope`,
      [userId],
    );
    return rows.flatMap((row) => {
      const tokens = this.open(row, row);
      return tokens === null ? [] : [{ provider: row.provider, tokens }];
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
    attempt: AttemptPlace,
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

type AttemptPlace = Pick<OpenAttempt, 'id' | 'userId' | 'accountId'>;
type TokenColumn = 'access_token' | 'refresh_token';

/** Version 0.1.0 seals tokens for the attempt, and seals them again for the account. */
function placeOf({ id, userId, accountId }: AttemptPlace, column: TokenColumn): SealedPlace {
  return accountId === null
    ? { table: 'authorization_attempts', rowId: id, column, userId }
    : placeOfToken(accountId, column, userId);
}
