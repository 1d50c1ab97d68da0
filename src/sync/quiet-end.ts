// Ends a run that found nothing new, in one statement: cursors, outcome and notification.

import { providerOf, userOf } from '../accounts/account-conditions.js';
import { type QuietCalendar, saveQuietCalendars } from '../calendars/looked-calendars.js';
import type { NamedStatement } from '../database/named-statement.js';
import type { AppendNotifications } from '../notification-types.js';
import { successDue } from './sync-success.js';

/** The end of a run that found nothing new in any calendar. */
export interface QuietEnd {
  readonly calendars: readonly QuietCalendar[];
  readonly nextSyncAt: Date;
  /** When the run has read which calendars there are; null where it has not. */
  readonly listedAt: Date | null;
}

/**
 * $1 account, $2 run, $3 now, $4 next sync, $5 the calendars as JSON, $6 when they were listed.
 * Rows are locked in the order of all writers: the run, calendars, the account's notifications.
 * @param mayWrite a condition with $1 and $2
 */
export function quietEndStatement(mayWrite: string, append: AppendNotifications): NamedStatement {
  return {
    name: 'run-end-quiet',
    text: `
  WITH finished AS MATERIALIZED (
    UPDATE account_syncs
       SET state = 'idle', phase = NULL, finished_at = $3::timestamptz, error_code = NULL,
           next_sync_at = CASE WHEN again IS NOT NULL THEN $3 ELSE $4::timestamptz END,
           not_before = NULL, failures = 0, last_synced_at = $3,
           calendars_done = json_array_length($5::json),
           calendars_total = json_array_length($5::json)
     WHERE ${mayWrite}
    RETURNING account_id, sync_id, trigger, again),
  saved AS MATERIALIZED (${saveQuietCalendars('finished', '$5', '$3')}),
  due AS (${successDue('SELECT account_id, $4::timestamptz, $6::timestamptz FROM finished')}),
  happened AS (
    SELECT account_id, ${userOf('account_id')} AS user_id, ${providerOf('account_id')} AS provider,
           'sync.completed' AS type, jsonb_build_object('syncId', sync_id, 'trigger', trigger,
             'first', false, 'changed', 0, 'deleted', 0) AS data
      FROM finished, (SELECT count(*) FROM saved) AS done),
  ${append('happened')}
  SELECT again FROM finished`,
  };
}

/** The parameters of the statement. */
export function quietEndValues(run: readonly unknown[], now: Date, end: QuietEnd): unknown[] {
  return [...run, now, end.nextSyncAt, JSON.stringify(end.calendars), end.listedAt];
}
