// Every variable this service reads: its name, its default, what it means and how to make a value.

import { PROVIDERS } from './providers/catalogue.js';

export interface Setting {
  readonly name: string;
  /** Used when unset; null: none. */
  readonly fallback: string | null;
  readonly meaning: string;
  /** How to make a value, said when one is missing. */
  readonly make?: string;
}

const setting = (
  name: string,
  fallback: string | null,
  meaning: string,
  make?: string,
): Setting => ({
  name,
  fallback,
  meaning,
  ...(make === undefined ? {} : { make }),
});

const GENERAL: readonly Setting[] = [
  setting(
    'NODE_ENV',
    null,
    '`production`: nothing is embedded, every part must be configured. Anything else is local mode',
  ),
  setting('PORT', '3000', 'port to listen on'),
  setting('HOST', null, 'address to listen on (local mode: localhost; production: all)'),
  setting('LOG_LEVEL', 'info', 'trace, debug, info, warn, error, fatal or silent'),
  setting('DATA_DIR', '.data', 'where local mode keeps its database and secrets'),
  setting(
    'TRUST_PROXY',
    null,
    'proxies in front: a number of hops, or a comma-separated list of addresses and networks',
  ),
  setting('ROLE', 'all', '`web` answers requests, `worker` syncs, `all` does both'),

  setting('DATABASE_URL', null, 'PostgreSQL', 'postgres://user:password@host:5432/database'),
  setting('DATABASE_POOL_SIZE', '10', 'connections of this process'),
  setting(
    'REDIS_URL',
    null,
    'Redis, for authorization requests, browser sessions and rate limits',
    'redis://host:6379',
  ),

  setting(
    'JWT_SECRET',
    null,
    "HS256 key of your product's JWTs, at least 32 bytes (or JWT_JWKS_URL)",
    'openssl rand -base64 48',
  ),
  setting(
    'JWT_JWKS_URL',
    null,
    "your identity provider's JSON Web Key Set, for asymmetric JWTs",
    'https://id.example.com/.well-known/jwks.json',
  ),
  setting(
    'JWT_ALGORITHMS',
    null,
    'accepted algorithms, comma-separated (HS256 with a secret, RS256 with a key set)',
  ),
  setting('JWT_ISSUER', null, 'required `iss`, if set'),
  setting('JWT_AUDIENCE', null, 'required `aud`, if set'),
  setting('JWT_COOKIE_NAME', null, 'cookie that may carry the JWT'),
  setting('JWT_USER_CLAIM', 'sub', "claim that holds the user's id"),
  setting(
    'JWT_ROLES_CLAIM',
    'roles',
    'claim that holds the roles: a string or an array of strings; a path may be dotted',
  ),
  setting('JWT_ADMIN_ROLE', 'admin', 'role that may see every account'),
  setting(
    'SESSION_SECRET',
    null,
    "signs the browser session's cookie; comma-separated, newest first, at least 32 bytes each",
    'openssl rand -base64 48',
  ),
  setting(
    'TOKEN_ENCRYPTION_KEYS',
    null,
    'seal the tokens: `id:base64-of-32-bytes`, comma-separated, newest first',
    'npm run keys -- generate',
  ),

  setting(
    'OAUTH_REDIRECT_BASE_URL',
    null,
    'origin of this service as browsers and providers see it',
    'https://calendars.example.com',
  ),
  setting(
    'FRONTEND_BASE_URL',
    null,
    'where the browser goes after the callback; its origin may call this API',
    'https://app.example.com',
  ),
  setting('FRONTEND_ORIGINS', null, 'further origins that may call this API, comma-separated'),
  setting(
    'OAUTH_COMPLETION',
    'browser',
    '`browser`: the callback must come back to the browser that started; `frontend`: your frontend completes with its JWT',
  ),
  setting('RETURN_PATHS', '/integrations', 'path prefixes allowed as returnTo, comma-separated'),
  setting(
    'ONE_USER_PER_PROVIDER_ACCOUNT',
    'false',
    'refuse a provider account that another user has connected',
  ),
  setting('STATE_TTL_SECONDS', '600', 'how long an authorization request lives'),

  setting('PROVIDER_TIMEOUT_MS', '10000', 'longest wait for any answer of a provider'),
  setting('PROVIDER_MAX_BODY_BYTES', '10485760', 'largest answer read from a provider'),
  setting('SYNC_PAST_DAYS', '30', 'days before today that are kept'),
  setting('SYNC_FUTURE_DAYS', '365', 'days after today that are kept'),
  setting('SYNC_POLL_MINUTES', '10', 'minutes between scheduled syncs of an account'),
  setting('SYNC_CONCURRENCY', '10', 'accounts synced at once by this process'),
  setting('RATE_LIMIT_START', '20', 'authorization requests a minute, by user; 0 turns it off'),
  setting('RATE_LIMIT_CALLBACK', '60', 'callbacks a minute, by address; 0 turns it off'),
  setting('RATE_LIMIT_SYNC', '10', 'sync requests a minute, by user; 0 turns it off'),
  setting('RATE_LIMIT_READ', '600', 'reads a minute, by user; 0 turns it off'),
  setting(
    'WEBHOOK_BASE_URL',
    null,
    "public https origin for the providers' push; unset: polling only",
  ),
];

/** The prefix of a provider's variables: `GOOGLE_`. */
export const variablePrefix = (providerId: string): string => `${providerId.toUpperCase()}_`;

function settingsOf(providerId: string): readonly Setting[] {
  const provider = PROVIDERS.get(providerId)!;
  const prefix = variablePrefix(providerId);
  return [
    setting(
      `${prefix}CLIENT_ID`,
      null,
      `OAuth client of ${provider.name}`,
      `docs/providers/${providerId}.md says where`,
    ),
    setting(
      `${prefix}CLIENT_SECRET`,
      null,
      'its secret',
      `docs/providers/${providerId}.md says where`,
    ),
    setting(
      `${prefix}CALENDAR_SCOPE`,
      provider.calendarScope,
      'the calendar scope that is asked for and must be granted',
    ),
    ...provider.variables.map((variable) =>
      setting(prefix + variable.name, variable.fallback, variable.meaning),
    ),
  ];
}

/** Every variable, in the order of `.env.example`. */
export const SETTINGS: readonly Setting[] = [
  ...GENERAL,
  ...[...PROVIDERS.keys()].flatMap(settingsOf),
];
