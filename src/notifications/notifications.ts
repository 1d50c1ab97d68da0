// The face of this room: what this service tells the host, and by which ways.

import type { DataSource } from 'typeorm';
import { Feed, type FeedFilter, type FeedPage } from './feed.js';
import { Numbering } from './numbering.js';

export interface NotificationsNeeds {
  readonly dataSource: DataSource;
}

/** What other rooms use of the notifications. */
export interface Notifications {
  /** The cursor of a reader that begins now. */
  feedEnd(): Promise<string>;
  /**
   * A page of what came after a cursor.
   * @throws IntegrationError `invalid_request`, `changes_expired`
   */
  readFeed(cursor: string, filter: FeedFilter, limit: number): Promise<FeedPage>;
  /** Whether there are notifications of an account, also of a gone one, for a user or for anyone. */
  knowsAccount(accountId: string, userId: string | null): Promise<boolean>;
}

/** Builds the room. Nothing is read before a method is called. */
export function createNotifications({ dataSource }: NotificationsNeeds): Notifications {
  const numbering = new Numbering(dataSource);
  const feed = new Feed(dataSource, numbering);
  return {
    feedEnd: () => feed.end(),
    readFeed: (cursor, filter, limit) => feed.read(cursor, filter, limit),
    knowsAccount: (accountId, userId) => feed.knows(accountId, userId),
  };
}
