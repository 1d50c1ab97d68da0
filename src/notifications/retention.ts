// What of the notifications is deleted: old ones, and those of a user who is erased.

import type { DataSource } from 'typeorm';
import { rowsOf, type Sql } from '../database/rows.js';

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

/** Deletes all notifications of a user, with their deliveries. */
export async function eraseNotifications(sql: Sql, userId: string): Promise<void> {
  await sql.query('DELETE FROM notifications WHERE user_id = $1', [userId]);
}
