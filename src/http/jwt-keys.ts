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

/** Keys by id from a JSON Web Key Set, cached; the last known good ones serve up to a day while the set cannot be fetched. */
export function keySet(url: string, now: () => number = Date.now): JwtKeys {
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: 3_000,
    cooldownDuration: 10_000,
    cacheMaxAge: 600_000,
  });
  const known = new Map<string, { key: KeyObject; at: number }>();
  return {
    async find(algorithm, keyId) {
      const name = JSON.stringify([algorithm, keyId]);
      try {
        const found = await remote({ alg: algorithm, ...(keyId === null ? {} : { kid: keyId }) });
        const key = found instanceof CryptoKey ? KeyObject.from(found) : createPublicKey(found as never);
        known.set(name, { key, at: now() });
        return key;
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
          throw new IntegrationError('unauthenticated', { reason: 'no such key in the key set', cause: error });
        const last = known.get(name);
        if (last !== undefined && now() - last.at < STALE_MS) return last.key;
        throw new IntegrationError('temporarily_unavailable', {
          reason: 'the key set cannot be fetched',
          retryAfterSeconds: 5,
          cause: error,
        });
      }
    },
  };
}
