// Secrets that are given for more than one purpose: who learns one of them has the others too.

import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Problems } from './problems.js';
import { JWT_SETTINGS, SECRET_SETTINGS, type TokenKey } from './sign-in-settings.js';

interface Secrets {
  readonly jwtSecret?: KeyObject | null;
  readonly sessionSecret?: readonly string[];
  readonly tokenEncryptionKeys?: readonly TokenKey[];
}

/** Adds a problem for each secret that has the value of another one. */
export function checkSharedSecrets(
  { jwtSecret, sessionSecret = [], tokenEncryptionKeys: keys = [] }: Secrets,
  problems: Problems,
): void {
  const { tokenEncryptionKeys } = SECRET_SETTINGS;
  for (const [place, { id, key }] of keys.entries()) {
    const same = keys.slice(0, place).find((other) => other.key.equals(key));
    if (same !== undefined)
      problems.add(
        tokenEncryptionKeys,
        `has one key under two ids, ${same.id} and ${id}: replace it as in docs/operations.md, ` +
          '"Keys"',
      );
  }
  const ofSessions = sessionSecret.flatMap(keysIn);
  const ofJwts = jwtSecret == null ? [] : keysIn(jwtSecret.export().toString());
  const ofTokens = keys.map(({ key }) => key);
  if (haveCommon(ofSessions, ofJwts))
    problems.add(JWT_SETTINGS.jwtSecret, `and SESSION_SECRET ${HAVE_ONE_VALUE}`);
  if (haveCommon(ofSessions, ofTokens))
    problems.add(SECRET_SETTINGS.sessionSecret, `and TOKEN_ENCRYPTION_KEYS ${HAVE_ONE_VALUE}`);
  if (haveCommon(ofJwts, ofTokens))
    problems.add(JWT_SETTINGS.jwtSecret, `and TOKEN_ENCRYPTION_KEYS ${HAVE_ONE_VALUE}`);
}

const HAVE_ONE_VALUE = 'have the same value: give each its own';

/** The bytes of a text, and those that it encodes: a token key is given in base64. */
const keysIn = (secret: string): KeyObject[] =>
  [Buffer.from(secret), Buffer.from(secret, 'base64')].map((bytes) => createSecretKey(bytes));

const haveCommon = (some: readonly KeyObject[], others: readonly KeyObject[]): boolean =>
  some.some((one) => others.some((other) => one.equals(other)));
