// Directories that no other account can have created or can write to.

import { chmod, lstat, mkdir } from 'node:fs/promises';

/**
 * Creates the directory `path` with exactly `mode`, or checks the directory that exists there. Its
 * parent must exist.
 *
 * @throws Error when something else is in its place
 */
export async function ensureOwnedDirectory(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
    await chmod(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await assertOwnedDirectory(path);
}

/**
 * Checks that `path` is a real directory, not a link, owned by this process's account and writable
 * by no other.
 *
 * @throws Error when it is not
 */
export async function assertOwnedDirectory(path: string): Promise<void> {
  const found = await lstat(path);
  const self = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== self || (found.mode & 0o022) !== 0) {
    throw new Error(
      `${path} must be a directory of this account (uid ${self}) that no one else can write to`,
    );
  }
}
