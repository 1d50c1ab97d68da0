/** The key that signs the id tokens of both providers (RS256), and its JWKS. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  sign,
} from 'node:crypto';
import { digest } from '../world/random.js';

/** A new RSA key as a private JWK. */
export function newSigningKey(): JsonWebKey {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
}

const keyId = (key: JsonWebKey) => digest(String(key['n']), 27);

/** The JWKS document (RFC 7517). */
export function jwks(key: JsonWebKey): { keys: Record<string, unknown>[] } {
  const pem = createPublicKey(createPrivateKey({ key, format: 'jwk' }));
  return {
    keys: [{ ...pem.export({ format: 'jwk' }), kid: keyId(key), use: 'sig', alg: 'RS256' }],
  };
}

/** A signed JWT (RFC 7519). */
export function signJwt(key: JsonWebKey, claims: Record<string, unknown>): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${encode({ alg: 'RS256', kid: keyId(key), typ: 'JWT' })}.${encode(claims)}`;
  const signature = sign(
    'RSA-SHA256',
    Buffer.from(content),
    createPrivateKey({ key, format: 'jwk' }),
  );
  return `${content}.${signature.toString('base64url')}`;
}
