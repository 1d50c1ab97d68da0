// A round: one reading of one calendar up to its cursor. It may write only while it is the
// calendar's latest round, its run is the account's, and the account is connected.

import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import type { TimeWindow } from '../vocabulary.js';

/** The sync that may write an account's calendars. */
export interface Run {
  readonly accountId: string;
  readonly syncId: string;
}

/** The window of a calendar's last full read. */
export interface KeptWindow extends TimeWindow {
  /** The UTC day on which it was made; null where version 0.1.0 made it. */
  readonly madeOn: Date | null;
}

export interface Round extends Run {
  readonly calendarId: string;
  readonly id: string;
  /** Read without a cursor: events that the round does not see are deleted. */
  readonly full: boolean;
  /** Where reading begins; null when full. */
  readonly cursor: string | null;
  /**
   * The stored cursor, also of a full round. If it changes during the round, another full round is
   * wanted.
   */
  readonly keptCursor: string | null;
  readonly window: KeptWindow;
}

/** Locks what a run or a round writes, in the statement that checks whether it may write. */
export class WriteGuard {
  /**
   * A CTE to put before a statement, with $1 account and $2 run. It has a row only while the run
   * may write, and locks that row before the statement locks anything else.
   */
  readonly run: string;

  /**
   * @param runMayWrite a statement with $1 account and $2 run that returns and locks `account_id`
   * of a run that may write
   */
  constructor(runMayWrite: string) {
    this.run = `WITH run AS MATERIALIZED (${runMayWrite})`;
  }

  /** Locks a round's calendar for the transaction. False when the round may not write any more. */
  async roundHolds(manager: EntityManager, round: Round): Promise<boolean> {
    const rows = await rowsOf(
      manager,
      `${this.run} SELECT c.id FROM calendars c JOIN run ON run.account_id = c.account_id
        WHERE c.id = $3 AND c.round = $4 FOR NO KEY UPDATE OF c`,
      [round.accountId, round.syncId, round.calendarId, round.id],
    );
    return rows.length === 1;
  }

  /** The same for a run. */
  async runHolds(manager: EntityManager, run: Run): Promise<boolean> {
    const rows = await rowsOf(manager, `${this.run} SELECT account_id FROM run`, [
      run.accountId,
      run.syncId,
    ]);
    return rows.length === 1;
  }
}
