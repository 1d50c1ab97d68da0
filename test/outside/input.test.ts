/** Invalid input gets documented problems, never a server error; and the operators' routes. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser } from './client.js';
import { Emulator } from './emulator.js';
import { calendarsOf, day } from './reading.js';
import { googleCalendar, googleEvent } from './samples.js';
import { build, Service } from './service.js';
import { disagreements, takeComplaints } from './shape.js';

let emulator: Emulator;
let service: Service;
let ana: Browser;
let account = '';
let calendar = '';
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator);
  ana = service.browser();
  emulator.google.addPerson('ana', [
    googleCalendar(
      'ana@example.com',
      { primary: true },
      [1, 2, 3].map((n) => googleEvent(`e${n}`, n)),
    ),
  ]);
  account = await service.connected(ana, emulator, 'google', 'ana');
  calendar = (await calendarsOf(ana, account))[0].id;
}, 150_000);
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

/** Expects a 4xx problem for an error of the sender. */
const fault = (status: number) => (status >= 400 && status < 500 ? 'refused' : status);

describe('invalid input', () => {
  test('an unknown provider is unsupported_provider, in any spelling', async () => {
    for (const name of [
      'yahoo',
      '__proto__',
      'constructor',
      'toString',
      'Google',
      'google%00',
      '%2e%2e%2fgoogle',
      'google%20',
    ])
      for (const path of [
        `oauth-url/${name}`,
        `auth/${name}`,
        `auth/${name}/callback?state=x&code=y`,
      ]) {
        const reply = await ana.ask(`/integrations/${path}`, {
          headers: { accept: 'application/json' },
        });
        expect([path, reply.status, reply.body?.code]).toEqual([path, 400, 'unsupported_provider']);
      }
  });

  test('a malformed query is invalid_request', async () => {
    const events = `accounts/${account}/events`;
    const odd = [
      'limit=0',
      'limit=-1',
      'limit=abc',
      'limit=1e9',
      'limit=1&limit=2',
      'limit=%00',
      'cursor=garbage',
      'cursor=%00',
      'cursor=eyJhIjoxfQ',
      `cursor=${'x'.repeat(5000)}`,
    ];
    for (const path of ['accounts', events])
      for (const query of odd) {
        const reply = await ana.ask(`/integrations/${path}?${query}`);
        expect([path, query, reply.status, reply.body?.code]).toEqual([
          path,
          query,
          400,
          'invalid_request',
        ]);
      }
    for (const query of [
      'status=unknown',
      'userId=',
      'userId=a&userId=b',
      `userId=${'x'.repeat(500)}`,
    ])
      expect([query, fault((await ana.ask(`/integrations/accounts?${query}`)).status)]).toEqual([
        query,
        'refused',
      ]);
    for (const query of ['from=garbage', 'to=2026-13-45T00:00:00Z', 'from=%00', 'to=1'])
      expect([query, (await ana.ask(`/integrations/${events}?${query}`)).status]).toEqual([
        query,
        400,
      ]);
    for (const query of ['calendarId=x', 'calendarId=%00', `calendarId=${calendar}x`])
      expect([query, fault((await ana.ask(`/integrations/${events}?${query}`)).status)]).toEqual([
        query,
        'refused',
      ]);
    for (const query of [
      'loginHint=%00%0d%0a',
      'returnTo=%00',
      'returnTo=/integrations&returnTo=/x',
      'accountId=x',
      `loginHint=${'x'.repeat(3000)}`,
    ])
      expect([
        query,
        fault((await ana.ask(`/integrations/oauth-url/google?${query}`)).status),
      ]).toEqual([query, 'refused']);
    expect(
      (await ana.ask(`/integrations/${events}?from=${day(3)}T00:00:00Z&to=${day(1)}T00:00:00Z`))
        .status,
    ).toBeLessThan(500);
  });

  test('a malformed body is answered with a problem, and unknown body fields change nothing', async () => {
    const send = (path: string, method: string, body: string, type = 'application/json') =>
      fetch(`${service.origin}/integrations/${path}`, {
        method,
        body,
        headers: { authorization: `Bearer ${ana.token}`, 'content-type': type },
      });
    const sync = `sync/${account}`;
    const patch = `accounts/${account}/calendars/${calendar}`;
    for (const [path, method] of [
      [sync, 'POST'],
      [patch, 'PATCH'],
      ['complete', 'POST'],
    ] as const)
      for (const body of [
        '{',
        '[]',
        '"x"',
        'null',
        '{"full":"yes","selected":"no","ticket":7}',
        `{"a":"${'x'.repeat(40_000)}"}`,
        '[[[[[[',
        '{"__proto__":{"full":1}}x',
      ]) {
        const reply = await send(path, method, body);
        expect([path, body.slice(0, 40), fault(reply.status)]).toEqual([
          path,
          body.slice(0, 40),
          'refused',
        ]);
        expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      }
    expect(
      (await send(patch, 'PATCH', '{"selected":false}', 'text/plain')).status,
    ).toBeGreaterThanOrEqual(400);
    expect((await ana.ask(`/integrations/${sync}`, { method: 'POST' })).status).toBe(202);
    expect((await calendarsOf(ana, account))[0].selected).toBe(true);
  });

  test('an unknown path is not_found, an unknown method method_not_allowed, a bad percent encoding invalid_request', async () => {
    expect(await ana.ask('/integrations/nothing')).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    expect(await ana.ask('/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    for (const [method, path] of [
      ['PUT', `accounts/${account}`],
      ['POST', 'accounts'],
      ['DELETE', `sync/${account}`],
    ])
      expect([method, (await ana.ask(`/integrations/${path}`, { method })).status]).toEqual([
        method,
        405,
      ]);
    for (const path of [
      '/integrations/accounts/%E0%A4%A',
      '/integrations/oauth-url/%E0%A4%A',
      '/%',
    ])
      expect([path, fault((await ana.ask(path)).status)]).toEqual([path, 'refused']);
  });

  test('a provider notice for an unknown channel is answered and changes nothing', async () => {
    const anyone = new Browser(service.origin);
    const google = await anyone.ask('/integrations/webhooks/google', {
      method: 'POST',
      headers: {
        'x-goog-channel-id': 'guess',
        'x-goog-channel-token': 'guess',
        'x-goog-resource-state': 'exists',
        'x-goog-message-number': '2',
        'x-goog-resource-id': 'x',
      },
    });
    expect(google.status).toBeLessThan(500);
    const token = 'Validation: <b>1</b> & more %';
    const validation = await anyone.ask(
      `/integrations/webhooks/microsoft?validationToken=${encodeURIComponent(token)}`,
      { method: 'POST' },
    );
    expect([validation.status, validation.text]).toEqual([200, token]);
    expect(validation.headers.get('content-type')).toMatch(/^text\/plain/);
    for (const json of [
      {},
      { value: 7 },
      { value: [null] },
      { value: [{ subscriptionId: 'x', clientState: {} }] },
      [],
      { value: [{ subscriptionId: 'a', clientState: 'b', lifecycleEvent: 'missed' }] },
    ])
      expect(
        (await anyone.ask('/integrations/webhooks/microsoft', { method: 'POST', json })).status,
      ).toBeLessThan(500);
  });
});

describe('the operators’ routes', () => {
  test('health, readiness, metrics, the OpenAPI document and its page are served', async () => {
    const anyone = new Browser(service.origin);
    expect((await anyone.ask('/healthz')).status).toBe(200);
    expect((await anyone.ask('/readyz')).status).toBe(200);
    expect((await anyone.ask('/metrics')).text).toMatch(/^# HELP /m);
    const page = await anyone.ask('/docs');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const { body } = await anyone.ask('/openapi.json');
    expect(body.openapi).toMatch(/^3\.1\./);
    const routes = [
      'session',
      'providers',
      'oauth-url/{provider}',
      'auth/{provider}',
      'auth/{provider}/callback',
      'complete',
      'accounts',
      'accounts/{accountId}',
      'sync/{accountId}',
      'accounts/{accountId}/calendars',
      'accounts/{accountId}/calendars/{calendarId}',
      'accounts/{accountId}/events',
    ];
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(routes.map((route) => `/integrations/${route}`)),
    );
  });

  test('every response matches the OpenAPI document', async () => {
    const { body: document } = await ana.ask('/openapi.json');
    const answers: [string, string, string, number][] = [
      ['GET', '/integrations/providers', '/integrations/providers', 200],
      ['GET', '/integrations/oauth-url/{provider}', '/integrations/oauth-url/google', 200],
      ['GET', '/integrations/accounts', '/integrations/accounts', 200],
      ['GET', '/integrations/accounts/{accountId}', `/integrations/accounts/${account}`, 200],
      ['GET', '/integrations/sync/{accountId}', `/integrations/sync/${account}`, 200],
      ['POST', '/integrations/sync/{accountId}', `/integrations/sync/${account}`, 202],
      [
        'GET',
        '/integrations/accounts/{accountId}/calendars',
        `/integrations/accounts/${account}/calendars`,
        200,
      ],
      [
        'GET',
        '/integrations/accounts/{accountId}/events',
        `/integrations/accounts/${account}/events`,
        200,
      ],
      ['GET', '/integrations/accounts/{accountId}', '/integrations/accounts/x', 404],
      ['GET', '/integrations/accounts', '/integrations/accounts?limit=0', 400],
    ];
    for (const [method, route, path, status] of answers) {
      const reply = await ana.ask(path, { method });
      expect([route, reply.status]).toEqual([route, status]);
      const described = document.paths[route][method.toLowerCase()].responses[`${status}`];
      const { content } = described.$ref
        ? document.components.responses[described.$ref.split('/').at(-1)]
        : described;
      const { schema } = content[status < 400 ? 'application/json' : 'application/problem+json'];
      expect([route, disagreements(document, schema, reply.body)]).toEqual([route, []]);
    }
  });

  test('the stream of a sync reports its progress until it ends', async () => {
    await ana.ask(`/integrations/sync/${account}`, { method: 'POST', json: {} });
    const response = await fetch(`${service.origin}/integrations/sync/${account}`, {
      headers: { authorization: `Bearer ${ana.token}`, accept: 'text/event-stream' },
      signal: AbortSignal.timeout(15_000),
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const data = (await response.text()).split('\n').filter((line) => line.startsWith('data:'));
    expect(JSON.parse(data.at(-1)?.slice(5) ?? '{}')).toMatchObject({ state: 'idle', error: null });
  });
});

test('every response kept the rules for all responses', () => {
  expect(takeComplaints()).toEqual([]);
});
