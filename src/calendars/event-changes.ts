// Lists what changed in an account since a time: changed events and deleted events.

import type { DataSource } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import { decodePageCursor, encodePageCursor } from '../page-cursor.js';
import { LISTED_EVENT, type ListedEvent } from './event-columns.js';

/** Days for which deleted events are listed. */
export const TOMBSTONE_DAYS = 30;
const TOMBSTONES_PER_STATEMENT = 10_000;

/**
 * A change has the time at which its transaction began, and is visible when that transaction ends.
 * No transaction that writes events lasts this long, so changes that a reader may have missed are
 * listed again: at least once, never less.
 */
const OVERLAP_SECONDS = 30;

/** What its cursors name. */
const LISTING = 'changes of events';

export interface ChangesFilter {
  readonly accountId: string;
  readonly since: Date;
  readonly limit: number;
  /** `nextCursor` of the page before; null for the first page. */
  readonly cursor: string | null;
}

export interface DeletedEvent {
  readonly id: string;
  readonly calendarId: string;
  readonly providerEventId: string;
  readonly deletedAt: Date;
}

export interface ChangesPage {
  readonly events: readonly ListedEvent[];
  readonly deleted: readonly DeletedEvent[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
  /** The `since` of the next listing. It is the same on every page of one listing. */
  readonly asOf: Date;
}

/** One change, in the order of the listing. */
interface Change {
  readonly id: string;
  /** With microseconds: a Date would round them and so skip or repeat changes. */
  readonly at: string;
  readonly isDeletion: boolean;
}

/** The next changes in one table. $1 account, $2 since; with `isLater` $4 and $5, the last change. */
const changesIn = (isLater: boolean, [id, at, table]: readonly [string, string, string]) => `(
  SELECT ${id} AS id, ${at} AS at, ${table !== 'events'} AS is_deletion FROM ${table}
   WHERE account_id = $1 AND ${at} >= $2${table === 'events' ? ' AND shown' : ''}
         ${isLater ? `AND (${at}, ${id}) > ($4::timestamptz, $5::uuid)` : ''}
   ORDER BY ${at}, ${id} LIMIT $3)`;

/** Each part reads one page from its index, so that only two pages are sorted. */
const changesAfter = (isLater: boolean) => `
  SELECT id, is_deletion AS "isDeletion",
         to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
    FROM (${changesIn(isLater, ['id', 'changed_at', 'events'])}
          UNION ALL
          ${changesIn(isLater, ['event_id', 'deleted_at', 'event_tombstones'])}) AS change
   ORDER BY change.at, id LIMIT $3`;

/**
 * @throws IntegrationError `changes_expired` when `since` is older than {@link TOMBSTONE_DAYS},
 * `invalid_request` for a cursor that this service did not return
 */
export async function listChanges(
  dataSource: DataSource,
  { accountId, since, limit, cursor }: ChangesFilter,
): Promise<ChangesPage> {
  const now = await checkedNow(dataSource, since);
  const position = cursor === null ? null : decodePageCursor(LISTING, cursor, 1);
  const asOf = position?.more[0] ?? new Date(now.getTime() - OVERLAP_SECONDS * 1_000).toISOString();
  const found = await rowsOf<Change>(dataSource, changesAfter(position !== null), [
    accountId,
    since,
    limit + 1,
    ...(position === null ? [] : [position.at, position.id]),
  ]);
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  const idsOf = (isDeletion: boolean) =>
    page.filter((change) => change.isDeletion === isDeletion).map(({ id }) => id);
  return {
    events: await findEvents(dataSource, idsOf(false)),
    deleted: await findDeletions(dataSource, idsOf(true)),
    asOf: new Date(asOf),
    nextCursor: last === undefined ? null : encodePageCursor(LISTING, last, asOf),
  };
}

/**
 * Deletes what no listing can ask for any more. At most {@link TOMBSTONES_PER_STATEMENT} at a time.
 */
export async function deleteOldTombstones(dataSource: DataSource): Promise<void> {
  await dataSource.query(
    `DELETE FROM event_tombstones WHERE event_id = ANY(ARRAY(
       SELECT event_id FROM event_tombstones
        WHERE deleted_at < now() - make_interval(days => ${TOMBSTONE_DAYS + 1})
        LIMIT ${TOMBSTONES_PER_STATEMENT}))`,
  );
}

/** The database's time, by which changes are dated. @throws IntegrationError `changes_expired` */
async function checkedNow(dataSource: DataSource, since: Date): Promise<Date> {
  const [row] = await rowsOf<{ now: Date; isExpired: boolean }>(
    dataSource,
    `SELECT now() AS now,
            $1::timestamptz < now() - make_interval(days => ${TOMBSTONE_DAYS}) AS "isExpired"`,
    [since],
  );
  if (row === undefined || row.isExpired) throw new IntegrationError('changes_expired');
  return row.now;
}

function findEvents(dataSource: DataSource, ids: readonly string[]): Promise<ListedEvent[]> {
  return rowsOf<ListedEvent>(
    dataSource,
    `SELECT ${LISTED_EVENT} FROM events WHERE id = ANY($1) ORDER BY changed_at, id`,
    [ids],
  );
}

function findDeletions(dataSource: DataSource, ids: readonly string[]): Promise<DeletedEvent[]> {
  return rowsOf<DeletedEvent>(
    dataSource,
    `SELECT event_id AS id, calendar_id AS "calendarId", provider_event_id AS "providerEventId",
            deleted_at AS "deletedAt"
       FROM event_tombstones WHERE event_id = ANY($1) ORDER BY deleted_at, event_id`,
    [ids],
  );
}
