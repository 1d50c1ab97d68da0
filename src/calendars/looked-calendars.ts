// SQL for a run that finds nothing new, lent to the statements that begin and end it: what it needs
// of the account's calendars, and what it saves of them.

import type { CalendarRecord } from '../vocabulary.js';

/** A listed calendar, as `calendarsToLookAt` selects it. Times are as JSON has them. */
export interface LookedCalendar extends Omit<CalendarRecord, 'selectedByDefault'> {
  readonly id: string;
  readonly selected: boolean;
  /** Null where reading cannot continue where it stopped. */
  readonly cursor: string | null;
  readonly round: string | null;
  readonly windowFrom: string | null;
  readonly windowTo: string | null;
  readonly windowMadeOn: string | null;
  /** Whether the last round failed. */
  readonly hasFailed: boolean;
}

/** A calendar whose provider reported no change since its cursor. */
export interface QuietCalendar {
  readonly id: string;
  /** The cursor and the round as they were before. */
  readonly kept: string;
  readonly round: string | null;
  /** Where the next reading begins. */
  readonly cursor: string;
}

/** Value: a JSON array of {@link LookedCalendar}. @param accountId an SQL expression */
export function calendarsToLookAt(accountId: string): string {
  return `(SELECT coalesce(json_agg(json_build_object(
      'id', id, 'providerCalendarId', provider_calendar_id, 'name', name,
      'description', description, 'timeZone', time_zone, 'color', color, 'primary', is_primary,
      'accessRole', access_role, 'selected', selected, 'round', round,
      'cursor', CASE WHEN NOT partly_read THEN cursor END,
      'windowFrom', window_from, 'windowTo', window_to, 'windowMadeOn', window_made_on,
      'hasFailed', sync_error_code IS NOT NULL OR next_attempt_at IS NOT NULL)), '[]'::json)
    FROM calendars WHERE account_id = ${accountId} AND gone_at IS NULL)`;
}

/**
 * Statement: saves the cursors of `quiet`, an SQL expression of a JSON array of {@link
 * QuietCalendar}. It passes over a calendar that changed meanwhile: one that is not selected any
 * more, was read by another round, or whose cursor was dropped.
 * @param run a CTE with `account_id` of a run that may write, which it has locked
 */
export function saveQuietCalendars(run: string, quiet: string, at: string): string {
  return `UPDATE calendars c
     SET cursor = quiet.cursor, last_synced_at = ${at}, attempted_at = ${at}, sync_state = 'idle'
    FROM ${run}, json_to_recordset(${quiet}::json)
           AS quiet (id uuid, kept text, round uuid, cursor text)
   WHERE c.id = quiet.id AND c.account_id = ${run}.account_id AND c.selected AND c.gone_at IS NULL
     -- Always true. The kept plan then expects one row, and uses the index also in a new database.
     AND num_nonnulls(quiet.id) = 1
     AND c.cursor = quiet.kept AND c.round IS NOT DISTINCT FROM quiet.round AND NOT c.partly_read
  RETURNING c.id`;
}
