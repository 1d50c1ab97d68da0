// Writes events: one transaction for each page; the last of a round also saves its cursor.

import type { DataSource, EntityManager } from 'typeorm';
import { changedBy, rowsOf } from '../database/rows.js';
import type { ErrorCode } from '../errors.js';
import type { EventChange } from '../event-model.js';
import { type EventCounts, NO_EVENTS } from '../notification-types.js';
import { NO_LISTENER, type OnEventsChanged } from './changes-listener.js';
import { deleteBatch } from './event-deletion.js';
import {
  COMPLETE,
  mayHaveMore,
  REMOVE,
  REPLACE,
  SHOW_BARE,
  TO_COMPLETE,
  WITHOUT_INSTANCES,
  WITHOUT_MASTER,
} from './event-sql.js';
import { pageChanges } from './page-changes.js';
import { putEvents } from './put-events.js';
import { type Round, WriteGuard } from './round.js';

const ROWS_PER_STATEMENT = 500;

/** How a round ends that read every page. */
export interface RoundEnd {
  /** Null: the next round is a full one. */
  readonly cursor: string | null;
  /** A code that the calendar shows although it was read; null when there is none. */
  readonly code: ErrorCode | null;
  /**
   * Whether it brought events. Without any, no occurrence is to be completed and no series to be
   * replaced.
   */
  readonly hasEvents: boolean;
  /** How many events could not be read. */
  readonly skipped: number;
  /**
   * Series that were read whole. Their occurrences that the round did not see are deleted, even if
   * it saw none.
   */
  readonly wholeSeries: readonly string[];
  readonly at: Date;
}

/** Series that a round brought only in part. */
export interface OpenSeries {
  readonly withoutMaster: readonly string[];
  readonly withoutInstances: readonly string[];
}

/** What saving a page came to. */
export interface SavedPage extends EventCounts {
  /** How many events could not be stored. */
  readonly skipped: number;
}

export class EventStore {
  private readonly guard: WriteGuard;

  /** @param runMayWrite SQL for {@link WriteGuard} */
  constructor(
    private readonly dataSource: DataSource,
    runMayWrite: string,
    private readonly onChanged: OnEventsChanged = NO_LISTENER,
  ) {
    this.guard = new WriteGuard(runMayWrite);
  }

  /**
   * Saves a page in one transaction.
   * @returns null when the round may not write any more, because a later one began, or the account
   * or the calendar is being removed
   */
  async savePage(round: Round, changes: readonly EventChange[]): Promise<SavedPage | null> {
    const { puts, removals, singles, series, skipped } = pageChanges(changes);
    const { calendarId } = round;
    // A full round deletes at its end what it did not see.
    const withoutOccurrences = round.full ? removals : [...removals, ...singles];
    const becameSeries = round.full ? [] : series;
    const removes = withoutOccurrences.length + becameSeries.length > 0;
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.guard.roundHolds(manager, round))) return null;
      await manager.query(
        `UPDATE calendars SET partly_read = true WHERE id = $1 AND NOT partly_read`,
        [calendarId],
      );
      const ids = [removals, withoutOccurrences, becameSeries];
      if (removes) await manager.query(REMOVE, [calendarId, round.id, ...ids]);
      let refused = 0;
      for (let from = 0; from < puts.length; from += ROWS_PER_STATEMENT)
        refused += await putEvents(manager, round, puts.slice(from, from + ROWS_PER_STATEMENT));
      return { ...(await this.tell(manager, round)), skipped: skipped + refused };
    });
  }

  /**
   * The series that the round brought only in part, for providers whose changes do not hold whole
   * series.
   */
  async openSeries({ calendarId, id, full }: Round): Promise<OpenSeries> {
    const ids = async (statement: string) => {
      const rows = await rowsOf<{ id: string }>(this.dataSource, statement, [calendarId, id, full]);
      return rows.map((row) => row.id);
    };
    return {
      withoutMaster: await ids(WITHOUT_MASTER),
      withoutInstances: await ids(WITHOUT_INSTANCES),
    };
  }

  /** How many rows the calendar has; with `notSeenIn`, only those that this round has not seen. */
  async count(calendarId: string, notSeenIn: Round | null = null): Promise<number> {
    const [row] = await rowsOf<{ count: number }>(
      this.dataSource,
      `SELECT count(*)::integer AS count FROM events
        WHERE calendar_id = $1 AND ($2::uuid IS NULL OR round <> $2)`,
      [calendarId, notSeenIn?.id ?? null],
    );
    return row?.count ?? 0;
  }

  /** Shows what a round has saved that cannot be completed: its listing does not end. */
  async showListed(round: Round): Promise<void> {
    const portions = [...(await this.toComplete(round.calendarId)), null];
    for (const portion of portions) {
      const goesOn = await this.dataSource.transaction(async (manager) => {
        if (!(await this.guard.roundHolds(manager, round))) return false;
        if (portion === null) await manager.query(SHOW_BARE, [round.calendarId]);
        else await manager.query(COMPLETE, [round.calendarId, portion]);
        await this.tell(manager, round);
        return true;
      });
      if (!goesOn) return;
    }
  }

  /**
   * Ends a round after its last page: completes bare occurrences, deletes what the round shows to
   * be gone, and saves the cursor. Large work is split into several transactions, with the cursor
   * in the last one. After a crash between them the round is done again.
   * @returns null when the round may not write any more
   */
  async completeRound(round: Round, end: RoundEnd): Promise<EventCounts | null> {
    const portions = end.hasEvents ? await this.toComplete(round.calendarId) : [];
    let [changed, deleted] = [0, 0];
    for (;;) {
      const portion = portions.shift() ?? [];
      let isComplete = false;
      const counts = await this.dataSource.transaction(async (manager) => {
        if (!(await this.guard.roundHolds(manager, round))) return null;
        if (portion.length > 0) await manager.query(COMPLETE, [round.calendarId, portion]);
        if (portions.length === 0 && !(await deleteUnseen(manager, round, end))) {
          if (end.hasEvents) await manager.query(SHOW_BARE, [round.calendarId]);
          await saveCursor(manager, round, end);
          isComplete = true;
        }
        return end.hasEvents || round.full ? this.tell(manager, round) : NO_EVENTS;
      });
      if (counts === null) return null;
      changed += counts.changed;
      deleted += counts.deleted;
      if (isComplete) return { changed, deleted };
    }
  }

  private tell(manager: EntityManager, { accountId, calendarId }: Round): Promise<EventCounts> {
    return this.onChanged(manager, accountId, calendarId, 'provider');
  }

  /**
   * The series whose bare occurrences can be completed, in portions of about {@link
   * ROWS_PER_STATEMENT} rows.
   */
  private async toComplete(calendarId: string): Promise<string[][]> {
    const series = await rowsOf<{ id: string; rows: number }>(this.dataSource, TO_COMPLETE, [
      calendarId,
    ]);
    const portions: string[][] = [];
    let portion: string[] = [];
    let room = 0;
    for (const { id, rows } of series) {
      if (room <= 0) {
        portion = [];
        portions.push(portion);
        room = ROWS_PER_STATEMENT;
      }
      portion.push(id);
      room -= rows;
    }
    return portions;
  }
}

/**
 * Deletes one batch of the events that the round shows to be gone.
 * @returns whether there may be more
 */
async function deleteUnseen(
  manager: EntityManager,
  { calendarId, id, full }: Round,
  { wholeSeries, hasEvents }: RoundEnd,
): Promise<boolean> {
  if (full) return deleteBatch(manager, { calendarId, notSeenIn: id });
  if (!hasEvents) return false;
  return mayHaveMore(await changedBy(manager, REPLACE, [calendarId, id, wholeSeries]));
}

/**
 * A cursor that was dropped during the round stays dropped, so that the next round is a full one.
 */
async function saveCursor(
  manager: EntityManager,
  { calendarId, keptCursor, window, full }: Round,
  { cursor, code, skipped, at }: RoundEnd,
): Promise<void> {
  await manager.query(
    `UPDATE calendars
        SET cursor = CASE WHEN cursor IS NOT DISTINCT FROM $2 THEN $3::text ELSE cursor END,
            window_from = $4, window_to = $5, window_made_on = $9, last_synced_at = $6, sync_state = 'idle',
            sync_error_code = $10, failures = 0, next_attempt_at = NULL, partly_read = false,
            events_skipped = $7 + CASE WHEN $8 THEN 0 ELSE events_skipped END
      WHERE id = $1`,
    [
      calendarId,
      keptCursor,
      cursor,
      window.from,
      window.to,
      at,
      skipped,
      full,
      window.madeOn,
      code,
    ],
  );
}
