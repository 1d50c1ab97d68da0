// Events as read: those of a stretch of time, in the order they begin, a page at a time.

import type { DataSource } from 'typeorm';
import { IntegrationError } from '../errors.js';
import type { CalendarEvent } from './event.js';
import { EVENT_COLUMNS } from './event-row.js';

/** An event as shown: the row without what only syncing needs. */
export type ListedEvent = Omit<CalendarEvent, 'round' | 'shown' | 'sparse'>;

export interface EventFilter {
  readonly accountId: string;
  /** Events that end after it, or begin and end at it; all-day events by their dates, taken in UTC. Null: from the first. */
  readonly from: Date | null;
  /** Events that begin before it. Null: to the last. */
  readonly to: Date | null;
  readonly calendarId: string | null;
  readonly limit: number;
  /** `nextCursor` of the page before; null for the first. */
  readonly cursor: string | null;
}

export interface EventPage {
  readonly events: readonly ListedEvent[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** Masters are never among them, occurrences only once they are complete. @throws IntegrationError `invalid_request` for a cursor of another make */
export async function listEvents(dataSource: DataSource, filter: EventFilter): Promise<EventPage> {
  const after = filter.cursor === null ? null : readCursor(filter.cursor);
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => `$${parameters.push(value)}`;
  const conditions = ['shown', `account_id = ${parameter(filter.accountId)}`];
  if (filter.calendarId !== null) conditions.push(`calendar_id = ${parameter(filter.calendarId)}`);
  if (filter.from !== null) {
    const from = parameter(filter.from);
    conditions.push(`(ends_at > ${from} OR (ends_at = ${from} AND starts_at = ${from}))`);
  }
  if (filter.to !== null) conditions.push(`starts_at < ${parameter(filter.to)}`);
  if (after !== null)
    conditions.push(`(starts_at, id) > (${parameter(after.startsAt)}, ${parameter(after.id)})`);
  const rows: ListedEvent[] = await dataSource.query(
    `SELECT ${SELECTED_EVENT} FROM events WHERE ${conditions.join(' AND ')} ORDER BY starts_at, id LIMIT ${parameter(filter.limit + 1)}`,
    parameters,
  );
  const events = rows.slice(0, filter.limit);
  const last = events.at(-1);
  return {
    events,
    nextCursor: rows.length > filter.limit && last !== undefined ? writeCursor(last) : null,
  };
}

/** The columns of a ListedEvent. */
export const SELECTED_EVENT = [
  'id',
  'account_id AS "accountId"',
  'calendar_id AS "calendarId"',
  ...Object.entries(EVENT_COLUMNS)
    .filter(([property]) => property !== 'sparse')
    // A date as text: the driver would make it an instant of the machine's own time zone.
    .map(
      ([property, { column, type }]) =>
        `${column}${type === 'date' ? '::text' : ''} AS "${property}"`,
    ),
].join(', ');

function writeCursor({ startsAt, id }: ListedEvent): string {
  return Buffer.from(JSON.stringify([startsAt.toISOString(), id])).toString('base64url');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function readCursor(cursor: string): { startsAt: Date; id: string } {
  try {
    const [startsAt, id, ...more]: unknown[] = JSON.parse(
      Buffer.from(cursor, 'base64url').toString(),
    );
    const instant = new Date(String(startsAt));
    if (
      typeof id === 'string' &&
      UUID.test(id) &&
      more.length === 0 &&
      instant.toISOString() === startsAt
    )
      return { startsAt: instant, id };
  } catch {
    // Falls through: what cannot be read was not written here.
  }
  throw new IntegrationError('invalid_request', { detail: 'cursor is not one this service gave.' });
}
