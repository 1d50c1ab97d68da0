// The SQL that writes notifications and numbers them per account.

/**
 * CTEs that write a notification for each row of the CTE `source` (account_id, user_id, provider,
 * type, data), in the order of its rows for one account. See AppendNotifications.
 *
 * The number is taken under the lock of the account's row in notification_sequences, which is held
 * until the transaction ends: numbers have no gaps, and become visible in their order. So this comes
 * last in a transaction that also locks other rows.
 */
export function appendNotifications(source: string): string {
  return joined(appendingSteps(source));
}

/** The same for the last notification of an account: it gets no further one. */
export function appendLastNotification(source: string): string {
  return joined(appendingSteps(source, 'true'));
}

/** The same CTEs by name, in order. The last one, `written`, returns a row for each notification. */
export function appendingSteps(
  source: string,
  ended: 'true' | 'false' = 'false',
): Readonly<Record<'placed' | 'numbers' | 'written', string>> {
  return {
    placed: `SELECT row_number() OVER () AS place, * FROM ${source}`,
    numbers: `
    INSERT INTO notification_sequences AS s (account_id, last, ended)
    SELECT account_id, count(*), ${ended} FROM placed GROUP BY account_id ORDER BY account_id
    ON CONFLICT (account_id) DO UPDATE
       SET last = s.last + EXCLUDED.last, ended = EXCLUDED.ended WHERE NOT s.ended
    RETURNING account_id, last`,
    written: `
    INSERT INTO notifications (account_id, user_id, provider, sequence, type, data)
    SELECT account_id, user_id, provider,
           last + 1 - row_number() OVER (PARTITION BY account_id ORDER BY place DESC), type, data
      FROM placed JOIN numbers USING (account_id) ORDER BY place
    RETURNING id`,
  };
}

function joined(steps: Readonly<Record<string, string>>): string {
  return Object.entries(steps)
    .map(([name, sql]) => `${name} AS MATERIALIZED (${sql})`)
    .join(',\n  ');
}
