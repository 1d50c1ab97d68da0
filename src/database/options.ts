// How TypeORM reaches PostgreSQL: every wait bounded, everything in a schema of our own.

import 'reflect-metadata';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConnectedAccount } from '../accounts/connected-account.js';
import { ConsentAttempt } from '../accounts/consent-attempt.js';
import { Calendar } from '../calendars/calendar.js';
import { CalendarEvent } from '../calendars/event.js';
import { PushChannel } from '../push/channel.js';
import { FirstTables1763800000000 } from './migrations/1763800000000-first-tables.js';
import { PushChannels1763900000000 } from './migrations/1763900000000-push-channels.js';
import { EventChanges1764000000000 } from './migrations/1764000000000-event-changes.js';
import { HonestSync1764100000000 } from './migrations/1764100000000-honest-sync.js';
import { PartlyRead1764200000000 } from './migrations/1764200000000-partly-read.js';
import { PromptClient } from './prompt-client.js';

/** The schema that holds our tables, so that a host's own database can hold them beside its own. */
export const SCHEMA = 'integrations';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Milliseconds a statement may take. 0: no limit (migrations). */
  readonly statementTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  readonly name?: string;
}

/** TypeORM's options for `database`. Nothing connects until `initialize()`. */
export function dataSourceOptions(database: DatabaseOptions): DataSourceOptions {
  const statement = database.statementTimeoutMs ?? 5_000;
  return {
    type: 'postgres',
    url: database.url,
    schema: SCHEMA,
    entities: [ConnectedAccount, ConsentAttempt, Calendar, CalendarEvent, PushChannel],
    migrations: [
      FirstTables1763800000000,
      PushChannels1763900000000,
      EventChanges1764000000000,
      HonestSync1764100000000,
      PartlyRead1764200000000,
    ],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    poolSize: database.poolSize,
    connectTimeoutMS: 2_000,
    applicationName: database.name ?? 'calendar-connect',
    extra: {
      statement_timeout: statement,
      // For a server that cannot even end its own statements.
      query_timeout: statement === 0 ? undefined : statement + 500,
      Client: PromptClient,
      idle_in_transaction_session_timeout: database.idleInTransactionTimeoutMs ?? 10_000,
      lock_timeout: 0,
      keepAlive: true,
      options: `-c search_path=${SCHEMA},public`,
    },
  };
}

export function createDataSource(database: DatabaseOptions): DataSource {
  return new DataSource(dataSourceOptions(database));
}
