// The states of a push channel: pending, then active, at last retired until it is stopped.

import type { DataSource } from 'typeorm';
import { isConnected, lockConnected } from '../accounts/account-conditions.js';
import { isSelected } from '../calendars/calendar-conditions.js';
import { rowsOf } from '../database/rows.js';
import type { ErrorCode } from '../errors.js';
import { canBeClaimed } from './channel-sql.js';

/** A request to the provider that is about to be sent. */
export interface ChannelClaim {
  readonly id: string;
  readonly accountId: string;
  readonly calendarId: string;
  readonly address: string;
  readonly secretHash: Buffer;
  readonly at: Date;
}

/** What the provider agreed to, and when we ask for more. */
export interface ChannelTerms {
  readonly resourceId: string;
  readonly expiresAt: Date;
  readonly renewAt: Date;
}

/**
 * Writes the states of a channel. Every method that names a state changes nothing when the channel
 * has left it.
 */
export class ChannelStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Records a request before it is sent.
   * @returns failures in a row before it; null when another request is running, or when the
   * calendar is not selected or the account not connected any more
   */
  async claim(claim: ChannelClaim): Promise<{ failures: number } | null> {
    // An INSERT with RETURNING, so its rows come as those of a SELECT.
    const rows = await rowsOf<{ failures: number }>(
      this.dataSource,
      `INSERT INTO push_channels AS p (id, account_id, calendar_id, address, secret_hash, state,
                                       attempted_at)
       SELECT $1, $2::uuid, $3::uuid, $4, $5, 'pending', $6
        WHERE ${isConnected('$2')} AND ${isSelected('$3')}
       ON CONFLICT (calendar_id) WHERE state IN ('pending', 'failed', 'unsupported') DO UPDATE
         SET id = EXCLUDED.id, address = EXCLUDED.address, secret_hash = EXCLUDED.secret_hash,
             state = 'pending', resource_id = NULL, attempted_at = EXCLUDED.attempted_at,
             burst_started_at = NULL, burst_count = 0
         WHERE ${canBeClaimed('p', '$6')}
       RETURNING failures`,
      [claim.id, claim.accountId, claim.calendarId, claim.address, claim.secretHash, claim.at],
    );
    return rows[0] ?? null;
  }

  /**
   * The provider agreed: the channel is active, and the one before it is retired.
   * @returns false when the channel is not wanted any more and must be stopped
   */
  activate(accountId: string, id: string, terms: ChannelTerms): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      // The lock decides a race with a disconnect. Either it waits for this transaction and then
      // finds the channel, or it came first and the channel is not activated.
      const [channel] = await rowsOf<{ calendarId: string }>(
        manager,
        `WITH account AS MATERIALIZED (${lockConnected('$2')})
         SELECT p.calendar_id AS "calendarId"
           FROM push_channels p JOIN account ON account.id = p.account_id
          WHERE p.id = $1 AND p.state = 'pending' AND ${isSelected('p.calendar_id')}
            FOR UPDATE OF p`,
        [id, accountId],
      );
      if (channel === undefined) return false;
      await manager.query(
        `UPDATE push_channels SET state = 'retired', retry_at = NULL, failures = 0
          WHERE calendar_id = $1 AND state = 'active'`,
        [channel.calendarId],
      );
      await manager.query(
        `UPDATE push_channels
            SET state = 'active', resource_id = $2, expires_at = $3, renew_at = $4, retry_at = NULL,
                failures = 0, error_code = NULL
          WHERE id = $1`,
        [id, terms.resourceId, terms.expiresAt, terms.renewAt],
      );
      return true;
    });
  }

  /** The provider cannot watch this calendar. It is not asked again. */
  async markUnsupported(id: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET state = 'unsupported', failures = 0, error_code = NULL
        WHERE id = $1 AND state = 'pending'`,
      [id],
    );
  }

  /** The provider refused or did not respond. It is asked again at `retryAt`. */
  async markFailed(id: string, code: ErrorCode, retryAt: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels
          SET state = 'failed', failures = failures + 1, error_code = $2, retry_at = $3
        WHERE id = $1 AND state = 'pending'`,
      [id, code, retryAt],
    );
  }

  /** The provider agreed at `at` to a later end. */
  async markRenewed(id: string, terms: ChannelTerms, at: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels
          SET resource_id = $2, expires_at = $3, renew_at = $4, attempted_at = $5, failures = 0,
              error_code = NULL
        WHERE id = $1 AND state = 'active'`,
      [id, terms.resourceId, terms.expiresAt, terms.renewAt, at],
    );
  }

  /**
   * A renewal failed at `at`. The channel stays as it is, and renewal is requested again at
   * `retryAt`.
   */
  async markNotRenewed(id: string, code: ErrorCode, retryAt: Date, at: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels
          SET failures = failures + 1, error_code = $2, renew_at = $3, attempted_at = $4
        WHERE id = $1 AND state = 'active'`,
      [id, code, retryAt, at],
    );
  }

  /** The channel is due for renewal at `now`. */
  async renewNow(id: string, now: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET renew_at = $2 WHERE id = $1 AND state = 'active'`,
      [id, now],
    );
  }

  /** Deletes the row of a channel that no longer exists at the provider. */
  async delete(id: string): Promise<void> {
    await this.dataSource.query(`DELETE FROM push_channels WHERE id = $1`, [id]);
  }

  /** Every channel of the account is to be stopped: push is not set up any more. */
  async retireAll(accountId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET state = 'retired', retry_at = NULL
        WHERE account_id = $1 AND state <> 'retired'`,
      [accountId],
    );
  }

  /**
   * The channels of the account whose calendar is deleted or not selected any more are to be
   * stopped.
   */
  async retireUnwanted(accountId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels p SET state = 'retired', retry_at = NULL
        WHERE account_id = $1 AND state <> 'retired' AND NOT ${isSelected('p.calendar_id')}`,
      [accountId],
    );
  }

  /** Deletes retired channels that the provider never made, or that have expired. */
  async deleteEnded(accountId: string, now: Date): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM push_channels
        WHERE account_id = $1 AND state = 'retired' AND (resource_id IS NULL OR expires_at <= $2)`,
      [accountId, now],
    );
  }

  /** Stopping failed. It is tried again at `retryAt`. */
  async markNotStopped(id: string, retryAt: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET failures = failures + 1, retry_at = $2
        WHERE id = $1 AND state = 'retired'`,
      [id, retryAt],
    );
  }
}
