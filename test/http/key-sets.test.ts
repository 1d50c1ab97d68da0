// Key sets of identity providers: every algorithm, sets of several keys, and keys without ids.

import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { expectProblem, raw } from './expectations.js';
import { forged, honest } from './tokens.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

interface Key {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  /** The public key, without `alg`, `kid` and `use`. */
  readonly jwk: JWK;
}

async function newKey(alg: string): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: await exportJWK(publicKey) };
}

/** A token as better-auth makes it: user and session in the claims, fifteen minutes of life. */
const signed = (key: Key, header: { kid?: string; alg?: string } = {}, claims = {}) =>
  new SignJWT({
    ...honest({ name: 'Ana', email: 'ana@example.com', emailVerified: true }),
    ...claims,
  })
    .setProtectedHeader({ alg: key.alg, ...header })
    .sign(key.privateKey);

describe.each(HOSTS)('a key set, %s', (host) => {
  let server: Server;
  let published: JWK[] = [];
  let fetches = 0;
  let usual: Deployment;
  let deployment: Deployment;
  let pinned: Deployment;
  const keys = new Map<string, Key>();
  const key = (alg: string): Key => keys.get(alg)!;

  beforeAll(async () => {
    for (const alg of ALGORITHMS) keys.set(alg, await newKey(alg));
    server = createServer((_request, response) => {
      fetches += 1;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ keys: published }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    usual = await deploy({ host, sandbox: { contents: 'empty' }, environment: { ROLE: 'web' } });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const environment = { ROLE: 'web', JWT_SECRET: undefined, JWT_JWKS_URL: url };
    pinned = await deploy({
      host,
      beside: usual,
      environment: { ...environment, JWT_ALGORITHMS: 'RS256' },
    });
    await redeploy(environment);
  });
  afterAll(async () => {
    await deployment?.stop();
    await pinned?.stop();
    await usual?.stop();
    server?.closeAllConnections();
    server?.close();
  });

  async function redeploy(environment: Record<string, string | undefined>): Promise<void> {
    deployment = await deploy({ host, beside: usual, environment });
  }
  /** Publishes another set, to a process that has not fetched one. */
  async function publish(...set: JWK[]): Promise<void> {
    published = set;
    const { JWT_JWKS_URL } = deployment.environment;
    await deployment.stop();
    await redeploy({ ROLE: 'web', JWT_SECRET: undefined, JWT_JWKS_URL });
  }
  beforeEach(() => {
    fetches = 0;
  });

  const ask = (token: string, of = deployment) =>
    raw(of.url, '/integrations/providers', { headers: { Authorization: `Bearer ${token}` } });
  const expectAccepted = async (token: string) =>
    expect((await ask(token)).body).toHaveProperty('data');
  const expectRefused = async (token: string, of = deployment) =>
    expectProblem(await ask(token, of), 'unauthenticated');

  test('a token of better-auth is accepted without any other setting', async () => {
    const { jwk } = key('EdDSA');
    await publish({ ...jwk, alg: 'EdDSA', kid: 'c5c7995d-0037' });
    expect(published[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519' });
    const kid = 'c5c7995d-0037';
    await expectAccepted(await signed(key('EdDSA'), { kid }));
    await expectRefused(await signed(await newKey('EdDSA'), { kid }));
    await expectRefused(await signed(key('EdDSA'), { kid }, { exp: 1 }));
    await expectRefused(await signed(key('EdDSA'), { kid }, { exp: undefined }));
    const [head, claims] = (await signed(key('EdDSA'), { kid })).split('.');
    for (const signature of ['', 'AAAA', Buffer.alloc(64).toString('base64url')])
      await expectRefused(`${head}.${claims}.${signature}`);
  });

  test('every algorithm is accepted with its key, declared or not, and with no key of another', async () => {
    await publish(...ALGORITHMS.map((alg) => ({ ...key(alg).jwk, alg, kid: `declared ${alg}` })));
    for (const alg of ALGORITHMS) {
      await expectAccepted(await signed(key(alg), { kid: `declared ${alg}` }));
      for (const other of ALGORITHMS)
        if (other !== alg)
          await expectRefused(await signed(key(alg), { kid: `declared ${other}` }));
    }
    await publish(...ALGORITHMS.map((alg) => ({ ...key(alg).jwk, kid: alg })));
    for (const alg of ALGORITHMS) await expectAccepted(await signed(key(alg), { kid: alg }));
  });

  test('a public key is never an HMAC secret, and JWT_ALGORITHMS narrows what is accepted', async () => {
    const { jwk } = key('EdDSA');
    await publish(
      { ...jwk, kid: 'ed' },
      { ...key('RS256').jwk, kid: 'rs' },
      { kty: 'oct', k: Buffer.from('a symmetric key has no place in a set').toString('base64url') },
    );
    const raw32 = Buffer.from(String(jwk.x), 'base64url');
    for (const secret of [
      raw32,
      String(jwk.x),
      JSON.stringify(jwk),
      'a symmetric key has no place in a set',
    ])
      for (const header of [{ kid: 'ed' }, {}, { kid: 'ed', alg: 'EdDSA' }, { alg: 'Ed25519' }])
        await expectRefused(forged(honest(), header, { secret }));
    await expectRefused(await signed(key('EdDSA'), { kid: 'ed' }), pinned);
    expect((await ask(await signed(key('RS256'), { kid: 'rs' }), pinned)).status).toBe(200);
  });

  test('a token without kid is tried with every key of its algorithm', async () => {
    const others = await Promise.all([newKey('EdDSA'), newKey('EdDSA'), newKey('RS256')]);
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
    await publish(
      { ...(weak.export({ format: 'jwk' }) as JWK), kid: 'weak' },
      ...others.map(({ jwk }, at) => ({ ...jwk, kid: `other ${at}` })),
      { ...key('EdDSA').jwk, kid: 'last' },
      { ...key('RS256').jwk, kid: 'last of RSA' },
    );
    await expectAccepted(await signed(key('EdDSA')));
    await expectAccepted(await signed(key('RS256')));
    await expectAccepted(await signed(others[1]!));
    await expectRefused(await signed(await newKey('EdDSA')));
    await expectRefused(await signed(key('ES256')));
    await expectRefused(await signed(key('EdDSA'), {}, { sub: '' }));
  });

  test('a key that is not for signatures is not used', async () => {
    await publish(
      { ...key('EdDSA').jwk, kid: 'enc', use: 'enc' },
      { ...key('ES256').jwk, kid: 'ops', key_ops: ['deriveBits'] },
    );
    await expectRefused(await signed(key('EdDSA'), { kid: 'enc' }));
    await expectRefused(await signed(key('EdDSA')));
    await expectRefused(await signed(key('ES256'), { kid: 'ops' }));
  });

  test('the kid of a token counts, unless no key of the set has one', async () => {
    await publish(key('EdDSA').jwk);
    await expectAccepted(await signed(key('EdDSA'), { kid: 'named by the token alone' }));
    await expectAccepted(await signed(key('EdDSA')));
    await expectRefused(await signed(await newKey('EdDSA'), { kid: 'named by the token alone' }));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    for (let asked = 0; asked < 5; asked += 1)
      await expectAccepted(await signed(key('EdDSA'), { kid: `kid ${asked}` }));
    expect(fetches).toBe(1);
    await publish({ ...key('EdDSA').jwk, kid: 'known' });
    await expectRefused(await signed(key('EdDSA'), { kid: 'another' }));
    await expectRefused(await signed(key('EdDSA'), { kid: '' }));
    await expectAccepted(await signed(key('EdDSA')));
  });
});

test('a secret of 32 bytes verifies HS384 and HS512 too, where they are configured', async () => {
  const deployment = await deploy({
    sandbox: { contents: 'empty' },
    environment: { ROLE: 'web', JWT_ALGORITHMS: 'HS384,HS512' },
  });
  try {
    const status = async (alg: string, hash: string) => {
      const token = forged(honest(), { alg }, { hash });
      const headers = { Authorization: `Bearer ${token}` };
      return (await raw(deployment.url, '/integrations/providers', { headers })).status;
    };
    expect(await status('HS384', 'sha384')).toBe(200);
    expect(await status('HS512', 'sha512')).toBe(200);
    expect(await status('HS256', 'sha256')).toBe(401);
  } finally {
    await deployment.stop();
  }
});
