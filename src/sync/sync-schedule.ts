// Which accounts are due, and which runs are stuck.

import type { DataSource } from 'typeorm';
import { changedBy, rowsOf } from '../database/rows.js';
import type { SyncTrigger } from '../vocabulary.js';
import { FAILED_BEFORE, IS_DUE, RUN_DEAD_AFTER_MS } from './queue-run.js';

/** A run that is queued for this long (milliseconds) and was not begun may have lost its job. */
const QUEUED_FORGOTTEN_AFTER_MS = 5 * 60_000;

/** A run that reports nothing any more. */
export interface StuckRun {
  readonly accountId: string;
  readonly syncId: string;
  readonly state: 'queued' | 'running';
  readonly failures: number;
}

const due = (failed: boolean) => `(
  SELECT account_id, next_sync_at, ${failed} AS failed FROM account_syncs
   WHERE ${IS_DUE} AND ${failed ? '' : 'NOT '}${FAILED_BEFORE} ORDER BY next_sync_at LIMIT $2)`;

/** Each part reads the beginning of its own index, however many accounts are due. */
const DUE = `
  SELECT account_id AS "accountId" FROM (${due(false)} UNION ALL ${due(true)}) AS due
   ORDER BY failed, next_sync_at LIMIT $2`;

const silent = (state: StuckRun['state'], since: string) => `(
  SELECT account_id AS "accountId", sync_id AS "syncId", state, failures FROM account_syncs
   WHERE paused_for IS NULL AND sync_id IS NOT NULL AND state = '${state}'
     AND heartbeat_at < ${since} ORDER BY heartbeat_at LIMIT $3)`;

const STUCK = `${silent('running', '$1')} UNION ALL ${silent('queued', '$2')} LIMIT $3`;

export class SyncSchedule {
  constructor(
    private readonly dataSource: DataSource,
    private readonly now: () => Date,
  ) {}

  /**
   * Accounts whose time has come: those whose last run failed at the end, else the longest overdue
   * first.
   */
  async due(limit: number): Promise<string[]> {
    const rows = await rowsOf<{ accountId: string }>(this.dataSource, DUE, [this.now(), limit]);
    return rows.map(({ accountId }) => accountId);
  }

  /**
   * The trigger of the run that is to follow the one that ended; null when none was asked for or it
   * has begun.
   */
  async again(accountId: string): Promise<SyncTrigger | null> {
    const [row] = await rowsOf<{ again: SyncTrigger | null }>(
      this.dataSource,
      `SELECT again FROM account_syncs WHERE ${IS_DUE} AND account_id = $2`,
      [this.now(), accountId],
    );
    return row?.again ?? null;
  }

  /** Moves the next sync to `at` where it is planned for later. */
  async noLaterThan(accountId: string, at: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE account_syncs SET next_sync_at = $2
        WHERE account_id = $1 AND paused_for IS NULL AND next_sync_at > $2`,
      [accountId, at],
    );
  }

  /** Runs that died with their worker, and queued ones whose job may be lost. */
  stuck(limit: number): Promise<StuckRun[]> {
    const before = (milliseconds: number) => new Date(this.now().getTime() - milliseconds);
    return rowsOf<StuckRun>(this.dataSource, STUCK, [
      before(RUN_DEAD_AFTER_MS),
      before(QUEUED_FORGOTTEN_AFTER_MS),
      limit,
    ]);
  }

  /** Notes that the job of a queued run was sent again. False when the run is no longer queued. */
  async touchQueued(accountId: string, syncId: string): Promise<boolean> {
    const changed = await changedBy(
      this.dataSource,
      `UPDATE account_syncs SET heartbeat_at = $3
        WHERE account_id = $1 AND sync_id = $2 AND paused_for IS NULL AND state = 'queued'`,
      [accountId, syncId, this.now()],
    );
    return changed === 1;
  }
}
