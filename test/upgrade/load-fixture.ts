/**
 * The database and the providers as version 0.1.0 left them in the middle of its work
 * (make-fixture.mjs), as if a moment ago.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import { createEmptyDatabase, type TestDatabase } from '../support/servers.js';

const FOLDER = fileURLToPath(new URL('fixture/', import.meta.url));
const SANDBOX = '127.0.0.1:18601';
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

export interface LoadedFixture {
  readonly database: TestDatabase;
  readonly sandbox: Sandbox;
  close(): Promise<void>;
}

/** @param agoSeconds how long before now version 0.1.0 is to have stopped */
export async function loadFixture(agoSeconds: number): Promise<LoadedFixture> {
  const providers = JSON.parse(readFileSync(join(FOLDER, 'providers.json'), 'utf8'));
  const laterMs = Date.now() - agoSeconds * 1_000 - providers.madeAt;
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  const stateFile = join(folder, 'sandbox.json');
  const signingKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const world = {
    ...(moveTimes(providers.world, providers.madeAt, laterMs) as object),
    signingKey: signingKey.export({ format: 'jwk' }),
  };
  writeFileSync(stateFile, JSON.stringify(world));
  mkdirSync(`${stateFile}.calendars`);
  for (const [name, calendar] of Object.entries(providers.calendars))
    writeFileSync(join(`${stateFile}.calendars`, name), JSON.stringify(calendar));
  const sandbox = await startSandbox({ stateFile, host: '127.0.0.1' });
  const database = await createEmptyDatabase();
  const dump = readFileSync(join(FOLDER, 'database.sql'), 'utf8');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(dump.replaceAll(SANDBOX, new URL(sandbox.url).host));
  await moveRows(client, laterMs);
  await client.end();
  return {
    database,
    sandbox,
    async close() {
      await sandbox.close();
      await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Moves every number that is a time near `madeAt`. */
function moveTimes(value: unknown, madeAt: number, laterMs: number): unknown {
  if (typeof value === 'number')
    return Math.abs(value - madeAt) < YEAR_MS ? value + laterMs : value;
  if (Array.isArray(value)) return value.map((one) => moveTimes(one, madeAt, laterMs));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, moveTimes(one, madeAt, laterMs)]),
  );
}

/** Moves every time of the service's own tables and of its jobs. Times of events are the users'. */
async function moveRows(client: pg.Client, laterMs: number): Promise<void> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `SELECT format('%I.%I', table_schema, table_name) AS table, array_agg(column_name::text) AS columns
       FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
      WHERE data_type = 'timestamp with time zone' AND table_type = 'BASE TABLE' AND table_name <> 'events'
        AND (table_schema = 'integrations' OR (table_schema = 'integrations_jobs' AND table_name = 'job'))
      GROUP BY 1`,
  );
  for (const { table, columns } of rows) {
    // A window begins and ends with a day.
    const moved = columns.map(
      (column) => `${column} = ${column} + ${column.startsWith('window_') ? '$2' : '$1'}::interval`,
    );
    await client.query(`UPDATE ${table} SET ${moved.join(', ')} WHERE $2::interval IS NOT NULL`, [
      `${laterMs} milliseconds`,
      `${Math.trunc(laterMs / DAY_MS)} days`,
    ]);
  }
}
