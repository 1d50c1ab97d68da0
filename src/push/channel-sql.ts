// Conditions on push_channels that several statements of this room share.

/** A request without an outcome for this long was sent by a process that died. */
const REQUEST_DEAD_AFTER = `interval '2 minutes'`;

/**
 * Condition: a new request may take the place of the row, because its retry is due or its sender
 * died.
 */
export function canBeClaimed(row: string, now: string): string {
  return `((${row}.state = 'failed' AND ${row}.retry_at <= ${now})
    OR (${row}.state = 'pending'
        AND ${row}.attempted_at < ${now}::timestamptz - ${REQUEST_DEAD_AFTER}))`;
}

/** Condition: a retired channel is due to be stopped. */
export function canBeStopped(row: string, now: string): string {
  return `(${row}.state = 'retired' AND (${row}.retry_at IS NULL OR ${row}.retry_at <= ${now}))`;
}
