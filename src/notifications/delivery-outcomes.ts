// Records what became of an attempt: of the delivery, and of its endpoint.

import type { DataSource } from 'typeorm';
import type { ClaimedDelivery } from './delivery-claims.js';
import { endpointPause, MOST_ATTEMPTS, type RetryDelay, retryDelay } from './retry-schedule.js';
import type { Attempt } from './webhook-sender.js';

const GONE = 410;
const THROTTLING: readonly (number | null)[] = [429, 502, 504];

/** $1 delivery, $2 endpoint, $3 status. A request sent before a pause began does not end it. */
const SUCCEED = `
  WITH works AS (
    UPDATE webhook_endpoints
       SET failures = 0, not_before = CASE WHEN not_before > now() THEN not_before END
     WHERE id = $2 AND failures > 0)
  UPDATE webhook_deliveries
     SET state = 'delivered', attempts = attempts + 1, last_status = $3, last_error = NULL,
         next_attempt_at = NULL, leased_until = NULL, delivered_at = clock_timestamp()
   WHERE id = $1 AND state = 'pending'`;

/**
 * $1 delivery, $2 endpoint, $3 status, $4 error, $5 milliseconds until the next attempt or null,
 * $6 milliseconds for which the endpoint is left alone, $7 whether it is gone.
 */
const FAIL = `
  WITH fails AS (
    UPDATE webhook_endpoints
       SET failures = failures + 1,
           not_before = greatest(not_before, now() + $6 * interval '1 millisecond'),
           disabled_at = CASE WHEN $7 THEN coalesce(disabled_at, now()) ELSE disabled_at END,
           disabled_reason = CASE WHEN $7 THEN coalesce(disabled_reason, 'gone')
                             ELSE disabled_reason END
     WHERE id = $2)
  UPDATE webhook_deliveries
     SET state = CASE WHEN $5::float8 IS NULL THEN 'failed' ELSE 'pending' END,
         attempts = attempts + 1, last_status = $3, last_error = $4,
         next_attempt_at = now() + $5 * interval '1 millisecond', leased_until = NULL
   WHERE id = $1 AND state = 'pending'`;

export interface OutcomeSettings {
  /** Of the endpoint in a row, this one included where it failed. */
  readonly failures: number;
  readonly random: () => number;
  readonly retryDelay?: RetryDelay | undefined;
}

/** Records an attempt. */
export async function recordAttempt(
  dataSource: DataSource,
  { deliveryId, endpointId, attempts }: ClaimedDelivery,
  { status, error, retryAfterSeconds }: Attempt,
  { failures, random, retryDelay: delayOf = retryDelay }: OutcomeSettings,
): Promise<void> {
  if (error === null) {
    await dataSource.query(SUCCEED, [deliveryId, endpointId, status]);
    return;
  }
  const isGone = status === GONE;
  const isThrottling = THROTTLING.includes(status);
  const isLast = isGone || attempts + 1 >= MOST_ATTEMPTS;
  await dataSource.query(FAIL, [
    deliveryId,
    endpointId,
    status,
    error,
    isLast ? null : delayOf(attempts + 1, retryAfterSeconds, random),
    endpointPause(failures, isThrottling, retryAfterSeconds),
    isGone,
  ]);
}

/** Ends a delivery that must not be made any more: its event was moved, cancelled or declined. */
export async function dropDelivery(
  dataSource: DataSource,
  { deliveryId }: ClaimedDelivery,
): Promise<void> {
  await dataSource.query(
    `UPDATE webhook_deliveries SET state = 'failed', last_error = 'event_changed',
            next_attempt_at = NULL, leased_until = NULL
      WHERE id = $1 AND state = 'pending'`,
    [deliveryId],
  );
}
