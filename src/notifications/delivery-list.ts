// Lists deliveries of an endpoint, and sends some of them again.

import type { DataSource } from 'typeorm';
import { changedBy, rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { DeliveryState } from '../notification-types.js';
import { decodePageCursor, encodePageCursor } from '../page-cursor.js';
import { wants } from './fan-out.js';
import type { Feed } from './feed.js';
import type { WebhookDelivery } from './webhook-delivery.js';

/** A delivery as the host sees it. */
export type ListedDelivery = Pick<
  WebhookDelivery,
  | 'id'
  | 'notificationId'
  | 'type'
  | 'state'
  | 'attempts'
  | 'lastStatus'
  | 'lastError'
  | 'nextAttemptAt'
  | 'createdAt'
  | 'deliveredAt'
>;

/** What its cursors name. */
const LISTING = 'deliveries';

export interface DeliveryFilter {
  readonly endpointId: string;
  /** Null: of any state. */
  readonly state: DeliveryState | null;
  readonly limit: number;
  readonly cursor: string | null;
}

export interface DeliveryPage {
  readonly deliveries: readonly ListedDelivery[];
  readonly nextCursor: string | null;
}

/**
 * The newest first. @throws IntegrationError `invalid_request` for a cursor that this service did
 * not return
 */
export async function listDeliveries(
  dataSource: DataSource,
  { endpointId, state, limit, cursor }: DeliveryFilter,
): Promise<DeliveryPage> {
  const after = cursor === null ? null : decodePageCursor(LISTING, cursor);
  const rows = await rowsOf<ListedDelivery & { at: string }>(
    dataSource,
    `SELECT id, notification_id AS "notificationId", type, state, attempts,
            last_status AS "lastStatus", last_error AS "lastError",
            next_attempt_at AS "nextAttemptAt", created_at AS "createdAt",
            delivered_at AS "deliveredAt",
            to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
       FROM webhook_deliveries
      WHERE endpoint_id = $1 AND ($2::text IS NULL OR state = $2)
        AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::uuid))
      ORDER BY webhook_deliveries.created_at DESC, id DESC LIMIT $5`,
    [endpointId, state, after?.at ?? null, after?.id ?? null, limit + 1],
  );
  const deliveries = rows.slice(0, limit);
  const last = rows.length > limit ? deliveries.at(-1) : undefined;
  return {
    deliveries,
    nextCursor: last === undefined ? null : encodePageCursor(LISTING, { at: last.at, id: last.id }),
  };
}

/** What is sent again: what came after a cursor of the feed, or single deliveries. */
export type Replay = { readonly after: string } | { readonly deliveryIds: readonly string[] };

const FRESH = `state = 'pending', attempts = 0, next_attempt_at = now(), leased_until = NULL`;
const POSITIONS_AT_ONCE = 5_000;

/**
 * Queues deliveries again, from their first attempt. Those that wait for one are left alone.
 * @returns how many there are
 * @throws IntegrationError `invalid_request`, `changes_expired` of the cursor
 */
export async function replay(
  dataSource: DataSource,
  feed: Pick<Feed, 'range'>,
  endpointId: string,
  what: Replay,
): Promise<number> {
  if ('deliveryIds' in what)
    return changedBy(
      dataSource,
      `UPDATE webhook_deliveries SET ${FRESH}
        WHERE endpoint_id = $1 AND id = ANY($2) AND (state <> 'pending' OR attempts > 0)`,
      [endpointId, what.deliveryIds],
    );
  const { after, last } = await feed.range(what.after);
  let count = 0;
  for (let from = after; from < last; from += POSITIONS_AT_ONCE) {
    const to = Math.min(from + POSITIONS_AT_ONCE, last);
    const rows = await rowsOf(
      dataSource,
      `INSERT INTO webhook_deliveries AS d (endpoint_id, notification_id, lane, position, type)
       SELECT e.id, n.id, coalesce(n.account_id, n.id), n.position, n.type
         FROM notifications n JOIN webhook_endpoints e ON e.id = $1
        WHERE n.position > $2 AND n.position <= $3 AND ${wants('n.type', 'n.data')}
       ON CONFLICT (endpoint_id, notification_id) DO UPDATE SET ${FRESH}
        WHERE d.state <> 'pending' OR d.attempts > 0
       RETURNING id`,
      [endpointId, from, to],
    );
    count += rows.length;
  }
  return count;
}

/** @throws IntegrationError `invalid_request` unless exactly one of the two is given */
export function replayOf(
  after: string | undefined,
  deliveryIds: readonly string[] | undefined,
): Replay {
  if (after !== undefined && deliveryIds === undefined) return { after };
  if (deliveryIds !== undefined && after === undefined) return { deliveryIds };
  throw new IntegrationError('invalid_request', {
    detail: 'Send either after, a cursor of the feed, or deliveryIds.',
  });
}
