// The face of this room: what this service tells the host, and by which ways.

import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Sealer } from '../accounts/sealer.js';
import type { Calendars } from '../calendars/calendars.js';
import type { Sql } from '../database/rows.js';
import {
  type DeliveryFilter,
  type DeliveryPage,
  listDeliveries,
  type Replay,
  replay,
} from './delivery-list.js';
import { DeliveryWorker, type OnNotification } from './delivery-worker.js';
import { EndpointStore, forgetHostFunction, keepHostFunction } from './endpoint-store.js';
import { FAN_OUT } from './fan-out.js';
import { Feed, type FeedFilter, type FeedPage } from './feed.js';
import { decodeFeedCursor } from './feed-cursor.js';
import { FeedWatch } from './feed-watch.js';
import { Numbering } from './numbering.js';
import { deleteOldNotifications, eraseNotifications } from './retention.js';
import { isStillTrue, TimedEvents, TimedWorker } from './timed-events.js';
import {
  type AttemptError,
  createWebhookSender,
  type WebhookSender,
  type WebhookToSend,
} from './webhook-sender.js';

export interface NotificationsNeeds {
  readonly dataSource: DataSource;
  readonly calendars: Pick<Calendars, 'dueEvents' | 'timesNow'>;
  /** For the secrets of endpoints. */
  readonly sealer: Sealer;
  /** Whether webhooks may go to private and loopback addresses, and to http. */
  readonly allowPrivate: boolean;
  readonly version: string;
  /** How long notifications and deliveries are kept. */
  readonly retentionDays: number;
  /** Called in a worker for each notification. */
  readonly onNotification?: OnNotification | undefined;
  readonly logger: { warn(fields: object, message: string): void };
  readonly random: () => number;
}

/** What came of a webhook that was sent as a test. */
export interface TestResult {
  /** Null without a response. */
  readonly status: number | null;
  readonly durationMs: number;
  /** Null for a success. */
  readonly error: AttemptError | null;
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
  /** Resolves when there is something after a cursor, and after `atMostMs` in any case. */
  waitForNews(cursor: string, atMostMs: number): Promise<void>;
  /** Whether there are notifications of an account, also of a gone one, for a user or for anyone. */
  knowsAccount(accountId: string, userId: string | null): Promise<boolean>;
  readonly endpoints: EndpointStore;
  /** Sends `webhook.test` now. @throws IntegrationError `webhook_endpoint_not_found` */
  test(endpointId: string): Promise<TestResult>;
  /** @throws IntegrationError `webhook_endpoint_not_found`, `invalid_request` */
  listDeliveries(filter: DeliveryFilter): Promise<DeliveryPage>;
  /** @throws IntegrationError `webhook_endpoint_not_found`, `invalid_request`, `changes_expired` */
  replay(endpointId: string, what: Replay): Promise<number>;
  /** Deletes the notifications of a user, with their deliveries. @param sql the transaction; null: none */
  eraseUser(sql: Sql | null, userId: string): Promise<void>;
  /** Starts delivering. */
  work(): Promise<void>;
  /** Stops delivering, and waits at most `graceMs` for what is under way. */
  drain(options: { graceMs: number }): Promise<void>;
  /** Closes the connections to receivers, and ends the waits for news. */
  close(): Promise<void>;
  /** The chore: deletes what is older than the retention. */
  deleteOld(): Promise<void>;
  /** The chore: says that the host's function is there, and forgets one that is not any more. */
  keepFunction(): Promise<void>;
}

/** Builds the room. Nothing is read before a method is called. */
export function createNotifications(needs: NotificationsNeeds): Notifications {
  const { dataSource, sealer, allowPrivate, version, onNotification = null } = needs;
  const numbering = new Numbering(dataSource, FAN_OUT);
  const feed = new Feed(dataSource, numbering);
  const endpoints = new EndpointStore(dataSource, sealer, allowPrivate);
  const sender = createWebhookSender({ allowPrivate, userAgent: `calendar-connect/${version}` });
  const { logger, random } = needs;
  const watch = new FeedWatch(numbering, logger);
  const worker = new DeliveryWorker({
    dataSource,
    numbering,
    sender,
    sealer,
    isStillTrue: (row) => isStillTrue(row, needs.calendars.timesNow),
    onNotification,
    logger,
    random,
  });
  const timed = new TimedEvents({ dataSource, dueEvents: needs.calendars.dueEvents });
  const timedWorker = new TimedWorker(timed, logger);
  return {
    eraseUser: (sql, userId) => eraseNotifications(sql ?? dataSource, userId),
    feedEnd: () => feed.end(),
    readFeed: (cursor, filter, limit) => feed.read(cursor, filter, limit),
    waitForNews: (cursor, atMostMs) => watch.wait(decodeFeedCursor(cursor), atMostMs),
    knowsAccount: (accountId, userId) => feed.knows(accountId, userId),
    endpoints,
    test: async (endpointId) => sendTest(sender, await endpoints.target(endpointId)),
    async listDeliveries(filter) {
      await endpoints.get(filter.endpointId);
      return listDeliveries(dataSource, filter);
    },
    async replay(endpointId, what) {
      await endpoints.get(endpointId);
      return replay(dataSource, feed, endpointId, what);
    },
    async work() {
      if (onNotification !== null) await keepHostFunction(dataSource);
      worker.start();
      timedWorker.start();
    },
    async drain(options) {
      await Promise.all([worker.stop(options), timedWorker.stop()]);
    },
    async close() {
      watch.stop();
      await sender.close();
    },
    async deleteOld() {
      await deleteOldNotifications(dataSource, needs.retentionDays);
      await timed.forgetOld();
    },
    async keepFunction() {
      await forgetHostFunction(dataSource);
      if (onNotification !== null) await keepHostFunction(dataSource);
    },
  };
}

/** Sends `webhook.test`, and measures how long it takes. */
async function sendTest(
  sender: WebhookSender,
  target: Omit<WebhookToSend, 'notification'>,
): Promise<TestResult> {
  const notification = {
    id: randomUUID(),
    type: 'webhook.test',
    timestamp: new Date().toISOString(),
    sequence: null,
    data: { accountId: null, userId: null, provider: null },
  } as const;
  const began = performance.now();
  const { status, error } = await sender.send({ ...target, notification });
  return { status, error, durationMs: Math.round(performance.now() - began) };
}
