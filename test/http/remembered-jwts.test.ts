// A JWT is verified once: until it ends, until its key is replaced, and as long as it fits.

import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import type { JwtConfig } from '../../src/config.js';
import { IntegrationError } from '../../src/errors.js';
import { jwtVerifier } from '../../src/http/jwt.js';
import type { JwtKeys } from '../../src/http/jwt-keys.js';
import { RememberedJwts } from '../../src/http/remembered-jwts.js';

const CONFIG = {
  algorithms: ['HS256'],
  issuer: null,
  audience: null,
  userClaim: 'sub',
  rolesClaim: 'roles',
  adminRole: 'admin',
  serviceRole: null,
} as unknown as JwtConfig;
const SECOND = 1_000;
const newKey = () => createSecretKey(randomBytes(32));

/** A verifier whose clock and key can be changed, and which counts the keys that it asks for. */
function verifierWith(first: KeyObject) {
  const at = { now: 1_800_000_000 * SECOND, key: first, isGone: false, asked: 0 };
  const keys: JwtKeys = {
    async find() {
      at.asked += 1;
      if (at.isGone) throw new IntegrationError('unauthenticated', { reason: 'no such key' });
      return [at.key];
    },
  };
  return { at, verify: jwtVerifier(CONFIG, keys, () => at.now) };
}

const tokenOf = (key: KeyObject, exp: number, sub = 'ana') =>
  new SignJWT({ sub, exp }).setProtectedHeader({ alg: 'HS256', kid: 'k' }).sign(key);

test('a remembered token ends when a new one would', async () => {
  const key = newKey();
  const { at, verify } = verifierWith(key);
  const exp = at.now / SECOND + 60;
  const token = await tokenOf(key, exp);
  for (const now of [at.now, (exp - 1) * SECOND, exp * SECOND - 1]) {
    at.now = now;
    expect(await verify(token)).toMatchObject({ userId: 'ana', expiresAt: exp });
  }
  // The tolerance for clocks, as for a token that comes for the first time.
  at.now = (exp + 29) * SECOND;
  expect(await verify(token)).toMatchObject({ userId: 'ana' });
  at.now = (exp + 31) * SECOND;
  await expect(verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a remembered token is refused when its key is replaced or gone', async () => {
  const key = newKey();
  const { at, verify } = verifierWith(key);
  const token = await tokenOf(key, at.now / SECOND + 60);
  await verify(token);
  at.key = newKey();
  await expect(verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  at.key = key;
  await verify(token);
  at.isGone = true;
  await expect(verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a token with another signature, user or ending is not taken for a remembered one', async () => {
  const key = newKey();
  const { at, verify } = verifierWith(key);
  const exp = at.now / SECOND + 60;
  const token = await tokenOf(key, exp);
  await verify(token);
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const others = [
    `${header}.${payload}.${signature.slice(0, -3)}AAA`,
    `${header}.${payload}.`,
    `${header}.${Buffer.from(JSON.stringify({ sub: 'bo', exp })).toString('base64url')}.${signature}`,
    await tokenOf(newKey(), exp),
  ];
  for (const other of others)
    await expect(verify(other)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await verify(await tokenOf(key, exp, 'bo'))).toMatchObject({ userId: 'bo' });
  expect(await verify(token)).toMatchObject({ userId: 'ana' });
});

test('the newest tokens are remembered, and no token itself', () => {
  const remembered = new RememberedJwts(3);
  const jwt = {
    caller: { kind: 'user' as const, userId: 'ana', admin: false, expiresAt: 9 },
    key: newKey(),
    algorithm: 'HS256',
    keyId: null,
    expiresAt: 9,
  };
  for (const token of ['a', 'b', 'c', 'd', 'e']) remembered.keep(token, jwt);
  expect(remembered.size).toBe(3);
  expect(['a', 'b', 'c', 'd', 'e'].map((token) => remembered.find(token, 8_999) !== null)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
  expect(remembered.find('c', 9_000)).toBeNull();
  expect(remembered.size).toBe(2);
});
