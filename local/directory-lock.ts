/** One process at a time in a directory: a lock the system drops when its holder dies, however it dies. */
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
  /** Its process id, where it has left it. */
  readonly holder: string | undefined;

  constructor(directory: string, holder: string | undefined) {
    super(`${directory} is locked by process ${holder ?? 'unknown'}`);
    this.holder = holder;
  }
}

const SQLITE_BUSY = 5;

/** Keeps the handles from the garbage collector, which would close them and so give the locks away. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock of `directory`. Node has no file locks of its own; SQLite's exclusive transaction is one (fcntl), and
 * unlike a file with a process id in it, it cannot be stale, has no race in taking it over, and holds between
 * containers that share a volume.
 *
 * @throws DirectoryLocked while another process, or this one, holds it.
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
  // By path: opening and closing the lock's file a second time would drop the lock.
  const { uid, gid } = statSync(directory);
  for (const name of ['holder', 'lock']) {
    chmodSync(join(directory, name), 0o600);
    // Root in a plain user's directory: that user must be able to start again.
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
