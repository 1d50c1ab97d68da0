// The configuration of a deployment: the values of all settings, checked against each other.

import type { KeyObject } from 'node:crypto';
import { type Environment, isProduction } from './environment.js';
import { PROVIDERS } from './providers/catalogue.js';
import type { ProviderSettings } from './providers/provider.js';
import { givenInPlaceOf } from './settings/misspelt.js';
import { Problems } from './settings/problems.js';
import { providerSettings } from './settings/provider-settings.js';
import { readSetting, readSettings } from './settings/read-values.js';
import type { Setting, ValuesOf } from './settings/setting.js';
import { checkSharedSecrets } from './settings/shared-secrets.js';
import { ROTATION_SETTINGS, type ServiceKey, type TokenKey } from './settings/sign-in-settings.js';
import { KNOWN_VARIABLES, SETTINGS } from './settings.js';
import type { ProviderId } from './vocabulary.js';

type Values = ValuesOf<typeof SETTINGS>;

/** How the JWTs of callers are verified and read. */
export interface JwtConfig {
  /** Null where a key set verifies, or where the host identifies the caller. */
  readonly secret: KeyObject | null;
  readonly jwksUrl: string | null;
  readonly algorithms: readonly string[];
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly cookieName: string | null;
  readonly userClaim: string;
  readonly rolesClaim: string;
  readonly adminRole: string;
  readonly serviceRole: string;
}

/** The configuration of a deployment, frozen. */
export type Config = ReturnType<typeof configOf>;

export type { ServiceKey };

/** What the settings do not say. */
export interface ConfigCircumstances {
  /** The host identifies the caller: no JWT settings are needed. */
  readonly ownCaller?: boolean;
}

/**
 * Reads and checks the whole configuration.
 * @throws ConfigError with every problem, not only the first
 */
export function loadConfig(
  environment: Environment,
  { ownCaller = false }: ConfigCircumstances = {},
): Config {
  const local = !isProduction(environment);
  const problems = new Problems((name) => givenInPlaceOf(name, environment, KNOWN_VARIABLES));
  const values = readSettings(SETTINGS, environment, problems, !local);
  checkJwt(values, problems, ownCaller);
  if (!local) checkSharedSecrets(values, problems);
  const providers = readProviders(environment, problems, values.oauthRedirectBaseUrl ?? '');
  checkWindow(values, problems, [...providers.keys()]);
  problems.throwIfAny();
  // Without a problem the values are complete.
  return Object.freeze(configOf(values as Values, { local, providers }));
}

/**
 * The keys alone, for the program that rotates them.
 * @throws ConfigError
 */
export function loadTokenKeys(environment: Environment): readonly TokenKey[] {
  const problems = new Problems();
  const values = readSettings(ROTATION_SETTINGS, environment, problems, true);
  problems.throwIfAny();
  return values.tokenEncryptionKeys ?? [];
}

interface Derived {
  readonly local: boolean;
  /** The providers that this deployment can connect. */
  readonly providers: ReadonlyMap<ProviderId, ProviderSettings>;
}

/** Every setting under the name of its option, and what follows from several of them. */
function configOf(values: Values, { local, providers }: Derived) {
  const { frontendBaseUrl, frontendOrigins } = values;
  return {
    ...values,
    local,
    providers,
    /** Null: all addresses. */
    host: values.host ?? (local ? 'localhost' : null),
    trustProxy: values.trustProxy ?? false,
    database: { url: values.databaseUrl, poolSize: values.databasePoolSize },
    jwt: jwtConfigOf(values),
    serviceKeys: values.serviceKeys ?? [],
    sessionSecrets: values.sessionSecret,
    tokenKeys: values.tokenEncryptionKeys,
    /** Where this service is: an origin, or with a path. Without a trailing slash. */
    publicUrl: values.oauthRedirectBaseUrl,
    /** Without a trailing slash. May have a path. */
    frontendUrl: frontendBaseUrl,
    allowedOrigins: new Set([new URL(frontendBaseUrl).origin, ...(frontendOrigins ?? [])]),
    completion: values.oauthCompletion,
    sync: {
      pastDays: values.syncPastDays,
      futureDays: values.syncFutureDays,
      pollMinutes: values.syncPollMinutes,
      concurrency: values.syncConcurrency,
    },
    /** Requests per minute. 0: no limit. */
    rateLimits: {
      start: values.rateLimitStart,
      callback: values.rateLimitCallback,
      sync: values.rateLimitSync,
      read: values.rateLimitRead,
      write: values.rateLimitWrite,
    },
    /** Where providers send notices to, as `publicUrl`. Null: polling only. */
    webhookUrl: values.webhookBaseUrl,
    /** Whether webhooks to the host may go to private addresses and to http. */
    webhookPrivateAddresses: values.webhookPrivateAddresses ?? local,
  } as const;
}

function jwtConfigOf(values: Values): JwtConfig {
  const { jwtJwksUrl, jwtAlgorithms } = values;
  return {
    secret: values.jwtSecret,
    jwksUrl: jwtJwksUrl,
    algorithms: jwtAlgorithms?.length
      ? jwtAlgorithms
      : jwtJwksUrl === null
        ? ['HS256']
        : ASYMMETRIC,
    issuer: values.jwtIssuer,
    audience: values.jwtAudience,
    cookieName: values.jwtCookieName,
    userClaim: values.jwtUserClaim,
    rolesClaim: values.jwtRolesClaim,
    adminRole: values.jwtAdminRole,
    serviceRole: values.jwtServiceRole,
  };
}

const SYMMETRIC = ['HS256', 'HS384', 'HS512'];
/** Those that jose verifies and every supported Node.js has (RFC 7518, RFC 8037, RFC 9864). */
const ASYMMETRIC = [
  ...['RS', 'PS', 'ES'].flatMap((kind) => [`${kind}256`, `${kind}384`, `${kind}512`]),
  'EdDSA',
  'Ed25519',
];

function checkJwt(values: Partial<Values>, problems: Problems, ownCaller: boolean): void {
  const { jwtSecret, jwtJwksUrl, jwtAlgorithms, jwtAdminRole, jwtServiceRole } = values;
  if (jwtSecret === null && jwtJwksUrl === null && !ownCaller)
    problems.addMissing(SETTINGS.jwtSecret, 'and so is JWT_JWKS_URL: set one of them');
  if (jwtSecret !== null && jwtJwksUrl !== null)
    problems.add(
      SETTINGS.jwtSecret,
      'and JWT_JWKS_URL are both set: keep one, so that one kind of key is never used as the other',
    );
  if (jwtServiceRole !== undefined && jwtServiceRole === jwtAdminRole)
    problems.add(SETTINGS.jwtServiceRole, 'must differ from JWT_ADMIN_ROLE');
  const allowed = jwtJwksUrl === null ? SYMMETRIC : ASYMMETRIC;
  if (jwtAlgorithms?.some((algorithm) => !allowed.includes(algorithm)))
    problems.add(SETTINGS.jwtAlgorithms, `may contain ${allowed.join(', ')}`);
}

/** The window has whole days: those before today, today, and those after it. */
function checkWindow(
  { syncPastDays, syncFutureDays }: Partial<Values>,
  problems: Problems,
  configured: readonly ProviderId[],
): void {
  if (syncPastDays === undefined || syncFutureDays === undefined) return;
  const days = syncPastDays + 1 + syncFutureDays;
  for (const { id, name, longestWindowDays = days } of PROVIDERS.values())
    if (configured.includes(id) && days > longestWindowDays)
      problems.add(
        { variable: 'SYNC_PAST_DAYS and SYNC_FUTURE_DAYS' },
        `make a window of ${days} days with today, and ${name} lists at most ` +
          `${longestWindowDays}: together they must be at most ${longestWindowDays - 1}`,
      );
}

function readProviders(
  environment: Environment,
  problems: Problems,
  publicUrl: string,
): ReadonlyMap<ProviderId, ProviderSettings> {
  const providers = new Map<ProviderId, ProviderSettings>();
  const pairs: string[] = [];
  let hasHalfPair = false;
  for (const definition of PROVIDERS.values()) {
    const { clientId, clientSecret, calendarScope, readScope, own } = providerSettings(definition);
    const read = <Value>(setting: Setting<Value>) => readSetting(setting, environment, problems);
    pairs.push(`${clientId.variable} and ${clientSecret.variable}`);
    const [id, secret] = [read(clientId) ?? null, read(clientSecret) ?? null];
    const values = [...own].map(([name, setting]) => [name, textOf(read(setting))] as const);
    if (id !== null && secret !== null)
      providers.set(definition.id, {
        clientId: id,
        clientSecret: secret,
        callbackUrl: `${publicUrl}/integrations/auth/${definition.id}/callback`,
        calendarScope: read(calendarScope) ?? definition.calendarScope,
        readScope: read(readScope) ?? definition.readScope,
        values: Object.fromEntries(values),
      });
    else if (id !== null || secret !== null) {
      hasHalfPair = true;
      const [missing, set] = id === null ? [clientId, clientSecret] : [clientSecret, clientId];
      problems.addMissing(missing, `${set.variable} is set, and a client needs both`);
    }
  }
  if (providers.size === 0 && !hasHalfPair)
    problems.add(
      { variable: pairs.join(', or '), make: 'see docs/providers/' },
      'are missing: at least one provider needs an OAuth client',
    );
  return providers;
}

/** Providers read their own settings as text. */
const textOf = (value: unknown): string | null => (value == null ? null : String(value));
