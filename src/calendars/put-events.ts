// Inserts or updates events, and leaves out those that PostgreSQL refuses.

import type { EntityManager } from 'typeorm';
import type { EventRecord } from '../event-model.js';
import { rowOf } from './event-row.js';
import { PUT } from './event-sql.js';
import type { Round } from './round.js';

/**
 * Puts the events in the caller's transaction.
 * @returns how many were refused because of their data
 */
export async function putEvents(
  manager: EntityManager,
  round: Round,
  events: readonly EventRecord[],
): Promise<number> {
  await manager.query('SAVEPOINT put');
  try {
    const rows = JSON.stringify(events.map(rowOf));
    await manager.query(PUT, [round.accountId, round.calendarId, round.id, rows]);
    await manager.query('RELEASE SAVEPOINT put');
    return 0;
  } catch (error) {
    if (!isDataRefused(error)) throw error;
    await manager.query('ROLLBACK TO SAVEPOINT put');
  }
  if (events.length === 1) return 1;
  // Halves are tried until the refused event is alone.
  const half = Math.ceil(events.length / 2);
  return (
    (await putEvents(manager, round, events.slice(0, half))) +
    (await putEvents(manager, round, events.slice(half)))
  );
}

/**
 * Whether the cause is a value: class 22, a null or a value that a constraint forbids, or a key
 * that is too long.
 */
function isDataRefused(error: unknown): boolean {
  const { code } = (error as { driverError?: { code?: unknown } }).driverError ?? {};
  return (
    typeof code === 'string' &&
    (code.startsWith('22') || ['23502', '23514', '54000'].includes(code))
  );
}
