// The operating system account that the embedded PostgreSQL runs under. PostgreSQL refuses to run
// as root.

import { spawnSync } from 'node:child_process';

/** Options for `spawn`. Empty: the account of this process. */
export interface ServerAccount {
  readonly uid?: number;
  readonly gid?: number;
}

const NOBODY: ServerAccount = { uid: 65534, gid: 65534 };

/** Whether this process runs as root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The account to run PostgreSQL under: our own; as root, the unprivileged uid 65534.
 *
 * @throws Error when neither is possible; the message says what to do instead
 */
export function chooseServerAccount(): ServerAccount {
  if (process.platform === 'win32') {
    throw new Error('the embedded PostgreSQL runs on Linux and macOS only: set DATABASE_URL');
  }
  if (!isRoot()) return {};
  if (process.platform !== 'linux') {
    throw new Error('PostgreSQL does not run as root: start as a plain user, or set DATABASE_URL');
  }
  const tried = spawnSync('/bin/sh', ['-c', ':'], { ...NOBODY, cwd: '/', env: {} });
  if (tried.error) {
    throw new Error(
      `PostgreSQL does not run as root, and switching to uid ${NOBODY.uid} failed (${tried.error.message}): ` +
        'start as a plain user, or set DATABASE_URL',
    );
  }
  return NOBODY;
}

/**
 * Whether `account` can enter `directory`. A shell tries it, so that modes, groups and ACLs all
 * count.
 */
export function canEnter(account: ServerAccount, directory: string): boolean {
  const tried = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], {
    ...account,
    cwd: '/',
    env: {},
    stdio: 'ignore',
  });
  return tried.status === 0;
}
