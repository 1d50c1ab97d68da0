// A lock for a directory. The operating system releases it when its holder ends, also after
// SIGKILL.

import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isRoot } from './server-account.js';

/** Held until released, or until this process ends. */
export interface DirectoryLock {
  release(): void;
}

/** Another living process holds the directory's lock. */
export class DirectoryLocked extends Error {
  override readonly name = 'DirectoryLocked';
  /** The process id of the holder, if it is known. */
  readonly holder: string | undefined;

  constructor(directory: string, holder: string | undefined) {
    super(`${directory} is locked by process ${holder ?? 'unknown'}`);
    this.holder = holder;
  }
}

const SQLITE_BUSY = 5;

/** Keeps the handles from the garbage collector. It would close them, which releases the locks. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock of `directory`. Node has no file locks; an exclusive transaction of SQLite is one
 * (fcntl). Unlike a file that holds a process id, it cannot be stale, it has no race when it is
 * taken over, and it works between containers that share a volume.
 *
 * @throws DirectoryLocked while another process, or this one, holds the lock
 */
export function lockDirectory(directory: string): DirectoryLock {
  const holder = join(directory, 'holder');
  const database = new DatabaseSync(join(directory, 'lock'));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY)
      throw new DirectoryLocked(directory, readHolder(holder));
    throw error;
  }
  held.add(database);
  writeFileSync(holder, `${process.pid}\n`);
  // chmod and chown by path: opening and closing the lock's file a second time would release the
  // lock.
  const { uid, gid } = statSync(directory);
  for (const name of ['holder', 'lock']) {
    chmodSync(join(directory, name), 0o600);
    // When root uses the directory of a plain user, that user must be able to start the service
    // later.
    if (isRoot()) chownSync(join(directory, name), uid, gid);
  }
  return {
    release() {
      if (held.delete(database)) database.close();
    },
  };
}

function readHolder(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
