/** Starts the installed redis-server on a free loopback port, without files. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithParent } from '../../local/end-with-parent.js';
import { freePort } from '../../local/postmaster.js';

/** A running server, with the means to make it misbehave. */
export interface RedisServer {
  readonly url: string;
  readonly pid: number;
  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** What {@link startRedisServer} takes. */
export interface RedisServerOptions {
  /** As in redis.conf, for example `2mb`. Above it, Redis refuses writes. */
  readonly maxmemory?: string;
  /** Default: a free port. Set it to restart a server at its old port. */
  readonly port?: number;
}

/** The path of the installed program, if there is one. */
export function findRedisServer(): string | undefined {
  const directories = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/bin',
    '/usr/local/bin',
  ];
  return directories
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'redis-server'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** @throws Error naming redis-server where it is not installed or does not start. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = findRedisServer();
  if (!program)
    throw new Error(
      'this test needs a redis-server on this machine (Debian: apt-get install redis-server)',
    );
  for (let attempt = 1; ; attempt += 1) {
    const server = await attemptStart(
      program,
      options.port ?? (await freePort()),
      options.maxmemory,
    );
    if (server) return server;
    if (attempt === 5) throw new Error(`${program} does not start`);
  }
}

async function attemptStart(
  program: string,
  port: number,
  maxmemory?: string,
): Promise<RedisServer | undefined> {
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    tmpdir(),
  ];
  if (maxmemory) settings.push('--maxmemory', maxmemory, '--maxmemory-policy', 'noeviction');
  const child = spawn(program, settings, { stdio: 'ignore', detached: true });
  child.unref();
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  const pid = child.pid;
  if (pid === undefined) return undefined;
  void ended.then(endWithParent(pid, 'KILL'));
  for (const started = Date.now(); !over && !(await answers(port)); await sleep(5)) {
    if (Date.now() - started > 10_000) child.kill('SIGKILL');
  }
  if (over) return undefined;
  const end = async () => {
    // The child is unreferenced until here; while its end is awaited it must keep this process
    // alive.
    child.ref();
    if (!over) child.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    pid,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: end,
    stop: end,
  };
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1000);
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => settle(data.toString().startsWith('+PONG')));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
