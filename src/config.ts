// The one reader of settings: loadConfig(environment) gives a frozen Config, or every problem at once.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { PROVIDERS } from './providers/catalogue.js';
import type { ProviderSettings } from './providers/provider.js';
import { isPrivate, SettingReader } from './setting-reader.js';
import { SETTINGS, variablePrefix } from './settings.js';
import type { ProviderId } from './vocabulary.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export const ROLES = ['web', 'worker', 'all'] as const;

export interface TokenKey {
  readonly id: string;
  readonly key: KeyObject;
}

export interface JwtConfig {
  /** Null where a key set verifies, or where the host says who is asking. */
  readonly secret: KeyObject | null;
  readonly jwksUrl: string | null;
  readonly algorithms: readonly string[];
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly cookieName: string | null;
  readonly userClaim: string;
  readonly rolesClaim: string;
  readonly adminRole: string;
}

export interface Config {
  readonly local: boolean;
  readonly port: number;
  /** Null: all addresses. */
  readonly host: string | null;
  readonly logLevel: string;
  readonly dataDir: string;
  readonly trustProxy: number | string | false;
  readonly role: (typeof ROLES)[number];
  readonly database: { readonly url: string; readonly poolSize: number };
  /** Null: memory (local mode, one process). */
  readonly redisUrl: string | null;
  readonly jwt: JwtConfig;
  readonly sessionSecrets: readonly string[];
  readonly tokenKeys: readonly TokenKey[];
  /** Those this deployment can connect. */
  readonly providers: ReadonlyMap<ProviderId, ProviderSettings>;
  /** Origin of this service, without a trailing slash. */
  readonly publicUrl: string;
  /** Without a trailing slash; may have a path. */
  readonly frontendUrl: string;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly completion: 'browser' | 'frontend';
  readonly returnPaths: readonly string[];
  readonly oneUserPerProviderAccount: boolean;
  readonly stateTtlSeconds: number;
  readonly providerTimeoutMs: number;
  readonly providerMaxBodyBytes: number;
  readonly sync: {
    readonly pastDays: number;
    readonly futureDays: number;
    readonly pollMinutes: number;
    readonly concurrency: number;
  };
  /** Per minute; 0: off. */
  readonly rateLimits: {
    readonly start: number;
    readonly callback: number;
    readonly sync: number;
    readonly read: number;
  };
  /** Origin that providers notify; null: polling only. */
  readonly webhookUrl: string | null;
}

/** Everything wrong with the settings, each with the variable's name and how to make a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
}

/** Where the settings come from beside the environment. */
export interface ConfigCircumstances {
  /** The host tells who is asking: no JWT settings are needed. */
  readonly ownCaller?: boolean;
}

/** @throws ConfigError with every problem, never the first alone */
export function loadConfig(
  environment: Environment,
  circumstances: ConfigCircumstances = {},
): Config {
  const read = new SettingReader(environment, SETTINGS);
  const local = environment['NODE_ENV'] !== 'production';
  const publicUrl = read.origin('OAUTH_REDIRECT_BASE_URL');
  const frontendUrl = read.url('FRONTEND_BASE_URL', { required: true });
  const config: Config = {
    local,
    port: read.integer('PORT', 0, 65_535),
    host: read.text('HOST') ?? (local ? 'localhost' : null),
    logLevel: read.oneOf('LOG_LEVEL', [
      'trace',
      'debug',
      'info',
      'warn',
      'error',
      'fatal',
      'silent',
    ]),
    dataDir: read.text('DATA_DIR') ?? '.data',
    trustProxy: readTrustProxy(read),
    role: read.oneOf('ROLE', ROLES),
    database: {
      url: read.storeUrl('DATABASE_URL', ['postgres:', 'postgresql:'], true) ?? '',
      poolSize: read.integer('DATABASE_POOL_SIZE', 2, 500),
    },
    redisUrl: read.storeUrl('REDIS_URL', ['redis:', 'rediss:'], !local),
    jwt: readJwt(read, circumstances.ownCaller ?? false),
    sessionSecrets: readSecrets(read),
    tokenKeys: readTokenKeys(read),
    providers: readProviders(read, publicUrl ?? ''),
    publicUrl: publicUrl ?? '',
    frontendUrl: frontendUrl ?? '',
    allowedOrigins: new Set([
      ...[frontendUrl ?? ''].filter(Boolean).map((url) => new URL(url).origin),
      ...read.originList('FRONTEND_ORIGINS'),
    ]),
    completion: read.oneOf('OAUTH_COMPLETION', ['browser', 'frontend'] as const),
    returnPaths: readReturnPaths(read),
    oneUserPerProviderAccount: read.flag('ONE_USER_PER_PROVIDER_ACCOUNT'),
    stateTtlSeconds: read.integer('STATE_TTL_SECONDS', 1, 3_600),
    providerTimeoutMs: read.integer('PROVIDER_TIMEOUT_MS', 100, 120_000),
    providerMaxBodyBytes: read.integer('PROVIDER_MAX_BODY_BYTES', 65_536, 1_073_741_824),
    sync: {
      pastDays: read.integer('SYNC_PAST_DAYS', 0, 3_650),
      futureDays: read.integer('SYNC_FUTURE_DAYS', 1, 3_650),
      pollMinutes: read.integer('SYNC_POLL_MINUTES', 1, 1_440),
      concurrency: read.integer('SYNC_CONCURRENCY', 1, 1_000),
    },
    rateLimits: {
      start: read.integer('RATE_LIMIT_START', 0, 1_000_000_000),
      callback: read.integer('RATE_LIMIT_CALLBACK', 0, 1_000_000_000),
      sync: read.integer('RATE_LIMIT_SYNC', 0, 1_000_000_000),
      read: read.integer('RATE_LIMIT_READ', 0, 1_000_000_000),
    },
    webhookUrl: readWebhookUrl(read),
  };
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return Object.freeze(config);
}

function readTrustProxy(read: SettingReader): number | string | false {
  const value = read.text('TRUST_PROXY');
  if (value === null || /^(off|false|0)$/i.test(value)) return false;
  if (/^[1-9]\d?$/.test(value)) return Number(value);
  if (value.split(',').every((part) => isNetwork(part.trim()))) return value;
  // `true` and networks of everybody would let any client write its own address (ERR_ERL_PERMISSIVE_TRUST_PROXY).
  read.problem(
    'TRUST_PROXY',
    'must be a number of hops or a comma-separated list of addresses, never `true`',
  );
  return false;
}

/** Providers call from outside: an address that only a network of one's own knows would never be notified. */
function readWebhookUrl(read: SettingReader): string | null {
  const url = read.origin('WEBHOOK_BASE_URL', { required: false });
  if (url !== null && isPrivate(new URL(url).hostname))
    read.problem(
      'WEBHOOK_BASE_URL',
      'names a private host, which no provider can reach: it must be a public https origin, or unset for polling alone',
    );
  return url;
}

function isNetwork(text: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return (
    more.length === 0 &&
    most > 0 &&
    (bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most))
  );
}

const SYMMETRIC = ['HS256', 'HS384', 'HS512'];
const ASYMMETRIC = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
];

function readJwt(read: SettingReader, ownCaller: boolean): JwtConfig {
  const secret = read.text('JWT_SECRET');
  const jwksUrl = read.url('JWT_JWKS_URL');
  if (secret === null && jwksUrl === null && !ownCaller)
    read.missing('JWT_SECRET', 'or set JWT_JWKS_URL to verify asymmetric JWTs');
  if (secret !== null && jwksUrl !== null)
    read.problem(
      'JWT_SECRET',
      'and JWT_JWKS_URL are both set: keep one, so that a key can never stand in for the other kind',
    );
  if (secret !== null && Buffer.byteLength(secret) < 32)
    read.problem('JWT_SECRET', 'must be at least 32 bytes long', 'openssl rand -base64 48');
  const allowed = jwksUrl !== null ? ASYMMETRIC : SYMMETRIC;
  const algorithms = read.list('JWT_ALGORITHMS');
  for (const algorithm of algorithms)
    if (!allowed.includes(algorithm))
      read.problem('JWT_ALGORITHMS', `may name ${allowed.join(', ')}`);
  return {
    secret: secret === null ? null : createSecretKey(Buffer.from(secret)),
    jwksUrl,
    algorithms: algorithms.length > 0 ? algorithms : [jwksUrl !== null ? 'RS256' : 'HS256'],
    issuer: read.text('JWT_ISSUER'),
    audience: read.text('JWT_AUDIENCE'),
    cookieName: read.text('JWT_COOKIE_NAME'),
    userClaim: read.text('JWT_USER_CLAIM') ?? 'sub',
    rolesClaim: read.text('JWT_ROLES_CLAIM') ?? 'roles',
    adminRole: read.text('JWT_ADMIN_ROLE') ?? 'admin',
  };
}

function readSecrets(read: SettingReader): readonly string[] {
  const secrets = read.list('SESSION_SECRET');
  if (secrets.length === 0) read.missing('SESSION_SECRET');
  if (secrets.some((secret) => Buffer.byteLength(secret) < 32))
    read.problem('SESSION_SECRET', 'must be at least 32 bytes long', 'openssl rand -base64 48');
  return secrets;
}

function readTokenKeys(read: SettingReader): readonly TokenKey[] {
  const entries = read.list('TOKEN_ENCRYPTION_KEYS');
  if (entries.length === 0) read.missing('TOKEN_ENCRYPTION_KEYS');
  const keys: TokenKey[] = [];
  for (const entry of entries) {
    const [id = '', encoded = ''] = entry.split(/:(.*)/s);
    const bytes = Buffer.from(encoded, 'base64');
    if (
      !/^[A-Za-z0-9_-]{1,32}$/.test(id) ||
      bytes.length !== 32 ||
      !/^[A-Za-z0-9+/_-]+=*$/.test(encoded)
    )
      read.problem(
        'TOKEN_ENCRYPTION_KEYS',
        'must be `id:base64-of-32-bytes`, comma-separated',
        'npm run keys -- generate',
      );
    else if (keys.some((key) => key.id === id))
      read.problem('TOKEN_ENCRYPTION_KEYS', `names the key ${id} twice`);
    else keys.push({ id, key: createSecretKey(bytes) });
  }
  return keys;
}

/** The keys alone, for the program that rotates them. @throws ConfigError */
export function loadTokenKeys(environment: Environment): readonly TokenKey[] {
  const read = new SettingReader(environment, SETTINGS);
  const keys = readTokenKeys(read);
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return keys;
}

function readReturnPaths(read: SettingReader): readonly string[] {
  const paths = read.list('RETURN_PATHS');
  if (paths.some((path) => !/^\/(?![/\\])[^?#\\\s]*$/.test(path)))
    read.problem('RETURN_PATHS', 'must be path prefixes such as /integrations');
  return paths;
}

function readProviders(
  read: SettingReader,
  publicUrl: string,
): ReadonlyMap<ProviderId, ProviderSettings> {
  const providers = new Map<ProviderId, ProviderSettings>();
  const pairs: string[] = [];
  for (const definition of PROVIDERS.values()) {
    const prefix = variablePrefix(definition.id);
    const [idName, secretName] = [`${prefix}CLIENT_ID`, `${prefix}CLIENT_SECRET`] as const;
    pairs.push(`${idName} and ${secretName}`);
    const [clientId, clientSecret] = [read.text(idName), read.text(secretName)];
    const values = Object.fromEntries(
      definition.variables.map(({ name, kind }) => [
        name,
        kind === 'url'
          ? read.url(prefix + name)
          : kind === 'flag'
            ? String(read.flag(prefix + name))
            : read.text(prefix + name),
      ]),
    );
    if (clientId === null && clientSecret === null) continue;
    if (clientId === null) read.missing(idName, `${secretName} is set: a client needs both`);
    else if (clientSecret === null)
      read.missing(secretName, `${idName} is set: a client needs both`);
    else
      providers.set(definition.id, {
        clientId,
        clientSecret,
        callbackUrl: `${publicUrl}/integrations/auth/${definition.id}/callback`,
        calendarScope: read.text(`${prefix}CALENDAR_SCOPE`) ?? definition.calendarScope,
        values,
      });
  }
  if (
    providers.size === 0 &&
    read.problems.every((problem) => !/_CLIENT_(ID|SECRET)/.test(problem))
  )
    read.problem(
      pairs.join(', or '),
      'is missing: without an OAuth client of any provider nothing can be connected',
      'docs/providers/ says where',
    );
  return providers;
}
