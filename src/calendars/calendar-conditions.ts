// SQL about calendars, lent to the statements of other rooms. The arguments are SQL expressions.

/** Condition: the calendar `id` is listed and synced. False for null. */
export function isSelected(id: string): string {
  return `EXISTS (SELECT FROM calendars calendar WHERE calendar.id = ${id} AND calendar.selected
    AND calendar.gone_at IS NULL)`;
}

/** Statement: `id` and `account_id` of the selected calendars of `accountIds`, an array of uuid. */
export function selectedCalendarsOf(accountIds: string): string {
  return `SELECT id, account_id FROM calendars
    WHERE account_id = ANY(${accountIds}) AND selected AND gone_at IS NULL`;
}

/** Statement: the selected calendars of an account that have been read completely at least once. */
export function readCalendarsOf(accountId: string): string {
  return `SELECT id, provider_calendar_id, is_primary FROM calendars
    WHERE account_id = ${accountId} AND selected AND gone_at IS NULL
      AND last_synced_at IS NOT NULL`;
}

/**
 * Statement: `changed` and `deleted`, the number of events of a calendar that readers see and that
 * this transaction has changed, and of those that it has deleted. Both rows and tombstones carry
 * the time at which their transaction began.
 */
export function changesOfThisTransaction(accountId: string, calendarId: string): string {
  return `SELECT
    (SELECT count(*)::integer FROM events WHERE account_id = ${accountId} AND shown
        AND changed_at = now() AND calendar_id = ${calendarId}) AS changed,
    (SELECT count(*)::integer FROM event_tombstones WHERE account_id = ${accountId}
        AND deleted_at = now() AND calendar_id = ${calendarId}) AS deleted`;
}
