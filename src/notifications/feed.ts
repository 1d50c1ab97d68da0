// The feed: what happened after a cursor, in the order of the positions.

import type { DataSource } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { ShownNotification } from '../host-types.js';
import { type NotificationType, TIMED_TYPES } from '../notification-types.js';
import { decodeFeedCursor, encodeFeedCursor } from './feed-cursor.js';
import type { FeedBounds, Numbering } from './numbering.js';

/** Which notifications a reader wants. */
export interface FeedFilter {
  /** Null: of every user. */
  readonly userId: string | null;
  /** Null: of every account. */
  readonly accountId: string | null;
  /** Null: all but the timed ones. */
  readonly types: readonly NotificationType[] | null;
}

export interface FeedPage {
  /** Each with the cursor after it. */
  readonly entries: readonly {
    readonly cursor: string;
    readonly notification: ShownNotification;
  }[];
  /** After the last entry, or after everything that the filter leaves out. */
  readonly nextCursor: string;
  readonly hasMore: boolean;
}

/** The columns of a {@link NotificationRow}. */
export const NOTIFICATION_ROW = `id, account_id AS "accountId", user_id AS "userId", provider,
  sequence::float8 AS sequence, type, data, created_at AS "createdAt"`;

export interface NotificationRow {
  readonly id: string;
  readonly accountId: string | null;
  readonly userId: string | null;
  readonly provider: string | null;
  readonly sequence: number | null;
  readonly type: NotificationType;
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

/** A row as the host gets it. */
export function shownNotification(row: NotificationRow): ShownNotification {
  const { id, type, createdAt, sequence, accountId, userId, provider, data } = row;
  const timestamp = createdAt.toISOString();
  return { id, type, timestamp, sequence, data: { accountId, userId, provider, ...data } };
}

export class Feed {
  constructor(
    private readonly dataSource: DataSource,
    private readonly numbering: Pick<Numbering, 'catchUp'>,
  ) {}

  /** The cursor of a reader that begins now. */
  async end(): Promise<string> {
    return encodeFeedCursor((await this.numbering.catchUp()).last);
  }

  /**
   * A page of what came after `cursor`. @throws IntegrationError `invalid_request` for a cursor
   * that this service did not return, `changes_expired` where what came after it was deleted
   */
  async read(cursor: string, filter: FeedFilter, limit: number): Promise<FeedPage> {
    const { after, last } = await this.range(cursor);
    const parameters: unknown[] = [];
    const parameter = (value: unknown) => `$${parameters.push(value)}`;
    const conditions = [
      `position > ${parameter(after)} AND position <= ${parameter(last)}`,
      ...conditionsOf(filter, parameter),
    ];
    const rows = await rowsOf<NotificationRow & { position: number }>(
      this.dataSource,
      `SELECT ${NOTIFICATION_ROW}, position::float8 AS position FROM notifications
        WHERE ${conditions.join(' AND ')} ORDER BY notifications.position
        LIMIT ${parameter(limit + 1)}`,
      parameters,
    );
    const page = rows.slice(0, limit);
    const hasMore = rows.length > limit;
    return {
      entries: page.map((row) => ({
        cursor: encodeFeedCursor(row.position),
        notification: shownNotification(row),
      })),
      nextCursor: encodeFeedCursor(hasMore ? (page.at(-1)?.position ?? after) : last),
      hasMore,
    };
  }

  /**
   * The positions from a cursor to the end. @throws IntegrationError `invalid_request`,
   * `changes_expired`
   */
  async range(cursor: string): Promise<{ after: number; last: number }> {
    const after = decodeFeedCursor(cursor);
    const bounds = await this.numbering.catchUp();
    checkAge(after, bounds);
    return { after, last: bounds.last };
  }

  /** Whether there are notifications of the account for a user, or with null for anyone. */
  async knows(accountId: string, userId: string | null): Promise<boolean> {
    const rows = await rowsOf(
      this.dataSource,
      `SELECT 1 FROM notifications WHERE account_id = $1 AND ($2::text IS NULL OR user_id = $2)
        LIMIT 1`,
      [accountId, userId],
    );
    return rows.length > 0;
  }
}

/** A cursor after the end is of a database that was restored from an older copy. */
function checkAge(after: number, { last, deletedTo }: FeedBounds): void {
  if (after < deletedTo || after > last)
    throw new IntegrationError('changes_expired', {
      detail:
        'What came after this cursor is not kept any more. Read what you need again, then follow ' +
        'the feed from now: ask without `after`.',
    });
}

function conditionsOf(
  { userId, accountId, types }: FeedFilter,
  parameter: (value: unknown) => string,
): string[] {
  const conditions: string[] = [];
  if (userId !== null) conditions.push(`user_id = ${parameter(userId)}`);
  if (accountId !== null) conditions.push(`account_id = ${parameter(accountId)}`);
  conditions.push(
    types === null ? `type <> ALL(${parameter(TIMED_TYPES)})` : `type = ANY(${parameter(types)})`,
  );
  return conditions;
}
