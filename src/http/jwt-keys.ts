// The keys that verify JWTs: the configured secret, or the key set of the identity provider.

import { KeyObject } from 'node:crypto';
import { createRemoteJWKSet, errors } from 'jose';
import { IntegrationError } from '../errors.js';

/** Finds the key that verifies a JWT. */
export interface JwtKeys {
  /**
   * @param keyId the `kid` of the token; null where it has none
   * @throws IntegrationError `unauthenticated` for an unknown key, `temporarily_unavailable` when
   * none can be fetched
   */
  find(algorithm: string, keyId: string | null): Promise<KeyObject>;
}

/** The configured secret, for every token. */
export function secretKey(secret: KeyObject): JwtKeys {
  return { find: async () => secret };
}

/** A key that was fetched this long ago no longer serves while the set cannot be fetched. */
const STALE_MS = 24 * 3_600_000;
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
 * serve for up to a day.
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
  const known = new Map<string, { key: KeyObject; at: number }>();
  let pausedUntil = 0;
  return {
    async find(algorithm, keyId) {
      const name = JSON.stringify([algorithm, keyId]);
      const last = known.get(name);
      const lastKnownGood = last !== undefined && now() - last.at < STALE_MS ? last.key : null;
      if (lastKnownGood !== null && now() < pausedUntil) return lastKnownGood;
      try {
        const found = await remote({ alg: algorithm, ...(keyId === null ? {} : { kid: keyId }) });
        const key = KeyObject.from(found);
        known.set(name, { key, at: now() });
        return key;
      } catch (error) {
        if (
          error instanceof errors.JWKSNoMatchingKey ||
          error instanceof errors.JWKSMultipleMatchingKeys
        )
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
