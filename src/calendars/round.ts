// A round: one reading of one calendar up to its cursor. What a round writes is written only while it is the calendar's
// latest, its run the account's, and the account connected.

import type { EntityManager } from 'typeorm';
import type { TimeWindow } from '../vocabulary.js';

/** The sync that may write an account's calendars: the one its row names. */
export interface Run {
  readonly accountId: string;
  readonly syncId: string;
}

export interface Round extends Run {
  readonly calendarId: string;
  readonly id: string;
  /** Without a cursor: what the round does not see is gone. */
  readonly full: boolean;
  /** Where it started; null when full. */
  readonly cursor: string | null;
  /** The cursor as it was kept, also of a full round: if it has changed by the end, somebody wants another full one. */
  readonly keptCursor: string | null;
  readonly window: TimeWindow;
}

/**
 * A CTE to put before a statement, with $1 account and $2 run: no row unless the run may write. It locks the account
 * before anything else is locked, and lets progress and token refreshes by: they change no key.
 */
export const RUN_HOLDS = `WITH account AS MATERIALIZED (
  SELECT id FROM connected_accounts WHERE id = $1 AND sync_id = $2 AND status = 'connected' FOR KEY SHARE)`;

/** Locks a round's calendar for the transaction. False when the round may not write any more. */
export async function roundHolds(manager: EntityManager, round: Round): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    `${RUN_HOLDS} SELECT c.id FROM calendars c JOIN account a ON a.id = c.account_id
      WHERE c.id = $3 AND c.round = $4 FOR NO KEY UPDATE OF c`,
    [round.accountId, round.syncId, round.calendarId, round.id],
  );
  return rows.length === 1;
}

/** The same for a run. */
export async function runHolds(manager: EntityManager, run: Run): Promise<boolean> {
  const rows: unknown[] = await manager.query(`${RUN_HOLDS} SELECT id FROM account`, [
    run.accountId,
    run.syncId,
  ]);
  return rows.length === 1;
}
