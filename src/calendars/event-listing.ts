// Lists the events of a time range, in the order in which they begin, a page at a time.

import type { DataSource } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import { decodePageCursor, encodePageCursor } from '../page-cursor.js';
import { IS_LONG, isShortFrom } from './event.js';
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
  const conditions = conditionsOf(filter, parameter);
  const order = `ORDER BY starts_at, id LIMIT ${parameter(limit + 1)}`;
  const from =
    filter.from === null ? 'events' : endingAfter(parameter(filter.from), conditions, order);
  const rows = await rowsOf<ListedEvent>(
    dataSource,
    `SELECT ${LISTED_EVENT} FROM ${from} WHERE ${conditions.join(' AND ')} ${order}`,
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

/**
 * The events of the page that end after `from`. The index is ordered by start: so that not every
 * earlier event is read, those that last at most a day are read from a day before, and the few
 * others apart.
 */
function endingAfter(from: string, conditions: readonly string[], order: string): string {
  const ends = `(ends_at > ${from} OR (ends_at = ${from} AND starts_at = ${from}))`;
  const part = (span: string) =>
    `(SELECT * FROM events WHERE ${[...conditions, ends, span].join(' AND ')} ${order})`;
  return `(${part(isShortFrom(from))} UNION ALL ${part(IS_LONG)}) AS events`;
}

function conditionsOf(
  { accountId, calendarId, to, cursor }: EventFilter,
  parameter: (value: unknown) => string,
): string[] {
  const conditions = ['shown', `account_id = ${parameter(accountId)}`];
  if (calendarId !== null) conditions.push(`calendar_id = ${parameter(calendarId)}`);
  if (to !== null) conditions.push(`starts_at < ${parameter(to)}`);
  if (cursor !== null) {
    const { at, id } = decodePageCursor(LISTING, cursor);
    conditions.push(`(starts_at, id) > (${parameter(at)}, ${parameter(id)})`);
  }
  return conditions;
}
