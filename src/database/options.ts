// How TypeORM connects to PostgreSQL: every wait has a limit, all tables are in one schema.

import 'reflect-metadata';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConnectedAccount } from '../accounts/connected-account.js';
import { ConsentAttempt } from '../accounts/consent-attempt.js';
import { Calendar } from '../calendars/calendar.js';
import { CalendarEvent } from '../calendars/event.js';
import { EventTombstone } from '../calendars/event-tombstone.js';
import { PushChannel } from '../push/channel.js';
import { AccountSync } from '../sync/account-sync.js';
import { connectionUrl } from './connection-url.js';
import { FirstTables1763800000000 } from './migrations/1763800000000-first-tables.js';
import { PushChannels1763900000000 } from './migrations/1763900000000-push-channels.js';
import { EventChanges1764000000000 } from './migrations/1764000000000-event-changes.js';
import { HonestSync1764100000000 } from './migrations/1764100000000-honest-sync.js';
import { PartlyRead1764200000000 } from './migrations/1764200000000-partly-read.js';
import { AccountSyncs1764300000000 } from './migrations/1764300000000-account-syncs.js';
import { WindowMadeOn1764400000000 } from './migrations/1764400000000-window-made-on.js';
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
      Calendar,
      CalendarEvent,
      EventTombstone,
      PushChannel,
      AccountSync,
    ],
    migrations: [
      FirstTables1763800000000,
      PushChannels1763900000000,
      EventChanges1764000000000,
      HonestSync1764100000000,
      PartlyRead1764200000000,
      AccountSyncs1764300000000,
      WindowMadeOn1764400000000,
    ],
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
