// What the room above does when events of a calendar change.

import type { EntityManager } from 'typeorm';
import { type ChangeOrigin, type EventCounts, NO_EVENTS } from '../notification-types.js';

/**
 * Called at the end of a transaction that may have changed or deleted events of a calendar.
 * @returns how many it has
 */
export type OnEventsChanged = (
  manager: EntityManager,
  accountId: string,
  calendarId: string,
  origin: ChangeOrigin,
) => Promise<EventCounts>;

/** For a store that no room listens to. */
export const NO_LISTENER: OnEventsChanged = async () => NO_EVENTS;
