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
