// Push channels as rows: claimed before the provider is asked, active once it has agreed, retired until it has been told to stop.

import type { DataSource, EntityManager } from 'typeorm';
import type { ErrorCode } from '../errors.js';
import type { ProviderId } from '../vocabulary.js';
import type { ChannelState } from './channel.js';

/** A calendar that is to be watched, or watched for longer. */
export interface CalendarToWatch {
  readonly calendarId: string;
  readonly providerCalendarId: string;
  /** What is in force, and may be prolonged; null when a new channel has to be made. */
  readonly current: {
    readonly id: string;
    readonly resourceId: string;
    readonly failures: number;
  } | null;
}

/** A channel that the provider may still keep. */
export interface KeptChannel {
  readonly id: string;
  readonly resourceId: string;
  readonly failures: number;
}

/** An attempt about to be made. */
export interface ChannelClaim {
  readonly id: string;
  readonly accountId: string;
  readonly calendarId: string;
  readonly address: string;
  readonly secretHash: Buffer;
  readonly at: Date;
}

/** What it takes to judge a notice. */
export interface KnownChannel {
  readonly id: string;
  readonly accountId: string;
  readonly secretHash: Buffer;
  readonly state: ChannelState;
  readonly resourceId: string | null;
}

/** After so long without an outcome, whoever made an attempt is taken for dead. */
const FORGOTTEN_AFTER = `interval '2 minutes'`;

export class ChannelStore {
  constructor(private readonly dataSource: DataSource) {}

  /** The account's provider while it is connected; else null. */
  async providerOf(accountId: string): Promise<ProviderId | null> {
    const [row]: { provider: string }[] = await this.dataSource.query(
      `SELECT provider FROM connected_accounts WHERE id = $1 AND status = 'connected'`,
      [accountId],
    );
    return row?.provider ?? null;
  }

  /** The account's selected calendars that have been read and want a channel, another one, or theirs for longer. */
  async toWatch(accountId: string, address: string, now: Date): Promise<CalendarToWatch[]> {
    const rows: {
      calendar_id: string;
      provider_calendar_id: string;
      id: string;
      resource_id: string;
      failures: number;
    }[] = await this.dataSource.query(
      `SELECT c.id AS calendar_id, c.provider_calendar_id, a.id, a.resource_id, a.failures
           FROM calendars c
           JOIN connected_accounts account ON account.id = c.account_id AND account.status = 'connected'
           LEFT JOIN push_channels a ON a.calendar_id = c.id AND a.state = 'active' AND a.expires_at > $2 AND a.address = $3
           LEFT JOIN push_channels p ON p.calendar_id = c.id AND p.state IN ('pending', 'failed', 'unsupported')
          WHERE c.account_id = $1 AND c.selected AND c.last_synced_at IS NOT NULL
                -- What was made with a grant that has been given anew may have died with the old one.
            AND (a.id IS NULL OR a.renew_at <= $2 OR (account.sync_trigger = 'connect' AND a.attempted_at < account.sync_started_at))
            AND (p.id IS NULL OR ${mayBeTaken('p', '$2')})
          ORDER BY c.is_primary DESC, c.id`,
      [accountId, now, address],
    );
    return rows.map(({ calendar_id, provider_calendar_id, id, resource_id, failures }) => ({
      calendarId: calendar_id,
      providerCalendarId: provider_calendar_id,
      current: id === null ? null : { id, resourceId: resource_id, failures },
    }));
  }

  /** Notes an attempt before it is made. Null when another is under way, or the calendar or its account are not wanted any more. */
  async claim({
    id,
    accountId,
    calendarId,
    address,
    secretHash,
    at,
  }: ChannelClaim): Promise<{ failures: number } | null> {
    const rows: { failures: number }[] = await this.dataSource.query(
      `INSERT INTO push_channels AS p (id, account_id, calendar_id, address, secret_hash, state, attempted_at)
       SELECT $1, a.id, c.id, $4, $5, 'pending', $6
         FROM calendars c JOIN connected_accounts a ON a.id = c.account_id
        WHERE c.id = $3 AND a.id = $2 AND a.status = 'connected' AND c.selected
       ON CONFLICT (calendar_id) WHERE state IN ('pending', 'failed', 'unsupported') DO UPDATE
         SET id = EXCLUDED.id, address = EXCLUDED.address, secret_hash = EXCLUDED.secret_hash, state = 'pending',
             resource_id = NULL, attempted_at = EXCLUDED.attempted_at, burst_started_at = NULL, burst_count = 0
         WHERE ${mayBeTaken('p', '$6')}
       RETURNING failures`,
      [id, accountId, calendarId, address, secretHash, at],
    );
    return rows[0] ?? null;
  }

  /** The provider has agreed; the channel before it is retired. False when nobody wants it any more: it is to be stopped. */
  activate(
    id: string,
    opened: { resourceId: string; expiresAt: Date; renewAt: Date },
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      // Whoever disconnects waits for this, and then finds the channel; or was first, and it is not activated.
      const wanted: { calendar_id: string }[] = await manager.query(
        `SELECT p.calendar_id FROM push_channels p JOIN connected_accounts a ON a.id = p.account_id
          WHERE p.id = $1 AND p.state = 'pending' AND p.calendar_id IS NOT NULL AND a.status = 'connected'
            FOR SHARE OF a FOR UPDATE OF p`,
        [id],
      );
      if (wanted[0] === undefined) return false;
      await manager.query(
        `UPDATE push_channels SET state = 'retired', retry_at = NULL, failures = 0 WHERE calendar_id = $1 AND state = 'active'`,
        [wanted[0].calendar_id],
      );
      await manager.query(
        `UPDATE push_channels
            SET state = 'active', resource_id = $2, expires_at = $3, renew_at = $4, retry_at = NULL, failures = 0, error_code = NULL
          WHERE id = $1`,
        [id, opened.resourceId, opened.expiresAt, opened.renewAt],
      );
      return true;
    });
  }

  /** This calendar is never to be asked for again. */
  async unsupported(id: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET state = 'unsupported', failures = 0, error_code = NULL WHERE id = $1 AND state = 'pending'`,
      [id],
    );
  }

  /** The attempt is made again at `retryAt`. */
  async failed(id: string, code: ErrorCode, retryAt: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET state = 'failed', failures = failures + 1, error_code = $2, retry_at = $3
        WHERE id = $1 AND state = 'pending'`,
      [id, code, retryAt],
    );
  }

  async prolonged(
    id: string,
    opened: { resourceId: string; expiresAt: Date; renewAt: Date },
    at: Date,
  ): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET resource_id = $2, expires_at = $3, renew_at = $4, attempted_at = $5, failures = 0, error_code = NULL
        WHERE id = $1 AND state = 'active'`,
      [id, opened.resourceId, opened.expiresAt, opened.renewAt, at],
    );
  }

  /** It goes on as it is, and is asked for again at `retryAt`. */
  async notProlonged(id: string, code: ErrorCode, retryAt: Date, at: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET failures = failures + 1, error_code = $2, renew_at = $3, attempted_at = $4
        WHERE id = $1 AND state = 'active'`,
      [id, code, retryAt, at],
    );
  }

  /** The channel is to be renewed at once. */
  async renewNow(id: string, now: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET renew_at = $2 WHERE id = $1 AND state = 'active'`,
      [id, now],
    );
  }

  /** Nothing of it is left at the provider. */
  async forget(id: string): Promise<void> {
    await this.dataSource.query(`DELETE FROM push_channels WHERE id = $1`, [id]);
  }

  /** Push is not wanted for the account any more: every channel is to be stopped. */
  async retireAll(accountId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET state = 'retired', retry_at = NULL WHERE account_id = $1 AND state <> 'retired'`,
      [accountId],
    );
  }

  /** Retires what watches no calendar any more, and forgets what has ended by itself. @returns what is to be stopped now */
  async toStop(accountId: string, now: Date): Promise<KeptChannel[]> {
    await this.dataSource.query(
      `UPDATE push_channels p SET state = 'retired', retry_at = NULL
        WHERE account_id = $1 AND state <> 'retired'
          AND NOT EXISTS (SELECT FROM calendars c WHERE c.id = p.calendar_id AND c.selected)`,
      [accountId],
    );
    await this.dataSource.query(
      `DELETE FROM push_channels WHERE account_id = $1 AND state = 'retired' AND (resource_id IS NULL OR expires_at <= $2)`,
      [accountId, now],
    );
    const rows: KeptRow[] = await this.dataSource.query(
      `SELECT id, resource_id, failures FROM push_channels
        WHERE account_id = $1 AND state = 'retired' AND (retry_at IS NULL OR retry_at <= $2)`,
      [accountId, now],
    );
    return rows.map(kept);
  }

  async notStopped(id: string, retryAt: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET failures = failures + 1, retry_at = $2 WHERE id = $1 AND state = 'retired'`,
      [id, retryAt],
    );
  }

  /** Everything of the account that its provider may still keep, whatever we think of either. */
  async keptBy(
    accountId: string,
  ): Promise<{ provider: ProviderId; channels: readonly KeptChannel[] } | null> {
    const rows: (KeptRow & { provider: string })[] = await this.dataSource.query(
      `SELECT p.id, p.resource_id, p.failures, a.provider FROM push_channels p
         JOIN connected_accounts a ON a.id = p.account_id WHERE p.account_id = $1 AND p.resource_id IS NOT NULL`,
      [accountId],
    );
    return rows[0] === undefined ? null : { provider: rows[0].provider, channels: rows.map(kept) };
  }

  /** Those of `resourceIds` that no row stands for; none while one is being made for the same provider account. */
  async unknown(accountId: string, resourceIds: readonly string[]): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT r.id FROM unnest($2::text[]) AS r (id)
        WHERE NOT EXISTS (SELECT FROM push_channels p WHERE p.resource_id = r.id)
          AND NOT EXISTS (SELECT FROM push_channels p
                            JOIN connected_accounts other ON other.id = p.account_id
                            JOIN connected_accounts own ON own.id = $1
                             AND (own.provider, own.provider_account_id) = (other.provider, other.provider_account_id)
                           WHERE p.state = 'pending')`,
      [accountId, resourceIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Whether a channel of another account goes by this resource id. */
  async isAnothers(accountId: string, resourceId: string): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `SELECT 1 FROM push_channels WHERE resource_id = $2 AND account_id <> $1`,
      [accountId, resourceId],
    );
    return rows.length > 0;
  }

  /** Accounts with something to renew, to try again or to stop, the longest overdue first. */
  async due(now: Date, limit: number): Promise<string[]> {
    const rows: { account_id: string }[] = await this.dataSource.query(
      `SELECT p.account_id FROM push_channels p
         JOIN connected_accounts a ON a.id = p.account_id AND a.status = 'connected'
        WHERE (p.state = 'active' AND (p.renew_at <= $1 OR p.calendar_id IS NULL))
           OR (p.state = 'retired' AND (p.retry_at IS NULL OR p.retry_at <= $1))
           OR ${mayBeTaken('p', '$1')}
        GROUP BY p.account_id ORDER BY min(coalesce(p.renew_at, p.retry_at)) NULLS FIRST LIMIT $2`,
      [now, limit],
    );
    return rows.map(({ account_id }) => account_id);
  }

  /** The channels of these ids, at accounts of this provider. */
  async find(provider: ProviderId, ids: readonly string[]): Promise<KnownChannel[]> {
    const rows: {
      id: string;
      account_id: string;
      secret_hash: Buffer;
      state: ChannelState;
      resource_id: string | null;
    }[] = await this.dataSource.query(
      `SELECT p.id, p.account_id, p.secret_hash, p.state, p.resource_id FROM push_channels p
           JOIN connected_accounts a ON a.id = p.account_id AND a.provider = $1 WHERE p.id = ANY($2::uuid[])`,
      [provider, ids],
    );
    return rows.map(({ id, account_id, secret_hash, state, resource_id }) => ({
      id,
      accountId: account_id,
      secretHash: secret_hash,
      state,
      resourceId: resource_id,
    }));
  }

  /** The provider has named what it keeps, perhaps before it answered us. */
  async learnResource(id: string, resourceId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE push_channels SET resource_id = $2 WHERE id = $1 AND resource_id IS NULL`,
      [id, resourceId],
    );
  }

  /** Counts notices of a channel by the minute. @returns that minute; null when the channel is gone */
  async noted(
    manager: EntityManager,
    id: string,
    count: number,
    now: Date,
  ): Promise<{ startedAt: Date; count: number } | null> {
    const [rows]: [{ burst_started_at: Date; burst_count: number }[]] = await manager.query(
      `UPDATE push_channels SET last_notified_at = $3,
              burst_count = CASE WHEN burst_started_at > $3::timestamptz - interval '1 minute' THEN burst_count ELSE 0 END + $2::integer,
              burst_started_at = CASE WHEN burst_started_at > $3::timestamptz - interval '1 minute' THEN burst_started_at ELSE $3 END
        WHERE id = $1 RETURNING burst_started_at, burst_count`,
      [id, count, now],
    );
    return rows[0] === undefined
      ? null
      : { startedAt: rows[0].burst_started_at, count: rows[0].burst_count };
  }

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }
}

/** Nobody wants to hear of the calendar any more: its channels are stopped within a minute. */
export async function retireChannels(manager: EntityManager, calendarId: string): Promise<void> {
  await manager.query(
    `UPDATE push_channels SET state = 'retired', retry_at = NULL WHERE calendar_id = $1 AND state <> 'retired'`,
    [calendarId],
  );
}

interface KeptRow {
  id: string;
  resource_id: string;
  failures: number;
}

const kept = ({ id, resource_id, failures }: KeptRow): KeptChannel => ({
  id,
  resourceId: resource_id,
  failures,
});

/** An attempt whose time to be made again has come, or whose maker died. */
function mayBeTaken(row: string, now: string): string {
  return `((${row}.state = 'failed' AND ${row}.retry_at <= ${now})
        OR (${row}.state = 'pending' AND ${row}.attempted_at < ${now}::timestamptz - ${FORGOTTEN_AFTER}))`;
}
