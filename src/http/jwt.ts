// Verifies a JWT with passport-jwt: one kind of key, pinned algorithms, `exp` and a user id.

import type { KeyObject } from 'node:crypto';
import { Strategy, type StrategyOptions } from 'passport-jwt';
import type { JwtConfig } from '../config.js';
import { IntegrationError } from '../errors.js';
import { runStrategy } from '../providers/run-strategy.js';
import type { Caller } from '../vocabulary.js';
import type { JwtKeys } from './jwt-keys.js';

/** Allowed difference between the issuer's clock and ours. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** A token with a longer life is refused. */
const LONGEST_LIFE_SECONDS = 366 * 24 * 3_600;
const LONGEST_USER_ID = 128;
const LONGEST_TOKEN = 8_192;

type Algorithm = NonNullable<StrategyOptions['algorithms']>[number];

/**
 * Every algorithm that may be configured: jsonwebtoken's without `none` (RFC 7518, section 3.1).
 */
const ALGORITHMS: readonly Algorithm[] = [
  ...(['HS256', 'HS384', 'HS512'] as const),
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
];

/**
 * Verifies a JWT and returns its caller.
 * @throws IntegrationError `unauthenticated`, or `temporarily_unavailable` while no key can be
 * fetched
 */
export type VerifyJwt = (token: string) => Promise<Caller>;

/** Makes the verifier of one configuration. */
export function jwtVerifier(
  config: JwtConfig,
  keys: JwtKeys,
  now: () => number = Date.now,
): VerifyJwt {
  const strategy = new Strategy(
    {
      jwtFromRequest: (request) => request.headers.authorization ?? null,
      secretOrKeyProvider: (_request, token: string, done) => {
        // jsonwebtoken throws inside `done` for a payload of `null`, which is a refusal too.
        keyFor(token, config, keys)
          .then((key) => done(null, asSecretOrKey(key)))
          .catch((error: unknown) => done(error));
      },
      algorithms: ALGORITHMS.filter((algorithm) => config.algorithms.includes(algorithm)),
      ...(config.issuer === null ? {} : { issuer: config.issuer }),
      ...(config.audience === null ? {} : { audience: config.audience }),
      jsonWebTokenOptions: { clockTolerance: CLOCK_TOLERANCE_SECONDS },
    },
    (payload: unknown, done) => {
      const caller = callerIn(payload, config, Math.floor(now() / 1_000));
      done(null, caller ?? false);
    },
  );
  return async (token) => {
    if (token.length > LONGEST_TOKEN)
      throw new IntegrationError('unauthenticated', { reason: 'token too long' });
    const outcome = await runStrategy<Caller>(strategy, { headers: { authorization: token } });
    if (outcome.outcome === 'success') return outcome.user;
    const challenge = outcome.outcome === 'fail' ? outcome.challenge : null;
    if (challenge instanceof IntegrationError) throw challenge;
    throw new IntegrationError('unauthenticated', {
      reason: challenge instanceof Error ? challenge.message : 'claims refused',
    });
  };
}

/** jsonwebtoken takes a KeyObject; the types of passport-jwt know only its older forms of a key. */
function asSecretOrKey(key: KeyObject): KeyObject & string {
  return key as KeyObject & string;
}

/**
 * The key for a token.
 * @throws IntegrationError `unauthenticated` for a header that is not allowed
 */
async function keyFor(token: string, config: JwtConfig, keys: JwtKeys): Promise<KeyObject> {
  const header = decodeHeader(token);
  if (header === null || 'crit' in header || !config.algorithms.includes(String(header['alg'])))
    throw new IntegrationError('unauthenticated', { reason: 'token header refused' });
  // `jku`, `jwk` and `x5u` are never read: keys come from the configuration.
  return keys.find(String(header['alg']), typeof header['kid'] === 'string' ? header['kid'] : null);
}

function decodeHeader(token: string): Readonly<Record<string, unknown>> | null {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'),
    );
    return isObject(header) ? header : null;
  } catch {
    return null;
  }
}

/**
 * Null unless the payload has an end and a user id. jsonwebtoken has verified signature, exp, nbf,
 * iss and aud.
 */
function callerIn(payload: unknown, config: JwtConfig, now: number): Caller | null {
  if (!isObject(payload)) return null;
  const { exp, iat } = payload;
  if (typeof exp !== 'number' || !Number.isFinite(exp) || exp > now + LONGEST_LIFE_SECONDS)
    return null;
  if (iat !== undefined && (typeof iat !== 'number' || iat > now + CLOCK_TOLERANCE_SECONDS))
    return null;
  const userId = claimOf(payload, config.userClaim);
  if (!isUserId(userId)) return null;
  return {
    userId,
    admin: hasRole(claimOf(payload, config.rolesClaim), config.adminRole),
    expiresAt: Math.floor(exp),
  };
}

/**
 * Whether `value` can be a user's id: a string of 1 to 128 characters without control characters.
 */
export function isUserId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= LONGEST_USER_ID &&
    isPlainText(value)
  );
}

/** A claim by its literal name, which may be a URL with dots, else by a dotted path. */
function claimOf(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (value, part) => (isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined),
      claims,
    );
}

/** Whether `roles` is the role, or an array with the role. */
function hasRole(roles: unknown, wanted: string): boolean {
  return roles === wanted || (Array.isArray(roles) && roles.includes(wanted));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlainText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
  return !/[\u0000-\u001f\u007f]/.test(text) && text.isWellFormed();
}
