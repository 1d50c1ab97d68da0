// What of the notifications is deleted: old ones, and those of a user who is erased.

import type { DataSource, EntityManager } from 'typeorm';
import { rowsOf } from '../database/rows.js';

const AT_ONCE = 2_000;

/**
 * $1 days. Deletes one batch of what has a position, the oldest first, and notes how far. A cursor
 * from before that has expired: the position is noted in the same statement.
 */
const DELETE_OLD = `
  WITH old AS MATERIALIZED (
    SELECT id, position FROM notifications
     WHERE created_at < now() - make_interval(days => $1) AND position IS NOT NULL
     ORDER BY created_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED),
  noted AS (
    UPDATE notification_feed
       SET deleted_to = greatest(deleted_to, (SELECT max(position) FROM old))
     WHERE EXISTS (SELECT FROM old)),
  deleted AS (DELETE FROM notifications WHERE id IN (SELECT id FROM old) RETURNING id)
  SELECT count(*)::integer AS count FROM deleted`;

/** The chore: deletes notifications older than `days`, with their deliveries. */
export async function deleteOldNotifications(dataSource: DataSource, days: number): Promise<void> {
  for (let count = AT_ONCE; count === AT_ONCE; ) {
    const [deleted] = await rowsOf<{ count: number }>(dataSource, DELETE_OLD, [days]);
    count = deleted?.count ?? 0;
  }
}

/** From now on nothing is announced of these accounts, also not that they are disconnected. */
export async function silence(
  manager: EntityManager,
  accountIds: readonly string[],
): Promise<void> {
  await manager.query(
    `INSERT INTO notification_sequences (account_id, last, ended)
     SELECT id, 0, true FROM unnest($1::uuid[]) AS id ORDER BY id
     ON CONFLICT (account_id) DO UPDATE SET ended = true`,
    [accountIds],
  );
}

/** Deletes all notifications of a user, with their deliveries. */
export async function eraseNotifications(manager: EntityManager, userId: string): Promise<void> {
  await manager.query('DELETE FROM notifications WHERE user_id = $1', [userId]);
}
