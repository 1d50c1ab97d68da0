// The settings of the process and of its stores.

import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { integer, oneOf, storeUrl, text } from './kinds.js';
import type { Kind, SettingTable } from './setting.js';

function isNetwork(part: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(part)) return true;
  const [address = '', bits, ...more] = part.split('/');
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return (
    more.length === 0 &&
    most > 0 &&
    (bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most))
  );
}

/**
 * Express's `trust proxy`. `true` and networks of every address are refused: any client could then
 * choose its own address (ERR_ERL_PERMISSIVE_TRUST_PROXY of express-rate-limit).
 */
const proxies = {
  reads: z.string().transform((value, context): number | string | false => {
    if (/^(off|false|0)$/i.test(value)) return false;
    if (/^[1-9]\d?$/.test(value)) return Number(value);
    if (value.split(',').every((part) => isNetwork(part.trim()))) return value;
    context.addIssue(
      'must be a number of hops or a comma-separated list of addresses, never `true`',
    );
    return z.NEVER;
  }),
  option: 'number | string | readonly string[] | false',
} as const satisfies Kind;

/** What a process can do: answer requests, sync, or both. */
export const ROLES = ['web', 'worker', 'all'] as const;

/** How the process runs. */
export const PROCESS_SETTINGS = {
  nodeEnv: {
    variable: 'NODE_ENV',
    ...text,
    meaning:
      '`production` starts no embedded part: every part must be configured. Any other value ' +
      'means local mode.',
  },
  port: {
    variable: 'PORT',
    ...integer(0, 65_535),
    fallback: '3000',
    meaning: 'Port to listen on.',
  },
  host: {
    variable: 'HOST',
    ...text,
    meaning: 'Address to listen on. Unset: localhost in local mode, all addresses in production.',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    ...oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    fallback: 'info',
    meaning: 'One of `trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`.',
  },
  dataDir: {
    variable: 'DATA_DIR',
    ...text,
    fallback: '.data',
    meaning: 'Directory where local mode keeps its database and its secrets.',
  },
  trustProxy: {
    variable: 'TRUST_PROXY',
    ...proxies,
    meaning:
      'Proxies in front of this service: a number of hops, or a comma-separated list of ' +
      'addresses and networks. Never `true`. Unset: none.',
  },
  role: {
    variable: 'ROLE',
    ...oneOf(ROLES),
    fallback: 'all',
    meaning: '`web` answers requests, `worker` syncs, `all` does both.',
  },
} as const satisfies SettingTable;

const TLS_MODES = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
  'no-verify',
];
const TLS_FILES = ['sslrootcert', 'sslcert', 'sslkey'];

/** What is wrong with the TLS of a connection string, or null. */
function tlsProblem(url: string): string | null {
  const parameters = new URL(url).searchParams;
  const mode = parameters.get('sslmode');
  const authority = parameters.get('sslrootcert');
  if (mode !== null && !TLS_MODES.includes(mode))
    return `has an unknown sslmode: use one of ${TLS_MODES.join(', ')}`;
  if (mode === 'verify-ca' && authority === null)
    return 'has sslmode=verify-ca without sslrootcert: name the file of the authority, or use verify-full';
  if (authority === 'system' && mode !== null && mode !== 'verify-full')
    return 'has sslrootcert=system, which needs sslmode=verify-full';
  const missing = TLS_FILES.find((name) => {
    const file = parameters.get(name);
    return file !== null && !(name === 'sslrootcert' && file === 'system') && !existsSync(file);
  });
  return missing === undefined ? null : `names a file in ${missing} that does not exist`;
}

const postgres = storeUrl(['postgres:', 'postgresql:']);
const postgresUrl = {
  reads: postgres.reads.superRefine((value, context) => {
    const problem = URL.canParse(value) ? tlsProblem(value) : null;
    if (problem !== null) context.addIssue(problem);
  }),
  option: postgres.option,
} as const satisfies Kind<string>;

/** PostgreSQL and Redis. */
export const STORE_SETTINGS = {
  databaseUrl: {
    variable: 'DATABASE_URL',
    ...postgresUrl,
    required: true,
    meaning:
      'The PostgreSQL database. `sslmode` and `sslrootcert` mean the same as for `psql`: see ' +
      '[TLS to PostgreSQL](operations.md#tls-to-postgresql).',
    example: 'postgres://user:password@host:5432/database',
  },
  databasePoolSize: {
    variable: 'DATABASE_POOL_SIZE',
    ...integer(2, 500),
    fallback: '10',
    meaning:
      'Connections of this process for requests and syncs, 2 to 500. Token refreshes use ' +
      'another pool: see [Connections](operations.md#connections).',
  },
  redisUrl: {
    variable: 'REDIS_URL',
    ...storeUrl(['redis:', 'rediss:']),
    required: 'in production',
    meaning: 'Redis, for authorization requests, browser sessions and rate limits.',
    example: 'redis://host:6379',
  },
} as const satisfies SettingTable;
