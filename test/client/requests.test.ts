// How the client sends its requests, and what becomes of responses that the service does not send.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Client, createClient } from '../../client/client.js';
import { OPERATIONS } from '../../client/operations.js';
import { openApiDocument } from '../../src/http/openapi.js';

let server: Server;
let url: string;
let answer: { status: number; type?: string; body?: string; headers?: Record<string, string> };
const received: { request: IncomingMessage; body: string }[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    received.push({ request, body: await text(request) });
    const { status, type = 'application/json', body = '', headers = {} } = answer;
    if (status === 0) return void request.socket.destroy();
    if (status === 1) return; // no answer
    response.writeHead(status, { ...headers, 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

test('each operation of the document but the proxy has a method, and no other method exists', () => {
  const document = openApiDocument({ publicUrl: url, version: '0', providerIds: [] });
  const ids = Object.values(document.paths ?? {}).flatMap((item) =>
    Object.values(item).map(({ operationId = '' }: { operationId?: string }) => operationId),
  );
  const client: Client = createClient({ baseUrl: url });
  const own = ids.filter((id) => !id.endsWith('AtProvider'));
  expect(Object.keys(OPERATIONS).sort()).toEqual(own.sort());
  for (const id of Object.keys(OPERATIONS))
    expect(client[id as keyof typeof OPERATIONS]).toBeInstanceOf(Function);
  expect(Object.keys(client.pages)).toContain('listAccounts');
  expect(Object.keys(client.streams).sort()).toEqual(['getSync', 'listChanges']);
  expect(Object.keys(client.urls)).toContain('startAuthorization');
});

test('a request has the token, the headers and the body that it is given', async () => {
  answer = { status: 200, body: '{"id":"1"}' };
  const client = createClient({
    baseUrl: `${url}/api/integrations`,
    token: async () => 'a token',
    headers: () => ({ 'X-Request-Id': 'of-a-test', 'X-Tenant': 'one' }),
  });
  await client.updateCalendar({
    path: { accountId: 'a/b', calendarId: 'ü' },
    query: { userId: 'user 42' },
    body: { selected: false },
    headers: { 'X-Tenant': 'two' },
  });
  const { request, body } = received.at(-1) ?? {};
  expect(request?.method).toBe('PATCH');
  expect(request?.url).toBe('/api/integrations/accounts/a%2Fb/calendars/%C3%BC?userId=user+42');
  expect(request?.headers).toMatchObject({
    authorization: 'Bearer a token',
    'content-type': 'application/json',
    'x-request-id': 'of-a-test',
    'x-tenant': 'two',
  });
  expect(body).toBe('{"selected":false}');
});

test('a problem keeps its code, its extra fields and the time to wait', async () => {
  answer = {
    status: 429,
    type: 'application/problem+json',
    headers: { 'Retry-After': '14', 'X-Request-Id': 'an-id' },
    body: '{"code":"rate_limited","title":"Too many","detail":"Wait.","limit":"sync"}',
  };
  const client = createClient({ baseUrl: url });
  await expect(client.listAccounts()).rejects.toMatchObject({
    name: 'CalendarConnectError',
    message: 'Wait.',
    code: 'rate_limited',
    status: 429,
    retryAfter: 14,
    requestId: 'an-id',
    problem: { limit: 'sync' },
  });
});

test.each([
  [{ status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' }, 'unexpected_response', 502],
  [{ status: 200, type: 'text/html', body: '<h1>Sign in</h1>' }, 'unexpected_response', 200],
  [{ status: 404, body: '{"error":"of another server"}' }, 'unexpected_response', 404],
  [{ status: 0 }, 'network', 0],
  [{ status: 1 }, 'network', 0],
])('the response %j becomes %s', async (given, code, status) => {
  answer = given;
  const client = createClient({ baseUrl: url, timeoutMs: given.status === 1 ? 200 : 10_000 });
  await expect(client.listAccounts()).rejects.toMatchObject({ code, status });
});

test('a request that its caller ends throws the reason of the signal', async () => {
  answer = { status: 1 };
  const stop = new AbortController();
  const waiting = createClient({ baseUrl: url }).listAccounts({ signal: stop.signal });
  stop.abort(new Error('the user left'));
  await expect(waiting).rejects.toThrow('the user left');
});

test('a path without its variables is refused before anything is sent', async () => {
  const count = received.length;
  // @ts-expect-error the variable is missing
  await expect(createClient({ baseUrl: url }).getAccount({ path: {} })).rejects.toThrow(
    'path.accountId is missing',
  );
  expect(received.length).toBe(count);
});
