// The caller: every token that is almost valid, and every way to claim another identity.

import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERRORS } from '../../src/errors.js';
import { keySet } from '../../src/http/jwt-keys.js';
import { type Deployment, deploy, FRONTEND, type Host, JWT_SECRET } from '../support/deployment.js';
import { expectProblem, raw } from './expectations.js';
import { forged, honest, seconds, signedByRsa, unsigned } from './tokens.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const ABSENT = '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11';

/** Sends a request with `token`. */
const ask = (
  deployment: Deployment,
  token: string | null,
  path = '/integrations/providers',
  headers = {},
) =>
  raw(deployment.url, path, {
    headers: { ...(token === null ? {} : { Authorization: `Bearer ${token}` }), ...headers },
  });

async function expectAdmin(deployment: Deployment, token: string, admin: boolean): Promise<void> {
  const response = await ask(deployment, token, '/integrations/accounts?userId=somebody-else');
  if (admin) expect(response.status).toBe(200);
  else expectProblem(response, 'forbidden');
}

describe.each(HOSTS)('a caller with a JWT, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web' },
    });
  });
  afterAll(() => deployment?.stop());

  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const bad: readonly (readonly [string, () => string])[] = [
    ['alg none', () => unsigned(honest(), 'none')],
    ['alg nOnE', () => unsigned(honest(), 'nOnE')],
    ['alg NONE with a signature', () => forged(honest(), { alg: 'NONE' })],
    ['an empty alg', () => unsigned(honest(), '')],
    ['no alg', () => unsigned(honest(), null)],
    ['alg none signed after all', () => forged(honest(), { alg: 'none' })],
    ['alg as a list', () => forged(honest(), { alg: ['HS256'] })],
    ['HS384 with the right secret', () => forged(honest(), { alg: 'HS384' }, { hash: 'sha384' })],
    ['HS512 with the right secret', () => forged(honest(), { alg: 'HS512' }, { hash: 'sha512' })],
    ['lower-case alg', () => forged(honest(), { alg: 'hs256' })],
    ['RS256 claimed', () => forged(honest(), { alg: 'RS256' })],
    [
      'a public key as the secret',
      () => forged(honest(), {}, { secret: publicKey.export({ type: 'spki', format: 'pem' }) }),
    ],
    [
      'another secret',
      () => forged(honest(), {}, { secret: 'another secret, as long as that one is' }),
    ],
    ['an empty secret', () => forged(honest(), {}, { secret: '' })],
    ['no signature', () => forged(honest()).replace(/[^.]+$/, '')],
    ['half a signature', () => forged(honest()).slice(0, -20)],
    ['a fourth part', () => `${forged(honest())}.x`],
    ['two parts', () => forged(honest()).split('.').slice(0, 2).join('.')],
    [
      'claims exchanged under the signature',
      () => {
        const [head, , signature] = forged(honest()).split('.');
        return `${head}.${forged(honest({ sub: 'victim' })).split('.')[1]}.${signature}`;
      },
    ],
    ['a header that is no object', () => forged(honest(), '"x"')],
    ['a header of null', () => forged(honest(), 'null')],
    ['a header that is no JSON', () => forged(honest(), '{')],
    ['crit', () => forged(honest(), { crit: ['exp'] })],
    ['an unknown crit', () => forged(honest(), { crit: ['x'], x: 1 })],
    ['an empty crit', () => forged(honest(), { crit: [] })],
    ['b64 false', () => forged(honest(), { crit: ['b64'], b64: false })],
    ['no exp', () => forged(honest({ exp: undefined }))],
    ['exp of null', () => forged(honest({ exp: null }))],
    ['exp as text', () => forged(honest({ exp: String(seconds() + 600) }))],
    ['exp as a list', () => forged(honest({ exp: [seconds() + 600] }))],
    ['exp in the year 285 million', () => forged(honest({ exp: 9e15 }))],
    ['exp beyond numbers', () => forged(`{"sub":"x","exp":1e999}`)],
    ['exp in two years', () => forged(honest({ exp: seconds() + 2 * 366 * 86_400 }))],
    ['exp of zero', () => forged(honest({ exp: 0 }))],
    ['a negative exp', () => forged(honest({ exp: -1 }))],
    ['exp a minute ago', () => forged(honest({ exp: seconds() - 60 }))],
    ['iat in an hour', () => forged(honest({ iat: seconds() + 3_600 }))],
    ['iat in two minutes', () => forged(honest({ iat: seconds() + 120 }))],
    ['iat as text', () => forged(honest({ iat: 'now' }))],
    ['nbf in two minutes', () => forged(honest({ nbf: seconds() + 120 }))],
    ['nbf as text', () => forged(honest({ nbf: 'now' }))],
    ['no sub', () => forged(honest({ sub: undefined }))],
    ['sub of null', () => forged(honest({ sub: null }))],
    ['an empty sub', () => forged(honest({ sub: '' }))],
    ['a number as sub', () => forged(honest({ sub: 1 }))],
    ['an object as sub', () => forged(honest({ sub: { $ne: null } }))],
    ['a list as sub', () => forged(honest({ sub: ['somebody'] }))],
    ['true as sub', () => forged(honest({ sub: true }))],
    ['a sub of 129 characters', () => forged(honest({ sub: 'a'.repeat(129) }))],
    ['a sub with NUL', () => forged(honest({ sub: 'some\u0000body' }))],
    ['a sub with a line break', () => forged(honest({ sub: 'somebody\nERROR' }))],
    ['a sub with half a character', () => forged(`{"sub":"\\ud800","exp":${seconds() + 600}}`)],
    [
      'a sub by way of __proto__',
      () => forged(`{"__proto__":{"sub":"x"},"exp":${seconds() + 600}}`),
    ],
    ['null for claims', () => forged('null')],
    ['null for claims, untyped', () => forged('null', { typ: undefined })],
    ['text for claims', () => forged('"somebody"')],
    ['text for claims, untyped', () => forged('"somebody"', { typ: undefined })],
    ['bare text for claims', () => forged('somebody', { typ: undefined })],
    ['a list for claims', () => forged([honest()])],
    ['a number for claims', () => forged('42')],
    ['broken JSON for claims', () => forged('{"sub":"x"')],
    ['nothing for claims', () => forged('')],
    ['nine kilobytes', () => forged(honest({ padding: 'x'.repeat(9_000) }))],
    ['dots', () => '..'],
    ['a word', () => 'token'],
  ];

  test.each(bad)('%s is refused', async (_name, token) => {
    const response = await ask(deployment, token());
    expectProblem(response, 'unauthenticated');
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.body.detail).toBe(ERRORS.unauthenticated.detail);
  });

  test.each([
    ['an honest one', () => forged(honest())],
    ['one without iat', () => forged(honest({ iat: undefined }))],
    ['one without typ', () => forged(honest(), { typ: undefined })],
    ['exp twenty seconds ago: clocks differ', () => forged(honest({ exp: seconds() - 20 }))],
    ['nbf in twenty seconds', () => forged(honest({ nbf: seconds() + 20 }))],
    ['iat in twenty seconds', () => forged(honest({ iat: seconds() + 20 }))],
    ['a sub of 128 characters', () => forged(honest({ sub: 'é'.repeat(128) }))],
    ['a kid that climbs', () => forged(honest(), { kid: '../../../../dev/null' })],
    ['a kid that injects', () => forged(honest(), { kid: "x' UNION SELECT 'secret" })],
    ['a kid that is an object', () => forged(honest(), { kid: { a: 1 } })],
    [
      'jku, x5u and jwk, none of them followed',
      () =>
        forged(honest(), {
          jku: 'http://127.0.0.1:9/',
          x5u: 'http://127.0.0.1:9/',
          jwk: { kty: 'oct', k: 'QQ' },
        }),
    ],
  ] as const)('%s is accepted', async (_name, token) => {
    expect((await ask(deployment, token())).status).toBe(200);
  });

  test('a jwk, jku or kid inside a token is never used as the key', async () => {
    const own = 'the secret of the attacker, 32 bytes and more';
    const jwk = { kty: 'oct', k: Buffer.from(own).toString('base64url'), alg: 'HS256' };
    for (const header of [
      { jwk },
      { kid: own },
      { kid: '/dev/null' },
      { jku: `data:application/json,${JSON.stringify({ keys: [jwk] })}` },
    ])
      expectProblem(
        await ask(deployment, forged(honest(), header, { secret: own })),
        'unauthenticated',
      );
  });

  test.each([
    ['', 401],
    ['Bearer', 401],
    ['Bearer ', 401],
    ['Basic dTpw', 401],
    ['Token TOKEN', 401],
    ['TOKEN', 401],
    ['Bearer TOKEN TOKEN', 401],
    ['Bearer TOKEN, Bearer TOKEN', 401],
    ['Bearer "TOKEN"', 401],
    ['Bearer=TOKEN', 401],
    ['bearer TOKEN', 200],
    ['BEARER   TOKEN', 200],
  ] as const)('the Authorization header %j gets %d', async (header, status) => {
    const response = await raw(deployment.url, '/integrations/providers', {
      headers: { Authorization: header.replaceAll('TOKEN', deployment.token('u')) },
    });
    expect(response.status).toBe(status);
  });

  test('a token in the query, the body or another header is ignored', async () => {
    const token = deployment.token('u');
    for (const name of ['token', 'access_token', 'jwt', 'auth_token', 'Authorization'])
      expectProblem(
        await ask(deployment, null, `/integrations/accounts?${name}=${token}`),
        'unauthenticated',
      );
    for (const name of [
      'X-Access-Token',
      'X-Authorization',
      'Proxy-Authorization',
      'X-Forwarded-User',
      'X-User-Id',
    ])
      expectProblem(
        await ask(deployment, null, '/integrations/accounts', { [name]: `Bearer ${token}` }),
        'unauthenticated',
      );
    expectProblem(
      await ask(deployment, null, '/integrations/accounts', {
        Cookie: `jwt=${token}; token=${token}`,
      }),
      'unauthenticated',
    );
  });

  test('only the exact role in the signed claims makes an admin', async () => {
    for (const roles of ['admin', ['admin'], ['user', 'admin']])
      await expectAdmin(deployment, forged(honest({ roles })), true);
    for (const roles of [
      'nonadmin',
      'admin ',
      ' admin',
      'Admin',
      'ADMIN',
      ['ADMIN'],
      ['admin '],
      { 0: 'admin' },
      { admin: true },
      'admin,user',
      'user admin',
      [['admin']],
      [{ role: 'admin' }],
      true,
      1,
      null,
      ['admin\u0000'],
      'аdmin',
    ])
      await expectAdmin(deployment, forged(honest({ roles })), false);
    for (const claims of [
      { role: 'admin' },
      { admin: true },
      { Roles: ['admin'] },
      { scope: 'admin' },
    ])
      await expectAdmin(deployment, forged(honest(claims)), false);
    await expectAdmin(
      deployment,
      forged(`{"sub":"x","exp":${seconds() + 600},"__proto__":{"roles":["admin"]}}`),
      false,
    );
  });

  test('a role in a header is ignored, and one in the query is refused', async () => {
    const token = deployment.token('u');
    const path = '/integrations/accounts?userId=somebody-else';
    for (const headers of [
      { 'X-Roles': 'admin' },
      { roles: 'admin' },
      { 'X-Admin': 'true' },
      { Cookie: 'roles=admin' },
    ])
      expectProblem(await ask(deployment, token, path, headers), 'forbidden');
    for (const query of ['roles=admin', 'admin=true', 'role[]=admin'])
      expectProblem(await ask(deployment, token, `${path}&${query}`), 'invalid_request');
  });
});

describe.each(HOSTS)('a caller of a particular product, %s', (host) => {
  let usual: Deployment;
  let deployment: Deployment;
  const claims = (more: Record<string, unknown> = {}) =>
    honest({
      sub: undefined,
      iss: 'https://id.example',
      aud: 'calendars',
      'https://app.example/user': 'somebody',
      ...more,
    });

  beforeAll(async () => {
    usual = await deploy({ host, sandbox: { contents: 'empty' }, environment: { ROLE: 'web' } });
    deployment = await deploy({
      host,
      beside: usual,
      environment: {
        ROLE: 'web',
        JWT_ISSUER: 'https://id.example',
        JWT_AUDIENCE: 'calendars',
        JWT_USER_CLAIM: 'https://app.example/user',
        JWT_ROLES_CLAIM: 'realm_access.roles',
        JWT_ADMIN_ROLE: 'calendar admin',
        JWT_COOKIE_NAME: 'product_jwt',
      },
    });
  });
  afterAll(async () => {
    await deployment?.stop();
    await usual?.stop();
  });

  test('issuer and audience must be the configured ones', async () => {
    for (const good of [{}, { aud: ['other', 'calendars'] }])
      expect((await ask(deployment, forged(claims(good)))).status).toBe(200);
    for (const wrong of [
      { iss: undefined },
      { aud: undefined },
      { iss: 'https://id.example/' },
      { iss: 'https://evil.example' },
      { iss: ['https://evil.example'] },
      { aud: 'calendars-admin' },
      { aud: 'Calendars' },
      { aud: [] },
      { aud: ['other'] },
      { aud: { 0: 'calendars' } },
      { aud: '' },
    ])
      expectProblem(await ask(deployment, forged(claims(wrong))), 'unauthenticated');
  });

  test('the user id is read from the configured claim only', async () => {
    const session = await ask(
      deployment,
      forged(claims()),
      '/integrations/accounts?userId=somebody',
    );
    expect(session.status).toBe(200);
    expectProblem(
      await ask(
        deployment,
        forged(claims({ 'https://app.example/user': undefined, sub: 'somebody' })),
      ),
      'unauthenticated',
    );
    expectProblem(
      await ask(
        deployment,
        forged(claims({ sub: 'victim' })),
        '/integrations/accounts?userId=victim',
      ),
      'forbidden',
    );
  });

  test('roles are read at the configured path', async () => {
    await expectAdmin(
      deployment,
      forged(claims({ realm_access: { roles: ['calendar admin'] } })),
      true,
    );
    await expectAdmin(
      deployment,
      forged(claims({ 'realm_access.roles': ['calendar admin'] })),
      true,
    );
    for (const roles of [['calendar'], ['admin'], 'calendar', 'calendar admin of nothing'])
      await expectAdmin(deployment, forged(claims({ realm_access: { roles } })), false);
    await expectAdmin(
      deployment,
      forged(claims({ roles: ['calendar admin'], realm_access: 'calendar admin' })),
      false,
    );
  });

  test('a JWT in a cookie may read, and may change data only from a trusted page', async () => {
    const cookie = `product_jwt=${forged(claims())}`;
    const send = (method: string, headers: Record<string, string>) =>
      raw(deployment.url, `/integrations/accounts/${ABSENT}`, {
        method,
        headers: { Cookie: cookie, ...headers },
      });
    expectProblem(await send('GET', {}), 'account_not_found');
    expectProblem(await send('GET', { Origin: 'https://evil.example' }), 'origin_not_allowed');
    for (const headers of [
      {},
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: `${FRONTEND}.evil.example` },
      { Origin: `${FRONTEND}/` },
      { Origin: FRONTEND.toUpperCase() },
      { Referer: `${FRONTEND}/` },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
      { 'X-Requested-With': 'XMLHttpRequest' },
    ] as Record<string, string>[])
      expectProblem(await send('DELETE', headers), 'origin_not_allowed');
    for (const headers of [
      { Origin: FRONTEND },
      { Origin: usual.url },
      { 'Sec-Fetch-Site': 'same-origin' },
    ] as Record<string, string>[])
      expectProblem(await send('DELETE', headers), 'account_not_found');
    const post = await raw(deployment.url, `/integrations/sync/${ABSENT}`, {
      method: 'POST',
      headers: { Cookie: cookie },
    });
    expectProblem(post, 'origin_not_allowed');
  });

  test('an invalid JWT in the cookie is unauthenticated, and a header takes precedence over the cookie', async () => {
    const providers = (headers: Record<string, string>) =>
      raw(deployment.url, '/integrations/providers', { headers });
    const good = forged(claims());
    for (const token of ['', 'x', unsigned(claims(), 'none'), forged(claims({ exp: 1 }))])
      expectProblem(await providers({ Cookie: `product_jwt=${token}` }), 'unauthenticated');
    expect((await providers({ Cookie: `product_jwt=${good}` })).status).toBe(200);
    expectProblem(
      await providers({ Cookie: `product_jwt=${good}`, Authorization: 'Bearer x' }),
      'unauthenticated',
    );
    expect(
      (await providers({ Cookie: 'product_jwt=x', Authorization: `Bearer ${good}` })).status,
    ).toBe(200);
  });

  test('a session is opened only with an Authorization header', async () => {
    const response = await raw(deployment.url, '/integrations/session', {
      method: 'POST',
      headers: { Cookie: `product_jwt=${forged(claims())}`, Origin: FRONTEND },
    });
    expectProblem(response, 'unauthenticated');
  });
});

describe.each(HOSTS)("a caller of an identity provider's key set, %s", (host) => {
  const keys = new Map<string, KeyObject>();
  const publicKeys: object[] = [];
  let server: Server;
  let usual: Deployment;
  let deployment: Deployment;
  let fetches = 0;

  function addKey(kid: string): void {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    keys.set(kid, privateKey);
    publicKeys.push({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' });
  }

  beforeAll(async () => {
    addKey('first');
    server = createServer((_request, response) => {
      fetches += 1;
      response
        .setHeader('Content-Type', 'application/json')
        .end(JSON.stringify({ keys: publicKeys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    usual = await deploy({ host, sandbox: { contents: 'empty' }, environment: { ROLE: 'web' } });
    deployment = await deploy({
      host,
      beside: usual,
      environment: {
        ROLE: 'web',
        JWT_SECRET: undefined,
        JWT_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
      },
    });
  });
  afterAll(async () => {
    await deployment?.stop();
    await usual?.stop();
    server?.close();
  });

  const token = (kid: string, header: object = {}, claims = {}) =>
    signedByRsa(honest(claims), keys.get(kid)!, { kid, ...header });

  test('a key of the set verifies tokens, and many tokens need one fetch', async () => {
    const before = fetches;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(deployment, token('first'))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(fetches - before).toBeLessThanOrEqual(1);
  });

  test('a token signed with a public key as HMAC secret is refused', async () => {
    const pem = createPublicKey(keys.get('first')!).export({ type: 'spki', format: 'pem' });
    const der = createPublicKey(keys.get('first')!).export({ type: 'spki', format: 'der' });
    for (const secret of [
      pem,
      der,
      String(pem).trim(),
      JSON.stringify(publicKeys[0]),
      JWT_SECRET,
      '',
    ])
      for (const header of [{ kid: 'first' }, {}])
        expectProblem(
          await ask(deployment, forged(honest(), header, { secret })),
          'unauthenticated',
        );
    expectProblem(await ask(deployment, unsigned(honest(), 'none')), 'unauthenticated');
  });

  test('a key that the token embeds or links is never used', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const jwk = publicKey.export({ format: 'jwk' });
    for (const header of [
      { kid: 'first' },
      { kid: 'first', jwk },
      { kid: 'unknown', jwk },
      { kid: 'first', jku: 'http://127.0.0.1:9/jwks' },
      { kid: 'first', x5u: 'http://127.0.0.1:9/' },
      { kid: '../first' },
      { kid: '__proto__' },
      { kid: '' },
      {},
    ])
      expectProblem(
        await ask(deployment, signedByRsa(honest(), privateKey, header)),
        'unauthenticated',
      );
  });

  test('claims are checked as strictly as with a secret', async () => {
    for (const claims of [
      { exp: undefined },
      { exp: 9e15 },
      { sub: {} },
      { sub: '' },
      { iat: seconds() + 600 },
    ])
      expectProblem(await ask(deployment, token('first', {}, claims)), 'unauthenticated');
    expectProblem(await ask(deployment, token('first', { crit: ['x'] })), 'unauthenticated');
    expectProblem(
      await ask(deployment, signedByRsa(null, keys.get('first')!, { kid: 'first' })),
      'unauthenticated',
    );
  });

  test('unknown key ids are refused, and a thousand of them do not cause a thousand fetches', async () => {
    const before = fetches;
    for (let tries = 0; tries < 40; tries += 1) {
      const { status } = await ask(deployment, token('first', { kid: `made-up-${tries}` }));
      expect(status).toBe(401);
    }
    expect(fetches - before).toBeLessThan(10);
  });

  test('a new key is fetched with its first token, and known keys survive an outage of the set', async () => {
    addKey('second');
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect((await ask(deployment, token('second'))).status).toBe(200);
    expect((await ask(deployment, token('first'))).status).toBe(200);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    for (const kid of ['first', 'second'])
      expect((await ask(deployment, token(kid))).status).toBe(200);
  });
});

describe('a key set that cannot be fetched', () => {
  test('the last fetched keys are used for a day, and a set that was never fetched is unavailable', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'RS256' };
    let fails = false;
    const server = createServer((_request, response) => {
      if (fails) response.writeHead(500).end('{"keys":[]}');
      else
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    let now = 0;
    const keys = keySet(url, { cacheMs: 0, now: () => now });
    const known = await keys.find('RS256', 'a');
    expect(known).toMatchObject([{ algorithm: { name: 'RSASSA-PKCS1-v1_5' } }]);
    fails = true;
    now = 23 * 3_600_000;
    expect(await keys.find('RS256', 'a')).toBe(known);
    await expect(keys.find('RS256', 'b')).rejects.toMatchObject({
      code: 'temporarily_unavailable',
    });
    now = 25 * 3_600_000;
    await expect(keys.find('RS256', 'a')).rejects.toMatchObject({
      code: 'temporarily_unavailable',
    });
    fails = false;
    now += 5_001;
    expect(await keys.find('RS256', 'a')).toHaveLength(1);
    server.closeAllConnections();
    server.close();
  });
});
