// Tests of the sandbox's faults, request log and control API over HTTP.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultOptions, type Sandbox, startSandbox } from '../../sandbox/index.js';
import { connect, get, token } from './clients.js';

const ANA = { provider: 'google', user: 'ana@example.com' } as const;
const WORK = { provider: 'microsoft', user: 'ana@northwind.example' } as const;

let sandbox: Sandbox;
let google: string;
let microsoft: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  google = sandbox.control.issueTokens({
    ...ANA,
    scopes: ['https://www.googleapis.com/auth/calendar'],
  }).accessToken;
  microsoft = sandbox.control.issueTokens({
    ...WORK,
    scopes: ['Calendars.ReadWrite', 'User.Read'],
  }).accessToken;
});
afterEach(() => sandbox.control.clearFaults());
afterAll(() => sandbox.close());

const list = () => get(sandbox, 'google', google, '/users/me/calendarList');
const calendars = () => get(sandbox, 'microsoft', microsoft, '/me/calendars');
const fault = (options: FaultOptions) => sandbox.control.addFault(options);

describe('the requests that a fault applies to', () => {
  test('a fault applies by route, user, turn and number of times', async () => {
    fault({
      canned: 'google.500',
      route: 'google.calendarList.*',
      user: ANA.user,
      nth: 2,
      times: 2,
    });
    expect([
      (await list()).status,
      (await list()).status,
      (await list()).status,
      (await list()).status,
    ]).toEqual([200, 500, 500, 200]);
    fault({ canned: 'google.500', user: 'bo@example.com', times: 'always' });
    expect((await list()).status).toBe(200);
  });

  test('a fault applies to a calendar in the path', async () => {
    fault({ canned: 'google.404', path: 'holiday@group', times: 'always' });
    const events = async (id: string) =>
      (
        await get(
          sandbox,
          'google',
          google,
          `/calendars/${encodeURIComponent(id)}/events?maxResults=1`,
        )
      ).status;
    expect(await events('es.spain#holiday@group.v.calendar.google.com')).toBe(404);
    expect(await events('primary')).toBe(200);
  });

  test('a canned fault has its own number of times', async () => {
    fault({ canned: 'google.500x2' });
    expect([(await list()).status, (await list()).status, (await list()).status]).toEqual([
      500, 500, 200,
    ]);
  });
});

describe('the effects of a fault', () => {
  test('faults answer with the providers’ own errors', async () => {
    const reason = async (canned: string) => {
      fault({ canned });
      const { status, body } = await list();
      return [status, body['error'].errors[0].domain, body['error'].errors[0].reason];
    };
    expect(await reason('google.403.rateLimit')).toEqual([403, 'usageLimits', 'rateLimitExceeded']);
    expect(await reason('google.403.quota')).toEqual([403, 'usageLimits', 'quotaExceeded']);
    expect(await reason('google.401.once')).toEqual([401, 'global', 'authError']);
    fault({ canned: 'ms.429.retryAfter' });
    const throttled = await calendars();
    expect([
      throttled.status,
      throttled.headers.get('retry-after'),
      throttled.body['error'].code,
    ]).toEqual([429, '2', 'ApplicationThrottled']);
    fault({ canned: 'ms.mailboxNotEnabled', times: 1 });
    expect((await calendars()).body['error'].code).toBe('MailboxNotEnabledForRESTAPI');
  });

  test('a cursor fault applies only to a request with a cursor', async () => {
    fault({ canned: 'google.410' });
    const first = await get(sandbox, 'google', google, '/calendars/primary/events?maxResults=2500');
    expect(first.status).toBe(200);
    const second = await get(
      sandbox,
      'google',
      google,
      `/calendars/primary/events?syncToken=${encodeURIComponent(first.body['nextSyncToken'])}`,
    );
    expect(second.status).toBe(410);
  });

  test('faults cut, delay and garble responses', async () => {
    const raw = (signal?: AbortSignal) =>
      fetch(`${sandbox.google.calendarApiUrl}/users/me/calendarList`, {
        headers: { authorization: `Bearer ${google}` },
        redirect: 'manual',
        ...(signal ? { signal } : {}),
      });
    fault({ canned: 'truncated.json' });
    await expect((await raw()).json()).rejects.toThrow(/JSON/);
    fault({ canned: 'html.502' });
    expect([(await raw()).status, (await list()).status]).toEqual([502, 200]);
    fault({ canned: 'null.body' });
    expect(await (await raw()).text()).toBe('null');
    fault({ canned: 'huge.body', hugeBytes: 200_000 });
    expect((await (await raw()).text()).length).toBeGreaterThan(200_000);
    fault({ canned: 'redirect.elsewhere' });
    expect((await raw()).headers.get('location')).toBe('http://127.0.0.1:9/elsewhere');
    fault({ canned: 'drop' });
    await expect(raw()).rejects.toThrow();
    fault({ canned: 'drop.midBody' });
    await expect((async () => (await raw()).text())()).rejects.toThrow();
    fault({ canned: 'hang' });
    await expect(raw(AbortSignal.timeout(80))).rejects.toThrow();
    fault({ dripMs: 5 });
    expect((await list()).body['kind']).toBe('calendar#calendarList');
    fault({ delayMs: 60 });
    const before = performance.now();
    await list();
    expect(performance.now() - before).toBeGreaterThan(55);
  });

  test('a refresh can rotate the token and lose the response', async () => {
    const { refresh_token: refreshToken } = await connect(sandbox, 'microsoft', WORK.user);
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken as string };
    const before = sandbox.control.refreshTokens(WORK).length;
    fault({ canned: 'token.dropAfterRotation' });
    await expect(token(sandbox, 'microsoft', fields)).rejects.toThrow();
    expect(sandbox.control.refreshTokens(WORK)).toHaveLength(before + 1);
    expect((await token(sandbox, 'microsoft', fields)).status).toBe(200);
  });
});

describe('the request log', () => {
  test('the request log has the route, the user, the headers and the outcome', async () => {
    sandbox.control.clearRequests();
    await get(sandbox, 'google', google, '/users/me/calendarList?maxResults=1', {
      'x-test': 'yes',
    });
    fault({ canned: 'ms.503' });
    await calendars();
    expect(sandbox.control.requests({ provider: 'google' })).toMatchObject([
      {
        route: 'google.calendarList.list',
        method: 'GET',
        path: '/google/calendar/v3/users/me/calendarList',
        query: { maxResults: '1' },
        user: ANA.user,
        status: 200,
        fault: null,
        headers: { 'x-test': 'yes' },
      },
    ]);
    expect(sandbox.control.requests({ route: 'microsoft.' })).toMatchObject([
      { status: 503, fault: 'ms.503' },
    ]);
    expect(sandbox.control.peakParallelism(ANA)).toBe(1);
  });
});

describe('the control API over HTTP', () => {
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${sandbox.url}/__sim${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };

  test('the HTTP control API does the same as the typed one', async () => {
    const { body: event } = await call('POST', '/create-event', {
      ...ANA,
      event: { start: '2030-01-01', end: '2030-01-02', title: 'Far' },
    });
    const seen = await call(
      'GET',
      `/view?provider=google&user=${ANA.user}&from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z`,
    );
    expect(seen.body).toContainEqual({
      id: event.id,
      seriesId: null,
      start: '2030-01-01',
      end: '2030-01-02',
      allDay: true,
      title: 'Far',
      status: 'confirmed',
    });
    expect((await call('POST', '/faults', { canned: 'google.500' })).body).toMatchObject({
      name: 'google.500',
      met: 0,
    });
    expect((await list()).status).toBe(500);
    expect((await call('DELETE', '/faults')).status).toBe(204);
    expect(
      (await call('POST', '/create-event', { provider: 'google', user: 'nobody@example.com' }))
        .status,
    ).toBe(400);
    expect((await call('POST', '/no-such-thing')).body.controls).toContain('POST /faults');
    const { body: later } = await call('POST', '/advance-clock', { milliseconds: 1000 });
    expect(new Date(later.now).getTime()).toBeGreaterThan(Date.now());
  });
});

test("Google's quota counts one user's requests by the minute", async () => {
  sandbox.control.configure({ google: { requestsPerMinutePerUser: 1 } });
  await list();
  expect((await list()).body['error'].errors[0].reason).toBe('userRateLimitExceeded');
  sandbox.control.configure({ google: { requestsPerMinutePerUser: 600 } });
});
