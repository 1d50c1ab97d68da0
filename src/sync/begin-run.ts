// Begins a run, and reads in the same statement what a run needs that finds nothing new.

import type { DataSource } from 'typeorm';
import { sealedAccessOf } from '../accounts/account-conditions.js';
import type { SealedAccess } from '../accounts/live-token.js';
import { calendarsToLookAt, type LookedCalendar } from '../calendars/looked-calendars.js';
import { type NamedStatement, runNamed } from '../database/named-statement.js';
import type { ProviderId, SyncTrigger } from '../vocabulary.js';

/** What a worker needs to know of the run it begins. */
export interface BegunRun {
  readonly trigger: SyncTrigger | null;
  /** Failed runs in a row before this one. */
  readonly failures: number;
  /** Null when the account is gone. */
  readonly provider: ProviderId | null;
  /** Null when it is not connected. */
  readonly access: SealedAccess | null;
  /** The calendars that the provider lists, as they were before the run. */
  readonly calendars: readonly LookedCalendar[];
  /** When a run last read which calendars there are. Null: not since this version. */
  readonly listedAt: Date | null;
}

/**
 * The run starts from the beginning, so it also serves every request that came before. $3 now.
 * @param mayBegin a condition with $1 account and $2 run
 */
export function beginStatement(mayBegin: string): NamedStatement {
  return {
    name: 'run-begin',
    text: `
  WITH begun AS (
    UPDATE account_syncs
       SET state = 'running', phase = 'calendars', started_at = $3, finished_at = NULL,
           heartbeat_at = $3, calendars_done = 0, calendars_total = 0, events_seen = 0, again = NULL
     WHERE ${mayBegin} AND (not_before IS NULL OR not_before <= $3::timestamptz)
    RETURNING account_id, trigger, failures)
  SELECT begun.trigger, begun.failures, access.*,
         ${calendarsToLookAt('begun.account_id')} AS calendars,
         (SELECT listed_at FROM sync_successes s WHERE s.account_id = begun.account_id)
           AS "listedAt"
    FROM begun LEFT JOIN LATERAL (${sealedAccessOf('begun.account_id')}) AS access ON true`,
  };
}

type Row = Pick<BegunRun, 'trigger' | 'failures' | 'calendars' | 'listedAt' | 'provider'> &
  SealedAccess & { readonly status: string | null };

/** Null when the run is not to begin. @param parameters account, run, now */
export async function beginRun(
  dataSource: DataSource,
  statement: NamedStatement,
  parameters: readonly unknown[],
): Promise<BegunRun | null> {
  const [row] = await runNamed<Row>(dataSource, statement, parameters);
  if (row === undefined) return null;
  const { trigger, failures, calendars, listedAt, provider, status, ...access } = row;
  return {
    trigger,
    failures,
    provider: status === 'disconnecting' ? null : provider,
    access: status === 'connected' ? access : null,
    calendars,
    listedAt,
  };
}
