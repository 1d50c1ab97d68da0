/**
 * The invariant: after any sequence of edits, faults, crashes and expired cursors at the provider,
 * once a sync has finished, the local rows of a calendar equal the provider's view of the window.
 *
 * `INVARIANT_RUNS=2000` plays that number of stories for each provider (110 without it); a failure
 * prints its seed and path, and `INVARIANT_SEED=… INVARIANT_PATH=…` plays it again. What it has
 * found is kept in invariant-found.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/options.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';
import { story } from './invariant/moves.js';
import { play } from './invariant/stage.js';

const RUNS = Number(process.env['INVARIANT_RUNS'] ?? 110);
const SEED = process.env['INVARIANT_SEED'];
const PATH = process.env['INVARIANT_PATH'];
const STORY_MS = 5_000;

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 5 }).initialize();
  // The database is not needed after a crash of the server, so commits need not wait for the disk.
  await dataSource.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`,
  );
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const circumstances = {
  start: fc.constantFrom('2026-06-15T10:00:00Z', '2026-03-24T23:30:00Z', '2026-10-20T06:00:00Z'),
  timeZone: fc.constantFrom('Europe/Madrid', 'America/Los_Angeles', 'Pacific/Auckland', 'UTC'),
};

describe.each(['google', 'microsoft'] as const)('%s', (provider) => {
  test(
    `the stored events equal the provider’s after any story (${RUNS} stories)`,
    async () => {
      const told = { stories: 0, moves: 0, requests: 0, runs: {} as Record<string, number> };
      const property = fc.asyncProperty(
        fc.record(circumstances),
        story(provider),
        async (where, moves) => {
          const { outcomes, requests } = await play(dataSource, { provider, ...where }, moves);
          told.stories++;
          told.moves += moves.length;
          for (const [outcome, runs] of Object.entries(outcomes))
            told.runs[outcome] = (told.runs[outcome] ?? 0) + runs;
          told.requests += requests;
        },
      );
      await fc.assert(property, {
        numRuns: RUNS,
        ...(SEED === undefined ? {} : { seed: Number(SEED) }),
        ...(PATH === undefined ? {} : { path: PATH }),
      });
      expect(told.stories).toBe(PATH === undefined ? RUNS : told.stories);
      if (process.env['INVARIANT_RUNS']) console.log(provider, told);
    },
    RUNS * STORY_MS + 600_000,
  );
});
