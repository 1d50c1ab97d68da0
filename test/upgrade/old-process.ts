/** A process of version 0.1.0: its own statements, as that version sends them to PostgreSQL. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';

const DEAD_AFTER_MS = 90_000;

const QUEUE = `
  UPDATE connected_accounts
     SET sync_id = $2, sync_state = 'queued', sync_trigger = $3, sync_phase = NULL, sync_heartbeat_at = $4,
         sync_calendars_done = 0, sync_calendars_total = 0, sync_events_seen = 0, sync_again = NULL, next_sync_at = NULL
   WHERE id = $1 AND status = 'connected'
     AND NOT (sync_id IS NOT NULL AND (sync_state = 'queued'
              OR (sync_state = 'running' AND $3::text <> 'connect' AND sync_heartbeat_at >= $5)))
  RETURNING sync_not_before AS "notBefore"`;

const RUN_HOLDS = `WITH account AS MATERIALIZED (
  SELECT id FROM connected_accounts WHERE id = $1 AND sync_id = $2 AND status = 'connected' FOR KEY SHARE)`;

const TABLE = '"integrations"."connected_accounts"';

/** The row of an account with the names of version 0.1.0. */
export interface OldAccount {
  readonly id: string;
  readonly status: string;
  readonly sync_id: string | null;
  readonly sync_state: string;
  readonly sync_again: string | null;
  readonly sync_failures: number;
  readonly next_sync_at: Date | null;
  readonly [column: string]: unknown;
}

export class OldProcess {
  private readonly pool: pg.Pool;

  constructor(url: string) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: 6,
      statement_timeout: 5_000,
      idle_in_transaction_session_timeout: 10_000,
      options: '-c search_path=integrations,public',
    });
    this.pool.on('error', () => {});
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  async account(id: string): Promise<OldAccount | undefined> {
    return (await this.pool.query(`SELECT * FROM ${TABLE} WHERE "id" = $1`, [id])).rows[0];
  }

  async accounts(): Promise<OldAccount[]> {
    return (await this.pool.query(`SELECT * FROM ${TABLE} ORDER BY user_id, provider, id`)).rows;
  }

  /** Inserts an account that was just connected, as a callback does. */
  async insert(userId: string, provider = 'google'): Promise<string> {
    const id = randomUUID();
    await this.pool.query(
      `INSERT INTO connected_accounts (id, user_id, provider, provider_account_id, email, display_name, scopes, status,
                                       access_token, refresh_token, access_token_expires_at, connected_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'connected', $8, $9, $10, now(), now())
       ON CONFLICT (user_id, provider, provider_account_id) DO NOTHING RETURNING id`,
      [id, userId, provider, `of ${id}`, 'a@example.com', 'A', ['calendar'], 'a', 'r', new Date()],
    );
    return id;
  }

  /** Gives a known account a new grant, as a callback does, without its first sync. */
  async reconnect(id: string): Promise<void> {
    await this.pool.query(
      `UPDATE connected_accounts
          SET email = $2, display_name = $3, scopes = $4, status = 'connected', status_reason = NULL,
              access_token = $5, refresh_token = coalesce($6, refresh_token), access_token_expires_at = $7,
              token_version = token_version + 1, sync_failures = 0, updated_at = now()
        WHERE id = $1`,
      [id, 'a@example.com', 'A', ['calendar'], 'a', 'r', new Date()],
    );
  }

  /**
   * Queues a run or joins the one there is.
   *
   * @returns its id; null when the account cannot be synced
   */
  async queue(id: string, trigger = 'manual'): Promise<string | null> {
    return this.transaction(async (client) => {
      const fresh = randomUUID();
      const now = new Date();
      const { rows } = await client.query(QUEUE, [
        id,
        fresh,
        trigger,
        now,
        new Date(now.getTime() - DEAD_AFTER_MS),
      ]);
      if (rows.length > 0) return fresh;
      const found = await client.query(
        `SELECT * FROM ${TABLE} "ConnectedAccount" WHERE (("ConnectedAccount"."id" = $1)) LIMIT 1 FOR NO KEY UPDATE`,
        [id],
      );
      const account: OldAccount | undefined = found.rows[0];
      if (account?.status !== 'connected') return null;
      if (account.sync_state === 'running')
        await client.query(`UPDATE ${TABLE} SET "sync_again" = $1 WHERE "id" = $2`, [trigger, id]);
      return account.sync_id;
    });
  }

  begin(id: string, syncId: string): Promise<boolean> {
    const now = new Date();
    const run = [id, syncId, 'connected', 'queued', 'running'];
    return this.change(
      `UPDATE ${TABLE} SET "sync_state" = $1, "sync_phase" = $2, "sync_started_at" = $3, "sync_finished_at" = $4, "sync_heartbeat_at" = $5, "sync_calendars_done" = $6, "sync_calendars_total" = $7, "sync_events_seen" = $8, "sync_again" = $9 WHERE (("id" = $10 AND "sync_id" = $11 AND "status" = $12 AND "sync_state" IN ($13, $14) AND "sync_not_before" IS NULL) OR ("id" = $15 AND "sync_id" = $16 AND "status" = $17 AND "sync_state" IN ($18, $19) AND "sync_not_before" <= $20))`,
      ['running', 'calendars', now, null, now, 0, 0, 0, null, ...run, ...run, now],
    );
  }

  progress(id: string, syncId: string, eventsSeen: number): Promise<boolean> {
    return this.change(
      `UPDATE ${TABLE} SET "sync_phase" = $1, "sync_calendars_done" = $2, "sync_calendars_total" = $3, "sync_events_seen" = $4, "sync_heartbeat_at" = $5 WHERE ("id" = $6 AND "sync_id" = $7 AND "status" = $8)`,
      ['incremental', 0, 1, eventsSeen, new Date(), id, syncId, 'connected'],
    );
  }

  finish(id: string, syncId: string, nextSyncAt: Date): Promise<boolean> {
    const now = new Date();
    return this.change(
      `UPDATE ${TABLE} SET "sync_state" = $1, "sync_phase" = $2, "sync_finished_at" = $3, "sync_error_code" = $4, "next_sync_at" = CASE WHEN "sync_again" IS NULL THEN '${nextSyncAt.toISOString()}'::timestamptz ELSE '${now.toISOString()}'::timestamptz END, "sync_not_before" = $5, "sync_failures" = 0, "last_synced_at" = $6 WHERE ("id" = $7 AND "sync_id" = $8 AND "status" = $9)`,
      ['idle', null, now, null, null, now, id, syncId, 'connected'],
    );
  }

  fail(id: string, syncId: string, nextSyncAt: Date): Promise<boolean> {
    return this.change(
      `UPDATE ${TABLE} SET "sync_phase" = $1, "sync_finished_at" = $2, "sync_error_code" = $3, "sync_failures" = "sync_failures" + 1, "sync_state" = $4, "next_sync_at" = $5, "sync_not_before" = $6 WHERE ("id" = $7 AND "sync_id" = $8 AND "status" = $9)`,
      [null, new Date(), 'throttled', 'backoff', nextSyncAt, nextSyncAt, id, syncId, 'connected'],
    );
  }

  async due(limit = 200): Promise<string[]> {
    const { rows } = await this.pool.query(
      `SELECT "ConnectedAccount"."id" AS "id" FROM ${TABLE} "ConnectedAccount" WHERE (("ConnectedAccount"."status" = $1) AND ("ConnectedAccount"."next_sync_at" <= $2) AND (NOT("ConnectedAccount"."sync_state" IN ($3, $4)))) ORDER BY "ConnectedAccount"."next_sync_at" ASC LIMIT ${limit}`,
      ['connected', new Date(), 'queued', 'running'],
    );
    return rows.map(({ id }) => id);
  }

  async requireReauthorization(id: string): Promise<boolean> {
    return this.change(
      `UPDATE connected_accounts SET status = 'reauthorization_required', status_reason = $2, next_sync_at = NULL, updated_at = now()
        WHERE id = $1 AND status = 'connected' AND ($3::integer IS NULL OR token_version = $3)`,
      [id, 'revoked', null],
    );
  }

  markLeaving(id: string): Promise<boolean> {
    return this.change(
      `UPDATE connected_accounts
          SET status = 'disconnecting', sync_id = NULL, next_sync_at = NULL, token_version = token_version + 1, updated_at = now()
        WHERE id = $1 AND ($2::text IS NULL OR user_id = $2) AND status <> 'disconnecting'
        RETURNING id, user_id, provider, provider_account_id, refresh_token`,
      [id, null],
    );
  }

  remove(id: string): Promise<boolean> {
    return this.change(
      `DELETE FROM connected_accounts WHERE id = $1 AND status = 'disconnecting'`,
      [id],
    );
  }

  /** Saves a page: the guard, then what `write` does. False when the run may not write. */
  savePage(id: string, syncId: string, write: () => Promise<void> = async () => {}) {
    return this.transaction(async (client) => {
      const { rows } = await client.query(`${RUN_HOLDS} SELECT id FROM account`, [id, syncId]);
      if (rows.length === 0) return false;
      await write();
      await client.query('UPDATE calendars SET partly_read = false WHERE account_id = $1', [id]);
      return true;
    });
  }

  private async change(statement: string, parameters: unknown[]): Promise<boolean> {
    return (await this.pool.query(statement, parameters)).rowCount === 1;
  }

  private async transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      await client.query('START TRANSACTION');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  }
}
