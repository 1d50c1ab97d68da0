// The secret of a channel: the provider sends it with every notice, and we store only its hash.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new secret: 43 characters of base64url. */
export function createSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 of a secret, as it is stored. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/**
 * Whether `secret` is the one that was stored as `hash`. Takes the same time for every wrong one.
 */
export function isSecret(secret: string, hash: Buffer): boolean {
  return timingSafeEqual(hashSecret(secret), hash);
}
