// Gives notifications their place in the feed, after they were committed.
//
// A number that is taken within the writing transaction would have gaps that fill later: a reader
// that has seen 8 may never see 7, which commits after it. So places are given afterwards, in one
// process at a time, to what is visible then.

import type { DataSource, EntityManager } from 'typeorm';
import { rowsOf } from '../database/rows.js';

const AT_ONCE = 1_000;

/** Where the feed begins and ends. */
export interface FeedBounds {
  /** The last position that was given. */
  readonly last: number;
  /** Positions up to here were deleted because of their age. */
  readonly deletedTo: number;
}

const BOUNDS = `SELECT last_position::float8 AS last, deleted_to::float8 AS "deletedTo",
  EXISTS (SELECT FROM notifications WHERE position IS NULL) AS "isBehind" FROM notification_feed`;

const LOCK = 'SELECT last_position::float8 AS last FROM notification_feed FOR UPDATE';

/** $1 the last position. The parts of `more` read the CTE `numbered`. */
const number = (more: string) => `
  WITH next AS MATERIALIZED (
    SELECT id, row_number() OVER (ORDER BY entry) AS place
      FROM (SELECT id, entry FROM notifications WHERE position IS NULL
             ORDER BY entry LIMIT ${AT_ONCE}) waiting),
  feed AS (
    UPDATE notification_feed SET last_position = $1 + (SELECT count(*) FROM next)
     WHERE EXISTS (SELECT FROM next)),
  numbered AS (
    UPDATE notifications n SET position = $1 + place FROM next WHERE n.id = next.id
    RETURNING n.id, n.account_id, n.type, n.data, n.position)${more}
  SELECT count(*)::integer AS count FROM numbered`;

export class Numbering {
  private readonly statement: string;

  /** @param more CTEs, each after a comma, that do something for each row of `numbered` */
  constructor(
    private readonly dataSource: DataSource,
    more = '',
  ) {
    this.statement = number(more);
  }

  /** Places what is committed by now. @returns the bounds of the feed after that */
  async catchUp(): Promise<FeedBounds> {
    const bounds = await this.bounds();
    if (!bounds.isBehind) return bounds;
    while (await this.placeBatch(LOCK));
    return this.bounds();
  }

  /** The same for a worker, which leaves it to another process that is at it. */
  async help(): Promise<void> {
    if (!(await this.bounds()).isBehind) return;
    while (await this.placeBatch(`${LOCK} SKIP LOCKED`));
  }

  private async bounds(): Promise<FeedBounds & { readonly isBehind: boolean }> {
    const [row] = await rowsOf<FeedBounds & { isBehind: boolean }>(this.dataSource, BOUNDS);
    return row ?? { last: 0, deletedTo: 0, isBehind: false };
  }

  /** @returns whether there may be more */
  private placeBatch(lock: string): Promise<boolean> {
    return this.dataSource.transaction(async (manager: EntityManager) => {
      const [feed] = await rowsOf<{ last: number }>(manager, lock);
      if (feed === undefined) return false;
      // A statement of its own: it sees what the holder of the lock before has numbered.
      const [placed] = await rowsOf<{ count: number }>(manager, this.statement, [feed.last]);
      return placed?.count === AT_ONCE;
    });
  }
}
