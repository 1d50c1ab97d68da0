/**
 * The test environment of every suite: Node's, with a leak guard. When all tests and hooks of a
 * file are done, the file fails if it has left behind a listening server, a child process, a
 * connection to PostgreSQL or Redis, a repeating timer that keeps the process alive, or a test
 * database. Unhandled rejections fail the test they happen in; Jest does that by itself.
 */
import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';

/** Closing is often asynchronous: anything gone within this time is not a leak. */
const GRACE_MS = 3_000;
/** Where test/support/servers.ts keeps the names of databases that are not dropped yet. */
const DATABASES = Symbol.for('calendar-connect test databases');

const handles = () => process._getActiveHandles();

/**
 * Ports of the stores of this run. Other sockets are not judged: a client may keep a connection for
 * its next request.
 */
const storePorts = () =>
  [process.env.TEST_DATABASE_URL, process.env.TEST_REDIS_URL]
    .filter(Boolean)
    .map((url) => Number(new URL(url).port || (url.startsWith('redis') ? 6379 : 5432)));

/** @returns what the handle is in words, or null for one that is not judged */
function nameOf(handle) {
  if (handle instanceof Server && handle.listening) {
    const address = handle.address();
    return `a server on ${typeof address === 'string' ? address : `port ${address?.port}`}`;
  }
  if (handle instanceof ChildProcess && handle.exitCode === null && handle.signalCode === null)
    return `a child process: ${handle.spawnargs.join(' ').slice(0, 120)}`;
  if (handle instanceof Socket && !handle.destroyed && storePorts().includes(handle.remotePort))
    return `a connection to a store on port ${handle.remotePort}`;
  return null;
}

const list = (lines) => lines.map((line) => `  ${line}`).join('\n');

/** Node's environment, with a look at what is left when a file is done. */
export default class LeakGuard extends TestEnvironment {
  #before = new Set();
  #intervals = new Set();

  async setup() {
    await super.setup();
    this.#before = new Set(handles());
    this.global[DATABASES] = new Set();
    const { setInterval } = this.global;
    this.global.setInterval = (...args) => {
      const interval = setInterval(...args);
      this.#intervals.add(interval);
      return interval;
    };
  }

  async handleTestEvent(event, state) {
    if (event.name !== 'run_finish') return;
    let left = this.#left();
    for (const end = Date.now() + GRACE_MS; left.length > 0 && Date.now() < end; ) {
      await sleep(50);
      left = this.#left();
    }
    // Text, not an Error: the stack would point to the guard.
    if (left.length > 0) state.unhandledErrors.push(`This file left behind:\n${list(left)}`);
  }

  async teardown() {
    for (const interval of this.#intervals) clearInterval(interval);
    await super.teardown();
  }

  #left() {
    const open = handles()
      .filter((handle) => !this.#before.has(handle))
      .map(nameOf)
      .filter((name) => name !== null);
    const ticking = [...this.#intervals]
      .filter((interval) => !interval._destroyed && interval.hasRef())
      .map((interval) => `an interval of ${interval._repeat} ms`);
    const databases = [...this.global[DATABASES]].map((name) => `the database ${name}`);
    return [...open, ...ticking, ...databases];
  }
}
