// Calendars of an account: which there are, which are synced, and how far each was read.

import { randomUUID } from 'node:crypto';
import { type DataSource, type EntityManager, IsNull } from 'typeorm';
import { returnedBy, rowsOf } from '../database/rows.js';
import { type ErrorCode, IntegrationError } from '../errors.js';
import type { CalendarRecord, SyncState } from '../vocabulary.js';
import { Calendar } from './calendar.js';
import { SAVE_CALENDARS } from './calendar-sql.js';
import { NO_LISTENER, type OnEventsChanged } from './changes-listener.js';
import { deleteEvents } from './event-deletion.js';
import { type KeptWindow, type Round, type Run, WriteGuard } from './round.js';

/** A selected calendar, with what decides whether and how a run reads it. */
export interface CalendarToSync {
  readonly id: string;
  readonly providerCalendarId: string;
  /** Whether reading can continue where it stopped. */
  readonly hasCursor: boolean;
  /** The window of the last completed round; null before the first. */
  readonly window: KeptWindow | null;
  /** Failed rounds in a row. */
  readonly failures: number;
  /** A scheduled run does not read the calendar before; null when it did not fail. */
  readonly nextAttemptAt: Date | null;
  /** How the last round failed; null when it did not. */
  readonly errorCode: ErrorCode | null;
}

/** How a round ended that was not completed. */
export interface UnfinishedRound {
  readonly state: SyncState;
  /** Absent: the code of before stays. */
  readonly code?: ErrorCode;
  /**
   * When the calendar is read again. Absent where the cause is not the calendar, which then has no
   * failure.
   */
  readonly nextAttemptAt?: Date;
}

interface StartedRow {
  readonly keptCursor: string | null;
  readonly partlyRead: boolean;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly madeOn: Date | null;
}

export class CalendarStore {
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
   * Saves a listing of the account's calendars. Calendars that a complete listing lacks lose their
   * events, and keep their id and selection for {@link deleteGone}.
   * @returns false when the run may not write
   */
  saveListing(
    run: Run,
    records: readonly CalendarRecord[],
    { at, isComplete = true }: { at: Date; isComplete?: boolean },
  ): Promise<boolean> {
    const byId = new Map(records.map((record) => [record.providerCalendarId, record]));
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.guard.runHolds(manager, run))) return false;
      const missing = await rowsOf<{ id: string }>(
        manager,
        `SELECT id FROM calendars
          WHERE account_id = $1 AND provider_calendar_id <> ALL($2::text[]) AND gone_at IS NULL
            AND $3 FOR UPDATE`,
        [run.accountId, [...byId.keys()], isComplete],
      );
      for (const { id } of missing) {
        await deleteEvents(manager, { calendarId: id });
        await manager.getRepository(Calendar).update(id, { ...NEVER_READ, goneAt: at });
      }
      await manager.query(SAVE_CALENDARS, [run.accountId, JSON.stringify([...byId.values()])]);
      for (const { id } of missing) await this.onChanged(manager, run.accountId, id, 'provider');
      return true;
    });
  }

  /** The selected calendars, the primary one first. */
  async forSync(accountId: string): Promise<CalendarToSync[]> {
    const rows = await rowsOf<
      Omit<CalendarToSync, 'window'> & { from: Date | null; to: Date | null; madeOn: Date | null }
    >(
      this.dataSource,
      `SELECT id, provider_calendar_id AS "providerCalendarId",
              cursor IS NOT NULL AND NOT partly_read AS "hasCursor",
              window_from AS "from", window_to AS "to",
              window_made_on AS "madeOn",
              failures, next_attempt_at AS "nextAttemptAt", sync_error_code AS "errorCode"
         FROM calendars WHERE account_id = $1 AND selected AND gone_at IS NULL
        ORDER BY is_primary DESC, id`,
      [accountId],
    );
    return rows.map(({ from, to, madeOn, ...calendar }) => ({
      ...calendar,
      window: from && to ? { from, to, madeOn } : null,
    }));
  }

  /** When the first of the account's failed calendars is read again; null when none has failed. */
  async nextAttempt(accountId: string): Promise<Date | null> {
    const [row] = await rowsOf<{ at: Date | null }>(
      this.dataSource,
      `SELECT min(next_attempt_at) AS at FROM calendars
        WHERE account_id = $1 AND selected AND gone_at IS NULL`,
      [accountId],
    );
    return row?.at ?? null;
  }

  /** Every calendar that the provider lists, the primary one first, then by name. */
  list(accountId: string): Promise<Calendar[]> {
    const order = { primary: 'DESC', name: 'ASC', id: 'ASC' } as const;
    return this.dataSource
      .getRepository(Calendar)
      .find({ where: { accountId, goneAt: IsNull() }, order });
  }

  /**
   * Selects a calendar for syncing, or deselects it. A deselected calendar loses its events and its
   * cursor at once; a selected one is read by the next run.
   * @throws IntegrationError `calendar_not_found`
   */
  async select(accountId: string, calendarId: string, selected: boolean): Promise<Calendar> {
    return this.dataSource.transaction(async (manager) => {
      const calendars = manager.getRepository(Calendar);
      const calendar = await calendars.findOne({
        where: { id: calendarId, accountId, goneAt: IsNull() },
        lock: { mode: 'for_no_key_update' },
      });
      if (calendar === null) throw new IntegrationError('calendar_not_found');
      if (calendar.selected === selected) return calendar;
      await calendars.update(calendarId, { selected, ...(selected ? {} : NEVER_READ) });
      if (!selected) {
        await deleteEvents(manager, { calendarId });
        await this.onChanged(manager, accountId, calendarId, 'self');
      }
      return calendars.findOneByOrFail({ id: calendarId });
    });
  }

  /**
   * Starts a round. It begins at the cursor, unless `full` is set, there is no cursor, or an
   * earlier round saved only some of its pages. From now on, an earlier round of the calendar
   * cannot write any more.
   * @returns null when the calendar is not selected or gone, or when the run may not write
   */
  async beginRound(
    run: Run,
    calendarId: string,
    { full, window, at }: { full: boolean; window: KeptWindow; at: Date },
  ): Promise<Round | null> {
    const id = randomUUID();
    const [started] = await returnedBy<StartedRow>(
      this.dataSource,
      `${this.guard.run}
       UPDATE calendars c SET round = $4, sync_state = 'running', attempted_at = $5 FROM run
        WHERE c.id = $3 AND c.account_id = run.account_id AND c.selected
          AND c.gone_at IS NULL
        RETURNING c.cursor AS "keptCursor", c.partly_read AS "partlyRead",
                  c.window_from AS "from", c.window_to AS "to",
                  c.window_made_on AS "madeOn"`,
      [run.accountId, run.syncId, calendarId, id, at],
    );
    if (started === undefined) return null;
    const { keptCursor, partlyRead, from, to, madeOn } = started;
    const round = { accountId: run.accountId, syncId: run.syncId, calendarId, id, keptCursor };
    return full || partlyRead || keptCursor === null || from === null || to === null
      ? { ...round, full: true, cursor: null, window }
      : { ...round, full: false, cursor: keptCursor, window: { from, to, madeOn } };
  }

  /**
   * Records how a round ended that was not completed, if no later one began. Rows and cursor stay.
   */
  async leaveRound(
    { calendarId, id }: Round,
    { state, code, nextAttemptAt }: UnfinishedRound,
  ): Promise<void> {
    await this.dataSource.query(
      `UPDATE calendars
          SET sync_state = $3, sync_error_code = coalesce($4, sync_error_code),
              next_attempt_at = coalesce($5, next_attempt_at),
              failures = failures + CASE WHEN $5::timestamptz IS NULL THEN 0 ELSE 1 END
        WHERE id = $1 AND round = $2`,
      [calendarId, id, state, code ?? null, nextAttemptAt ?? null],
    );
  }

  /** Deletes a cursor that the provider no longer accepts. */
  async dropCursor({ calendarId, id }: Round): Promise<void> {
    await this.dataSource.query(`UPDATE calendars SET cursor = NULL WHERE id = $1 AND round = $2`, [
      calendarId,
      id,
    ]);
  }

  /** Deletes every cursor of the account, so that the next round of each calendar is a full one. */
  async dropCursors(manager: EntityManager, accountId: string): Promise<void> {
    await manager.query(
      `UPDATE calendars SET cursor = NULL, next_attempt_at = NULL WHERE account_id = $1`,
      [accountId],
    );
  }

  /** Deletes the calendars that disappeared before `before` and have not come back. */
  async deleteGone(before: Date): Promise<void> {
    await this.dataSource.query(`DELETE FROM calendars WHERE gone_at < $1`, [before]);
  }
}

/** The values of a calendar that was never read. */
const NEVER_READ = {
  cursor: null,
  partlyRead: false,
  round: null,
  windowFrom: null,
  windowTo: null,
  windowMadeOn: null,
  lastSyncedAt: null,
  syncState: 'idle',
  syncErrorCode: null,
  failures: 0,
  attemptedAt: null,
  nextAttemptAt: null,
  eventsSkipped: 0,
} as const;
