// Lists the events of a time range, in the order in which they begin, a page at a time.

import type { DataSource } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import { decodePageCursor, encodePageCursor } from '../page-cursor.js';
import { LISTED_EVENT, type ListedEvent } from './event-columns.js';

/** What its cursors name. */
const LISTING = 'events';

export interface EventFilter {
  readonly accountId: string;
  /**
   * Events that end after it, or begin and end at it. All-day events count by their dates, in UTC.
   * Null: no limit.
   */
  readonly from: Date | null;
  /** Events that begin before it. Null: no limit. */
  readonly to: Date | null;
  /** Null: every calendar of the account. */
  readonly calendarId: string | null;
  readonly limit: number;
  /** `nextCursor` of the page before; null for the first page. */
  readonly cursor: string | null;
}

export interface EventPage {
  readonly events: readonly ListedEvent[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/**
 * Lists events that readers see: no masters, and occurrences only once they are complete.
 * @throws IntegrationError `invalid_request` for a cursor that this service did not return
 */
export async function listEvents(dataSource: DataSource, filter: EventFilter): Promise<EventPage> {
  const { limit } = filter;
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => `$${parameters.push(value)}`;
  const conditions = conditionsOf(filter, parameter).join(' AND ');
  const rows = await rowsOf<ListedEvent>(
    dataSource,
    `SELECT ${LISTED_EVENT} FROM events WHERE ${conditions}
      ORDER BY starts_at, id LIMIT ${parameter(limit + 1)}`,
    parameters,
  );
  const events = rows.slice(0, limit);
  const last = rows.length > limit ? events.at(-1) : undefined;
  return {
    events,
    nextCursor:
      last === undefined
        ? null
        : encodePageCursor(LISTING, { at: last.startsAt.toISOString(), id: last.id }),
  };
}

function conditionsOf(
  { accountId, calendarId, from, to, cursor }: EventFilter,
  parameter: (value: unknown) => string,
): string[] {
  const conditions = ['shown', `account_id = ${parameter(accountId)}`];
  if (calendarId !== null) conditions.push(`calendar_id = ${parameter(calendarId)}`);
  if (from !== null) {
    const start = parameter(from);
    conditions.push(`(ends_at > ${start} OR (ends_at = ${start} AND starts_at = ${start}))`);
  }
  if (to !== null) conditions.push(`starts_at < ${parameter(to)}`);
  if (cursor !== null) {
    const { at, id } = decodePageCursor(LISTING, cursor);
    conditions.push(`(starts_at, id) > (${parameter(at)}, ${parameter(id)})`);
  }
  return conditions;
}
