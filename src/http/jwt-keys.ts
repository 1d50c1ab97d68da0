// Where the keys that verify JWTs come from: the configured secret, or the identity provider's key set.

import { createPublicKey, KeyObject } from 'node:crypto';
import { createRemoteJWKSet, errors } from 'jose';
import { IntegrationError } from '../errors.js';

export interface JwtKeys {
  /** @throws IntegrationError `unauthenticated` for an unknown key, `temporarily_unavailable` when the set cannot be had */
  find(algorithm: string, keyId: string | null): Promise<KeyObject>;
}

export function secretKey(secret: KeyObject): JwtKeys {
  return { find: async () => secret };
}

const STALE_MS = 24 * 3_600_000;
/** After a fetch that failed, the keys we have serve this long before the next is tried. */
const REST_MS = 5_000;

export interface KeySetOptions {
  /** How long a fetched set is taken as it is (ten minutes). */
  readonly cacheMs?: number;
  readonly now?: () => number;
}

/** Keys by id from a JSON Web Key Set, cached; the last known good ones serve up to a day while the set cannot be fetched. */
export function keySet(
  url: string,
  { cacheMs = 600_000, now = Date.now }: KeySetOptions = {},
): JwtKeys {
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: 3_000,
    // A new key is found within a second of its first token; made-up key ids cost no more than a fetch a second.
    cooldownDuration: 1_000,
    cacheMaxAge: cacheMs,
  });
  const known = new Map<string, { key: KeyObject; at: number }>();
  let restUntil = 0;
  return {
    async find(algorithm, keyId) {
      const name = JSON.stringify([algorithm, keyId]);
      const last = known.get(name);
      const lastKnownGood = last !== undefined && now() - last.at < STALE_MS ? last.key : null;
      if (lastKnownGood !== null && now() < restUntil) return lastKnownGood;
      try {
        const found = await remote({ alg: algorithm, ...(keyId === null ? {} : { kid: keyId }) });
        const key =
          found instanceof CryptoKey ? KeyObject.from(found) : createPublicKey(found as never);
        known.set(name, { key, at: now() });
        return key;
      } catch (error) {
        if (
          error instanceof errors.JWKSNoMatchingKey ||
          error instanceof errors.JWKSMultipleMatchingKeys
        )
          throw new IntegrationError('unauthenticated', {
            reason: 'no such key in the key set',
            cause: error,
          });
        restUntil = now() + REST_MS;
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
