// The keys of service callers: they are known by their hashes alone.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ServiceKey } from '../config.js';

/** How every service key begins. No JWT begins so. */
const PREFIX = 'cck_';
const RANDOM_BYTES = 32;

/** Whether a bearer token is meant as a service key. */
export const isServiceKey = (token: string): boolean => token.startsWith(PREFIX);

/** Makes a key of 256 random bits. */
export const makeServiceKey = (): string =>
  `${PREFIX}${randomBytes(RANDOM_BYTES).toString('base64url')}`;

/** The hash of a key, as `SERVICE_KEYS` has it in hexadecimal. */
export const hashOfServiceKey = (key: string): Buffer => createHash('sha256').update(key).digest();

/**
 * The name of the service caller whose key this is; null where none has it. Every hash is compared
 * in constant time, so that the time says neither how many bytes match nor whose they are.
 */
export function nameOfServiceKey(key: string, known: readonly ServiceKey[]): string | null {
  const hash = hashOfServiceKey(key);
  let found: string | null = null;
  for (const one of known) if (timingSafeEqual(one.hash, hash)) found = one.name;
  return found;
}
