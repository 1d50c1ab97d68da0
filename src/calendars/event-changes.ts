// Following along: what changed in an account since a moment, what went, and from when to ask next.

import type { DataSource } from 'typeorm';
import { IntegrationError } from '../errors.js';
import { type ListedEvent, SELECTED_EVENT } from './event-listing.js';

/** How long deleted events leave a trace. */
export const TRACE_DAYS = 30;

/**
 * A change is dated by the beginning of its transaction and seen at its end. No transaction that writes events lasts as
 * long as this, so what a reader may have missed is told again: at least once, never less.
 */
const OVERLAP_SECONDS = 30;

export interface ChangesFilter {
  readonly accountId: string;
  readonly since: Date;
  readonly limit: number;
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
  readonly nextCursor: string | null;
  /** `since` of the next time, the same on every page of one reading. */
  readonly asOf: Date;
}

interface Change {
  readonly id: string;
  readonly at: string;
  readonly deleted: boolean;
}

/** @throws IntegrationError `changes_expired` when `since` is older than the traces, `invalid_request` for a foreign cursor */
export async function listChanges(
  dataSource: DataSource,
  filter: ChangesFilter,
): Promise<ChangesPage> {
  const { accountId, since, limit } = filter;
  const [{ now, expired }] = await dataSource.query(
    `SELECT now() AS now, $1::timestamptz < now() - make_interval(days => ${TRACE_DAYS}) AS expired`,
    [since],
  );
  if (expired) throw new IntegrationError('changes_expired');
  const place = filter.cursor === null ? null : readCursor(filter.cursor);
  const asOf = place?.asOf ?? new Date(now.getTime() - OVERLAP_SECONDS * 1_000);
  const changes: Change[] = await dataSource.query(
    `SELECT id, deleted, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM (
       SELECT id, changed_at AS at, false AS deleted FROM events WHERE account_id = $1 AND shown AND changed_at >= $2
       UNION ALL
       SELECT event_id, deleted_at, true FROM event_tombstones WHERE account_id = $1 AND deleted_at >= $2
     ) AS change
     WHERE $3::timestamptz IS NULL OR (at, id) > ($3::timestamptz, $4::uuid)
     ORDER BY change.at, id LIMIT $5`,
    [accountId, since, place?.at ?? null, place?.id ?? null, limit + 1],
  );
  const page = changes.slice(0, limit);
  const ids = (deleted: boolean) =>
    page.filter((change) => change.deleted === deleted).map(({ id }) => id);
  const events: ListedEvent[] = await dataSource.query(
    `SELECT ${SELECTED_EVENT} FROM events WHERE id = ANY($1) ORDER BY changed_at, id`,
    [ids(false)],
  );
  const deleted: DeletedEvent[] = await dataSource.query(
    `SELECT event_id AS id, calendar_id AS "calendarId", provider_event_id AS "providerEventId", deleted_at AS "deletedAt"
       FROM event_tombstones WHERE event_id = ANY($1) ORDER BY deleted_at, event_id`,
    [ids(true)],
  );
  const last = page.at(-1);
  return {
    events,
    deleted,
    asOf,
    nextCursor: changes.length > limit && last !== undefined ? writeCursor(last, asOf) : null,
  };
}

/** Traces nobody can ask for any more. */
export async function forgetOldTraces(dataSource: DataSource): Promise<void> {
  await dataSource.query(
    `DELETE FROM event_tombstones WHERE event_id = ANY(ARRAY(
       SELECT event_id FROM event_tombstones WHERE deleted_at < now() - make_interval(days => ${TRACE_DAYS + 1}) LIMIT 10000))`,
  );
}

function writeCursor({ at, id }: Change, asOf: Date): string {
  return Buffer.from(JSON.stringify([at, id, asOf.toISOString()])).toString('base64url');
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function readCursor(cursor: string): { at: string; id: string; asOf: Date } {
  try {
    const [at, id, asOf]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const isInstant = (value: unknown): value is string =>
      typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
    if (isInstant(at) && isInstant(asOf) && typeof id === 'string' && UUID.test(id))
      return { at, id, asOf: new Date(asOf) };
  } catch {
    // Falls through: what cannot be read was not written here.
  }
  throw new IntegrationError('invalid_request', { detail: 'cursor is not one this service gave.' });
}
