/** Lets a server we started not outlive us, even when we are killed with SIGKILL. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { ServerAccount } from './server-account.js';

/**
 * Starts a shell that waits on a pipe only this process holds, and sends `signal` to `pid` when the pipe closes.
 * Best effort: whoever kills the shell too leaves the server running.
 *
 * @returns a function that calls it off, for when the server has ended.
 */
export function endWithParent(
  pid: number,
  signal: 'INT' | 'TERM' | 'KILL',
  account: ServerAccount = {},
): () => void {
  const watcher = spawn('/bin/sh', ['-c', 'read _; kill -"$1" "$2"', 'sh', signal, String(pid)], {
    ...account,
    cwd: '/',
    env: {},
    // Its own session, so that Ctrl-C in the terminal reaches the service alone.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => {});
  watcher.unref();
  (watcher.stdin as Socket).unref();
  return () => {
    watcher.kill('SIGKILL');
  };
}
