// Events go in bites, so that no statement outlasts its limit however large a calendar is.

import type { DataSource, EntityManager } from 'typeorm';

const BITE = 5_000;

/** Which events: all of a calendar, or those of it that a round has not seen. */
export interface Doomed {
  readonly calendarId: string;
  readonly notSeenIn?: string;
}

/** Deletes within the caller's transaction. Without a limit until none is left. @returns whether none is left */
export async function deleteEvents(
  manager: EntityManager,
  doomed: Doomed,
  bites = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  for (let bite = 0; bite < bites; bite++) {
    const [, deleted] = await manager.query(
      `DELETE FROM events WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM events WHERE calendar_id = $1 AND ($2::uuid IS NULL OR round <> $2) LIMIT ${BITE}))`,
      [doomed.calendarId, doomed.notSeenIn ?? null],
    );
    if (deleted < BITE) return true;
  }
  return false;
}

/** All events of an account on its way out, bite by bite, so that its row has little left to take along. */
export async function deleteEventsOf(dataSource: DataSource, accountId: string): Promise<void> {
  const calendars: { id: string }[] = await dataSource.query(
    `SELECT id FROM calendars WHERE account_id = $1`,
    [accountId],
  );
  for (const { id } of calendars)
    for (let isEmpty = false; !isEmpty; )
      isEmpty = await deleteEvents(dataSource.manager, { calendarId: id }, 1);
}
