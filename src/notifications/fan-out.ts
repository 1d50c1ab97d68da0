// Which endpoint gets which notification. The delivery is made when the notification is numbered.

import { TIMED_TYPES } from '../notification-types.js';

const TIMED = TIMED_TYPES.map((type) => `'${type}'`).join(', ');

/**
 * Condition: the endpoint `e` wants a notification. The arguments are SQL expressions. The host's
 * function, which has no URL, gets everything; timed ones exist only where an endpoint asked.
 */
export function wants(type: string, data: string): string {
  return `(e.url IS NULL OR CASE WHEN e.types IS NULL THEN ${type} NOT IN (${TIMED})
      ELSE ${type} = ANY(e.types)
       AND (${type} <> 'event.starting' OR (${data} ->> 'minutesBefore')::integer = e.minutes_before)
      END)`;
}

/** For the numbering: makes the deliveries of the rows of the CTE `numbered`. */
export const FAN_OUT = `,
  fanned_out AS (
    INSERT INTO webhook_deliveries (endpoint_id, notification_id, lane, position, type)
    SELECT e.id, n.id, coalesce(n.account_id, n.id), n.position, n.type
      FROM numbered n JOIN webhook_endpoints e
        ON e.disabled_at IS NULL AND ${wants('n.type', 'n.data')}
     ORDER BY n.position)`;
