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

/** What is known of the notices before one, and with it. */
export interface CountedNotice {
  /** The minute in which notices of the channel are counted, and how many they are. */
  readonly startedAt: Date;
  readonly count: number;
  /** When the last notice before came to any channel of the account; null when none did. */
  readonly lastBefore: Date | null;
}

const COUNT = `
  UPDATE push_channels p
     SET last_notified_at = $3,
         burst_count = $2::integer
           + CASE WHEN burst_started_at > $3::timestamptz - interval '1 minute'
                  THEN burst_count ELSE 0 END,
         burst_started_at =
           CASE WHEN burst_started_at > $3::timestamptz - interval '1 minute'
                THEN burst_started_at ELSE $3 END
   WHERE id = $1 RETURNING burst_started_at AS "startedAt", burst_count AS count,
     (SELECT max(one.last_notified_at) FROM push_channels one
       WHERE one.account_id = p.account_id) AS "lastBefore"`;

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
   * @returns null when the channel is gone
   */
  async count(
    manager: EntityManager,
    id: string,
    count: number,
    now: Date,
  ): Promise<CountedNotice | null> {
    const [counted] = await returnedBy<CountedNotice>(manager, COUNT, [id, count, now]);
    return counted ?? null;
  }

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }
}
