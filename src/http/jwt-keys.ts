// The keys that verify JWTs: the configured secret, or the key set of the identity provider.

import type { KeyObject } from 'node:crypto';
import { type CryptoKey, createRemoteJWKSet, errors } from 'jose';
import { IntegrationError } from '../errors.js';

/** A key of one algorithm. */
export type VerificationKey = KeyObject | CryptoKey;

/** Finds the keys that can verify a JWT. */
export interface JwtKeys {
  /**
   * The keys to try, mostly one.
   * @param keyId the `kid` of the token; null where it has none
   * @throws IntegrationError `unauthenticated` for an unknown key, `temporarily_unavailable` when
   * none can be fetched
   */
  find(algorithm: string, keyId: string | null): Promise<readonly VerificationKey[]>;
}

/** The configured secret, for every token. */
export function secretKey(secret: KeyObject): JwtKeys {
  return { find: async () => [secret] };
}

/** A key that was fetched this long ago no longer serves while the set cannot be fetched. */
const STALE_MS = 24 * 3_600_000;
/** A token without `kid` is tried with at most this number of keys of the set. */
const MOST_KEYS_TRIED = 8;
/** The pause after a fetch that failed. Meanwhile the known keys serve. */
const RETRY_PAUSE_MS = 5_000;

/** How {@link keySet} caches. */
export interface KeySetOptions {
  /** How long a fetched set is used without another fetch; ten minutes by default. */
  readonly cacheMs?: number;
  readonly now?: () => number;
}

/**
 * Keys from a JSON Web Key Set (RFC 7517), cached. While the set cannot be fetched, known keys
 * serve for up to a day. A key must be of the type of the algorithm, and of no other `alg` and `use`.
 * A token without `kid` is tried with every such key. The `kid` of a token counts unless no key of
 * the set has one.
 */
export function keySet(
  url: string,
  { cacheMs = 600_000, now = Date.now }: KeySetOptions = {},
): JwtKeys {
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: 3_000,
    // A new key is found within a second. Invented key ids cost at most one fetch a second.
    cooldownDuration: 1_000,
    cacheMaxAge: cacheMs,
  });
  const known = new Map<string, { keys: readonly VerificationKey[]; at: number }>();
  let pausedUntil = 0;
  return {
    async find(algorithm, keyId) {
      const name = JSON.stringify([algorithm, keyId]);
      const last = known.get(name);
      const lastKnownGood = last !== undefined && now() - last.at < STALE_MS ? last.keys : null;
      if (lastKnownGood !== null && now() < pausedUntil) return lastKnownGood;
      try {
        const keys = await matchingKeys(remote, algorithm, keyId);
        known.set(name, { keys, at: now() });
        return keys;
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey)
          throw new IntegrationError('unauthenticated', {
            reason: 'the key set has no such key',
            cause: error,
          });
        pausedUntil = now() + RETRY_PAUSE_MS;
        if (lastKnownGood !== null) return lastKnownGood;
        throw new IntegrationError('temporarily_unavailable', {
          reason: 'the key set cannot be fetched',
          retryAfterSeconds: 5,
          cause: error,
        });
      }
    },
  };
}

/** @throws JWKSNoMatchingKey where there is none, and the error of a fetch that failed */
async function matchingKeys(
  remote: ReturnType<typeof createRemoteJWKSet>,
  alg: string,
  keyId: string | null,
): Promise<readonly VerificationKey[]> {
  if (remote.jwks() === undefined) await remote.reload();
  const hasIds = remote.jwks()?.keys.some(({ kid }) => kid !== undefined) ?? false;
  const keys: VerificationKey[] = [];
  try {
    keys.push(await remote({ alg, ...(keyId === null || !hasIds ? {} : { kid: keyId }) }));
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) if (keys.push(key) === MOST_KEYS_TRIED) break;
  }
  return keys;
}
