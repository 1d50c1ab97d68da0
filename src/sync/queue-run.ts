// Finds or makes the run that serves a request, in one statement where nothing is there to join.

import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { providerOf } from '../accounts/account-conditions.js';
import { returnedBy, rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { ProviderId, SyncState, SyncTrigger } from '../vocabulary.js';
import type { PausedFor } from './account-sync.js';
import { successDue } from './sync-success.js';

/** A running sync without a heartbeat for this long (milliseconds) is dead. */
export const RUN_DEAD_AFTER_MS = 90_000;

/** The run that will serve a request. */
export interface Queued {
  readonly syncId: string;
  readonly state: 'queued' | 'running';
  /** Whether the run existed before the request. */
  readonly joined: boolean;
  /** Before this time no request goes to the provider. */
  readonly notBefore: Date | null;
  /** Null where the account is gone. */
  readonly provider: ProviderId | null;
  /** Whether the account's last run failed. */
  readonly failedBefore: boolean;
}

/** What is read of the row of a run. */
type Read = Pick<Queued, 'notBefore' | 'provider' | 'failedBefore'>;

/** `failedBefore` also where only calendars failed, because the provider did not respond. */
export const FAILED_BEFORE = `(failures > 0 OR error_code IS NOT DISTINCT FROM 'provider_unavailable')`;

/** $1 now. */
export const IS_DUE = `paused_for IS NULL AND next_sync_at <= $1
  AND state NOT IN ('queued', 'running')`;

const READ = `not_before AS "notBefore", ${providerOf('account_id')} AS provider,
  ${FAILED_BEFORE} AS "failedBefore"`;

/**
 * $1 account, $2 the new run, $3 its trigger, $4 now. The times of the last run stay until the new
 * one begins. `s` is the row that exists.
 */
const NEW_RUN = `sync_id = $2, state = 'queued', trigger = $3, phase = NULL, heartbeat_at = $4,
  calendars_done = 0, calendars_total = 0, events_seen = 0, again = NULL, next_sync_at = NULL`;

/** $5: a running sync with a heartbeat since then is alive. */
const QUEUE_UNLESS_THERE = `
  UPDATE account_syncs SET ${NEW_RUN}
   WHERE account_id = $1 AND paused_for IS NULL
     AND NOT (sync_id IS NOT NULL
              AND (state = 'queued' OR (state = 'running' AND heartbeat_at >= $5)))
  RETURNING ${READ}`;

/** $1 now, $2 accounts. Another process that queues them too passes over them. */
const QUEUE_DUE = `
  WITH due AS MATERIALIZED (
    SELECT account_id FROM account_syncs WHERE account_id = ANY($2::uuid[]) AND ${IS_DUE}
     ORDER BY account_id FOR NO KEY UPDATE SKIP LOCKED)
  UPDATE account_syncs
     SET sync_id = gen_random_uuid(), state = 'queued', trigger = 'schedule', phase = NULL,
         heartbeat_at = $1, calendars_done = 0, calendars_total = 0, events_seen = 0,
         again = NULL, next_sync_at = NULL
   WHERE account_id = ANY(ARRAY(SELECT account_id FROM due))
  RETURNING account_id AS "accountId", sync_id AS "syncId", ${READ}`;

const IS_QUEUED = `(s.sync_id IS NOT NULL AND s.state = 'queued')`;
const unlessQueued = (column: string) =>
  `${column} = CASE WHEN ${IS_QUEUED} THEN s.${column} ELSE EXCLUDED.${column} END`;

/** For a grant that was just given: the account may be new, or was paused. A queued run is kept. */
const QUEUE_CONNECTED = `
  WITH due AS (${successDue('SELECT $1::uuid, $4::timestamptz, NULL::timestamptz')})
  INSERT INTO account_syncs AS s (account_id, sync_id, state, trigger, heartbeat_at)
  VALUES ($1, $2, 'queued', $3, $4)
  ON CONFLICT (account_id) DO UPDATE
     SET ${[
       'sync_id',
       'state',
       'trigger',
       'phase',
       'heartbeat_at',
       'calendars_done',
       'calendars_total',
       'events_seen',
       'again',
       'next_sync_at',
     ]
       .map(unlessQueued)
       .join(', ')},
         paused_for = NULL, failures = 0
  RETURNING sync_id AS "syncId", ${READ}`;

/**
 * $1 account, $2 trigger. A person's request keeps its rights in a run that something else queued:
 * it reads calendars that failed, too. No other trigger takes them away.
 */
const JOIN_QUEUED = `UPDATE account_syncs SET trigger = $2
  WHERE account_id = $1 AND $2 = 'manual' AND trigger IS DISTINCT FROM 'connect'`;
const JOIN_RUNNING = `UPDATE account_syncs SET again = $2
  WHERE account_id = $1 AND again IS DISTINCT FROM 'manual'`;

interface LockedRow extends Read {
  readonly pausedFor: PausedFor | null;
  readonly syncId: string | null;
  readonly state: SyncState;
  readonly heartbeatAt: Date | null;
}

/**
 * Queues a run inside the caller's transaction. A queued run is joined. A running one is joined too
 * and followed by exactly one more, because it may have read already what the request is about.
 * @throws IntegrationError `account_not_found` (also while disconnecting),
 * `reauthorization_required`
 */
export async function queueRun(
  manager: EntityManager,
  accountId: string,
  trigger: Exclude<SyncTrigger, 'connect'>,
  now: Date,
): Promise<Queued> {
  const fresh = randomUUID();
  const aliveSince = new Date(now.getTime() - RUN_DEAD_AFTER_MS);
  const run = [accountId, fresh, trigger, now];
  // Nearly always there is nothing to join: one statement, then.
  const [queued] = await returnedBy<Read>(manager, QUEUE_UNLESS_THERE, [...run, aliveSince]);
  if (queued !== undefined) return { syncId: fresh, state: 'queued', joined: false, ...queued };
  const { syncId, state, heartbeatAt, pausedFor: _, ...read } = await lockRow(manager, accountId);
  const isAlive = heartbeatAt !== null && heartbeatAt >= aliveSince;
  if (syncId !== null && (state === 'queued' || (state === 'running' && isAlive))) {
    const join = state === 'queued' ? JOIN_QUEUED : JOIN_RUNNING;
    await manager.query(join, [accountId, trigger]);
    return { syncId, state, joined: true, ...read };
  }
  // The run ended between the two statements.
  await manager.query(`UPDATE account_syncs SET ${NEW_RUN} WHERE account_id = $1`, run);
  return { syncId: fresh, state: 'queued', joined: false, ...read };
}

/** A scheduled run that was queued with others. */
export interface DueRun extends Read {
  readonly accountId: string;
  readonly syncId: string;
}

/** Queues a run for each of the accounts that is due, inside the caller's transaction. */
export function queueDue(
  manager: EntityManager,
  accountIds: readonly string[],
  now: Date,
): Promise<DueRun[]> {
  return returnedBy<DueRun>(manager, QUEUE_DUE, [now, accountIds]);
}

/** @throws IntegrationError `account_not_found`, `reauthorization_required` */
async function lockRow(manager: EntityManager, accountId: string): Promise<LockedRow> {
  const [row] = await rowsOf<LockedRow>(
    manager,
    `SELECT paused_for AS "pausedFor", sync_id AS "syncId", state, heartbeat_at AS "heartbeatAt",
            ${READ}
       FROM account_syncs WHERE account_id = $1 FOR NO KEY UPDATE`,
    [accountId],
  );
  if (row === undefined || row.pausedFor === 'disconnecting')
    throw new IntegrationError('account_not_found');
  if (row.pausedFor === 'reauthorization_required')
    throw new IntegrationError('reauthorization_required');
  return row;
}

/**
 * Queues the first run of a new grant inside the transaction that saves the grant, and ends a
 * pause. A run that uses the grant before is replaced, never joined.
 */
export async function queueConnected(
  manager: EntityManager,
  accountId: string,
  now: Date,
): Promise<Queued> {
  const fresh = randomUUID();
  const [row] = await rowsOf<Read & Pick<Queued, 'syncId'>>(manager, QUEUE_CONNECTED, [
    accountId,
    fresh,
    'connect',
    now,
  ]);
  // How the last run ended says nothing about the new grant.
  return { ...row!, state: 'queued', joined: row!.syncId !== fresh, failedBefore: false };
}
