/** A DATA_DIR for one test. */
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';

/**
 * Makes a directory in the system's temporary directory that the embedded database's account can
 * enter.
 */
export async function makeDataDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'calendar-connect-test-'));
  await chmod(directory, 0o711);
  return directory;
}

/**
 * Removes the directory, and the clusters that were stored elsewhere because the server could not
 * enter it.
 */
export async function removeDataDir(directory: string): Promise<void> {
  for (const name of await readdir(directory, { recursive: true })) {
    if (basename(name) !== 'postgres.json') continue;
    const { home } = JSON.parse(await readFile(join(directory, name), 'utf8')) as { home: string };
    if (isAbsolute(home)) await rm(home, { recursive: true, force: true });
  }
  await rm(directory, { recursive: true, force: true });
}
