// The life of a run. Every statement names the run: once another took its place, or the account is
// paused, nothing changes and the caller learns so.

import type { DataSource } from 'typeorm';
import { providerOf, userOf } from '../accounts/account-conditions.js';
import { type NamedStatement, runNamed } from '../database/named-statement.js';
import { changedBy, rowsOf } from '../database/rows.js';
import type { ErrorCode } from '../errors.js';
import type { AppendNotifications, EventCounts } from '../notification-types.js';
import type { SyncPhase, SyncTrigger } from '../vocabulary.js';
import { type BegunRun, beginRun, beginStatement } from './begin-run.js';
import { type QuietEnd, quietEndStatement, quietEndValues } from './quiet-end.js';
import type { SyncJob } from './sync-services.js';
import { successDue } from './sync-success.js';

/** The end of a run that listed the calendars and read those it could. */
export interface RunEnd {
  readonly state: 'idle' | 'backoff';
  /**
   * The worst failure of its calendars. Null when each saved its cursor: only then `lastSyncedAt`
   * moves.
   */
  readonly error: ErrorCode | null;
  /** Whether the run counts as a failure of the account. */
  readonly failed: boolean;
  readonly nextSyncAt: Date;
  /** The provider asked for no request before this time. */
  readonly notBefore: Date | null;
  /** Whether a run that was asked for meanwhile may follow at once. */
  readonly againAtOnce: boolean;
  /** The events that it has changed and deleted. */
  readonly saved: EventCounts;
}

/** The end of a run that failed as a whole. */
export interface RunFailed {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly nextSyncAt: Date | null;
  /** Absent: the time that is kept stays. */
  readonly notBefore?: Date | undefined;
}

export interface SyncProgress {
  readonly phase: SyncPhase;
  readonly calendarsDone: number;
  readonly calendarsTotal: number;
  readonly eventsSeen: number;
}

/** $1 account, $2 run. */
const OF_RUN = 'account_id = $1 AND sync_id = $2';
const MAY_WRITE = `${OF_RUN} AND paused_for IS NULL`;
const LOST_GRANT = `${OF_RUN} AND paused_for = 'reauthorization_required'`;
const IS_OPEN = `${MAY_WRITE} AND state IN ('queued', 'running')`;

const BEGIN = beginStatement(IS_OPEN);

const WAIT_UNTIL_NOT_BEFORE = `
  UPDATE account_syncs SET state = 'backoff', phase = NULL, next_sync_at = not_before
   WHERE ${IS_OPEN} AND not_before > $3`;

/** The grant ended while the run waited: it will never begin. */
const END_QUEUED_WITHOUT_GRANT = `
  UPDATE account_syncs SET state = 'error', phase = NULL, finished_at = $3,
         error_code = 'reauthorization_required', next_sync_at = NULL
   WHERE account_id = $1 AND sync_id = $2 AND paused_for = 'reauthorization_required'
     AND state = 'queued'`;

const PROGRESS = `
  UPDATE account_syncs
     SET phase = $3, calendars_done = $4, calendars_total = $5, events_seen = $6, heartbeat_at = $7
   WHERE ${MAY_WRITE}`;

/**
 * $3 now, $4 state, $5 error or null, $6 next sync, $7 not before, $8 failed, $9 whether a run may
 * follow at once, $10 changed and $11 deleted events. A success is announced.
 */
const finish = (append: AppendNotifications) => `
  WITH before AS MATERIALIZED (
    SELECT account_id, last_synced_at FROM account_syncs WHERE ${MAY_WRITE} FOR NO KEY UPDATE),
  finished AS (
    UPDATE account_syncs s
       SET state = $4, phase = NULL, finished_at = $3, error_code = $5,
           next_sync_at = CASE WHEN $9 AND again IS NOT NULL THEN $3 ELSE $6::timestamptz END,
           not_before = $7, failures = CASE WHEN $8 THEN failures + 1 ELSE 0 END,
           last_synced_at = CASE WHEN $5::text IS NULL THEN $3 ELSE s.last_synced_at END
      FROM before WHERE s.account_id = before.account_id
    RETURNING s.account_id, s.sync_id, s.trigger, before.last_synced_at IS NULL AS first),
  due AS (
    ${successDue('SELECT account_id, $6::timestamptz, $3::timestamptz FROM finished WHERE $5::text IS NULL')}),
  happened AS (
    SELECT account_id, ${userOf('account_id')} AS user_id, ${providerOf('account_id')} AS provider,
           'sync.completed' AS type, jsonb_build_object('syncId', sync_id, 'trigger', trigger,
             'first', first, 'changed', $10::integer, 'deleted', $11::integer) AS data
      FROM finished WHERE $5::text IS NULL),
  ${append('happened')}
  SELECT account_id FROM finished`;

/** $3 now, $4 state, $5 error, $6 next sync, $7 not before or null. */
const FAIL = `
  UPDATE account_syncs
     SET state = $4, phase = NULL, finished_at = $3, error_code = $5, failures = failures + 1,
         next_sync_at = $6, not_before = coalesce($7, not_before)
   WHERE ${MAY_WRITE}`;

/** $3 now, $4 error, $5 how many failures this adds. */
const FAIL_WITHOUT_GRANT = `
  UPDATE account_syncs
     SET state = 'error', phase = NULL, finished_at = $3, error_code = $4, failures = failures + $5,
         next_sync_at = NULL
   WHERE ${LOST_GRANT}`;

export class SyncRuns {
  private readonly finishStatement: string;
  private readonly quietEnd: NamedStatement;

  /** @param append tells the host of runs that succeeded */
  constructor(
    private readonly dataSource: DataSource,
    private readonly now: () => Date,
    append: AppendNotifications,
  ) {
    this.finishStatement = finish(append);
    this.quietEnd = quietEndStatement(MAY_WRITE, append);
  }

  /**
   * Begins a queued run, or one whose worker died. Null when it is not to be done any more, or not
   * yet: before the time that a provider named, no request goes out.
   */
  async begin(accountId: string, syncId: string): Promise<BegunRun | null> {
    const parameters = [accountId, syncId, this.now()];
    const begun = await beginRun(this.dataSource, BEGIN, parameters);
    if (begun !== null) return begun;
    await this.dataSource.query(WAIT_UNTIL_NOT_BEFORE, parameters);
    await this.dataSource.query(END_QUEUED_WITHOUT_GRANT, parameters);
    return null;
  }

  /** Whether the run may still write. */
  async holds(accountId: string, syncId: string): Promise<boolean> {
    const rows = await rowsOf(
      this.dataSource,
      `SELECT account_id FROM account_syncs WHERE ${MAY_WRITE}`,
      [accountId, syncId],
    );
    return rows.length === 1;
  }

  /** Reports progress, and that the run is alive. */
  progress(accountId: string, syncId: string, progress: SyncProgress): Promise<boolean> {
    const { phase, calendarsDone, calendarsTotal, eventsSeen } = progress;
    return this.change(PROGRESS, [
      accountId,
      syncId,
      phase,
      calendarsDone,
      calendarsTotal,
      eventsSeen,
      this.now(),
    ]);
  }

  /** Gives back a run that a worker has to leave. Its job is done again, here or elsewhere. */
  putBack(accountId: string, syncId: string): Promise<boolean> {
    return this.change(
      `UPDATE account_syncs SET state = 'queued', phase = NULL, heartbeat_at = $3
        WHERE ${MAY_WRITE} AND state = 'running'`,
      [accountId, syncId, this.now()],
    );
  }

  /**
   * Ends a run. Where another was asked for meanwhile and may follow at once, the account is due at
   * once.
   */
  async finish(accountId: string, syncId: string, end: RunEnd): Promise<boolean> {
    const rows = await rowsOf(this.dataSource, this.finishStatement, [
      accountId,
      syncId,
      this.now(),
      end.state,
      end.error,
      end.nextSyncAt,
      end.notBefore,
      end.failed,
      end.againAtOnce,
      end.saved.changed,
      end.saved.deleted,
    ]);
    return rows.length === 1;
  }

  /**
   * Ends a run that found nothing new. Where another was asked for meanwhile, the account is due at
   * once.
   * @returns null where the run may not write
   */
  async finishQuiet(
    { accountId, syncId }: SyncJob,
    end: QuietEnd,
  ): Promise<{ readonly again: SyncTrigger | null } | null> {
    const values = quietEndValues([accountId, syncId], this.now(), end);
    const [ended] = await runNamed<{ again: SyncTrigger | null }>(
      this.dataSource,
      this.quietEnd,
      values,
    );
    return ended ?? null;
  }

  /**
   * Ends a run that failed. Also records it for an account that lost its grant meanwhile, which is
   * not scheduled again.
   */
  async fail(accountId: string, syncId: string, failed: RunFailed): Promise<boolean> {
    const run = [accountId, syncId, this.now()];
    const { code, retryable, nextSyncAt, notBefore } = failed;
    const state = retryable ? 'backoff' : 'error';
    return (
      (await this.change(FAIL, [...run, state, code, nextSyncAt, notBefore ?? null])) ||
      (await this.change(FAIL_WITHOUT_GRANT, [...run, code, 1]))
    );
  }

  /** Ends a run whose account lost its grant meanwhile. Any other run is left alone. */
  endWithoutGrant(accountId: string, syncId: string): Promise<boolean> {
    return this.change(FAIL_WITHOUT_GRANT, [
      accountId,
      syncId,
      this.now(),
      'reauthorization_required',
      0,
    ]);
  }

  private async change(statement: string, parameters: readonly unknown[]): Promise<boolean> {
    return (await changedBy(this.dataSource, statement, parameters)) === 1;
  }
}
