/** Callers, seen from outside: tokens, sessions, owners, admins and origins. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Browser, jwt } from './client.js';
import { Emulator } from './emulator.js';
import { calendarsOf } from './reading.js';
import { googleCalendar, googleEvent } from './samples.js';
import { build, JWT_SECRET, Service } from './service.js';
import { takeComplaints } from './shape.js';

let emulator: Emulator;
let service: Service;
let account = '';
let calendar = '';
const [ana, bo] = [`ana ${randomUUID()}`, `bo ${randomUUID()}`];
beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator);
  emulator.google.addPerson('ana', [
    googleCalendar('ana@example.com', { primary: true }, [googleEvent('one', 1)]),
  ]);
  account = await service.connected(service.browser(ana), emulator, 'google', 'ana');
  calendar = (await calendarsOf(service.browser(ana), account))[0].id;
}, 150_000);
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

const routes = (id: string, calendarId: string): [string, string, unknown?][] => [
  ['GET', `/integrations/accounts/${id}`],
  ['DELETE', `/integrations/accounts/${id}`],
  ['POST', `/integrations/sync/${id}`, {}],
  ['GET', `/integrations/sync/${id}`],
  ['GET', `/integrations/accounts/${id}/calendars`],
  ['PATCH', `/integrations/accounts/${id}/calendars/${calendarId}`, { selected: false }],
  ['GET', `/integrations/accounts/${id}/events`],
];

test('every user route answers 401 unauthenticated without a valid JWT', async () => {
  const anonymous = new Browser(service.origin);
  const all = [
    ...routes(account, calendar),
    ['GET', '/integrations/accounts'],
    ['GET', '/integrations/providers'],
    ['GET', '/integrations/oauth-url/google'],
    ['POST', '/integrations/session'],
    ['POST', '/integrations/complete', { ticket: 'x' }],
  ] as [string, string, unknown?][];
  for (const [method, path, json] of all) {
    const headers = { accept: 'application/json', origin: service.frontend };
    const reply = await anonymous.ask(path, { method, json, headers });
    expect([method, path, reply.status, reply.body?.code]).toEqual([
      method,
      path,
      401,
      'unauthenticated',
    ]);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
  }
  for (const query of ['token', 'access_token', 'jwt', 'auth_token'])
    expect(
      (await anonymous.ask(`/integrations/accounts?${query}=${service.token(ana)}`)).status,
    ).toBeGreaterThanOrEqual(400);
});

test('a JWT is accepted only with the right signature, algorithm, issuer, audience, times and user', async () => {
  const now = Math.floor(Date.now() / 1000);
  const good = {
    sub: ana,
    iss: 'https://host.example',
    aud: 'calendars',
    iat: now,
    exp: now + 900,
  };
  const bad: [string, string][] = [
    ['nonsense', 'x.y.z'],
    ['empty', ''],
    ['another secret', jwt(good, `${JWT_SECRET}x`)],
    ['no signature', jwt(good, '', { alg: 'none' })],
    ['another algorithm', jwt(good, JWT_SECRET, { alg: 'HS512' })],
    ['an unknown critical header', jwt(good, JWT_SECRET, { alg: 'HS256', crit: ['exp'], exp: 1 })],
    ['no end', jwt({ ...good, exp: undefined }, JWT_SECRET)],
    ['an end of text', jwt({ ...good, exp: 'never' }, JWT_SECRET)],
    ['ended', jwt({ ...good, exp: now - 120 }, JWT_SECRET)],
    ['not yet', jwt({ ...good, nbf: now + 600 }, JWT_SECRET)],
    ['another issuer', jwt({ ...good, iss: 'https://evil.example' }, JWT_SECRET)],
    ['another audience', jwt({ ...good, aud: 'mail' }, JWT_SECRET)],
    ['anonymous', jwt({ ...good, sub: undefined }, JWT_SECRET)],
    ['an empty user', jwt({ ...good, sub: '' }, JWT_SECRET)],
    ['a user of another kind', jwt({ ...good, sub: { id: ana } }, JWT_SECRET)],
    ['a long user', jwt({ ...good, sub: 'x'.repeat(500) }, JWT_SECRET)],
    ['a list', jwt([good] as unknown as Record<string, unknown>, JWT_SECRET)],
  ];
  for (const [what, token] of bad) {
    const { status } = await new Browser(service.origin).ask('/integrations/accounts', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([what, status]).toEqual([what, 401]);
  }
  const several = jwt({ ...good, aud: ['mail', 'calendars'] }, JWT_SECRET);
  expect(
    (await new Browser(service.origin, several).ask('/integrations/accounts')).body.data,
  ).toHaveLength(1);
});

test('another user’s account gives the same 404 as an account that never existed', async () => {
  const stranger = service.browser(bo);
  for (const id of [account, randomUUID(), 'x', '%00', `${account}'--`, '1'.repeat(3000)])
    for (const [method, path, json] of routes(id, calendar)) {
      const reply = await stranger.ask(path, { method, json });
      expect([method, path, reply.status, reply.body?.code]).toEqual([
        method,
        path,
        404,
        'account_not_found',
      ]);
    }
  const owner = service.browser(ana);
  expect(
    (
      await owner.ask(`/integrations/accounts/${account}/calendars/${randomUUID()}`, {
        method: 'PATCH',
        json: { selected: true },
      })
    ).status,
  ).toBe(404);
  expect((await owner.ask(`/integrations/accounts/${account}`)).body.status).toBe('connected');
  expect((await stranger.ask('/integrations/accounts')).body.data).toEqual([]);
  expect(
    await stranger.ask(`/integrations/accounts?userId=${encodeURIComponent(ana)}`),
  ).toMatchObject({
    status: 403,
    body: { code: 'forbidden' },
  });
  expect((await stranger.ask('/integrations/accounts?userId=me')).body.data).toEqual([]);
});

test('an admin lists and disconnects every account but reads no events; a similar role gives no admin rights', async () => {
  const admin = new Browser(service.origin, service.token('root', { roles: ['x', 'admin'] }));
  const mine = (path: string) => admin.ask(path);
  expect(
    (await mine('/integrations/accounts')).body.data.map(({ id }: { id: string }) => id),
  ).toContain(account);
  expect((await mine('/integrations/accounts?userId=me')).body.data).toEqual([]);
  expect(
    (await mine(`/integrations/accounts?userId=${encodeURIComponent(ana)}`)).body.data,
  ).toHaveLength(1);
  for (const path of [`accounts/${account}`, `accounts/${account}/calendars`, `sync/${account}`])
    expect((await mine(`/integrations/${path}`)).status).toBe(200);
  expect(
    (await admin.ask(`/integrations/sync/${account}`, { method: 'POST', json: {} })).status,
  ).toBe(202);
  expect([403, 404]).toContain((await mine(`/integrations/accounts/${account}/events`)).status);
  expect([403, 404]).toContain(
    (
      await admin.ask(`/integrations/accounts/${account}/calendars/${calendar}`, {
        method: 'PATCH',
        json: { selected: false },
      })
    ).status,
  );
  for (const roles of [
    'nonadmin',
    'admin ',
    ['ADMIN'],
    { 0: 'admin' },
    [['admin']],
    true,
    'x admin y,',
  ]) {
    const nearly = new Browser(service.origin, service.token('nearly', { roles }));
    expect([roles, (await nearly.ask('/integrations/accounts')).body.data]).toEqual([roles, []]);
  }
});

test('CORS lets the frontend’s origin read with credentials, and no other origin', async () => {
  const browser = service.browser(ana);
  const seen = await browser.ask('/integrations/accounts', {
    headers: { origin: service.frontend },
  });
  expect(seen.headers.get('access-control-allow-origin')).toBe(service.frontend);
  expect(seen.headers.get('access-control-allow-credentials')).toBe('true');
  expect(seen.headers.get('vary')).toMatch(/origin/i);
  for (const origin of ['https://evil.example', 'null', `${service.frontend}.evil.example`]) {
    const { headers } = await browser.ask('/integrations/accounts', { headers: { origin } });
    expect([origin, headers.get('access-control-allow-origin')]).toEqual([origin, null]);
  }
  const preflight = await new Browser(service.origin).ask(`/integrations/sync/${account}`, {
    method: 'OPTIONS',
    headers: {
      origin: service.frontend,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain(
    'authorization',
  );
});

test('a request with only a session may change data only from an allowed origin', async () => {
  const browser = service.browser(ana);
  expect((await browser.ask('/integrations/session', { method: 'POST' })).status).toBe(204);
  const change = (headers: Record<string, string>) =>
    browser.ask(`/integrations/sync/${account}`, { method: 'POST', json: {}, token: '', headers });
  for (const headers of [
    {},
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[])
    expect([headers, (await change(headers)).body.code]).toEqual([headers, 'origin_not_allowed']);
  expect((await change({ origin: service.frontend })).status).toBe(202);
  expect((await browser.ask('/integrations/accounts', { token: '' })).body.data).toHaveLength(1);
  const override = { origin: service.frontend, 'x-http-method-override': 'DELETE' };
  await change(override);
  expect((await browser.ask(`/integrations/accounts/${account}`)).status).toBe(200);
});

test('a browser that navigates without a caller is redirected to the frontend, and nothing starts', async () => {
  const starts = emulator.count('google.authorize');
  const anonymous = new Browser(service.origin);
  const end = await anonymous.navigate(
    `/integrations/auth/google?userId=${encodeURIComponent(ana)}`,
    emulator.origin,
  );
  expect(end).toBe(
    `${service.frontend}/integrations?status=error&provider=google&error=unauthenticated`,
  );
  expect(emulator.count('google.authorize')).toBe(starts);
  expect(anonymous.cookies).toEqual([]);
});

test('every response kept the rules for all responses', () => {
  expect(takeComplaints()).toEqual([]);
});
