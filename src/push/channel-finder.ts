// Finds the calendars to watch, the channels to stop and the accounts that are due.

import type { DataSource } from 'typeorm';
import { isConnected, isSameProviderAccount, providerOf } from '../accounts/account-conditions.js';
import { readCalendarsOf } from '../calendars/calendar-conditions.js';
import { rowsOf } from '../database/rows.js';
import { reconnectedAfter } from '../sync/sync-conditions.js';
import type { ProviderId } from '../vocabulary.js';
import { canBeClaimed, canBeStopped } from './channel-sql.js';

/** A channel that may exist at the provider. */
export interface KeptChannel {
  readonly id: string;
  readonly resourceId: string;
  /** Failed requests in a row, for the backoff. */
  readonly failures: number;
}

/** A calendar that needs a channel, or needs its channel for longer. */
export interface CalendarToWatch {
  readonly calendarId: string;
  readonly providerCalendarId: string;
  /** The active channel, which may be renewed; null when a new one is needed. */
  readonly current: KeptChannel | null;
}

const KEPT = `id, resource_id AS "resourceId", failures`;

const TO_WATCH = `
  SELECT calendar.id AS "calendarId", calendar.provider_calendar_id AS "providerCalendarId",
         active.id, active.resource_id AS "resourceId", active.failures
    FROM (${readCalendarsOf('$1')}) AS calendar
    LEFT JOIN push_channels active ON active.calendar_id = calendar.id AND active.state = 'active'
         AND active.expires_at > $2 AND active.address = $3
    LEFT JOIN push_channels p ON p.calendar_id = calendar.id
         AND p.state IN ('pending', 'failed', 'unsupported')
   WHERE ${isConnected('$1')}
         -- A channel made with an older grant may have ended together with that grant.
     AND (active.id IS NULL OR active.renew_at <= $2
          OR ${reconnectedAfter('$1', 'active.attempted_at')})
     AND (p.id IS NULL OR ${canBeClaimed('p', '$2')})
   ORDER BY calendar.is_primary DESC, calendar.id`;

/**
 * An account that needs its user is not listed: nothing can be done for it, and it must not take
 * the place of others. The third part finds channels of deleted calendars. Those of calendars that
 * are not selected any more are retired by a trigger.
 */
const DUE = `
  SELECT id, provider FROM (
    SELECT p.account_id AS id, ${providerOf('p.account_id')} AS provider, min(p.since) AS since,
           row_number() OVER (PARTITION BY ${providerOf('p.account_id')}
                              ORDER BY min(p.since) NULLS FIRST) AS place
      FROM (
        SELECT account_id, coalesce(renew_at, retry_at) AS since FROM push_channels c
         WHERE c.state = 'active' AND c.renew_at <= $1
        UNION ALL
        SELECT account_id, coalesce(renew_at, retry_at) FROM push_channels c
         WHERE ${canBeStopped('c', '$1')} OR ${canBeClaimed('c', '$1')}
        UNION ALL
        SELECT account_id, NULL FROM push_channels c
         WHERE c.state <> 'retired' AND c.calendar_id IS NULL
      ) AS p
     WHERE ${isConnected('p.account_id')}
     GROUP BY p.account_id
  ) AS due
  WHERE place <= $2 ORDER BY place`;

export class ChannelFinder {
  constructor(private readonly dataSource: DataSource) {}

  /** The account's provider while it is connected; else null. */
  async providerOf(accountId: string): Promise<ProviderId | null> {
    const [row] = await rowsOf<{ provider: ProviderId }>(
      this.dataSource,
      `SELECT ${providerOf('$1')} AS provider WHERE ${isConnected('$1')}`,
      [accountId],
    );
    return row?.provider ?? null;
  }

  /**
   * The account's selected calendars that have been read and need a channel, another one, or a
   * renewal.
   */
  async toWatch(accountId: string, address: string, now: Date): Promise<CalendarToWatch[]> {
    const rows = await rowsOf<
      Omit<CalendarToWatch, 'current'> & (KeptChannel | { readonly id: null })
    >(this.dataSource, TO_WATCH, [accountId, now, address]);
    return rows.map(({ calendarId, providerCalendarId, ...active }) => ({
      calendarId,
      providerCalendarId,
      current: active.id === null ? null : active,
    }));
  }

  /** The retired channels of the account that are to be stopped now. */
  toStop(accountId: string, now: Date): Promise<KeptChannel[]> {
    return rowsOf<KeptChannel>(
      this.dataSource,
      `SELECT ${KEPT} FROM push_channels p WHERE account_id = $1 AND ${canBeStopped('p', '$2')}`,
      [accountId, now],
    );
  }

  /** Every channel of the account that may exist at the provider, in any state of either. */
  async ofAccount(
    accountId: string,
  ): Promise<{ provider: ProviderId | null; channels: readonly KeptChannel[] }> {
    const rows = await rowsOf<KeptChannel & { provider: ProviderId }>(
      this.dataSource,
      `SELECT ${KEPT}, ${providerOf('account_id')} AS provider FROM push_channels
        WHERE account_id = $1 AND resource_id IS NOT NULL`,
      [accountId],
    );
    return { provider: rows[0]?.provider ?? null, channels: rows };
  }

  /**
   * Those of `resourceIds` that have no row; none while a channel of the same provider account is
   * being made.
   */
  async unknown(accountId: string, resourceIds: readonly string[]): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(
      this.dataSource,
      `SELECT r.id FROM unnest($2::text[]) AS r (id)
        WHERE NOT EXISTS (SELECT FROM push_channels p WHERE p.resource_id = r.id)
          AND NOT EXISTS (SELECT FROM push_channels p
                           WHERE p.state = 'pending'
                             AND ${isSameProviderAccount('$1', 'p.account_id')})`,
      [accountId, resourceIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Whether a channel of another account has this resource id. */
  async isOfAnother(accountId: string, resourceId: string): Promise<boolean> {
    const rows = await rowsOf(
      this.dataSource,
      `SELECT FROM push_channels WHERE resource_id = $2 AND account_id <> $1`,
      [accountId, resourceId],
    );
    return rows.length > 0;
  }

  /**
   * Connected accounts with something to renew, to try again or to stop: for each provider at most
   * `limit`, the longest overdue first.
   */
  async due(now: Date, limit: number): Promise<ReadonlyMap<ProviderId, readonly string[]>> {
    const rows = await rowsOf<{ id: string; provider: ProviderId }>(this.dataSource, DUE, [
      now,
      limit,
    ]);
    return new Map(
      [...new Set(rows.map(({ provider }) => provider))].map((provider) => [
        provider,
        rows.filter((row) => row.provider === provider).map(({ id }) => id),
      ]),
    );
  }
}
