// Requests of a backend that are passed on: the provider's own answer, our token, and nothing else.

import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { makeServiceKey } from '../../src/http/service-keys.js';
import { type BuiltAccount, buildAccount, meeting } from '../support/build-account.js';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { expectProblem, raw } from './expectations.js';
import { type ProviderRecorder, recordProvider } from './provider-recorder.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const PROVIDERS = ['google', 'microsoft'] as const;
const ABSENT = '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11';
const KEY = makeServiceKey();
const SERVICE_KEYS = `billing:${createHash('sha256').update(KEY).digest('hex')}`;
const EVENTS = { google: 'calendars/primary/events', microsoft: 'events' };
const FULL = { google: 'calendar/v3/calendars/primary/events', microsoft: 'v1.0/me/events' };
const BELOW = { google: '/calendar/v3/', microsoft: '/v1.0/me/' };
const ENVIRONMENT = { ROLE: 'web', SERVICE_KEYS, PROVIDER_PROXY: 'true' };

interface Options {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  readonly key?: string;
}

const send = (
  { url }: Pick<Deployment, 'url'>,
  accountId: string,
  path: string,
  { method = 'GET', headers = {}, body, key = KEY }: Options = {},
) =>
  raw(url, `/integrations/accounts/${accountId}/proxy/${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });

const JSON_TYPE = { 'Content-Type': 'application/json' };

const trail = (deployment: Deployment, id: string) =>
  deployment.query(
    `SELECT actor_kind, actor_id, user_id, outcome, details FROM audit_entries
      WHERE account_id = '${id}' AND action = 'proxy.request' ORDER BY at`,
  );

const NEW_EVENT = {
  google: {
    summary: 'From the backend',
    start: { dateTime: '2026-12-01T10:00:00Z' },
    end: { dateTime: '2026-12-01T11:00:00Z' },
  },
  microsoft: {
    subject: 'From the backend',
    start: { dateTime: '2026-12-01T10:00:00', timeZone: 'UTC' },
    end: { dateTime: '2026-12-01T11:00:00', timeZone: 'UTC' },
  },
};

describe.each(HOSTS)('a request that is passed on, %s', (host) => {
  let deployment: Deployment;
  /** The same service, in front of a provider that records. */
  let recorded: Deployment;
  let recorder: ProviderRecorder;
  let usual: ProviderRecorder['answer'];
  beforeAll(async () => {
    recorder = await recordProvider();
    usual = recorder.answer;
    deployment = await deploy({ host, sandbox: { contents: 'empty' }, environment: ENVIRONMENT });
    recorded = await deploy({
      host,
      beside: deployment,
      environment: {
        GOOGLE_CALENDAR_API_URL: `${recorder.url}/calendar/v3`,
        MICROSOFT_GRAPH_URL: `${recorder.url}/v1.0`,
        PROVIDER_TIMEOUT_MS: '1000',
        PROVIDER_MAX_BODY_BYTES: '65536',
      },
    });
  });
  afterEach(() => {
    recorder.answer = usual;
    recorder.arrived.splice(0);
    deployment.sandbox.control.clearFaults();
  });
  afterAll(async () => {
    await recorded?.stop();
    await deployment?.stop();
    await recorder?.close();
  });

  describe.each(PROVIDERS)('to %s', (provider) => {
    let account: BuiltAccount;
    beforeAll(async () => {
      account = await buildAccount(deployment, {
        provider,
        synced: false,
        events: [meeting('Planning')],
      });
    });

    test('gets the own answer of the provider, with its status and body', async () => {
      for (const path of [EVENTS[provider], FULL[provider]]) {
        const answer = await send(deployment, account.id, path);
        expect(answer.status).toBe(200);
        expect(answer.headers['content-type']).toMatch(/^application\/json/);
        expect(answer.headers['cache-control']).toBe('no-store');
        const [event] = answer.body[provider === 'google' ? 'items' : 'value'];
        expect(event[provider === 'google' ? 'summary' : 'subject']).toBe('Planning');
      }
      const absent = await send(deployment, account.id, `${EVENTS[provider]}/absent`);
      expect(absent.status).toBe(404);
      expect(absent.body.error).toBeDefined();
      expect(absent.body.code).toBeUndefined();
    });

    test('writes, changes and deletes, and is in the audit trail', async () => {
      const before = (await trail(deployment, account.id)).length;
      const base = EVENTS[provider];
      const created = await send(deployment, account.id, `${base}?fields=id&secret=q7zebra`, {
        method: 'POST',
        headers: JSON_TYPE,
        body: JSON.stringify(NEW_EVENT[provider]),
      });
      expect([200, 201]).toContain(created.status);
      const one = `${base}/${encodeURIComponent(created.body.id)}`;
      const title = provider === 'google' ? 'summary' : 'subject';
      const changed = await send(deployment, account.id, one, {
        method: 'PATCH',
        headers: JSON_TYPE,
        body: JSON.stringify({ [title]: 'Changed' }),
      });
      expect([changed.status, changed.body[title]]).toEqual([200, 'Changed']);
      expect((await send(deployment, account.id, one)).body[title]).toBe('Changed');
      const removed = await send(deployment, account.id, one, { method: 'DELETE' });
      expect([removed.status, removed.text]).toEqual([204, '']);
      const again = await send(deployment, account.id, one, { method: 'DELETE' });
      expect(again.status).toBeGreaterThanOrEqual(404);

      const entries = (await trail(deployment, account.id)).slice(before);
      expect(entries.map(({ outcome, details }) => [outcome, details])).toEqual([
        ['success', { method: 'POST', path: base, status: created.status }],
        ['success', { method: 'PATCH', path: one, status: 200 }],
        ['success', { method: 'DELETE', path: one, status: 204 }],
        ['refused', { method: 'DELETE', path: one, status: again.status }],
      ]);
      expect(entries[0]).toMatchObject({
        actor_kind: 'service',
        actor_id: 'billing',
        user_id: account.userId,
      });
      const { body } = await send(recorded, account.id, base);
      expect(body).toEqual({ of: 'the provider' });
      const text = JSON.stringify([deployment.log, entries]);
      for (const secret of ['q7zebra', 'From the backend', KEY]) expect(text).not.toContain(secret);
    });

    test('carries our token and a few headers, and nothing else of the backend', async () => {
      const body = '{"a": "ä",\n "b":1}';
      await send(
        recorded,
        account.id,
        `${EVENTS[provider]}?a=b%20c&$top=5&x=https://evil.example`,
        {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json; charset=utf-8',
            'If-Match': 'W/"1"',
            Prefer: 'IdType="ImmutableId"',
            Accept: 'application/json;odata=full',
            'Client-Request-Id': 'abc-1',
            Cookie: 'session=q7zebra',
            Host: 'evil.example',
            Connection: 'X-Hop',
            'X-Hop': 'q7zebra',
            'X-HTTP-Method-Override': 'DELETE',
            'X-Forwarded-For': '10.0.0.1',
            'X-Forwarded-Host': 'evil.example',
            'Proxy-Authorization': 'Basic q7zebra',
            'X-Goog-User-Project': 'q7zebra',
            Via: '1.1 q7zebra',
          },
          body,
        },
      );
      const [arrived] = recorder.arrived;
      const {
        authorization,
        'content-length': length,
        connection,
        ...headers
      } = arrived?.headers ?? {};
      expect(arrived?.method).toBe('POST');
      expect(arrived?.url).toBe(
        `${BELOW[provider]}${EVENTS[provider]}?a=b%20c&$top=5&x=https://evil.example`,
      );
      expect(JSON.parse(arrived?.body ?? '')).toEqual(JSON.parse(body));
      if (host === 'standalone') expect(arrived?.body).toBe(body);
      expect(headers).toEqual({
        host: new URL(recorder.url).host,
        accept: 'application/json;odata=full',
        'accept-encoding': 'gzip',
        'client-request-id': 'abc-1',
        'content-type': 'application/json; charset=utf-8',
        'if-match': 'W/"1"',
        prefer: 'IdType="ImmutableId"',
        'user-agent': expect.stringMatching(/^calendar-connect/),
      });
      expect(connection).toBe('keep-alive');
      expect(authorization).toMatch(/^Bearer /);
      expect(authorization).not.toContain('cck_');
      expect(Number(length)).toBeGreaterThan(0);
    });

    test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])('may be %s', async (method) => {
      const hasBody = method.startsWith('P');
      const answer = await send(recorded, account.id, EVENTS[provider], {
        method,
        headers: JSON_TYPE,
        ...(hasBody ? { body: '{"a":1}' } : {}),
      });
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(method === 'HEAD' ? '' : '{"of":"the provider"}');
      const [arrived] = recorder.arrived;
      expect([arrived?.method, recorder.arrived.length]).toEqual([method, 1]);
      expect(JSON.parse(arrived?.body || '{}')).toEqual(hasBody ? { a: 1 } : {});
    });

    test('gets a few headers of the provider, and no cookies', async () => {
      recorder.answer = (_request, response) =>
        response
          .writeHead(207, {
            'Content-Type': 'text/html; charset=latin1',
            ETag: '"q"',
            'Retry-After': '1',
            'Set-Cookie': 'a=b',
            'Access-Control-Allow-Origin': '*',
            'Cache-Control': 'public, max-age=9',
            'Content-Security-Policy': 'default-src *',
            Location: 'https://evil.example/',
            Server: 'ESF',
            'X-Request-Id': 'theirs',
            'Request-Id': 'graph-1',
          })
          .end(Buffer.from([0, 255, 13, 10]));
      const answer = await send(recorded, account.id, EVENTS[provider]);
      expect(answer.status).toBe(207);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=latin1',
        etag: '"q"',
        'retry-after': '1',
        'request-id': 'graph-1',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'content-length': '4',
      });
      for (const name of ['location', 'server', 'access-control-allow-origin'])
        expect([name, answer.headers[name]]).toEqual([name, undefined]);
      expect(JSON.stringify(answer.headers)).not.toContain('a=b');
      expect(answer.headers['x-request-id']).not.toBe('theirs');
    });

    test('with a condition gets a 304', async () => {
      recorder.answer = ({ headers }, response) =>
        response.writeHead(headers['if-none-match'] === '"q"' ? 304 : 200, { ETag: '"q"' }).end();
      const answer = await send(recorded, account.id, EVENTS[provider], {
        headers: { 'If-None-Match': '"q"' },
      });
      expect([answer.status, answer.text, answer.headers['etag']]).toEqual([304, '', '"q"']);
      expect(answer.headers['content-type']).toBeUndefined();
    });

    test('is sent again once, with a new token, after a 401', async () => {
      const other = await buildAccount(deployment, { provider, synced: false });
      const { control } = deployment.sandbox;
      control.addFault({ provider, user: other.email, path: 'events', status: 401, times: 1 });
      const tokens = () =>
        control.requests({ provider }).filter(({ route }) => route?.endsWith('.token')).length;
      const before = tokens();
      const answer = await send(deployment, other.id, EVENTS[provider], {
        method: 'POST',
        headers: JSON_TYPE,
        body: JSON.stringify(NEW_EVENT[provider]),
      });
      expect([200, 201]).toContain(answer.status);
      expect(tokens()).toBe(before + 1);
      // A second refusal is the answer, and proves nothing about the grant.
      const fault = { provider, user: other.email, path: 'events', times: 'always' } as const;
      control.addFault({ ...fault, status: 401, body: { error: 'theirs' } });
      const refused = await send(deployment, other.id, EVENTS[provider]);
      expect([refused.status, refused.body]).toEqual([401, { error: 'theirs' }]);
      control.clearFaults();
      expect((await send(deployment, other.id, EVENTS[provider])).status).toBe(200);
      expect((await other.browser.get(other.path)).body.status).toBe('connected');
    });

    test('is a 409 where the user has withdrawn the grant', async () => {
      const other = await buildAccount(deployment, { provider, synced: false });
      deployment.sandbox.control.revokeGrants({ provider, user: other.email });
      for (const method of ['GET', 'DELETE'])
        expectProblem(
          await send(deployment, other.id, `${EVENTS[provider]}/x`, { method }),
          'reauthorization_required',
        );
      expect(await trail(deployment, other.id)).toMatchObject([
        { outcome: 'refused', details: { method: 'DELETE', code: 'reauthorization_required' } },
      ]);
    });

    test('never follows a redirect', async () => {
      for (const status of [301, 302, 303, 307, 308]) {
        recorder.answer = (_request, response) =>
          response.writeHead(status, { Location: `${recorder.url}/elsewhere` }).end();
        expectProblem(await send(recorded, account.id, EVENTS[provider]), 'provider_unavailable');
      }
      expect(recorder.arrived.map(({ url }) => url)).toEqual(
        Array(5).fill(BELOW[provider] + EVENTS[provider]),
      );
    });

    test('has a limit of time and size', async () => {
      recorder.answer = () => {};
      expectProblem(await send(recorded, account.id, EVENTS[provider]), 'provider_unavailable');
      recorder.answer = (_request, response) => response.end('x'.repeat(65_537));
      expectProblem(await send(recorded, account.id, EVENTS[provider]), 'provider_unavailable');
      recorder.answer = (_request, response) =>
        response.writeHead(200, { 'Content-Encoding': 'br' }).end('x');
      expectProblem(await send(recorded, account.id, EVENTS[provider]), 'provider_unavailable');
      recorder.answer = (_request, response) => response.destroy();
      const written = await send(recorded, account.id, EVENTS[provider], { method: 'DELETE' });
      expectProblem(written, 'provider_unavailable');
      expect((await trail(deployment, account.id)).at(-1)).toMatchObject({
        outcome: 'failed',
        details: { method: 'DELETE', path: EVENTS[provider], code: 'provider_unavailable' },
      });
    });

    test('passes Retry-After on, and nothing is sent to the provider until then', async () => {
      const other = await buildAccount(deployment, { provider, synced: false });
      recorder.answer = (_request, response) =>
        response.writeHead(429, { 'Retry-After': '60' }).end('{"error":"slow"}');
      const answer = await send(recorded, other.id, EVENTS[provider]);
      expect([answer.status, answer.text, answer.headers['retry-after']]).toEqual([
        429,
        '{"error":"slow"}',
        '60',
      ]);
      const second = await send(recorded, other.id, EVENTS[provider]);
      expectProblem(second, 'throttled');
      expect(Number(second.headers['retry-after'])).toBeGreaterThan(30);
      expect(recorder.arrived).toHaveLength(1);
      // Another account is not concerned.
      recorder.answer = usual;
      expect((await send(recorded, account.id, EVENTS[provider])).status).toBe(200);
    });

    test('is for service callers alone', async () => {
      for (const [user, claims] of [
        [account.userId, {}],
        ['root', { roles: ['admin'] }],
      ] as const) {
        const key = deployment.token(user, claims);
        expectProblem(await send(recorded, account.id, EVENTS[provider], { key }), 'forbidden');
      }
      expectProblem(
        await send(recorded, account.id, EVENTS[provider], { headers: { Origin: FRONTEND } }),
        'origin_not_allowed',
      );
      expectProblem(await send(recorded, ABSENT, EVENTS[provider]), 'account_not_found');
      expectProblem(await send(recorded, 'one', EVENTS[provider]), 'account_not_found');
      expect(recorder.arrived).toEqual([]);
    });

    test('that writes to a path outside is refused and recorded without it', async () => {
      const answer = await send(recorded, account.id, 'messages/q7zebra', { method: 'DELETE' });
      expectProblem(answer, 'path_not_allowed');
      expect((await trail(deployment, account.id)).at(-1)).toMatchObject({
        outcome: 'refused',
        details: { method: 'DELETE', code: 'path_not_allowed' },
      });
      expect(recorder.arrived).toEqual([]);
    });
  });

  test('a body that is too large or compressed is refused', async () => {
    const { id } = await buildAccount(deployment, { synced: false });
    const post = (options: Options) =>
      send(recorded, id, EVENTS.google, { method: 'POST', headers: JSON_TYPE, ...options });
    if (host === 'standalone') {
      expectProblem(await post({ body: 'x'.repeat(4 * 1_048_576 + 1) }), 'payload_too_large');
      const headers = { ...JSON_TYPE, 'Content-Encoding': 'gzip' };
      expectProblem(await post({ headers, body: 'x' }), 'unsupported_media_type');
    } else {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      expectProblem(await post({ headers, body: 'a=b' }), 'unsupported_media_type');
    }
    expect(recorder.arrived).toEqual([]);
  });
});

test('writes have a limit by user, and reads have theirs', async () => {
  const recorder = await recordProvider();
  const deployment = await deploy({
    sandbox: { contents: 'empty' },
    environment: { ...ENVIRONMENT, RATE_LIMIT_WRITE: '2', RATE_LIMIT_READ: '3' },
  });
  const recorded = await deploy({
    beside: deployment,
    environment: { GOOGLE_CALENDAR_API_URL: `${recorder.url}/calendar/v3` },
  });
  try {
    const account = await buildAccount(deployment, { synced: false });
    const other = await buildAccount(deployment, { synced: false });
    const statuses = async (method: string, times: number, id = account.id) => {
      const found: number[] = [];
      for (let n = 0; n < times; n += 1)
        found.push((await send(recorded, id, EVENTS.google, { method })).status);
      return found;
    };
    expect(await statuses('DELETE', 3)).toEqual([200, 200, 429]);
    expect(await statuses('PATCH', 1)).toEqual([429]);
    expect(await statuses('HEAD', 2)).toEqual([200, 200]);
    expect(await statuses('GET', 2)).toEqual([200, 429]);
    expect(await statuses('PUT', 1, other.id)).toEqual([200]);
    expect(recorder.arrived).toHaveLength(6);
  } finally {
    await recorded.stop();
    await deployment.stop();
    await recorder.close();
  }
});

test('the syncs of this process keep a pause that a passed on request got', async () => {
  const deployment = await deploy({
    sandbox: { contents: 'empty' },
    environment: { SERVICE_KEYS, PROVIDER_PROXY: 'true' },
  });
  try {
    const account = await buildAccount(deployment, {});
    const { control } = deployment.sandbox;
    control.addFault({
      user: account.email,
      route: 'google.events.list',
      status: 429,
      headers: { 'retry-after': '60' },
    });
    expect((await send(deployment, account.id, EVENTS.google)).status).toBe(429);
    control.clearRequests();
    await account.browser.post(`/integrations/sync/${account.id}`).expect(202);
    const sync = await account.browser.synced(account.id);
    expect(sync['error']).toMatchObject({ code: 'throttled' });
    expect(control.requests({ user: account.email, route: 'google.' })).toEqual([]);
  } finally {
    await deployment.stop();
  }
});

test('the paths of a user are erased with the user', async () => {
  const deployment = await deploy({ sandbox: { contents: 'empty' }, environment: ENVIRONMENT });
  try {
    const account = await buildAccount(deployment, { synced: false, email: 'q7zebra@example.com' });
    const path = 'calendars/q7zebra%40example.com/events/x';
    expect((await send(deployment, account.id, path, { method: 'DELETE' })).status).toBe(404);
    expect(JSON.stringify(await trail(deployment, account.id))).toContain('q7zebra');
    await deployment
      .browser('backend', { roles: ['service'] })
      .delete(`/integrations/users/${account.userId}`)
      .expect(200);
    expect(await trail(deployment, account.id)).toMatchObject([
      { user_id: expect.stringMatching(/^erased:/), details: { method: 'DELETE', status: 404 } },
    ]);
    expect(JSON.stringify(await trail(deployment, account.id))).not.toContain('q7zebra');
  } finally {
    await deployment.stop();
  }
});

test('without PROVIDER_PROXY there is no such route', async () => {
  const deployment = await deploy({
    sandbox: { contents: 'empty' },
    environment: { ROLE: 'web', SERVICE_KEYS },
  });
  try {
    const { id } = await buildAccount(deployment, { synced: false });
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      for (const path of [EVENTS.google, 'messages', '..'])
        expectProblem(await send(deployment, id, path, { method }), 'not_found');
    expect(await trail(deployment, id)).toEqual([]);
  } finally {
    await deployment.stop();
  }
});
