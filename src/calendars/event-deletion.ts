// Deletes events in batches, so that no statement exceeds its time limit.

import type { DataSource, EntityManager } from 'typeorm';
import { changedBy, rowsOf } from '../database/rows.js';

const BATCH = 5_000;

/** Which events: all of a calendar, or those of it that a round has not seen. */
export interface EventsToDelete {
  readonly calendarId: string;
  /** The id of the round. */
  readonly notSeenIn?: string;
}

/** Deletes all of them, in the caller's transaction. */
export async function deleteEvents(manager: EntityManager, events: EventsToDelete): Promise<void> {
  while (await deleteBatch(manager, events));
}

/** Deletes one batch. @returns whether there may be more */
export async function deleteBatch(
  manager: EntityManager,
  { calendarId, notSeenIn }: EventsToDelete,
): Promise<boolean> {
  const deleted = await changedBy(
    manager,
    `DELETE FROM events WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM events
        WHERE calendar_id = $1 AND ($2::uuid IS NULL OR round <> $2) LIMIT ${BATCH}))`,
    [calendarId, notSeenIn ?? null],
  );
  return deleted === BATCH;
}

/**
 * Deletes all events of an account that is being disconnected, each batch in a transaction of its
 * own. Deleting the account then has little left to delete in its one statement.
 */
export async function deleteEventsOf(dataSource: DataSource, accountId: string): Promise<void> {
  const calendars = await rowsOf<{ id: string }>(
    dataSource,
    `SELECT id FROM calendars WHERE account_id = $1`,
    [accountId],
  );
  for (const { id } of calendars) while (await deleteBatch(dataSource.manager, { calendarId: id }));
}
