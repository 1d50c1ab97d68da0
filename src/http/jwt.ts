// Verifies a JWT: passport-jwt's strategy over jose, pinned algorithms, `exp` and a user id.

import type { Request } from 'express';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { JwtConfig } from '../config.js';
import { IntegrationError } from '../errors.js';
import { runStrategy } from '../providers/run-strategy.js';
import type { Caller } from '../vocabulary.js';
import type { JwtKeys, VerificationKey } from './jwt-keys.js';
import { RememberedJwts, type VerifiedJwt } from './remembered-jwts.js';
import { isUserId } from './user-id.js';

/** Allowed difference between the issuer's clock and ours. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** A token with a longer life is refused. */
const LONGEST_LIFE_SECONDS = 366 * 24 * 3_600;
const LONGEST_TOKEN = 8_192;

/** A JWT that has the right signature and has expired. */
export class ExpiredJwt extends IntegrationError {
  constructor() {
    super('unauthenticated', { reason: 'the JWT has expired' });
  }
}

/**
 * Verifies a JWT and returns its caller. The signature of a token is verified once, and again when
 * its key is replaced.
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
  const strategy = new JoseStrategy((token) => verify(token, config, keys, now()));
  const remembered = new RememberedJwts();
  return async (token) => {
    if (token.length > LONGEST_TOKEN) throw refusal('token too long');
    const known = remembered.find(token, now());
    if (known !== null && (await isKeyOf(known, keys))) return known.caller;
    const headers = { authorization: `Bearer ${token}` };
    const outcome = await runStrategy<VerifiedJwt>(strategy, { headers });
    if (outcome.outcome === 'success') {
      remembered.keep(token, outcome.user);
      return outcome.user.caller;
    }
    const challenge = outcome.outcome === 'fail' ? outcome.challenge : null;
    if (challenge instanceof IntegrationError) throw challenge;
    throw refusal(challenge instanceof Error ? challenge.message : 'claims refused');
  };
}

const extract = ExtractJwt.fromAuthHeaderAsBearerToken();

/**
 * The strategy of passport-jwt with jose in the place of jsonwebtoken, which knows no EdDSA.
 * passport-jwt lets its verifier be replaced for the whole process only, and a host may use it too.
 */
class JoseStrategy extends Strategy {
  /** @param verify rejects for a token that is refused */
  constructor(private readonly verify: (token: string) => Promise<VerifiedJwt>) {
    const unused = () => {
      throw new Error('JoseStrategy verifies by itself');
    };
    super({ jwtFromRequest: extract, secretOrKeyProvider: unused }, unused);
  }

  override authenticate(request: Request): void {
    const token = extract(request);
    const verified = token === null ? Promise.reject(refusal('no token')) : this.verify(token);
    verified.then(
      (jwt) => this.success(jwt),
      (error: unknown) => this.fail(error, 401),
    );
  }
}

/**
 * Whether the key that verified a token is still one of its keys. Keys that were fetched again count
 * as others.
 * @throws IntegrationError as for a token that is new
 */
async function isKeyOf({ key, algorithm, keyId }: VerifiedJwt, keys: JwtKeys): Promise<boolean> {
  return (await keys.find(algorithm, keyId)).includes(key);
}

async function verify(
  token: string,
  config: JwtConfig,
  keys: JwtKeys,
  now: number,
): Promise<VerifiedJwt> {
  const { algorithm, keyId } = headerOf(token, config);
  const candidates = await keys.find(algorithm, keyId);
  const { payload, key } = await verifiedPayload(token, config, candidates, now);
  const caller = callerIn(payload, config, Math.floor(now / 1_000));
  if (caller === null) throw refusal('claims refused');
  return { caller, key, algorithm, keyId, expiresAt: Number(payload.exp) };
}

/**
 * The claims of a token whose signature, `exp`, `nbf`, `iss` and `aud` are right, and its key.
 * @param candidates one of them must have signed the token
 * @throws Error for any other token
 */
async function verifiedPayload(
  token: string,
  { algorithms, issuer, audience }: JwtConfig,
  candidates: readonly VerificationKey[],
  now: number,
): Promise<{ readonly payload: JWTPayload; readonly key: VerificationKey }> {
  const options = {
    algorithms: [...algorithms],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(now),
    ...(issuer === null ? {} : { issuer }),
    ...(audience === null ? {} : { audience }),
  };
  for (const key of candidates)
    try {
      return { payload: (await jwtVerify(token, key, options)).payload, key };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new ExpiredJwt();
      // Another key, or one that is too weak to be used.
      const isOfKey =
        error instanceof errors.JWSSignatureVerificationFailed || error instanceof TypeError;
      if (!isOfKey) throw error;
    }
  throw refusal('no key verifies the signature');
}

/**
 * What the header of a token says of its key.
 * @throws IntegrationError `unauthenticated` for a header that is not allowed
 */
function headerOf(
  token: string,
  config: JwtConfig,
): { readonly algorithm: string; readonly keyId: string | null } {
  const header = decodeHeader(token);
  if (header === null || 'crit' in header || !config.algorithms.includes(String(header['alg'])))
    throw refusal('token header refused');
  // `jku`, `jwk` and `x5u` are never read: keys come from the configuration.
  const { kid } = header;
  return { algorithm: String(header['alg']), keyId: typeof kid === 'string' ? kid : null };
}

function refusal(reason: string): IntegrationError {
  return new IntegrationError('unauthenticated', { reason });
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
 * Null unless the payload has an end and a user id. A service caller needs no user id. jose has
 * verified signature, exp, nbf, iss and aud.
 */
function callerIn(payload: unknown, config: JwtConfig, now: number): Caller | null {
  if (!isObject(payload)) return null;
  const { exp, iat } = payload;
  if (typeof exp !== 'number' || !Number.isFinite(exp) || exp > now + LONGEST_LIFE_SECONDS)
    return null;
  if (iat !== undefined && (typeof iat !== 'number' || iat > now + CLOCK_TOLERANCE_SECONDS))
    return null;
  const userId = claimOf(payload, config.userClaim);
  const roles = claimOf(payload, config.rolesClaim);
  const expiresAt = Math.floor(exp);
  if (hasRole(roles, config.serviceRole))
    return { kind: 'service', name: isUserId(userId) ? userId : 'jwt', expiresAt };
  if (!isUserId(userId)) return null;
  return { kind: hasRole(roles, config.adminRole) ? 'admin' : 'user', userId, expiresAt };
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
