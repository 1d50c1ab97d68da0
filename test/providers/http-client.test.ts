// The HTTP client against servers that hang, drip, break off, redirect, flood and send nonsense.

import { createServer, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ProviderError } from '../../src/errors.js';
import {
  createHttpClient,
  type HttpClient,
  type HttpLimits,
} from '../../src/providers/http-client.js';
import { BodyTooLarge } from '../../src/providers/response-body.js';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function client(limits: Partial<HttpLimits> = {}): HttpClient {
  const made = createHttpClient({ timeoutMs: 400, maxBodyBytes: 64 * 1024, ...limits });
  closers.push(() => made.close());
  return made;
}

async function listening(server: Server | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return listening(server);
}

/** A server of plain sockets: `talk` writes any bytes. */
async function serveRaw(talk: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => talk(socket));
  });
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return listening(server);
}

const json = (text: string | Buffer, headers: Record<string, string> = {}): RequestListener => {
  return (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);
};

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then(
    () => new Error('it answered'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe('requests', () => {
  test('the client sends a form with a user agent and accepts JSON', async () => {
    let heard: unknown;
    const url = await serve(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { accept, 'user-agent': agent, 'content-type': type, authorization } = request.headers;
      heard = {
        method: request.method,
        accept,
        agent,
        type,
        authorization,
        body: Buffer.concat(chunks).toString(),
      };
      response
        .writeHead(200, { 'content-type': 'application/json', 'x-two': ['a', 'b'] })
        .end('{"ok":true}');
    });
    const answer = await client().request({
      method: 'POST',
      url,
      form: { a: 'ä &=', b: '' },
      headers: { authorization: 'Bearer t' },
    });
    expect(answer).toMatchObject({ status: 200, body: { ok: true } });
    expect(answer.headers['x-two']).toBe('a, b');
    expect(heard).toEqual({
      method: 'POST',
      accept: 'application/json',
      agent: 'calendar-connect (gzip)',
      type: 'application/x-www-form-urlencoded',
      authorization: 'Bearer t',
      body: 'a=%C3%A4+%26%3D&b=',
    });
  });

  test('the client sends JSON, and reuses the connection for the next request', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      request.pipe(response.writeHead(201, { 'content-type': 'application/json' }));
    });
    const http = client();
    for (let turn = 0; turn < 10; turn++) {
      expect(await http.request({ method: 'POST', url, json: { turn } })).toMatchObject({
        status: 201,
        body: { turn },
      });
    }
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  test('the client does not retry after a broken connection', async () => {
    let connections = 0;
    const url = await serveRaw((socket) => {
      connections++;
      socket.destroy();
    });
    expect(await failure(client().request({ method: 'POST', url, form: {} }))).toMatchObject({
      code: 'provider_unavailable',
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(connections).toBe(1);
  });
});

describe('response bodies', () => {
  test.each([
    ['an object', '{"a":{"b":[1]}}', { a: { b: [1] } }],
    ['nothing', '', undefined],
    ['null', 'null', undefined],
    ['a number', '7', undefined],
    ['a list', '[{}]', undefined],
    ['half an object', '{"a":', undefined],
    ['a raw NUL', '{"a":"\0"}', undefined],
    ['an escaped NUL', '{"a":"x\\u0000"}', { a: 'x\0' }],
  ])('%s', async (_name, text, body) => {
    const answer = await client().request({ method: 'GET', url: await serve(json(text)) });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual(body);
  });

  test.each(['text/html', 'text/plain', 'application/jsonp'])(
    'a body of type %s is not JSON, with any content',
    async (type) => {
      const url = await serve(json('{"a":1}', { 'content-type': type }));
      expect((await client().request({ method: 'GET', url })).body).toBeUndefined();
    },
  );

  test.each([
    'application/json; charset=utf-8',
    'application/problem+json',
    'application/json;odata.metadata=minimal',
  ])('a body of type %s is JSON', async (type) => {
    const url = await serve(json('{"a":1}', { 'content-type': type }));
    expect((await client().request({ method: 'GET', url })).body).toEqual({ a: 1 });
  });

  test.each(['"__proto__"', '"\\u005f_proto__"'])(
    'the key %s is dropped at any depth',
    async (key) => {
      const url = await serve(json(`{${key}:{"admin":true},"a":{${key}:{"admin":true},"b":1}}`));
      const { body } = await client().request({ method: 'GET', url });
      expect(JSON.stringify(body)).toBe('{"a":{"b":1}}');
      expect((body as { admin?: unknown }).admin).toBeUndefined();
    },
  );

  test('a gzip body is decompressed', async () => {
    const url = await serve(json(gzipSync('{"a":1}'), { 'content-encoding': 'gzip' }));
    expect((await client().request({ method: 'GET', url })).body).toEqual({ a: 1 });
  });

  test('an error status is a response too', async () => {
    const url = await serve((_request, response) => {
      response
        .writeHead(503, { 'content-type': 'application/json', 'retry-after': '7' })
        .end('{"error":"x"}');
    });
    const answer = await client().request({ method: 'GET', url });
    expect(answer).toMatchObject({ status: 503, body: { error: 'x' } });
    expect(answer.headers['retry-after']).toBe('7');
  });
});

describe('failures', () => {
  test.each<[string, (socket: Socket) => void, RegExp]>([
    ['a server that never answers', () => {}, /within 400 ms/],
    [
      'a header that drips',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const drip = setInterval(() => socket.write('x-a: b\r\n'), 50);
        socket.once('close', () => clearInterval(drip));
      },
      /within 400 ms/,
    ],
    [
      'a body that drips',
      (socket) => {
        socket.write(
          'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
        );
        const drip = setInterval(() => socket.write(' '), 50);
        socket.once('close', () => clearInterval(drip));
      },
      /within 400 ms/,
    ],
    [
      'a body that breaks off',
      (socket) => {
        socket.write(
          'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":1}',
        );
        setTimeout(() => socket.destroy(), 20);
      },
      /UND_ERR_SOCKET|ECONNRESET|ABORT/,
    ],
    [
      'a server that speaks no HTTP',
      (socket) => socket.end('220 mail.example\r\n'),
      /HPE_|UND_ERR|HTTPParser/,
    ],
  ])('%s', async (_name, talk, reason) => {
    const began = Date.now();
    const error = await failure(client().request({ method: 'GET', url: await serveRaw(talk) }));
    expect(error).toMatchObject({
      code: 'provider_unavailable',
      reason: expect.stringMatching(reason),
    });
    expect(Date.now() - began).toBeLessThan(1500);
  });

  test('a closed port is a failure', async () => {
    const error = await failure(client().request({ method: 'GET', url: 'http://127.0.0.1:1/' }));
    expect(error).toMatchObject({
      code: 'provider_unavailable',
      reason: 'GET 127.0.0.1:1: ECONNREFUSED',
    });
  });

  test.each([301, 302, 303, 307, 308, 304])(
    'a redirect %i is a failure and is not followed',
    async (status) => {
      const asked: unknown[] = [];
      const url = await serve((request, response) => {
        asked.push(request.url);
        response.writeHead(status, { location: '/elsewhere' }).end('');
      });
      const error = await failure(
        client().request({ method: 'POST', url, form: { client_secret: 's' } }),
      );
      expect(error).toMatchObject({
        code: 'provider_unavailable',
        reason: expect.stringContaining(`redirected with ${status}`),
      });
      expect(asked).toEqual(['/']);
    },
  );

  test('a body announced as too large is not read', async () => {
    const url = await serveRaw((socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 400000000\r\n\r\n{',
      );
    });
    expect(await failure(client().request({ method: 'GET', url }))).toBeInstanceOf(BodyTooLarge);
  });

  test('a body without end is read to the limit and no further', async () => {
    let closed = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let sent = 0;
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384, 32))) sent += 16_384;
        response.once('drain', more);
      };
      response.once('close', closed);
      more();
    });
    const error = await failure(
      client({ timeoutMs: 5000 }).request({ method: 'GET', url, maxBodyBytes: 100_000 }),
    );
    expect(error).toBeInstanceOf(BodyTooLarge);
    await gone;
    expect(sent).toBeLessThan(20_000_000);
  });

  test('a small body that decompresses beyond the limit is a failure', async () => {
    const url = await serve(
      json(gzipSync(Buffer.alloc(10_000_000, 32)), { 'content-encoding': 'gzip' }),
    );
    expect(await failure(client().request({ method: 'GET', url }))).toBeInstanceOf(BodyTooLarge);
  });

  test('a hanging provider holds a limited number of sockets, and waiting requests are released too', async () => {
    let connections = 0;
    const url = await serveRaw(() => {
      connections++;
    });
    const http = client({ connectionsPerOrigin: 3, timeoutMs: 300 });
    const began = Date.now();
    const errors = await Promise.all(
      Array.from({ length: 20 }, () => failure(http.request({ method: 'GET', url }))),
    );
    expect(errors.every(({ code }) => code === 'provider_unavailable')).toBe(true);
    expect(connections).toBeLessThanOrEqual(6);
    expect(Date.now() - began).toBeLessThan(2000);
    // The client still works afterwards.
    expect(await http.request({ method: 'GET', url: await serve(json('{}')) })).toMatchObject({
      status: 200,
    });
  });
});

test("the caller's own signal ends a request with its reason, before or during it", async () => {
  const url = await serveRaw(() => {});
  const http = client({ timeoutMs: 5000 });
  const stop = new AbortController();
  const waiting = http.request({ method: 'GET', url, signal: stop.signal });
  setTimeout(() => stop.abort(new Error('stopping')), 20);
  await expect(waiting).rejects.toThrow('stopping');
  await expect(http.request({ method: 'GET', url, signal: stop.signal })).rejects.toThrow(
    'stopping',
  );
});

test('an error names the method and the host, and nothing of the request or response', async () => {
  const url = await serveRaw((socket) => socket.destroy());
  const error = await failure(
    client().request({
      method: 'POST',
      url: `${url}/me?$deltatoken=SECRET1`,
      headers: { authorization: 'Bearer SECRET2' },
      form: { client_secret: 'SECRET3' },
    }),
  );
  expect(error.message).toMatch(/^provider_unavailable: POST 127\.0\.0\.1:\d+: \w+$/);
  expect(error.cause).toBeUndefined();
  expect(JSON.stringify(Object.entries(error)) + error.stack).not.toContain('SECRET');
});

test('closing waits for running requests', async () => {
  const url = await serve((_request, response) => {
    setTimeout(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"late":true}'),
      50,
    );
  });
  const http = createHttpClient({ timeoutMs: 1000, maxBodyBytes: 1024 });
  const answer = http.request({ method: 'GET', url });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await http.close();
  expect(await answer).toMatchObject({ body: { late: true } });
  expect(await failure(http.request({ method: 'GET', url }))).toMatchObject({
    code: 'provider_unavailable',
  });
});
