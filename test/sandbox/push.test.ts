// Tests of the sandbox's push notifications: Google channels and Graph subscriptions.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import { get, type Json, send } from './clients.js';

const ANA = { provider: 'google', user: 'ana@example.com' } as const;
const WORK = { provider: 'microsoft', user: 'ana@northwind.example' } as const;

let sandbox: Sandbox;
let hook: Server;
let address: string;
let google: string;
let microsoft: string;
let received: { headers: IncomingMessage['headers']; body: string }[] = [];
let answers: number[] = [];
let now = Date.parse('2026-09-20T10:00:00Z');

beforeAll(async () => {
  hook = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const validation = new URL(request.url ?? '/', 'http://localhost').searchParams.get(
      'validationToken',
    );
    if (validation !== null) {
      response
        .writeHead(200, { 'content-type': 'text/plain' })
        .end(request.url?.startsWith('/liar') ? 'no' : validation);
      return;
    }
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(answers.shift() ?? 202).end();
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(hook.address() as AddressInfo).port}`;
  sandbox = await startSandbox({ now: () => new Date(now), contents: 'empty' });
  google = sandbox.control.issueTokens({
    ...ANA,
    scopes: ['https://www.googleapis.com/auth/calendar'],
  }).accessToken;
  microsoft = sandbox.control.issueTokens({ ...WORK, scopes: ['Calendars.ReadWrite'] }).accessToken;
});
afterEach(() => {
  received = [];
  answers = [];
  sandbox.control.configure({ delivery: { delayMs: 0, copies: 1, reorder: false, drop: false } });
});
afterAll(async () => {
  await sandbox.close();
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
});

const edit = (ref: typeof ANA | typeof WORK) =>
  sandbox.control.createEvent({
    ...ref,
    event: { start: '2026-09-21T10:00:00Z', end: '2026-09-21T11:00:00Z', title: 'Pushed' },
  });
const settle = () => sandbox.control.settleDeliveries();

describe('Google channels', () => {
  const watch = (body: Json, path = '/calendars/primary/events/watch') =>
    send(sandbox, 'google', google, 'POST', path, {
      id: 'one',
      type: 'web_hook',
      address,
      token: 'secret',
      ...body,
    });

  test('a channel first gets a sync message, then only that something changed', async () => {
    const { status, body } = await watch({});
    expect([status, body]).toEqual([
      200,
      {
        kind: 'api#channel',
        id: 'one',
        resourceId: expect.any(String),
        resourceUri: expect.stringContaining('/calendars/ana%40example.com/events?alt=json'),
        token: 'secret',
        expiration: String(now + 604_800_000),
      },
    ]);
    await settle();
    edit(ANA);
    await settle();
    expect(received.map(({ headers }) => headers['x-goog-resource-state'])).toEqual([
      'sync',
      'exists',
    ]);
    expect(received[0]?.headers).toMatchObject({
      'x-goog-channel-id': 'one',
      'x-goog-channel-token': 'secret',
      'x-goog-message-number': '1',
      'content-length': '0',
    });
    expect(Number(received[1]?.headers['x-goog-message-number'])).toBeGreaterThan(1);
    expect((await watch({})).body['error'].errors[0].reason).toBe('channelIdNotUnique');
    const stop = () =>
      send(sandbox, 'google', google, 'POST', '/channels/stop', {
        id: 'one',
        resourceId: body['resourceId'],
      });
    expect([(await stop()).status, (await stop()).status]).toEqual([204, 404]);
    edit(ANA);
    await settle();
    expect(received).toHaveLength(2);
  });

  test('a calendar without push support is refused', async () => {
    const reason = async (body: Json, path?: string) =>
      (await watch(body, path)).body['error'].errors[0].reason;
    expect(await reason({ id: 'http', address: 'http://example.com/hook' })).toMatch(
      /webhookUrlNotHttps/,
    );
    expect(await reason({ id: 'not valid!' })).toBe('invalid');
    const holidays = encodeURIComponent('es.spain#holiday@group.v.calendar.google.com');
    expect(await reason({ id: 'holidays' }, `/calendars/${holidays}/events/watch`)).toBe(
      'pushNotSupportedForRequestedResource',
    );
  });

  test('channels call only loopback addresses, expire by the clock, and retry after a 503', async () => {
    await watch({ id: 'far', address: 'https://example.com/hook' });
    await watch({ id: 'short', params: { ttl: '60' } });
    await watch({ id: 'list' }, '/users/me/calendarList/watch');
    await settle();
    expect(sandbox.control.deliveries().find((one) => one.source === 'far')?.outcome).toBe(
      'not loopback',
    );
    now += 61_000;
    received = [];
    edit(ANA);
    await settle();
    expect(received).toEqual([]);
    answers = [503];
    sandbox.control.createCalendar({ ...ANA, calendar: { name: 'New' } });
    await settle();
    expect(received.map(({ headers }) => headers['x-goog-channel-id'])).toEqual(['list', 'list']);
  });

  test('notices can be doubled, swapped and dropped', async () => {
    await watch({ id: 'order' });
    await settle();
    received = [];
    sandbox.control.configure({ delivery: { reorder: true, copies: 2 } });
    edit(ANA);
    edit(ANA);
    await settle();
    const numbers = received.map(({ headers }) => Number(headers['x-goog-message-number']));
    expect(new Set(numbers).size).toBe(2);
    expect(numbers).toHaveLength(4);
    sandbox.control.configure({ delivery: { reorder: false, drop: true } });
    edit(ANA);
    await settle();
    expect(received).toHaveLength(4);
  });
});

describe('Graph subscriptions', () => {
  const expirationDateTime = (minutes: number) => new Date(now + minutes * 60_000).toISOString();
  const subscribe = (body: Json = {}) =>
    send(sandbox, 'microsoft', microsoft, 'POST', '/subscriptions', {
      changeType: 'created,updated,deleted',
      notificationUrl: `${address}/graph`,
      lifecycleNotificationUrl: `${address}/graph`,
      resource: '/me/events',
      expirationDateTime: expirationDateTime(10_000),
      clientState: 'secret',
      ...body,
    });

  test('subscriptions are validated, notify in batches, and send lifecycle notices', async () => {
    const { status, body } = await subscribe();
    expect([status, body['clientState']]).toEqual([201, 'secret']);
    const { id } = edit(WORK);
    sandbox.control.updateEvent({ ...WORK, eventId: id, changes: { title: 'Twice' } });
    await settle();
    expect(received).toHaveLength(1);
    const { value } = JSON.parse(received[0]?.body ?? '') as { value: Json[] };
    expect(
      value.map((item) => [item['changeType'], item['clientState'], item['subscriptionId']]),
    ).toEqual([
      ['created', 'secret', body['id']],
      ['updated', 'secret', body['id']],
    ]);
    expect((await subscribe()).status).toBe(409);
    sandbox.control.sendLifecycle({ subscriptionId: body['id'], event: 'subscriptionRemoved' });
    await settle();
    expect(JSON.parse(received[1]?.body ?? '').value[0].lifecycleEvent).toBe('subscriptionRemoved');
    expect((await get(sandbox, 'microsoft', microsoft, '/subscriptions')).body['value']).toEqual(
      [],
    );
  });

  test('a listener that does not echo the token, and a lifetime too long, is refused', async () => {
    expect((await subscribe({ notificationUrl: `${address}/liar` })).body['error'].code).toBe(
      'ValidationError',
    );
    const tooLong = await subscribe({ expirationDateTime: expirationDateTime(10_081) });
    expect(tooLong.body['error'].message).toBe(
      'Operation: Create; Exception: [Status Code: BadRequest; Reason: Subscription expiration can only be 10080 minutes in the future.]',
    );
    expect((await subscribe({ resource: '/me/messages' })).status).toBe(400);
  });

  test('subscriptions can be renewed and reauthorized, and expire by the clock', async () => {
    const { body } = await subscribe({ expirationDateTime: expirationDateTime(10) });
    expect(Date.parse(body['expirationDateTime'])).toBe(now + 45 * 60_000);
    const path = `/subscriptions/${body['id']}`;
    expect(
      (
        await send(sandbox, 'microsoft', microsoft, 'PATCH', path, {
          expirationDateTime: expirationDateTime(90),
        })
      ).status,
    ).toBe(200);
    expect(
      (await send(sandbox, 'microsoft', microsoft, 'POST', `${path}/reauthorize`)).status,
    ).toBe(204);
    sandbox.control.advanceClock(91 * 60_000);
    const again = sandbox.control.issueTokens({
      ...WORK,
      scopes: ['Calendars.ReadWrite'],
    }).accessToken;
    expect(
      (
        await send(sandbox, 'microsoft', again, 'PATCH', path, {
          expirationDateTime: expirationDateTime(190),
        })
      ).status,
    ).toBe(404);
  });
});
