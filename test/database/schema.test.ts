/** Entities and migrations describe one schema, and TypeORM's command line can use both. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource, SCHEMA } from '../../src/database/options.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/servers.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('a migrated database', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await createDataSource({ url: database.url, poolSize: 2 }).initialize();
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  test('a migrated database leaves the ORM nothing to generate', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  test('a migrated database has an entity for every table, and a table for every entity', async () => {
    const tables: { name: string }[] = await dataSource.query(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = $1`,
      [SCHEMA],
    );
    const expected = [
      ...dataSource.entityMetadatas.map(({ tableName }) => tableName),
      'migrations',
    ];
    expect(tables.map(({ name }) => name).sort()).toEqual(expected.sort());
  });
});

describe("TypeORM's command line on an empty database", () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createEmptyDatabase();
  });
  afterAll(() => database?.drop());

  test('the command line shows pending migrations, runs them, and then has nothing to generate', async () => {
    const environment = { DATABASE_URL: database.url };
    const shown = await typeorm(['migration:show'], environment);
    expect(shown.output).toContain('[ ] ');
    expect(shown.output).not.toContain('[X]');
    expect((await typeorm(['migration:run'], environment)).code).toBe(0);
    const check = await typeorm(['migration:generate', '--check', 'missing'], environment);
    expect(check).toMatchObject({ code: 0, output: expect.stringContaining('No changes') });
  });

  test('the command line names the variable that is missing', async () => {
    const { code, output } = await typeorm(['migration:show'], { NODE_ENV: 'production' });
    expect([code, output]).toEqual([1, expect.stringContaining('DATABASE_URL is missing')]);
  });
});

/** Runs a command on the sources. Nothing of this process's own environment reaches it but PATH. */
function typeorm(
  command: readonly string[],
  environment: Record<string, string>,
): Promise<{ code: number | string; output: string }> {
  const start = ['--import', './scripts/typescript.mjs', 'node_modules/typeorm/cli.js'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...start, '-d', 'ormconfig.ts', ...command],
      { cwd: ROOT, env: { PATH: process.env['PATH'], ...environment } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });
}
