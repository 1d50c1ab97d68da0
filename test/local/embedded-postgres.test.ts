/** The embedded database starts in any directory, and after any kind of interruption. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../local/embedded-postgres.js';
import { canEnter } from '../../local/server-account.js';
import { childrenOf } from '../support/process-tree.js';
import { makeDataDir, removeDataDir } from '../support/temporary-data-dir.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const root = process.getuid?.() === 0;
const plainUser = { uid: 65534, gid: 65534 };

let parent: string;
/** Most tests share one cluster and have a table each, because making a cluster takes time. */
let dataDir: string;
let table: string;
let servers: EmbeddedPostgres[];
let children: ChildProcess[];

beforeAll(async () => {
  parent = await makeDataDir();
  dataDir = join(parent, 'shared');
});

beforeEach(() => {
  table = `kept_${Math.random().toString(36).slice(2)}`;
  servers = [];
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map(killed));
  await Promise.all(servers.map((server) => server.stop()));
});

afterAll(() => removeDataDir(parent));

/** The path of the cluster of `directory`. */
function homeOf(directory: string): string {
  const { home } = JSON.parse(readFileSync(join(directory, 'postgres.json'), 'utf8')) as {
    home: string;
  };
  return home.startsWith('/') ? home : join(directory, home);
}

async function start(directory = dataDir, lines: string[] = []): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    dataDir: directory,
    log: (line) => lines.push(line),
  });
  servers.push(server);
  return server;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/**
 * Starts the database in a process of its own, which writes one row and then waits to be killed.
 */
async function startElsewhere(directory: string, account: { uid?: number; gid?: number } = {}) {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(join(project, 'local/embedded-postgres.ts'))});
    const { default: pg } = await import('pg');
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(directory)} });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('CREATE TABLE ${table} (n int)');
    await client.query('INSERT INTO ${table} VALUES (1)');
    console.log(server.pid);
    setInterval(() => {}, 1000);
  `;
  const loader = join(project, 'scripts/typescript.mjs');
  const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', script], {
    ...account,
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout }))
    return { child, postmaster: Number(line) };
  throw new Error('the other process did not start the database');
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('the embedded database', () => {
  test('the database starts in an empty directory: UTF-8, durable, local and with a password only', async () => {
    const { url } = await start();
    expect(new URL(url)).toMatchObject({
      protocol: 'postgres:',
      hostname: '127.0.0.1',
      pathname: '/calendar_connect',
    });
    const [settings] = await query(
      url,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
         current_setting('listen_addresses') AS listens, current_setting('unix_socket_directories') AS sockets,
         current_setting('max_connections') AS connections, lower('É') AS lower`,
    );
    expect(settings).toEqual({
      encoding: 'UTF8',
      fsync: 'on',
      listens: '127.0.0.1',
      sockets: '',
      connections: '100',
      lower: 'é',
    });
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dataDir, 'postgres.json')).mode & 0o777).toBe(0o600);
  });

  test('the database keeps its data from one start to the next', async () => {
    const first = await start();
    await query(first.url, `CREATE TABLE ${table} AS SELECT 1 AS n`);
    await first.stop();
    await first.stop();
    const second = await start();
    expect(await query(second.url, `SELECT n FROM ${table}`)).toEqual([{ n: 1 }]);
  });

  test('the database starts in a path with spaces', async () => {
    const { url } = await start(join(parent, 'my calendars', 'the data'));
    expect(await query(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  test('a second process on the same directory is refused, and the error names the first', async () => {
    const { child } = await startElsewhere(dataDir);
    await expect(start()).rejects.toThrow(
      `another calendar-connect is using DATA_DIR ${dataDir} (process ${child.pid})`,
    );
  });

  test('a second start in the same process is refused, and the first keeps its lock', async () => {
    await start();
    await expect(start()).rejects.toThrow(/another calendar-connect is using DATA_DIR/);
    await expect(start()).rejects.toThrow(/another calendar-connect is using DATA_DIR/);
  });

  test('of two first starts on one directory, one succeeds and the other is refused', async () => {
    const results = await Promise.allSettled([
      start(join(parent, 'race')),
      start(join(parent, 'race')),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('the database starts again after SIGKILL of the server', async () => {
    const lines: string[] = [];
    const first = await start(dataDir, lines);
    await query(first.url, `CREATE TABLE ${table} AS SELECT 1 AS n`);
    process.kill(first.pid, 'SIGKILL');
    while (lines.length === 0) await sleep(5);
    await first.stop();
    expect(lines).toEqual([
      expect.stringContaining('the embedded PostgreSQL ended unexpectedly (SIGKILL)'),
    ]);
    const second = await start();
    expect(await query(second.url, `SELECT n FROM ${table}`)).toEqual([{ n: 1 }]);
  });

  test('the database ends when its process is killed, and starts again', async () => {
    const { child, postmaster } = await startElsewhere(dataDir);
    await killed(child);
    for (let waited = 0; isRunning(postmaster) && waited < 5000; waited += 20) {
      await sleep(20);
    }
    expect(isRunning(postmaster)).toBe(false);
    const { url } = await start();
    expect(await query(url, `SELECT n FROM ${table}`)).toEqual([{ n: 1 }]);
  });

  test.each(['running', 'frozen'])(
    'the database takes over from a server left %s after everything else was killed',
    async (state) => {
      const { child, postmaster } = await startElsewhere(dataDir);
      if (state === 'frozen') process.kill(postmaster, 'SIGSTOP');
      for (const pid of childrenOf(child.pid!))
        if (pid !== postmaster) process.kill(pid, 'SIGKILL');
      await killed(child);
      expect(isRunning(postmaster)).toBe(true);
      const lines: string[] = [];
      const { url, pid } = await start(dataDir, lines);
      expect(lines).toEqual([
        `stopped the PostgreSQL (process ${postmaster}) that a killed process had left running`,
      ]);
      expect(pid).not.toBe(postmaster);
      expect(isRunning(postmaster)).toBe(false);
      expect(await query(url, `SELECT n FROM ${table}`)).toEqual([{ n: 1 }]);
    },
  );

  test('the database starts although a dead server’s process id now belongs to another process', async () => {
    const first = await start();
    await first.stop();
    const data = join(homeOf(dataDir), 'data');
    const { uid, gid } = statSync(data);
    const other = spawn('/bin/sleep', ['60'], { ...(root ? { uid, gid } : {}), stdio: 'ignore' });
    children.push(other);
    const file = join(data, 'postmaster.pid');
    writeFileSync(file, `${other.pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n`);
    if (root) chownSync(file, uid, gid);
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  });

  test('the database starts again after an interrupted first start', async () => {
    const cutShort = join(parent, 'cut short');
    const first = await start(cutShort);
    await first.stop();
    const home = homeOf(cutShort);
    rmSync(join(home, 'data'), { recursive: true });
    mkdirSync(join(home, 'initdb-unfinished', 'data'), { recursive: true });
    const { url } = await start(cutShort);
    expect(await query(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect(existsSync(join(home, 'initdb-unfinished'))).toBe(false);
  });

  (root ? test : test.skip)(
    'as root, starts below a directory only root can enter, and keeps its data',
    async () => {
      mkdirSync(join(parent, 'closed'), { mode: 0o700 });
      const inside = join(parent, 'closed', '.data');
      const first = await start(inside);
      await query(first.url, `CREATE TABLE ${table} AS SELECT 1 AS n`);
      await first.stop();
      expect(statSync(homeOf(inside))).toMatchObject({ uid: 0, mode: 0o040711 });
      const second = await start(inside);
      expect(await query(second.url, `SELECT n FROM ${table}`)).toEqual([{ n: 1 }]);
    },
  );

  // The plain user must be able to read this project.
  const both = root && canEnter(plainUser, project) ? test : test.skip;
  both(
    'the database starts as a plain user in its own directory, and then as root on the same data',
    async () => {
      const own = join(parent, 'own');
      mkdirSync(own, { mode: 0o700 });
      chownSync(own, plainUser.uid, plainUser.gid);
      const { child } = await startElsewhere(join(own, '.data'), plainUser);
      await killed(child);
      const asRoot = await start(join(own, '.data'));
      expect(await query(asRoot.url, `SELECT n FROM ${table}`)).toEqual([{ n: 1 }]);
      await asRoot.stop();
      table = `${table}_again`;
      await startElsewhere(join(own, '.data'), plainUser);
    },
  );
});
