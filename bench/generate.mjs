// `node bench/generate.mjs --accounts 100000 --events 1000000 --database NAME` after `npm run build`:
// makes a database of that size (generate.sql). BENCH_DATABASE_URL names the server. A million
// accounts and ten million events take about ten minutes and 15 GB where `fsync` is off.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { migrateEverything } from '../dist/src/migrate-everything.js';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '10000' },
    events: { type: 'string', default: '100000' },
    database: { type: 'string', default: 'calendar_connect_growth' },
  },
});
const server = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const url = Object.assign(new URL(server), { pathname: `/${values.database}` }).href;

const admin = new pg.Client(server);
await admin.connect();
await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(values.database)}`);
await admin.end();
await migrateEverything(url, console);

const client = new pg.Client({ connectionString: url, options: '-c search_path=integrations' });
await client.connect();
const began = performance.now();
const sizes = `SET growth.accounts = ${Number(values.accounts)}; SET growth.events = ${Number(values.events)};`;
await client.query(sizes + readFileSync(new URL('generate.sql', import.meta.url), 'utf8'));
const { rows } = await client.query(
  `SELECT relname AS table, reltuples::bigint AS rows, pg_table_size(oid) AS bytes,
          pg_indexes_size(oid) AS "indexBytes"
     FROM pg_class WHERE relkind = 'r' AND relnamespace = 'integrations'::regnamespace
      AND reltuples > 1000 ORDER BY pg_total_relation_size(oid) DESC`,
);
console.log(`${((performance.now() - began) / 1_000).toFixed(0)} s`);
console.log('| table | rows | bytes of a row | of its index entries |\n|---|---|---|---|');
for (const { table, rows: count, bytes, indexBytes } of rows)
  console.log(
    `| ${table} | ${count} | ${Math.round(bytes / count)} | ${Math.round(indexBytes / count)} |`,
  );
await client.end();
