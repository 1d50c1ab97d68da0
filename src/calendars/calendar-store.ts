// Calendars of an account: which there are, which are synced, and where reading each of them stopped.

import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { type ErrorCode, IntegrationError } from '../errors.js';
import type { CalendarRecord, SyncState, TimeWindow } from '../vocabulary.js';
import { Calendar } from './calendar.js';
import { deleteEvents } from './event-deletion.js';
import { type Round, type Run, WriteGuard } from './round.js';

/** What a run has to know of a calendar it is to read. */
export interface CalendarToSync {
  readonly id: string;
  readonly providerCalendarId: string;
  /** Whether it can be read from where reading it stopped. */
  readonly hasCursor: boolean;
  /** The window of the last completed round; null before the first. */
  readonly window: TimeWindow | null;
  /** Failed readings in a row. */
  readonly failures: number;
  /** Not to be read before, unless somebody asks. */
  readonly nextAttemptAt: Date | null;
  /** How the last reading failed; null when it did not. */
  readonly errorCode: ErrorCode | null;
}

/** How a reading ended that was not completed. */
export interface RoundLeft {
  readonly state: SyncState;
  /** Null leaves what was said before. */
  readonly code?: ErrorCode;
  /** When it is to be read again; absent where the failure is not the calendar's own. */
  readonly nextAttemptAt?: Date;
}

export class CalendarStore {
  private readonly guard: WriteGuard;

  /** @param runMayWrite SQL for {@link WriteGuard} */
  constructor(
    private readonly dataSource: DataSource,
    runMayWrite: string,
  ) {
    this.guard = new WriteGuard(runMayWrite);
  }

  /**
   * Makes the account's calendars those of a complete listing: new ones begin selected or not as the provider's mapping
   * suggests, known ones keep selection and cursor, missing ones go with their events. False when the run may not write.
   */
  saveListing(run: Run, records: readonly CalendarRecord[]): Promise<boolean> {
    const byId = new Map(records.map((record) => [record.providerCalendarId, record]));
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.guard.runHolds(manager, run))) return false;
      const gone: { id: string }[] = await manager.query(
        `SELECT id FROM calendars WHERE account_id = $1 AND provider_calendar_id <> ALL($2::text[]) FOR UPDATE`,
        [run.accountId, [...byId.keys()]],
      );
      for (const { id } of gone) await this.delete(manager, id);
      await manager.query(UPSERT, [run.accountId, JSON.stringify([...byId.values()])]);
      return true;
    });
  }

  /** The selected calendars, the primary one first. */
  async forSync(accountId: string): Promise<CalendarToSync[]> {
    const rows: {
      id: string;
      provider_calendar_id: string;
      has_cursor: boolean;
      from: Date | null;
      to: Date | null;
      failures: number;
      next_attempt_at: Date | null;
      code: ErrorCode | null;
    }[] = await this.dataSource.query(
      `SELECT id, provider_calendar_id, cursor IS NOT NULL AND NOT partly_read AS has_cursor, window_from AS "from", window_to AS "to",
              failures, next_attempt_at, sync_error_code AS code
         FROM calendars WHERE account_id = $1 AND selected ORDER BY is_primary DESC, id`,
      [accountId],
    );
    return rows.map(
      ({ id, provider_calendar_id, has_cursor, from, to, failures, next_attempt_at, code }) => ({
        id,
        providerCalendarId: provider_calendar_id,
        hasCursor: has_cursor,
        window: from && to ? { from, to } : null,
        failures,
        nextAttemptAt: next_attempt_at,
        errorCode: code,
      }),
    );
  }

  /** When the first of the account's failed calendars is to be read again; null when none has failed. */
  async nextAttempt(accountId: string): Promise<Date | null> {
    const [row]: { at: Date | null }[] = await this.dataSource.query(
      `SELECT min(next_attempt_at) AS at FROM calendars WHERE account_id = $1 AND selected`,
      [accountId],
    );
    return row?.at ?? null;
  }

  /** Every calendar of the account, the primary one first, then by name. */
  list(accountId: string): Promise<Calendar[]> {
    const order = { primary: 'DESC', name: 'ASC', id: 'ASC' } as const;
    return this.dataSource.getRepository(Calendar).find({ where: { accountId }, order });
  }

  /**
   * Chooses whether a calendar is synced. One no longer chosen loses its events and its cursor at once; one newly chosen
   * is read by the next run. @throws IntegrationError `calendar_not_found`
   */
  async select(accountId: string, calendarId: string, selected: boolean): Promise<Calendar> {
    return this.dataSource.transaction(async (manager) => {
      const calendars = manager.getRepository(Calendar);
      const calendar = await calendars.findOne({
        where: { id: calendarId, accountId },
        lock: { mode: 'for_no_key_update' },
      });
      if (calendar === null) throw new IntegrationError('calendar_not_found');
      if (calendar.selected === selected) return calendar;
      await calendars.update(calendarId, { selected, ...(selected ? {} : NEVER_READ) });
      if (!selected) await deleteEvents(manager, { calendarId });
      return calendars.findOneByOrFail({ id: calendarId });
    });
  }

  /**
   * Starts reading a calendar, from its cursor if it has one and `full` does not forbid it, nor an earlier round that was
   * left with some of its pages saved; any earlier round of it can no longer write. Null when it is not to be read: not selected, gone, or the run may not write.
   */
  async beginRound(
    run: Run,
    calendarId: string,
    { full, window, at }: { full: boolean; window: TimeWindow; at: Date },
  ): Promise<Round | null> {
    const id = randomUUID();
    const [rows] = await this.dataSource.query(
      `${this.guard.run} UPDATE calendars c SET round = $4, sync_state = 'running', attempted_at = $5 FROM run
        WHERE c.id = $3 AND c.account_id = run.account_id AND c.selected
        RETURNING c.cursor, c.partly_read, c.window_from, c.window_to`,
      [run.accountId, run.syncId, calendarId, id, at],
    );
    const [row]: {
      cursor: string | null;
      partly_read: boolean;
      window_from: Date | null;
      window_to: Date | null;
    }[] = rows;
    if (row === undefined) return null;
    const { cursor: keptCursor, partly_read: partly, window_from: from, window_to: to } = row;
    const round = { accountId: run.accountId, syncId: run.syncId, calendarId, id, keptCursor };
    return full || partly || keptCursor === null || from === null || to === null
      ? { ...round, full: true, cursor: null, window }
      : { ...round, full: false, cursor: keptCursor, window: { from, to } };
  }

  /** Notes how a round ended that was not completed, if it is still the calendar's. Rows and cursor stay. */
  async leaveRound(
    { calendarId, id }: Round,
    { state, code, nextAttemptAt }: RoundLeft,
  ): Promise<void> {
    await this.dataSource.query(
      `UPDATE calendars
          SET sync_state = $3, sync_error_code = coalesce($4, sync_error_code), next_attempt_at = coalesce($5, next_attempt_at),
              failures = failures + CASE WHEN $5::timestamptz IS NULL THEN 0 ELSE 1 END
        WHERE id = $1 AND round = $2`,
      [calendarId, id, state, code ?? null, nextAttemptAt ?? null],
    );
  }

  /** Forgets a cursor the provider no longer knows. */
  async dropCursor({ calendarId, id }: Round): Promise<void> {
    await this.dataSource.query(`UPDATE calendars SET cursor = NULL WHERE id = $1 AND round = $2`, [
      calendarId,
      id,
    ]);
  }

  /** Forgets every cursor of the account, so that whatever reads its calendars next reads them in full. */
  async dropCursors(manager: EntityManager, accountId: string): Promise<void> {
    await manager.query(
      `UPDATE calendars SET cursor = NULL, next_attempt_at = NULL WHERE account_id = $1`,
      [accountId],
    );
  }

  /** Removes a calendar the provider no longer has, with its events. False when the run may not write. */
  remove(run: Run, calendarId: string): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.guard.runHolds(manager, run))) return false;
      await this.delete(manager, calendarId);
      return true;
    });
  }

  private async delete(manager: EntityManager, calendarId: string): Promise<void> {
    await manager.query(`SELECT id FROM calendars WHERE id = $1 FOR UPDATE`, [calendarId]);
    await deleteEvents(manager, { calendarId });
    await manager.query(`DELETE FROM calendars WHERE id = $1`, [calendarId]);
  }
}

const NEVER_READ = {
  cursor: null,
  partlyRead: false,
  round: null,
  windowFrom: null,
  windowTo: null,
  lastSyncedAt: null,
  syncState: 'idle',
  syncErrorCode: null,
  failures: 0,
  attemptedAt: null,
  nextAttemptAt: null,
  eventsSkipped: 0,
} as const;

const UPSERT = `
  INSERT INTO calendars AS c (id, account_id, provider_calendar_id, name, description, time_zone, color, is_primary, access_role, selected)
  SELECT gen_random_uuid(), $1, "providerCalendarId", name, description, "timeZone", color, "primary", "accessRole", "selectedByDefault"
    FROM json_to_recordset($2::json) AS r ("providerCalendarId" text, name text, description text, "timeZone" text, color text,
                                           "primary" boolean, "accessRole" text, "selectedByDefault" boolean)
  ON CONFLICT (account_id, provider_calendar_id) DO UPDATE
    SET name = EXCLUDED.name, description = EXCLUDED.description, time_zone = EXCLUDED.time_zone, color = EXCLUDED.color,
        is_primary = EXCLUDED.is_primary, access_role = EXCLUDED.access_role,
        -- Another role may see other things of the same events, which no change of theirs will tell.
        cursor = CASE WHEN c.access_role = EXCLUDED.access_role THEN c.cursor END,
        next_attempt_at = CASE WHEN c.access_role = EXCLUDED.access_role THEN c.next_attempt_at END
  WHERE (c.name, c.description, c.time_zone, c.color, c.is_primary, c.access_role) IS DISTINCT FROM
        (EXCLUDED.name, EXCLUDED.description, EXCLUDED.time_zone, EXCLUDED.color, EXCLUDED.is_primary, EXCLUDED.access_role)`;
