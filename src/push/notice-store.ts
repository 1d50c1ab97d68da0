// What is read and written of a channel when a notice of it arrives.

import type { DataSource, EntityManager } from 'typeorm';
import { providerOf } from '../accounts/account-conditions.js';
import { isSelected } from '../calendars/calendar-conditions.js';
import { returnedBy, rowsOf } from '../database/rows.js';
import type { ProviderId } from '../vocabulary.js';
import type { ChannelState } from './channel.js';

/** What a notice is verified against. */
export interface KnownChannel {
  readonly id: string;
  readonly accountId: string;
  readonly secretHash: Buffer;
  /** `retired` also where the calendar is deleted or not selected any more. */
  readonly state: ChannelState;
  readonly resourceId: string | null;
}

/** A minute in which notices of a channel are counted. */
export interface NoticeMinute {
  readonly startedAt: Date;
  readonly count: number;
}

const COUNT = `
  UPDATE push_channels
     SET last_notified_at = $3,
         burst_count = $2::integer
           + CASE WHEN burst_started_at > $3::timestamptz - interval '1 minute'
                  THEN burst_count ELSE 0 END,
         burst_started_at =
           CASE WHEN burst_started_at > $3::timestamptz - interval '1 minute'
                THEN burst_started_at ELSE $3 END
   WHERE id = $1 RETURNING burst_started_at AS "startedAt", burst_count AS count`;

export class NoticeStore {
  constructor(private readonly dataSource: DataSource) {}

  /** The channels with these ids whose account is at `provider`. */
  find(provider: ProviderId, ids: readonly string[]): Promise<KnownChannel[]> {
    return rowsOf<KnownChannel>(
      this.dataSource,
      `SELECT p.id, p.account_id AS "accountId", p.secret_hash AS "secretHash",
              p.resource_id AS "resourceId",
              CASE WHEN ${isSelected('p.calendar_id')} THEN p.state ELSE 'retired' END AS state
         FROM push_channels p
        WHERE p.id = ANY($2::uuid[]) AND ${providerOf('p.account_id')} = $1`,
      [provider, ids],
    );
  }

  /**
   * Saves the provider's id of the channel. A first notice can bring it before the response to our
   * request does.
   */
  async saveResource(id: string, resourceId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET resource_id = $2 WHERE id = $1 AND resource_id IS NULL`,
      [id, resourceId],
    );
  }

  /**
   * Adds to the count of a channel's notices in the current minute.
   * @returns that minute; null when the channel is gone
   */
  async count(
    manager: EntityManager,
    id: string,
    count: number,
    now: Date,
  ): Promise<NoticeMinute | null> {
    const [minute] = await returnedBy<NoticeMinute>(manager, COUNT, [id, count, now]);
    return minute ?? null;
  }

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }
}
