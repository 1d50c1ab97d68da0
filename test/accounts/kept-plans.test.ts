/**
 * The plans that connections keep are made while a new deployment has few rows, and used until
 * PostgreSQL next analyses its tables. They look rows up by their keys from the beginning.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { buildAccount } from '../support/build-account.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { recordStatements, type Statement } from '../support/record-statements.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

let deployment: Deployment;
let empty: TestDatabase;
let client: pg.Client;
let recording: ReturnType<typeof recordStatements>;

beforeAll(async () => {
  recording = recordStatements();
  deployment = await deploy({ sandbox: { contents: 'empty' } });
  empty = await createTestDatabase();
  client = new pg.Client({ connectionString: empty.url, options: '-c search_path=integrations' });
  await client.connect();
  await client.query('SET plan_cache_mode = force_generic_plan');
});
afterAll(async () => {
  recording?.stop();
  await client?.end();
  await empty?.drop();
  await deployment?.stop();
});

/** The tables and indexes that the plan of a statement reads, as it is kept in an empty database. */
async function readsOf({ text, values }: Statement): Promise<string[]> {
  await client.query(`PREPARE kept AS ${text}`);
  try {
    const nulls = values.map(() => 'NULL').join(', ');
    const { rows } = await client.query(`EXPLAIN (FORMAT JSON) EXECUTE kept (${nulls})`);
    const reads = (plan: Plan): string[] => [
      ...(/Scan/.test(plan['Node Type'])
        ? [plan['Index Name'] ?? plan['Relation Name'] ?? '']
        : []),
      ...(plan.Plans ?? []).flatMap(reads),
    ];
    return [...new Set(reads(rows[0]['QUERY PLAN'][0].Plan))].filter((name) => name !== '').sort();
  } finally {
    await client.query('DEALLOCATE kept');
  }
}

test('a connection and the list of accounts look up rows by their keys', async () => {
  const { browser } = await buildAccount(deployment, { events: [] });
  await browser.get('/integrations/accounts').expect(200);
  const sent = (part: string) => {
    const found = recording.statements.find(({ text }) => text.includes(part));
    if (found === undefined) throw new Error(`nothing with "${part}" was sent`);
    return readsOf(found);
  };
  expect(await sent(`SET status = 'exchanged'`)).toEqual(['authorization_attempts_pkey']);
  expect(await sent(`SET status = 'done', access_token = NULL`)).toEqual([
    'authorization_attempts_pkey',
    'queue_pkey',
  ]);
  expect(await sent('WITH page AS MATERIALIZED')).toEqual([
    'account_syncs_pkey',
    'connected_accounts_by_user',
  ]);
});
