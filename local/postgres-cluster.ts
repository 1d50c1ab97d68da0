// Where the PostgreSQL cluster of a DATA_DIR is, its password, and how it is created.

import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { ensureOwnedDirectory } from './owned-directory.js';
import { type PostgresBinaries, SYSTEM_DIRECTORY } from './postgres-binaries.js';
import { canEnter, isRoot, type ServerAccount } from './server-account.js';

/** The only superuser of an embedded cluster. */
export const SUPERUSER = 'postgres';

/** A cluster and its place on disk. It may not exist there yet. */
export interface Cluster {
  /** Holds the lock, the log and `data`. Owned by our account. */
  readonly home: string;
  /** PostgreSQL's own directory. Owned by `account`. */
  readonly data: string;
  readonly password: string;
  readonly account: ServerAccount;
}

interface ClusterRecord {
  home: string;
  password: string;
}

const run = promisify(execFile);

/**
 * The cluster of `dataDir`, as recorded in its `postgres.json` (mode 0600). It is in
 * `dataDir/postgres`, with one exception: we are root, so PostgreSQL has to run under another
 * account, and that account cannot enter `dataDir`. Then it is in
 * `/var/lib/calendar-connect/clusters/{random id}`, and `postgres.json` records this place.
 * Removing `dataDir` leaves such a cluster behind; the file `data-dir` in it names the `dataDir` it
 * belonged to.
 *
 * @throws Error when `dataDir` cannot be used; the message says what to do
 */
export async function locateCluster(dataDir: string, account: ServerAccount): Promise<Cluster> {
  const root = isRoot();
  await mkdir(dataDir, { recursive: true, mode: root ? 0o711 : 0o700 });
  const directory = await realpath(dataDir);
  await access(directory, constants.R_OK | constants.W_OK | constants.X_OK).catch(() => {
    throw new Error(
      `DATA_DIR ${directory} is not writable for this account: change its owner or set another DATA_DIR`,
    );
  });
  const record = await readRecord(directory, () =>
    !root || canEnter(account, directory) ? 'postgres' : systemHome(),
  );
  const home = isAbsolute(record.home) ? record.home : join(directory, record.home);
  await ensureHome(home, directory);
  const data = join(home, 'data');
  const server = root ? await ownerOf(data, account) : account;
  if (root && !canEnter(server, home)) {
    throw new Error(
      `the database in ${home} belongs to uid ${server.uid}, which can no longer enter it: ` +
        'open its parent directories to it (chmod o+x), or set another DATA_DIR',
    );
  }
  return { home, data, password: record.password, account: server };
}

/** Reads the record, or creates it. When two processes create it, the first record stays. */
async function readRecord(directory: string, chooseHome: () => string): Promise<ClusterRecord> {
  const path = join(directory, 'postgres.json');
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as ClusterRecord;
  const record: ClusterRecord = { home: chooseHome(), password: randomBytes(24).toString('hex') };
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, path);
    return record;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return JSON.parse(await readFile(path, 'utf8')) as ClusterRecord;
  } finally {
    await rm(draft);
  }
}

function systemHome(): string {
  return join(SYSTEM_DIRECTORY, 'clusters', randomUUID());
}

async function ensureHome(home: string, directory: string): Promise<void> {
  if (!home.startsWith(SYSTEM_DIRECTORY)) {
    await mkdir(home, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
    return;
  }
  await ensureOwnedDirectory(SYSTEM_DIRECTORY, 0o755);
  await ensureOwnedDirectory(join(SYSTEM_DIRECTORY, 'clusters'), 0o711);
  await ensureOwnedDirectory(home, 0o711);
  await writeFile(join(home, 'data-dir'), `${directory}\n`, { mode: 0o600 });
}

/**
 * The account to run an existing cluster under, as root: its owner, also when a plain user created
 * it.
 */
async function ownerOf(data: string, account: ServerAccount): Promise<ServerAccount> {
  const found = await stat(data).catch(() => undefined);
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : account;
}

/**
 * Creates the cluster unless it exists: UTF-8, sorted by code point, with password authentication
 * only. After a crash in the middle no part of it exists. The caller holds the lock of
 * `cluster.home`.
 *
 * @returns whether it was created
 */
export async function ensureCluster(
  cluster: Cluster,
  binaries: PostgresBinaries,
  durable: boolean,
): Promise<boolean> {
  if (await stat(cluster.data).catch(() => undefined)) return false;
  for (const name of await readdir(cluster.home)) {
    if (name.startsWith(DRAFT))
      await rm(join(cluster.home, name), { recursive: true, force: true });
  }
  const draft = await mkdtemp(join(cluster.home, DRAFT));
  const passwordFile = join(draft, 'password');
  await writeFile(passwordFile, cluster.password, { mode: 0o600 });
  await mkdir(join(draft, 'data'), { mode: 0o700 });
  await chmod(draft, 0o700);
  const { uid, gid } = cluster.account;
  if (uid !== undefined && gid !== undefined) {
    for (const path of [draft, passwordFile, join(draft, 'data')]) await chown(path, uid, gid);
  }
  await run(binaries.initdb, initdbArguments(draft, passwordFile, durable), {
    ...cluster.account,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error(
      `could not create the embedded database in ${cluster.home} (DATABASE_URL would name another one): ` +
        (error.stderr || error.message).trim(),
    );
  });
  await writeFile(join(draft, 'data', 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
  await rename(join(draft, 'data'), cluster.data);
  await rm(draft, { recursive: true, force: true });
  return true;
}

const DRAFT = 'initdb-';

function initdbArguments(draft: string, passwordFile: string, durable: boolean): string[] {
  return [
    ...[
      '-D',
      join(draft, 'data'),
      '-U',
      SUPERUSER,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
    ],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...(durable ? [] : ['--no-sync']),
  ];
}
