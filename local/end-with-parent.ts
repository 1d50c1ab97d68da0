// Ends a server that this process started when this process ends, also after SIGKILL.

import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { ServerAccount } from './server-account.js';

/**
 * Starts a shell that waits on a pipe which only this process holds. When the pipe closes, the
 * shell sends `signal` to `pid`. If the shell is killed too, the server goes on running.
 *
 * @returns a function that ends the shell, for when the server has ended
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
    // A session of its own, so that Ctrl-C in the terminal reaches only the service.
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
