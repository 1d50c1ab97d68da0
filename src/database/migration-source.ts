// The connection of migrations. It creates our schema, so that an empty database will do.

import { Client } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { connectionUrl } from './connection-url.js';
import { dataSourceOptions, SCHEMA } from './options.js';

/** A DataSource without time limits, for migrations and for TypeORM's command line. */
export class MigrationSource extends DataSource {
  /** @param migrations other ones than those every start runs */
  constructor(
    private readonly url: string,
    migrations?: readonly (new () => MigrationInterface)[],
  ) {
    const options = dataSourceOptions({
      url,
      poolSize: 2,
      statementTimeoutMs: 0,
      idleInTransactionTimeoutMs: 0,
      name: 'calendar-connect migrate',
    });
    super({ ...options, ...(migrations && { migrations: [...migrations] }) });
  }

  /**
   * Creates the schema where it is absent, then connects.
   * @throws when the server cannot be reached or refuses
   */
  override async initialize(): Promise<this> {
    await createSchema(this.url);
    return super.initialize();
  }
}

async function createSchema(url: string): Promise<void> {
  const client = new Client({
    connectionString: connectionUrl(url),
    connectionTimeoutMillis: 5_000,
  });
  // A connection that is cut makes the statement fail, which reports it.
  client.on('error', () => {});
  await client.connect();
  try {
    // CREATE SCHEMA needs the right to create even where the schema exists: hence the question
    // first.
    const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [
      SCHEMA,
    ]);
    if (rowCount === 0) await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
  } finally {
    await client.end();
  }
}
