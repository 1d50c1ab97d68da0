// The settings that say how callers are identified, and the secrets of this service.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { isLongEnough, list, TOO_SHORT, text, url } from './kinds.js';
import type { Kind, SettingTable } from './setting.js';
import { isWeakKey, isWeakSecret } from './weak-secret.js';

/** A key of a service caller, known by its hash. */
export interface ServiceKey {
  readonly name: string;
  /** SHA-256 over the whole key, `cck_` included. */
  readonly hash: Buffer;
}

/** A key that seals tokens. */
export interface TokenKey {
  readonly id: string;
  readonly key: KeyObject;
}

const isStrong = (secret: string): boolean => !isWeakSecret(secret);
const EASY_TO_GUESS =
  'is easy to guess: it repeats a pattern, follows a sequence or is a known example';

const secretKey = {
  reads: z
    .string()
    .refine(isLongEnough, { error: TOO_SHORT, abort: true })
    .refine(isStrong, { error: EASY_TO_GUESS, abort: true })
    .transform((secret) => createSecretKey(Buffer.from(secret))),
  option: 'string',
} as const satisfies Kind<KeyObject>;

const secrets = {
  reads: list.reads
    .refine((values) => values.every(isLongEnough), { error: TOO_SHORT, abort: true })
    .refine((values) => values.every(isStrong), { error: EASY_TO_GUESS }),
  option: list.option,
} as const satisfies Kind<readonly string[]>;

/** @param mayBeWeak whether the key at this place of the list may be easy to guess */
function tokenKeys(mayBeWeak: (place: number) => boolean): Kind<readonly TokenKey[]> {
  const reads = list.reads.transform((entries, context): readonly TokenKey[] => {
    const keys: TokenKey[] = [];
    for (const [place, entry] of entries.entries()) {
      const [id = '', encoded = ''] = entry.split(/:(.*)/s);
      const bytes = Buffer.from(encoded, 'base64');
      const isKey =
        /^[A-Za-z0-9_-]{1,32}$/.test(id) &&
        /^[A-Za-z0-9+/_-]+=*$/.test(encoded) &&
        bytes.length === 32;
      if (!isKey) context.addIssue('must be `id:base64-of-32-bytes`, comma-separated');
      else if (keys.some((key) => key.id === id)) context.addIssue(`names the key ${id} twice`);
      else if (isWeakKey(bytes) && !mayBeWeak(place))
        context.addIssue(`contains the key ${id}, which ${EASY_TO_GUESS}`);
      else keys.push({ id, key: createSecretKey(bytes) });
    }
    return keys;
  });
  return { reads, option: list.option };
}

/** Whether a service caller can have this name. */
export const isServiceName = (name: string): boolean => /^[A-Za-z0-9._-]{1,64}$/.test(name);

const serviceKeys = {
  reads: list.reads.transform((entries, context): readonly ServiceKey[] => {
    const keys: ServiceKey[] = [];
    for (const entry of entries) {
      const [name = '', hex = ''] = entry.split(/:(.*)/s);
      if (!isServiceName(name) || !/^[0-9a-f]{64}$/i.test(hex)) {
        context.addIssue(
          'must be `name:sha256-hex`, comma-separated: the hash of a key, and not the key itself',
        );
        continue;
      }
      const hash = Buffer.from(hex, 'hex');
      if (keys.some((key) => key.hash.equals(hash)))
        context.addIssue(`contains the key ${name} twice`);
      else keys.push({ name, hash });
    }
    return keys;
  }),
  option: list.option,
} as const satisfies Kind<readonly ServiceKey[]>;

/** How the JWTs of callers are verified and read. */
export const JWT_SETTINGS = {
  jwtSecret: {
    variable: 'JWT_SECRET',
    ...secretKey,
    meaning: "The HS256 key of your product's JWTs, at least 32 bytes. Or set JWT_JWKS_URL.",
    make: 'openssl rand -base64 48',
  },
  jwtJwksUrl: {
    variable: 'JWT_JWKS_URL',
    ...url,
    meaning: 'The JSON Web Key Set of your identity provider, for asymmetric JWTs.',
    example: 'https://id.example.com/.well-known/jwks.json',
  },
  jwtAlgorithms: {
    variable: 'JWT_ALGORITHMS',
    ...list,
    meaning:
      'Accepted algorithms, comma-separated. Unset: HS256 with a secret; with a key set RS, PS ' +
      'and ES with 256, 384 and 512, EdDSA and Ed25519, each with a key of its type alone.',
  },
  jwtIssuer: {
    variable: 'JWT_ISSUER',
    ...text,
    meaning: 'The `iss` that a JWT must have, if set.',
  },
  jwtAudience: {
    variable: 'JWT_AUDIENCE',
    ...text,
    meaning: 'The `aud` that a JWT must have, if set.',
  },
  jwtCookieName: {
    variable: 'JWT_COOKIE_NAME',
    ...text,
    meaning: 'Name of a cookie that may carry the JWT. Unset: no cookie is read.',
  },
  jwtUserClaim: {
    variable: 'JWT_USER_CLAIM',
    ...text,
    fallback: 'sub',
    meaning: "Claim that holds the user's id.",
  },
  jwtRolesClaim: {
    variable: 'JWT_ROLES_CLAIM',
    ...text,
    fallback: 'roles',
    meaning:
      'Claim that holds the roles: a string or an array of strings. A dotted path is allowed.',
  },
  jwtAdminRole: {
    variable: 'JWT_ADMIN_ROLE',
    ...text,
    fallback: 'admin',
    meaning: 'Role that may see every account.',
  },
  jwtServiceRole: {
    variable: 'JWT_SERVICE_ROLE',
    ...text,
    fallback: 'service',
    meaning:
      "Role of your own backends: a JWT with it may act for every user. A person's JWT must not " +
      'have it.',
  },
  serviceKeys: {
    variable: 'SERVICE_KEYS',
    ...serviceKeys,
    meaning:
      'Backends that may call without a user: `name:sha256-hex`, comma-separated. The hash is ' +
      'over the whole key. Two entries may have one name while a key is replaced.',
    make: 'npm run keys -- service NAME',
  },
} as const satisfies SettingTable;

/** The secrets of this service. */
export const SECRET_SETTINGS = {
  sessionSecret: {
    variable: 'SESSION_SECRET',
    ...secrets,
    required: true,
    meaning:
      'Signs the cookie of the browser session. Comma-separated, newest first, at least 32 ' +
      'bytes each.',
    make: 'openssl rand -base64 48',
  },
  tokenEncryptionKeys: {
    variable: 'TOKEN_ENCRYPTION_KEYS',
    ...tokenKeys(() => false),
    required: true,
    meaning:
      'Keys that encrypt the stored tokens: `id:base64-of-32-bytes`, comma-separated, newest ' +
      'first.',
    make: 'npm run keys -- generate',
  },
} as const satisfies SettingTable;

/** The same keys for the program that replaces them: older keys may be easy to guess. */
export const ROTATION_SETTINGS = {
  tokenEncryptionKeys: {
    ...SECRET_SETTINGS.tokenEncryptionKeys,
    ...tokenKeys((place) => place > 0),
  },
} as const satisfies SettingTable;
