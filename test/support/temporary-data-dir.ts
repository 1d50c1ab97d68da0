/** A DATA_DIR for one test. */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Makes one below the system's temporary directory, which the embedded database's account can enter. */
export async function makeDataDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'calendar-connect-test-'));
  await chmod(directory, 0o711);
  return directory;
}

/** Removes it, and the cluster that was kept elsewhere because the server could not enter it. */
export async function removeDataDir(directory: string): Promise<void> {
  const record = await readFile(join(directory, 'postgres.json'), 'utf8').catch(() => '{"home":""}');
  const { home } = JSON.parse(record) as { home: string };
  if (isAbsolute(home)) await rm(home, { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}
