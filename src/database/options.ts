// How TypeORM connects to PostgreSQL: every wait has a limit, all tables are in one schema.

import 'reflect-metadata';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AdminConsentRequest } from '../accounts/admin-consent-request.js';
import { ConnectLink } from '../accounts/connect-link.js';
import { ConnectedAccount } from '../accounts/connected-account.js';
import { ConsentAttempt } from '../accounts/consent-attempt.js';
import { AuditEntry } from '../audit/audit-entry.js';
import { Calendar } from '../calendars/calendar.js';
import { CalendarEvent } from '../calendars/event.js';
import { EventTombstone } from '../calendars/event-tombstone.js';
import { Notification } from '../notifications/notification.js';
import { NotificationFeed } from '../notifications/notification-feed.js';
import { NotificationSequence } from '../notifications/notification-sequence.js';
import { TimedNotification } from '../notifications/timed-notification.js';
import { WebhookDelivery } from '../notifications/webhook-delivery.js';
import { WebhookEndpoint } from '../notifications/webhook-endpoint.js';
import { PushChannel } from '../push/channel.js';
import { AccountSync } from '../sync/account-sync.js';
import { SyncSuccess } from '../sync/sync-success.js';
import { connectionUrl } from './connection-url.js';
import { MIGRATIONS } from './migrations.js';
import { PromptClient } from './prompt-client.js';

/** The schema of our tables. A host can keep them in its own database, beside its own tables. */
export const SCHEMA = 'integrations';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Milliseconds a statement may take. 0: no limit (migrations). */
  readonly statementTimeoutMs?: number;
  /** Milliseconds a transaction may wait for its next statement. 0: no limit. */
  readonly idleInTransactionTimeoutMs?: number;
  /** What `pg_stat_activity` shows as the application. */
  readonly name?: string;
}

/** TypeORM's options for `database`. Nothing connects until `initialize()`. */
export function dataSourceOptions(database: DatabaseOptions): DataSourceOptions {
  const statement = database.statementTimeoutMs ?? 5_000;
  return {
    type: 'postgres',
    url: connectionUrl(database.url),
    schema: SCHEMA,
    entities: [
      ConnectedAccount,
      ConsentAttempt,
      ConnectLink,
      AdminConsentRequest,
      Calendar,
      CalendarEvent,
      EventTombstone,
      PushChannel,
      AccountSync,
      SyncSuccess,
      Notification,
      NotificationSequence,
      NotificationFeed,
      AuditEntry,
      WebhookEndpoint,
      WebhookDelivery,
      TimedNotification,
    ],
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    // `gen_random_uuid()` is the default of generated ids, as in the migrations. The extension
    // itself is not needed.
    uuidExtension: 'pgcrypto',
    poolSize: database.poolSize,
    connectTimeoutMS: 2_000,
    applicationName: database.name ?? 'calendar-connect',
    extra: {
      statement_timeout: statement,
      // For a server that does not respond at all, so that its own limit has no effect.
      query_timeout: statement === 0 ? undefined : statement + 500,
      Client: PromptClient,
      idle_in_transaction_session_timeout: database.idleInTransactionTimeoutMs ?? 10_000,
      lock_timeout: 0,
      keepAlive: true,
      options: `-c search_path=${SCHEMA},public`,
    },
  };
}

/** A DataSource on `database`. It connects on `initialize()`. */
export function createDataSource(database: DatabaseOptions): DataSource {
  return new DataSource(dataSourceOptions(database));
}
