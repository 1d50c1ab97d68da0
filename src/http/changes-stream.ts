// The feed of notifications as server-sent events.

import type { FeedFilter } from '../notifications/feed.js';
import type { Caller } from '../vocabulary.js';
import type { IncomingRequest } from './route.js';
import { StreamLife } from './stream-life.js';

const PAGE = 100;
/** How long a stream waits for news before it looks whether it may go on. */
const WAIT_MS = 2_000;
/** How often a stream says where it is, while its filter leaves out everything. */
const PLACE_INTERVAL_MS = 10_000;

/** Who reads, from where, and what. */
export interface ChangesReader {
  readonly caller: Caller;
  /** Bounds the number of streams. */
  readonly streamsOf: string;
  /** Null: from now. */
  readonly after: string | null;
  readonly filter: FeedFilter;
}

/**
 * Sends each notification with its cursor as `id`, so that an `EventSource` goes on after it. Ends
 * with the sign-in of its caller, and after 15 minutes.
 * @throws IntegrationError `invalid_request`, `changes_expired`, and `rate_limited` when too many
 * streams are open
 */
export async function streamChanges(
  { request, response, services }: IncomingRequest,
  { caller, streamsOf, after, filter }: ChangesReader,
): Promise<void> {
  const { notifications } = services;
  let cursor = after ?? (await notifications.feedEnd());
  // Before the stream is open, a refusal is an ordinary problem.
  let page = await notifications.readFeed(cursor, filter, PAGE);
  const stream = services.streams.open(request, response, streamsOf);
  const life = await StreamLife.begin(services.sessions, request, caller);
  // A client that loses the connection before the first event goes on from here.
  stream.place(cursor);
  let placedAt = Date.now();
  while (stream.isOpen) {
    for (const { cursor: own, notification } of page.entries)
      stream.send(notification.type, JSON.stringify(notification), own);
    cursor = page.nextCursor;
    if (page.entries.length > 0) placedAt = Date.now();
    else if (Date.now() - placedAt >= PLACE_INTERVAL_MS) {
      stream.place(cursor);
      placedAt = Date.now();
    }
    await stream.drained();
    if (!page.hasMore) await notifications.waitForNews(cursor, life.atMost(WAIT_MS));
    if (await life.isOver()) break;
    page = await notifications.readFeed(cursor, filter, PAGE);
  }
  stream.close();
}
