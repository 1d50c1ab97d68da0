// Connected accounts: access, listing, disconnecting, and the data that no response contains.

import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { ProviderName } from '../../sandbox/index.js';
import { SCHEMA } from '../../src/database/options.js';
import { buildAccount } from '../support/build-account.js';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { insertCalendar } from '../support/insert-rows.js';
import { expectProblem, raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const HARMLESS_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Every route about one account. */
const routesOf = (id: string): readonly (readonly [string, string, object?])[] => [
  ['GET', `/integrations/accounts/${id}`],
  ['DELETE', `/integrations/accounts/${id}`],
  ['POST', `/integrations/sync/${id}`, {}],
  ['GET', `/integrations/sync/${id}`],
  ['GET', `/integrations/accounts/${id}/calendars`],
  ['PATCH', `/integrations/accounts/${id}/calendars/${randomUUID()}`, { selected: false }],
  ['GET', `/integrations/accounts/${id}/events`],
];

describe.each(HOSTS)('connected accounts, %s', (host) => {
  let deployment: Deployment;
  let database: pg.Client;
  let anas: string;
  let bos: string;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web' },
    });
    database = new pg.Client({ connectionString: deployment.database.url });
    await database.connect();
    await database.query(`SET search_path = ${SCHEMA}`);
    anas = await connected('ana', 'google', 'ana@example.com');
    bos = await connected('bo', 'microsoft', 'ana@northwind.example');
  });
  afterAll(async () => {
    await database?.end();
    await deployment?.stop();
  });

  async function connected(userId: string, provider: ProviderName, email: string): Promise<string> {
    return (await buildAccount(deployment, { userId, provider, email, synced: false })).id;
  }

  const send = (
    userId: string | null,
    method: string,
    path: string,
    body?: object | string | Buffer,
    headers = {},
  ) =>
    raw(deployment.url, path, {
      method,
      headers: {
        ...(userId === null
          ? {}
          : {
              Authorization: `Bearer ${deployment.token(userId, userId === 'boss' ? { roles: ['admin'] } : {})}`,
            }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : {
            body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
          }),
    });
  const get = (userId: string | null, path: string) => send(userId, 'GET', path);
  const list = (userId: string, query = '') => get(userId, `/integrations/accounts${query}`);
  const ids = (response: { body: { data: { id: string }[] } }) =>
    response.body.data.map(({ id }) => id);

  describe("another user's account", () => {
    test('another user’s account gives the same error as an account that does not exist', async () => {
      for (const [index, [method, path, body]] of routesOf(anas).entries()) {
        const foreign = await send('bo', method, path, body);
        expectProblem(foreign, 'account_not_found');
        const [, absentPath] = routesOf(randomUUID())[index]!;
        const absent = await send('bo', method, absentPath, body);
        expect({ ...absent.body, requestId: '' }).toEqual({ ...foreign.body, requestId: '' });
        expectProblem(await send(null, method, path, body), 'unauthenticated');
      }
      expect((await get('ana', `/integrations/accounts/${anas}`)).body).toMatchObject({
        status: 'connected',
        userId: 'ana',
      });
    });

    test('a calendar is found only under its own account', async () => {
      const calendarId = await insertCalendar(database, { accountId: anas, name: 'Secret' });
      expectProblem(
        await send('bo', 'PATCH', `/integrations/accounts/${bos}/calendars/${calendarId}`, {
          selected: false,
        }),
        'calendar_not_found',
      );
      expectProblem(
        await get('bo', `/integrations/accounts/${bos}/events?calendarId=${calendarId}`),
        'calendar_not_found',
      );
      const { body } = await get('ana', `/integrations/accounts/${anas}/calendars`);
      expect(body.data).toMatchObject([{ name: 'Secret', selected: true }]);
      await database.query('DELETE FROM calendars WHERE id = $1', [calendarId]);
    });

    test('an admin may see and disconnect it but not read its events, and the log records it', async () => {
      for (const path of [
        `/integrations/accounts/${anas}`,
        `/integrations/sync/${anas}`,
        `/integrations/accounts/${anas}/calendars`,
      ]) {
        const response = await get('boss', path);
        expect(response.status).toBe(200);
        const requestId = response.headers['x-request-id'];
        expect(
          deployment.log.filter(
            (line) => line['requestId'] === requestId && line['audit'] !== undefined,
          ),
        ).toMatchObject([{ audit: 'admin_read', userId: 'boss', owner: 'ana', accountId: anas }]);
      }
      expectProblem(
        await get('boss', `/integrations/accounts/${anas}/events`),
        'account_not_found',
      );
      expectProblem(
        await send('boss', 'PATCH', `/integrations/accounts/${anas}/calendars/${randomUUID()}`, {
          selected: false,
        }),
        'account_not_found',
      );
      const own = await get('ana', `/integrations/accounts/${anas}`);
      expect(
        deployment.log.filter(
          (line) => line['requestId'] === own.headers['x-request-id'] && line['audit'],
        ),
      ).toEqual([]);
    });
  });

  describe('the listing', () => {
    test('the listing shows a user their own accounts, and refuses another user’s', async () => {
      for (const query of ['', '?userId=me', '?userId=ana'])
        expect(ids(await list('ana', query))).toEqual([anas]);
      for (const userId of ['bo', 'ANA', 'ana ', '*', '%', 'null', 'undefined', "' or 1=1 --"])
        expectProblem(await list('ana', `?userId=${encodeURIComponent(userId)}`), 'forbidden');
      expect(ids(await list('nobody'))).toEqual([]);
      expectProblem(await get(null, '/integrations/accounts'), 'unauthenticated');
    });

    test('the listing shows an admin all, one user’s or their own accounts, and the log records whose', async () => {
      const everyone = await list('boss');
      expect(ids(everyone)).toEqual(expect.arrayContaining([anas, bos]));
      expect(ids(await list('boss', '?userId=bo'))).toEqual([bos]);
      expect(ids(await list('boss', '?userId=me'))).toEqual([]);
      const audit = deployment.log.find(
        (line) => line['requestId'] === everyone.headers['x-request-id'] && line['audit'],
      );
      expect(audit).toMatchObject({ audit: 'admin_read', userId: 'boss' });
    });

    test('the listing filters by provider and status, and refuses unknown values', async () => {
      expect(ids(await list('boss', '?provider=microsoft'))).toEqual([bos]);
      expect(ids(await list('ana', '?provider=microsoft'))).toEqual([]);
      expect(ids(await list('ana', '?status=connected&provider=google'))).toEqual([anas]);
      expect(ids(await list('ana', '?status=reauthorization_required'))).toEqual([]);
      for (const provider of ['Google', 'yahoo', '__proto__', 'constructor', "google'--"])
        expectProblem(await list('ana', `?provider=${provider}`), 'unsupported_provider');
      for (const query of [
        'status=bogus',
        'status=',
        'status=CONNECTED',
        'provider=',
        'userId=',
        'limit=0',
        'limit=201',
        'limit=-1',
        'limit=abc',
        'limit=',
        'limit=1.5',
        'limit=1e999',
        'limit=NaN',
        'limit=1;drop%20table%20users',
        'limit=1&limit=2',
        'status=connected&status=connected',
        'userId=me&userId=bo',
        'userId=%00',
        `userId=${'a'.repeat(129)}`,
        'cursor=',
        `cursor=${'a'.repeat(2_000)}`,
      ])
        expectProblem(await list('boss', `?${query}`), 'invalid_request');
      for (const query of ['sort=(select%201);drop%20table%20x', 'userId[]=bo', 'foo=bar'])
        expectProblem(await list('ana', `?${query}`), 'invalid_request');
    });

    test('pages skip and repeat no account, also when many were connected in the same microsecond', async () => {
      const expected: string[] = [];
      for (let number = 0; number < 7; number += 1) {
        const email = `many-${host}-${number}@example.com`;
        deployment.sandbox.control.createAccount({ provider: 'google', email, name: email });
        expected.push(await connected('many', 'google', email));
      }
      const times = [
        '12:00:00.000001',
        '12:00:00.000001',
        '12:00:00.000001',
        '12:00:00.000001',
        '12:00:00.000002',
        '12:00:00.0',
        '12:00:00.0',
      ];
      for (const [index, id] of expected.entries())
        await database.query('UPDATE connected_accounts SET connected_at = $2 WHERE id = $1', [
          id,
          `2026-01-02 ${times[index]}+00`,
        ]);
      for (const limit of [1, 2, 3, 6, 7, 200]) {
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const page = await list(
            'many',
            `?limit=${limit}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
          );
          expect(page.body.data.length).toBeLessThanOrEqual(limit);
          seen.push(...ids(page));
          cursor = page.body.nextCursor;
        } while (cursor !== null);
        expect(seen).toHaveLength(7);
        expect([...seen].sort()).toEqual([...expected].sort());
        expect(seen[0]).toBe(expected[4]);
      }
    });

    test('a changed cursor is refused, and another user’s cursor shows only one’s own accounts', async () => {
      const page = await list('many', '?limit=2');
      const cursor = page.body.nextCursor as string;
      expect(ids(await list('ana', `?cursor=${cursor}`)).filter((id) => id !== anas)).toEqual([]);
      const [listing, at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [
        string,
        string,
        string,
      ];
      const encode = (...parts: string[]) =>
        Buffer.from(JSON.stringify(parts)).toString('base64url');
      for (const forged of [
        'x',
        'null',
        '%00',
        '..',
        encode(''),
        encode(at),
        encode(at, 'x'),
        encode(at, `${id}' or 1=1 --`),
        encode('now()', id),
        encode('infinity', id),
        encode('2026-02-30T00:00:00.000000Z', id),
        encode('2025-02-29T00:00:00.000000Z', id),
        encode('0000-01-01T00:00:00.000000Z', id),
        encode('2026-13-01T00:00:00.000000Z', id),
        encode('2026-01-01T24:00:01.000000Z', id),
        encode('2026-01-01T23:59:60.000000Z', id),
        encode('99999-01-01T00:00:00.000000Z', id),
        encode(at, id, at),
        encode('events', at, id),
        encode(listing, at, id, at),
        encode(listing, listing, at, id),
        Buffer.from(JSON.stringify({ at, id })).toString('base64url'),
      ])
        expectProblem(await list('many', `?cursor=${forged}`), 'invalid_request');
    });

    test('a cursor of version 0.1.0, which named no listing, still leads to its next page', async () => {
      const page = await list('many', '?limit=2');
      const { nextCursor } = page.body as { nextCursor: string };
      const parts = JSON.parse(Buffer.from(nextCursor, 'base64url').toString()) as string[];
      const old = Buffer.from(JSON.stringify(parts.slice(1))).toString('base64url');
      const next = await list('many', `?limit=2&cursor=${old}`);
      expect(ids(next)).toHaveLength(2);
      expect(ids(next)).toEqual(ids(await list('many', `?limit=2&cursor=${nextCursor}`)));
    });
  });

  test.each([
    'x',
    '1',
    '%00',
    "' or 1=1 --",
    'null',
    'undefined',
    '__proto__',
    '{}',
    '*',
    '../accounts',
    'é',
    '💩',
    'x'.repeat(10_000),
  ])('an account id %.20j is not found', async (id) => {
    const encoded = id === '%00' ? id : encodeURIComponent(id);
    for (const [method, path, body] of routesOf(encoded))
      expectProblem(await send('ana', method, path, body), 'account_not_found');
  });

  test('an id may have capitals, but nothing around it', async () => {
    expect((await get('ana', `/integrations/accounts/${anas.toUpperCase()}`)).body.id).toBe(anas);
    for (const id of [
      `{${anas}}`,
      anas.replaceAll('-', ''),
      `${anas}%20`,
      `%20${anas}`,
      `${anas}%0a`,
      `urn:uuid:${anas}`,
    ])
      expectProblem(await get('ana', `/integrations/accounts/${id}`), 'account_not_found');
  });

  test('no response holds a token, a secret or a ciphertext, for user or admin', async () => {
    const secrets = new Set<string>([
      'code_verifier',
      'refresh_token',
      'access_token',
      'refreshToken',
      'accessToken',
      'providerAccountId',
      'tokenVersion',
    ]);
    const { rows } = await database.query(
      'SELECT access_token, refresh_token, provider_account_id FROM connected_accounts',
    );
    for (const row of rows) for (const value of Object.values(row)) secrets.add(value as string);
    const { sandbox } = deployment;
    for (const [provider, user] of [
      ['google', 'ana@example.com'],
      ['microsoft', 'ana@northwind.example'],
    ] as const)
      for (const { token } of sandbox.control.refreshTokens({ provider, user })) secrets.add(token);
    for (const { headers, body } of sandbox.control.requests()) {
      if (headers['authorization']?.startsWith('Bearer '))
        secrets.add(headers['authorization'].slice(7));
      for (const name of ['code', 'code_verifier', 'client_secret']) {
        const value = new URLSearchParams(body).get(name);
        if (value) secrets.add(value);
      }
    }
    expect(secrets.size).toBeGreaterThan(15);
    for (const user of ['ana', 'bo', 'boss', 'many'])
      for (const path of [
        '/integrations/accounts',
        '/integrations/accounts?limit=1',
        `/integrations/accounts/${user === 'bo' ? bos : anas}`,
        `/integrations/sync/${user === 'bo' ? bos : anas}`,
        `/integrations/accounts/${user === 'bo' ? bos : anas}/calendars`,
        `/integrations/accounts/${user === 'bo' ? bos : anas}/events`,
        '/integrations/providers',
      ]) {
        const { text, headers } = await get(user, path);
        for (const secret of secrets)
          expect(`${text}${JSON.stringify(headers)}`).not.toContain(secret);
      }
  });

  test('a response with account data must not be stored by caches', async () => {
    for (const path of [
      '/integrations/accounts',
      `/integrations/accounts/${anas}`,
      `/integrations/sync/${anas}`,
      `/integrations/accounts/${anas}/calendars`,
      `/integrations/accounts/${anas}/events`,
    ])
      expect((await get('ana', path)).headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        vary: expect.stringContaining('Origin'),
        'x-request-id': expect.stringMatching(HARMLESS_ID),
      });
  });

  describe('request bodies', () => {
    test.each([
      { provider: 'microsoft', tokens: {} },
      { full: 'true' },
      { full: 1 },
      { full: null },
      { full: true, status: 'connected' },
      { __proto__: null, constructor: { prototype: {} } },
      [],
      [{ full: true }],
    ] as object[])('%j is refused', async (body) => {
      expectProblem(
        await send('ana', 'POST', `/integrations/sync/${anas}`, body),
        'invalid_request',
      );
    });

    test("another user's id in a body is refused", async () => {
      const body = { userId: 'bo' };
      expectProblem(await send('ana', 'POST', `/integrations/sync/${anas}`, body), 'forbidden');
    });

    test('__proto__ in a body assigns nothing', async () => {
      const response = await send(
        'ana',
        'POST',
        `/integrations/sync/${anas}`,
        '{"__proto__":{"full":true,"admin":true},"constructor":{"prototype":{"admin":true}}}',
      );
      expectProblem(response, 'invalid_request');
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    });

    test('a form, a text or XML is not JSON', async () => {
      for (const type of [
        'application/x-www-form-urlencoded',
        'text/plain',
        'multipart/form-data; boundary=x',
        'application/xml',
        'application/jsonp',
        'text/json',
      ])
        expectProblem(
          await send('ana', 'POST', `/integrations/sync/${anas}`, '{"full":true}', {
            'Content-Type': type,
          }),
          'unsupported_media_type',
        );
    });

    test('no header or parameter overrides the method', async () => {
      for (const headers of [
        { 'X-HTTP-Method-Override': 'DELETE' },
        { 'X-Method-Override': 'DELETE' },
        { 'X-HTTP-Method': 'DELETE' },
      ])
        expectProblem(
          await send(
            'ana',
            'POST',
            `/integrations/accounts/${anas}?_method=DELETE`,
            { _method: 'DELETE' },
            headers,
          ),
          'method_not_allowed',
        );
      expect((await get('ana', `/integrations/accounts/${anas}`)).status).toBe(200);
    });

    if (host === 'standalone')
      test('compressed, oversized and broken JSON bodies are refused with a problem', async () => {
        const path = `/integrations/sync/${anas}`;
        expectProblem(
          await send('ana', 'POST', path, JSON.stringify({ full: 'x'.repeat(17_000) })),
          'payload_too_large',
        );
        expectProblem(await send('ana', 'POST', path, 'x'.repeat(2_000_000)), 'payload_too_large');
        expectProblem(
          await send('ana', 'POST', path, `${'['.repeat(8_000)}${']'.repeat(8_000)}`),
          'invalid_request',
        );
        expectProblem(
          await send('ana', 'POST', path, gzipSync('x'.repeat(5_000_000)), {
            'Content-Encoding': 'gzip',
          }),
          'unsupported_media_type',
        );
        expectProblem(
          await send('ana', 'POST', path, '{}', {
            'Content-Type': 'application/json; charset=x-evil',
          }),
          'unsupported_media_type',
        );
        for (const body of [
          '{',
          '{"full":tru}',
          '{"full":true}}',
          'null',
          '"x"',
          '42',
          '\u0000',
          '{"full":true,}',
          "{'full':true}",
          Buffer.from([0xff, 0xfe]),
        ])
          expectProblem(await send('ana', 'POST', path, body), 'invalid_request');
        expectProblem(await send(null, 'POST', path, '{'), 'unauthenticated');
      });
  });

  describe('unknown routes', () => {
    test.each([
      '/integrations/nowhere',
      '/integrations/accounts/',
      '/integrations/accounts//',
      '/integrations//accounts',
      '/integrations/Accounts',
      '/integrations/accounts%2f',
      '/integrations/%61ccounts/',
      '/integrations/accounts/x/y/z',
      '/integrations/__proto__',
      '/integrations/auth',
      '/integrations/.env',
      '/integrations/page/../../config.js',
      '/integrations/page/..%2f..%2fconfig.js',
      '/integrations/accounts/..',
      '/integrations/accounts/.',
      '/integrations/oauth-url/google/',
      '/integrations/auth/google/callback/',
      // Outside /integrations the host answers unknown paths.
      ...(host === 'standalone' ? ['//integrations/accounts', '/nowhere', '/%E0%A4%A'] : []),
    ])('%s is answered with a problem and a request id', async (path) => {
      const response = await get('ana', path);
      expect([400, 404]).toContain(response.status);
      expectProblem(response, response.body?.code);
      expect(response.headers['x-request-id']).toMatch(HARMLESS_ID);
      expect(response.headers['x-powered-by']).toBeUndefined();
    });

    test('a path that cannot be decoded is invalid_request', async () => {
      for (const [method, path, body] of routesOf('%E0%A4%A'))
        expectProblem(await send('ana', method, path, body), 'invalid_request');
    });

    test('a method that is not allowed gets the list of allowed methods', async () => {
      for (const [method, path, allow] of [
        ['PUT', '/integrations/accounts', 'GET'],
        ['POST', '/integrations/accounts', 'GET'],
        ['PUT', `/integrations/accounts/${anas}`, 'GET, DELETE'],
        ['DELETE', `/integrations/sync/${anas}`, 'POST, GET'],
        ['PATCH', '/integrations/providers', 'GET'],
        ['GET', '/integrations/complete', 'POST'],
        ['PROPFIND', '/integrations/accounts', 'GET'],
        ['TRACE', '/integrations/accounts', 'GET'],
      ] as const) {
        const response = await send('ana', method, path);
        expectProblem(response, 'method_not_allowed');
        expect(response.headers['allow']).toBe(allow);
      }
    });
  });

  test('a valid request id is kept, and any other is replaced', async () => {
    for (const id of ['abc', 'A.b_c-9', 'x'.repeat(64)])
      expect(
        (await send('ana', 'GET', '/integrations/accounts', undefined, { 'X-Request-Id': id }))
          .headers['x-request-id'],
      ).toBe(id);
    for (const id of [
      '',
      ' ',
      'x'.repeat(65),
      'a b',
      '<script>',
      'a;b',
      'a\tb',
      '"',
      '{"a":1}',
      '../x',
      'é',
    ]) {
      const response = await send('ana', 'GET', '/integrations/nowhere', undefined, {
        'X-Request-Id': id,
      });
      expect(response.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
      expect(response.body.requestId).toBe(response.headers['x-request-id']);
    }
  });

  test('a problem document shows no internals', async () => {
    const leaks = /at .*\.(ts|js):\d|node_modules|SELECT |postgres|redis|typeorm|stack|Error:/i;
    for (const path of [
      '/integrations/accounts?cursor=x',
      '/integrations/accounts/x',
      '/integrations/nowhere',
      '/integrations/accounts/%E0%A4%A',
    ])
      expect((await get('ana', path)).text).not.toMatch(leaks);
  });

  test('disconnecting deletes the account here and revokes it at the provider, once, and is logged', async () => {
    const id = await connected('leaver', 'google', 'bo@example.com');
    const response = await send('leaver', 'DELETE', `/integrations/accounts/${id}`);
    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      id,
      revoked: true,
      reason: null,
      manageUrl: 'https://myaccount.google.com/connections',
    });
    expect(response.headers['cache-control']).toBe('no-store');
    for (const [method, path, body] of routesOf(id))
      expectProblem(await send('leaver', method, path, body), 'account_not_found');
    expect(ids(await list('leaver'))).toEqual([]);
    const { rows } = await database.query('SELECT 1 FROM connected_accounts WHERE id = $1', [id]);
    expect(rows).toEqual([]);
    expect(deployment.log.filter((line) => line['audit'] === 'disconnected')).toMatchObject([
      {
        userId: 'leaver',
        owner: 'leaver',
        accountId: id,
        provider: 'google',
        revoked: true,
        requestId: response.headers['x-request-id'],
      },
    ]);
    expect(
      deployment.sandbox.control
        .refreshTokens({ provider: 'google', user: 'bo@example.com' })
        .every(({ ended }) => ended),
    ).toBe(true);
  });

  test('of many simultaneous disconnects of one account, one succeeds', async () => {
    const id = await connected('leaver', 'google', 'bo@example.com');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send('leaver', 'DELETE', `/integrations/accounts/${id}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(404)]);
  });

  test('the frontend can read error responses too', async () => {
    const response = await send('ana', 'GET', '/integrations/accounts/x', undefined, {
      Origin: FRONTEND,
    });
    expectProblem(response, 'account_not_found');
    expect(response.headers['access-control-allow-origin']).toBe(FRONTEND);
  });
});

describe.each(HOSTS)('rate limits of reading and syncing, %s', (host) => {
  test('rate limits count by user and route, not by path', async () => {
    const deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web', RATE_LIMIT_READ: '4', RATE_LIMIT_SYNC: '2' },
    });
    try {
      const ask = (user: string, path: string, method = 'GET', headers = {}) =>
        raw(deployment.url, path, {
          method,
          headers: { Authorization: `Bearer ${deployment.token(user)}`, ...headers },
        });
      for (const path of [
        '/integrations/accounts',
        `/integrations/accounts/${randomUUID()}`,
        '/integrations/accounts?x=1',
        '/integrations/providers',
      ])
        expect((await ask('u', path)).status).not.toBe(429);
      for (const path of [
        '/integrations/accounts',
        '/integrations/accounts?y=2',
        `/integrations/sync/${randomUUID()}`,
      ]) {
        const refused = await ask('u', path, 'GET', { 'X-Forwarded-For': '203.0.113.1' });
        expectProblem(refused, 'rate_limited');
        expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      }
      expect((await ask('v', '/integrations/accounts')).status).toBe(200);
      for (let tries = 0; tries < 2; tries += 1)
        expectProblem(
          await ask('u', `/integrations/sync/${randomUUID()}`, 'POST'),
          'account_not_found',
        );
      expectProblem(await ask('u', `/integrations/sync/${randomUUID()}`, 'POST'), 'rate_limited');
      expectProblem(
        await ask('u', `/integrations/accounts/${randomUUID()}`, 'DELETE'),
        'account_not_found',
      );
    } finally {
      await deployment.stop();
    }
  });
});
