// Checks that entities and migrations describe one schema, with TypeORM's own command line on a
// scratch database. The server is TEST_DATABASE_URL, or one started for it. Exits non-zero when a
// migration is missing.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const name = `calendar_connect_schema_${randomBytes(4).toString('hex')}`;

const given = process.env.TEST_DATABASE_URL;
if (given) process.exitCode = await check(given);
else {
  const { startEmbeddedPostgres } = await import('../dist/local/embedded-postgres.js');
  const dataDir = await mkdtemp(join(tmpdir(), 'calendar-connect-schema-'));
  const server = await startEmbeddedPostgres({ dataDir, durable: false });
  try {
    process.exitCode = await check(server.url);
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** @returns the exit code of the first command that failed; 0 when none did */
async function check(serverUrl) {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
  try {
    return (
      typeorm(url.href, 'migration:run') ||
      typeorm(url.href, 'migration:generate', '--check', 'src/database/migrations/missing')
    );
  } finally {
    await onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}

function typeorm(url, ...command) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typeorm/cli.js'), '-d', join(root, 'dist/ormconfig.js'), ...command],
    { cwd: root, encoding: 'utf8', env: { ...process.env, DATABASE_URL: url } },
  );
  // TypeORM prints every statement of a migration.
  if (status !== 0) console.error(stdout, stderr);
  else console.log(`${command[0]}: ${stdout.trim().split('\n').at(-1)}`);
  return status ?? 1;
}

async function onServer(url, statement) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
