// Starts and stops one PostgreSQL server process, also a server that a killed process has left
// running.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithParent } from './end-with-parent.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import type { Cluster } from './postgres-cluster.js';

/** A running server that accepts connections on 127.0.0.1. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Resolves when the server has ended, with its exit code or signal. */
  readonly ended: Promise<string>;
  /** Fast shutdown: running transactions are rolled back, connections closed. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 120_000;
const LEFTOVER_TIMEOUT_MS = 15_000;

/**
 * Starts the server of `cluster` on a free port of 127.0.0.1 and waits until it accepts
 * connections. Its output goes to `postgres.log` in the cluster's home.
 *
 * @throws Error with the end of the server's log when it does not start
 */
export async function startPostmaster(
  cluster: Cluster,
  binaries: PostgresBinaries,
  settings: Record<string, string>,
): Promise<Postmaster> {
  const leftoverDeadline = Date.now() + LEFTOVER_TIMEOUT_MS;
  for (let attempt = 1; ; attempt += 1) {
    const started = await attemptStart(cluster, binaries, settings);
    if (typeof started !== 'string') return started;
    const portTaken = started.includes('could not create any TCP/IP sockets');
    // The backends of a killed server end within moments. Until then PostgreSQL refuses to start.
    const leftover =
      /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(started);
    if (!(portTaken && attempt < 5) && !(leftover && Date.now() < leftoverDeadline)) {
      throw new Error(
        `the embedded PostgreSQL in ${cluster.home} did not start: ${started.trim() || 'no reason given'}`,
      );
    }
    await sleep(100);
  }
}

async function attemptStart(
  cluster: Cluster,
  binaries: PostgresBinaries,
  settings: Record<string, string>,
): Promise<Postmaster | string> {
  const port = await freePort();
  const logFile = join(cluster.home, 'postgres.log');
  const logFrom = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const log = openSync(logFile, logFrom > 1024 * 1024 ? 'w' : 'a', 0o600);
  const options = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = spawn(binaries.postgres, ['-D', cluster.data, ...options], {
    ...cluster.account,
    cwd: '/',
    // Our own environment is not passed on: it holds secrets, and PG* variables would configure the
    // server.
    env: { LC_ALL: 'C', TZ: 'UTC' },
    // A session of its own: Ctrl-C in the terminal stops the service first, which then stops the
    // server.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  const pid = child.pid;
  if (pid === undefined) return await ended;
  const endWatcher = endWithParent(pid, 'INT', cluster.account);
  let over = false;
  void ended.then(() => {
    over = true;
    endWatcher();
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!over && !isReady(cluster.data, pid)) {
    if (Date.now() > deadline) {
      child.kill('SIGQUIT');
      await ended;
      return `not ready after ${START_TIMEOUT_MS / 1000} s. ${tail(logFile, logFrom)}`;
    }
    await Promise.race([ended, sleep(10)]);
  }
  if (over) return tail(logFile, logFrom);
  return {
    pid,
    port,
    ended,
    async stop() {
      // Until now the server did not keep this process alive. Waiting for its end must do so.
      child.ref();
      await end(pid, () => over);
      await ended;
    },
  };
}

/**
 * Stops the server that a killed process has left running on `data`, if there is one. The caller
 * holds the lock, so no living process uses that server.
 *
 * @returns its process id; undefined when there was none
 */
export async function stopLeftover(data: string): Promise<number | undefined> {
  const file = join(data, 'postmaster.pid');
  const pid = Number(readLines(file)[0]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  if (isPostmasterOf(pid, data)) {
    await end(pid, () => !isPostmasterOf(pid, data));
    return pid;
  }
  if (isAlive(pid)) {
    // Another process has this id now, so PostgreSQL would refuse to start. It ignores the id of
    // its own parent as stale and goes on to its second check, which is for shared memory in use.
    const lines = readLines(file);
    writeFileSync(file, [String(process.pid), ...lines.slice(1)].join('\n'));
  }
  return undefined;
}

/**
 * Ends a server: fast shutdown, then immediate shutdown, then SIGKILL. SIGCONT continues a stopped
 * process first.
 */
async function end(pid: number, isOver: () => boolean): Promise<void> {
  for (const [signal, seconds] of [
    ['SIGINT', 15],
    ['SIGQUIT', 5],
    ['SIGKILL', 5],
  ] as const) {
    if (isOver()) return;
    try {
      process.kill(pid, signal);
      process.kill(pid, 'SIGCONT');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    for (let waited = 0; waited < seconds * 1000; waited += 5) {
      if (isOver()) return;
      await sleep(5);
    }
  }
}

function isReady(data: string, pid: number): boolean {
  const lines = readLines(join(data, 'postmaster.pid'));
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether `pid` is a server on `data`, by its command line. A zombie has no command line. */
function isPostmasterOf(pid: number, data: string): boolean {
  try {
    const command =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        : execFileSync('/bin/ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(data);
  } catch {
    return false;
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function tail(file: string, from: number): string {
  const content = readFileSync(file);
  return content
    .subarray(content.length < from ? 0 : from)
    .toString('utf8')
    .slice(-2000);
}

/** A port of 127.0.0.1 that is free now. Another process can take it before it is used. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
