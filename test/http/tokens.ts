/** JWTs made by hand, with errors that no library would make. */
import { createHmac, createSign, type KeyObject } from 'node:crypto';
import { JWT_SECRET } from '../support/deployment.js';

const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

export const seconds = (): number => Math.floor(Date.now() / 1_000);

/** The claims of a valid token. `claims` add to or replace them; undefined removes one. */
export function honest(claims: Record<string, unknown> = {}): Record<string, unknown> {
  return { sub: 'somebody', iat: seconds(), exp: seconds() + 3_600, ...claims };
}

/** Signs with HMAC, for any `header`. A string is used as it is: unencoded JSON. */
export function forged(
  payload: unknown,
  header: unknown = {},
  { secret = JWT_SECRET, hash = 'sha256' }: { secret?: string | Buffer; hash?: string } = {},
): string {
  const head =
    typeof header === 'string' ? header : { alg: 'HS256', typ: 'JWT', ...(header as object) };
  const signed = `${encode(head)}.${encode(payload)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

/** A token signed with RSA and SHA-256. */
export function signedByRsa(payload: unknown, key: KeyObject, header: object = {}): string {
  const signed = `${encode({ alg: 'RS256', typ: 'JWT', ...header })}.${encode(payload)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}

/** A token without a signature. */
export function unsigned(payload: unknown, alg: string | null): string {
  return `${encode(alg === null ? { typ: 'JWT' } : { alg, typ: 'JWT' })}.${encode(payload)}.`;
}
