// Events go in bites, so that no statement outlasts its limit however large a calendar is.

import type { EntityManager } from 'typeorm';

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
