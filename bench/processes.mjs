// The processes of the benchmark: they are started, watched and ended here.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const children = new Set();

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * Starts a program that prints "ready". `{port}` in its environment is its port.
 * @returns its pid, its URL, the milliseconds until it was ready, and a function that ends it
 */
export async function run(command, environment) {
  const port = await freePort();
  const filled = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace('{port}', port)]),
  );
  const began = performance.now();
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env.PATH, PORT: String(port), ...filled },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => String(text).includes('ready') && resolve());
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)));
  });
  const readyAfter = performance.now() - began;
  const end = async () => {
    children.delete(child);
    child.kill('SIGKILL');
    await ended;
  };
  return { pid: child.pid, url: `http://127.0.0.1:${port}`, readyAfter, end };
}

/** Ends everything that was started. */
export function endAll() {
  for (const child of children) child.kill('SIGKILL');
}

function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return null;
  }
}

/** Processor time of processes so far, all threads, in microseconds (Linux; NaN elsewhere). */
export function cpuOf(pids) {
  const stats = pids.map(statOf).filter((stat) => stat !== null);
  if (stats.length === 0) return Number.NaN;
  return stats.reduce((sum, stat) => sum + Number(stat[11]) + Number(stat[12]), 0) * 10_000;
}

/** The processes of a PostgreSQL server: the one with this pid, and its children. */
export function withChildren(pid) {
  try {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return [pid, ...all.map(Number).filter((one) => Number(statOf(one)?.[1]) === pid)];
  } catch {
    return [pid];
  }
}

/** Resident memory in megabytes (Linux; NaN elsewhere). */
export function memoryOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
}
