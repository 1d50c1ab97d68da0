// Which deliveries a worker may attempt now, in one statement for all endpoints.

import type { DataSource } from 'typeorm';
import { returnedBy } from '../database/rows.js';
import type { NotificationRow } from './feed.js';

/** A worker that does not end an attempt within this time has died (seconds). */
const LEASE_SECONDS = 60;
/** Lanes whose first delivery is under way, and that a search passes. */
const MOST_PASSED = 64;

/** Before every lane. */
export const FIRST_LANE = '00000000-0000-0000-0000-000000000000';

/** Free slots of one endpoint. */
export interface FreeSlots {
  readonly endpointId: string;
  readonly slots: number;
  /** First attempts are looked for in lanes after this one. */
  readonly afterLane: string;
}

/** A delivery that is this worker's until its lease ends. */
export interface ClaimedDelivery extends NotificationRow {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly lane: string;
  readonly attempts: number;
  /** Null for the host's function. */
  readonly url: string | null;
  readonly secret: string | null;
  readonly previousSecret: string | null;
}

/**
 * $1 free slots as JSON, $2 seconds of the lease. The first delivery of each lane is found by the index, a lane at a time:
 * the next one of a lane is not there before the attempt of the first has ended. Retries are taken
 * in turn with first attempts.
 */
const CLAIM = `
  WITH RECURSIVE free AS (
    SELECT f.* FROM json_to_recordset($1::json)
        AS f ("endpointId" uuid, slots integer, "afterLane" uuid)
      JOIN webhook_endpoints e ON e.id = f."endpointId"
     WHERE e.disabled_at IS NULL AND (e.not_before IS NULL OR e.not_before <= now())),
  heads AS (
    SELECT free."endpointId", free.slots, first.*, 1 AS passed
      FROM free, LATERAL (${head('free."endpointId"', 'free."afterLane"')}) first
    UNION ALL
    SELECT heads."endpointId", heads.slots, next.*, passed + 1
      FROM heads, LATERAL (${head('heads."endpointId"', 'heads.lane')}) next
     WHERE passed < heads.slots + ${MOST_PASSED}),
  ready AS (
    (SELECT "endpointId", slots, id,
            row_number() OVER (PARTITION BY "endpointId" ORDER BY passed) AS rank
       FROM heads WHERE leased_until IS NULL OR leased_until < now())
    UNION ALL
    (SELECT "endpointId", slots, again.id, again.rank FROM free, LATERAL (
       SELECT id, row_number() OVER (ORDER BY next_attempt_at) AS rank FROM webhook_deliveries
        WHERE endpoint_id = "endpointId" AND state = 'pending' AND attempts > 0
          AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until < now())
        ORDER BY next_attempt_at LIMIT slots) again)),
  chosen AS (
    SELECT id FROM (SELECT id, slots, row_number() OVER (PARTITION BY "endpointId" ORDER BY rank)
                             AS turn FROM ready) ranked WHERE turn <= slots),
  claimed AS (
    SELECT id FROM webhook_deliveries
     WHERE id IN (SELECT id FROM chosen) AND state = 'pending'
       AND (leased_until IS NULL OR leased_until < now()) FOR UPDATE SKIP LOCKED)
  UPDATE webhook_deliveries d
     SET leased_until = now() + make_interval(secs => $2)
    FROM claimed, notifications n, webhook_endpoints e
   WHERE d.id = claimed.id AND n.id = d.notification_id AND e.id = d.endpoint_id
  RETURNING d.id AS "deliveryId", d.endpoint_id AS "endpointId", d.lane, d.attempts, e.url, e.secret,
    CASE WHEN e.previous_secret_until > now() THEN e.previous_secret END AS "previousSecret",
    n.id, n.account_id AS "accountId", n.user_id AS "userId", n.provider,
    n.sequence::float8 AS sequence, n.type, n.data, n.created_at AS "createdAt"`;

/** Statement: the first delivery of the next lane. */
function head(endpointId: string, afterLane: string): string {
  return `SELECT lane, id, leased_until FROM webhook_deliveries d
    WHERE d.endpoint_id = ${endpointId} AND d.state = 'pending' AND d.attempts = 0
      AND d.lane > ${afterLane} ORDER BY d.lane, d.position LIMIT 1`;
}

/** Takes as many deliveries as there are free slots, or as are due. */
export function claimDeliveries(
  dataSource: DataSource,
  free: readonly FreeSlots[],
  leaseSeconds = LEASE_SECONDS,
): Promise<ClaimedDelivery[]> {
  return returnedBy<ClaimedDelivery>(dataSource, CLAIM, [JSON.stringify(free), leaseSeconds]);
}

/** Lets other workers take deliveries whose attempts this one does not wait for. */
export async function giveBack(
  dataSource: DataSource,
  deliveryIds: readonly string[],
): Promise<void> {
  await dataSource.query(
    `UPDATE webhook_deliveries SET leased_until = NULL WHERE id = ANY($1) AND state = 'pending'`,
    [deliveryIds],
  );
}
