// Listens to notifications of PostgreSQL on a connection of its own. A notification is a hint: one
// that is sent while the connection is lost does not arrive.

import type { DataSource, DataSourceOptions } from 'typeorm';
import { PromptClient } from './prompt-client.js';

/** Between two checks that the connection lives, and before it is opened again (milliseconds). */
const CHECK_MS = 30_000;
const REOPEN_MS = 2_000;

export interface ListenerSettings {
  readonly dataSource: DataSource;
  readonly channel: string;
  /** Called with the payload of each notification. */
  readonly onNotification: (payload: string) => void;
  /** Called when the connection was opened again: notifications may have been missed. */
  readonly onReopened: () => void;
}

/** What dataSourceOptions sets of a connection. */
type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Listens from `start()` until `stop()`, and opens its connection again whenever it is lost. */
export class Listener {
  private client: PromptClient | null = null;
  private timer: NodeJS.Timeout | undefined;
  private opening: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(private readonly settings: ListenerSettings) {}

  /** Never throws: a connection that cannot be opened is tried again. */
  async start(): Promise<void> {
    this.opening = this.open();
    await this.opening;
  }

  /** Closes the connection. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.opening;
    clearTimeout(this.timer);
    this.client?.close();
    this.client = null;
  }

  private async open(): Promise<void> {
    const client = this.makeClient();
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(this.settings.channel)}`);
      this.client = client;
      this.check(client);
    } catch {
      client.close();
      this.reopenLater();
    }
  }

  private makeClient(): PromptClient {
    const { url, extra, connectTimeoutMS, applicationName } = this.settings.dataSource
      .options as PostgresOptions;
    const client = new PromptClient({
      ...extra,
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMS,
      application_name: `${applicationName} listener`,
    });
    client.on('notification', ({ payload = '' }) => this.settings.onNotification(payload));
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    return client;
  }

  /** A connection that was lost without a word is noticed by a statement without an answer. */
  private check(client: PromptClient): void {
    this.timer = setTimeout(() => {
      client.query('SELECT 1').then(
        () => this.client === client && this.check(client),
        () => this.lose(client),
      );
    }, CHECK_MS);
  }

  private lose(client: PromptClient): void {
    if (this.client !== client) return;
    this.client = null;
    client.close();
    this.reopenLater();
  }

  private reopenLater(): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.opening = this.open().then(() => {
        if (this.client !== null) this.settings.onReopened();
      });
    }, REOPEN_MS);
  }
}
