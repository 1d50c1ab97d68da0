// Events: a page of changes is one transaction, and a round's cursor is saved with the last of what the round means.

import type { DataSource, EntityManager } from 'typeorm';
import type { EventChange, EventRecord } from '../vocabulary.js';
import { deleteBatch } from './event-deletion.js';
import { isStorable, rowOf } from './event-row.js';
import {
  COMPLETE,
  mayHaveMore,
  PUT,
  REMOVE,
  REMOVE_INSTANCES,
  REPLACE,
  TO_COMPLETE,
  WITHOUT_INSTANCES,
  WITHOUT_MASTER,
} from './event-sql.js';
import { type Round, WriteGuard } from './round.js';

const ROWS_A_STATEMENT = 500;

/** How a round ends. */
export interface RoundEnd {
  readonly cursor: string;
  /** Whether it brought events at all: where it did not, there is nothing to complete and no series to replace. */
  readonly hasEvents: boolean;
  /** Events that could not be read. */
  readonly skipped: number;
  /** Series that were read whole: what the round did not see of them is gone, though it may have seen nothing. */
  readonly wholeSeries: readonly string[];
  readonly at: Date;
}

/** Series of a round that are not all there. */
export interface OpenSeries {
  readonly withoutMaster: readonly string[];
  readonly withoutInstances: readonly string[];
}

export class EventStore {
  private readonly guard: WriteGuard;

  /** @param runMayWrite SQL for {@link WriteGuard} */
  constructor(
    private readonly dataSource: DataSource,
    runMayWrite: string,
  ) {
    this.guard = new WriteGuard(runMayWrite);
  }

  /**
   * Saves a page in the order it was said, in one transaction. @returns how many events could not be kept, or null when
   * the round may not write any more: it has been overtaken, or its account or calendar is on its way out
   */
  async savePage(round: Round, changes: readonly EventChange[]): Promise<number | null> {
    const { puts, removals, singles, skipped } = settle(changes);
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.guard.roundHolds(manager, round))) return null;
      await manager.query(
        `UPDATE calendars SET partly_read = true WHERE id = $1 AND NOT partly_read`,
        [round.calendarId],
      );
      if (removals.length > 0) await manager.query(REMOVE, [round.calendarId, removals]);
      if (!round.full && singles.length > 0)
        await manager.query(REMOVE_INSTANCES, [round.calendarId, singles]);
      let refused = 0;
      for (let from = 0; from < puts.length; from += ROWS_A_STATEMENT)
        refused += await put(manager, round, puts.slice(from, from + ROWS_A_STATEMENT));
      return skipped + refused;
    });
  }

  /** What a round has left open of the series it touched, for providers whose changes are not whole. */
  async openSeries({ calendarId, id, full }: Round): Promise<OpenSeries> {
    const parameters = [calendarId, id, full];
    const withoutMaster: { id: string }[] = await this.dataSource.query(WITHOUT_MASTER, parameters);
    const withoutInstances: { id: string }[] = await this.dataSource.query(
      WITHOUT_INSTANCES,
      parameters,
    );
    return {
      withoutMaster: withoutMaster.map((row) => row.id),
      withoutInstances: withoutInstances.map((row) => row.id),
    };
  }

  /** How many rows the calendar has; with `notSeenIn`, those that round has not seen. */
  async count(calendarId: string, notSeenIn: Round | null = null): Promise<number> {
    const [{ count }] = await this.dataSource.query(
      `SELECT count(*)::integer AS count FROM events WHERE calendar_id = $1 AND ($2::uuid IS NULL OR round <> $2)`,
      [calendarId, notSeenIn?.id ?? null],
    );
    return count;
  }

  /**
   * Ends a round after its last page: bare occurrences are completed, series replaced, after a full round what it did not
   * see is swept; then the cursor is saved. What is much is done in several transactions, the cursor in the last: a crash
   * between them leaves a round to be done again. False when the round may not write any more.
   */
  async completeRound(round: Round, end: RoundEnd): Promise<boolean> {
    const portions = end.hasEvents ? await this.toComplete(round.calendarId) : [];
    for (;;) {
      const portion = portions.shift() ?? [];
      const done = await this.dataSource.transaction(async (manager) => {
        if (!(await this.guard.roundHolds(manager, round))) return null;
        if (portion.length > 0) await manager.query(COMPLETE, [round.calendarId, portion]);
        if (portions.length > 0 || !(await removeUnseen(manager, round, end))) return false;
        await saveCursor(manager, round, end);
        return true;
      });
      if (done !== false) return done === true;
    }
  }

  /** Series with bare occurrences that can be completed, in portions of not too many rows. */
  private async toComplete(calendarId: string): Promise<string[][]> {
    const series: { id: string; rows: number }[] = await this.dataSource.query(TO_COMPLETE, [
      calendarId,
    ]);
    const portions: string[][] = [];
    let left = 0;
    for (const { id, rows } of series) {
      if (left <= 0) {
        portions.push([]);
        left = ROWS_A_STATEMENT;
      }
      portions.at(-1)!.push(id);
      left -= rows;
    }
    return portions;
  }
}

/** One bite of what the round shows to be gone. @returns whether nothing is left */
async function removeUnseen(
  manager: EntityManager,
  { calendarId, id, full }: Round,
  { wholeSeries, hasEvents }: RoundEnd,
): Promise<boolean> {
  if (full) return !(await deleteBatch(manager, { calendarId, notSeenIn: id }));
  if (!hasEvents) return true;
  const [, replaced] = await manager.query(REPLACE, [calendarId, id, wholeSeries]);
  return !mayHaveMore(replaced);
}

async function saveCursor(
  manager: EntityManager,
  round: Round,
  { cursor, skipped, at }: RoundEnd,
): Promise<void> {
  await manager.query(
    `UPDATE calendars
        SET cursor = CASE WHEN cursor IS NOT DISTINCT FROM $2 THEN $3 ELSE cursor END,
            window_from = $4, window_to = $5, last_synced_at = $6, sync_state = 'idle', sync_error_code = NULL,
            failures = 0, next_attempt_at = NULL, partly_read = false,
            events_skipped = $7 + CASE WHEN $8 THEN 0 ELSE events_skipped END
      WHERE id = $1`,
    [
      round.calendarId,
      round.keptCursor,
      cursor,
      round.window.from,
      round.window.to,
      at,
      skipped,
      round.full,
    ],
  );
}

/** Puts what PostgreSQL takes: rows among which it refuses one are put by halves. @returns how many it refused */
async function put(
  manager: EntityManager,
  round: Round,
  rows: readonly EventRecord[],
): Promise<number> {
  await manager.query('SAVEPOINT put');
  try {
    await manager.query(PUT, [
      round.accountId,
      round.calendarId,
      round.id,
      JSON.stringify(rows.map(rowOf)),
    ]);
    await manager.query('RELEASE SAVEPOINT put');
    return 0;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await manager.query('ROLLBACK TO SAVEPOINT put');
  }
  if (rows.length === 1) return 1;
  const half = Math.ceil(rows.length / 2);
  return (
    (await put(manager, round, rows.slice(0, half))) + (await put(manager, round, rows.slice(half)))
  );
}

/** Whether it is the data that PostgreSQL does not take: class 22, a null or a value that may not be, a key too long. */
function isRefusal(error: unknown): boolean {
  const { code } = (error as { driverError?: { code?: unknown } }).driverError ?? {};
  return (
    typeof code === 'string' &&
    (code.startsWith('22') || ['23502', '23514', '54000'].includes(code))
  );
}

interface Settled {
  readonly puts: readonly EventRecord[];
  readonly removals: readonly string[];
  /** Ids of events that are no series, in case they were one. */
  readonly singles: readonly string[];
  readonly skipped: number;
}

/** What a page comes to: removals first, then at most one put for each id, the last or the newest said. */
function settle(changes: readonly EventChange[]): Settled {
  const events = new Map<string, EventRecord>();
  const removals = new Set<string>();
  let skipped = 0;
  for (const change of changes) {
    if (change.change === 'skip') skipped++;
    else if (change.change === 'put') {
      const before = events.get(change.event.providerEventId);
      if (before === undefined || !isOlder(change.event, before))
        events.set(change.event.providerEventId, change.event);
    } else {
      removals.add(change.providerEventId);
      for (const [id, { seriesId }] of events)
        if (id === change.providerEventId || seriesId === change.providerEventId) events.delete(id);
    }
  }
  const puts: EventRecord[] = [];
  const singles: string[] = [];
  for (const event of events.values()) {
    if (!isStorable(event)) skipped++;
    else {
      puts.push(event);
      if (event.kind === 'single') singles.push(event.providerEventId);
    }
  }
  return { puts, removals: [...removals], singles, skipped };
}

function isOlder(event: EventRecord, than: EventRecord): boolean {
  return (
    event.updatedAt !== null &&
    than.updatedAt !== null &&
    Date.parse(event.updatedAt) < Date.parse(than.updatedAt)
  );
}
