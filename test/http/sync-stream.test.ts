// The progress of a sync as server-sent events: its end, reconnecting, limits, and proxies.

import { get as httpGet, type IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import compression from 'compression';
import express, { type Request, type Response } from 'express';
import { EventSource } from 'undici';
import { EventStreams } from '../../src/http/event-streams.js';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { findNginx, startNginx } from '../support/nginx.js';
import { expectProblem, raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const EVENT_STREAM = { Accept: 'text/event-stream' };

/** A stream as it arrives. */
interface Opened {
  readonly response: IncomingMessage;
  text: string;
  readonly ended: Promise<void>;
  close(): void;
  /** Resolves when `text` matches. @throws Error after five seconds */
  until(pattern: RegExp): Promise<void>;
}

function open(url: string, headers: Record<string, string>): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const request = httpGet(url, { headers, agent: false }, (response) => {
      const opened: Opened = {
        response,
        text: '',
        ended: new Promise((done) => response.once('close', () => done())),
        close: () => request.destroy(),
        async until(pattern) {
          const end = Date.now() + 5_000;
          while (!pattern.test(opened.text)) {
            if (Date.now() > end) throw new Error(`not within five seconds: ${opened.text}`);
            await new Promise((again) => setTimeout(again, 20));
          }
        },
      };
      const isZipped = response.headers['content-encoding'] === 'gzip';
      const body = isZipped ? response.pipe(createGunzip()) : response;
      body.on('data', (chunk: Buffer) => {
        opened.text += chunk;
      });
      body.on('error', () => {});
      response.on('error', () => {});
      resolve(opened);
    });
    request.on('error', reject);
  });
}

/** A deployment without a worker: syncs stay queued until the test says otherwise. */
function withoutWorker(options: Parameters<typeof deploy>[0] = {}): Promise<Deployment> {
  return deploy({
    ...options,
    sandbox: { contents: 'empty' },
    environment: { ROLE: 'web', ...options.environment },
  });
}

async function connected(deployment: Deployment, userId: string): Promise<string> {
  const end = await deployment.browser(userId).connect('google', { as: 'ana@example.com' });
  return end.searchParams.get('accountId') as string;
}

const setState = (deployment: Deployment, account: string, state: string, eventsSeen = 0) =>
  deployment.query(
    `UPDATE account_syncs SET state = '${state}', events_seen = ${eventsSeen}, heartbeat_at = now()
      WHERE account_id = '${account}'`,
  );

describe.each(HOSTS)('the stream of a sync, %s', (host) => {
  let deployment: Deployment;
  let account: string;
  let path: string;
  const streams: Opened[] = [];

  beforeAll(async () => {
    deployment = await withoutWorker({ host, environment: { JWT_COOKIE_NAME: 'product-jwt' } });
    account = await connected(deployment, 'ana');
    path = `/integrations/sync/${account}`;
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await setState(deployment, account, 'running');
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  afterAll(() => deployment?.stop());

  const bearer = (claims = {}, userId = 'ana') => ({
    Authorization: `Bearer ${deployment.token(userId, claims)}`,
  });
  const opened = async (headers: Record<string, string> = bearer()) => {
    const stream = await open(deployment.url + path, { ...EVENT_STREAM, ...headers });
    streams.push(stream);
    return stream;
  };

  test('each event has an id, and the last one is `end` with the final sync', async () => {
    await setState(deployment, account, 'running');
    const stream = await opened();
    expect(stream.response.headers['cache-control']).toBe('no-store, no-transform');
    await stream.until(/event: sync/);
    await setState(deployment, account, 'running', 7);
    await stream.until(/"eventsSeen":7/);
    await setState(deployment, account, 'idle', 9);
    await stream.ended;
    const events = stream.text.trim().split('\n\n');
    for (const event of events)
      expect(event).toMatch(/^id: \d+\nevent: (sync|end)\ndata: \{[^\n]+\}$/);
    expect(events.map((event) => /event: (\w+)/.exec(event)?.[1])).toEqual([
      'sync',
      'sync',
      'sync',
      'end',
    ]);
    const last = JSON.parse(/data: (.+)/.exec(events.at(-1) as string)?.[1] as string);
    expect(last).toMatchObject({ state: 'idle', progress: { eventsSeen: 9 } });
    expect((await raw(deployment.url, path, { headers: bearer() })).body).toEqual(last);
  });

  test.each(['idle', 'backoff', 'error'])(
    'while the sync is %s, a first request gets it and `end`, and a reconnection gets 204',
    async (state) => {
      await setState(deployment, account, state);
      const stream = await opened();
      await stream.ended;
      expect(stream.text.match(/^event: .+/gm)).toEqual(['event: sync', 'event: end']);
      const id = /^id: (\d+)$/m.exec(stream.text)?.[1] as string;
      for (const last of [id, '', 'anything']) {
        const again = await raw(deployment.url, path, {
          headers: { ...EVENT_STREAM, ...bearer(), 'Last-Event-ID': last },
        });
        expect([again.status, again.text]).toEqual([204, '']);
      }
      const json = await raw(deployment.url, path, {
        headers: { ...bearer(), 'Last-Event-ID': id },
      });
      expect([json.status, json.body.state]).toEqual([200, state]);
    },
  );

  test.each([
    ['text/*', false],
    ['*/*', false],
    ['text/*;q=0.9, */*;q=0.1', false],
    ['application/json, text/event-stream;q=0.5', false],
    ['text/event-stream;q=0, text/*', false],
    ['text/html, Text/Event-Stream', true],
    ['text/event-stream, application/json;q=0.5', true],
  ])('Accept: %s gets a stream: %p', async (accept, isStream) => {
    await setState(deployment, account, 'idle');
    const { headers, status } = await raw(deployment.url, path, {
      headers: { ...bearer(), Accept: accept },
    });
    const type = isStream ? /^text\/event-stream/ : /^application\/json/;
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(type)]);
  });

  test('a reconnection while the sync is running gets the stream', async () => {
    await setState(deployment, account, 'running');
    const stream = await opened({ ...bearer(), 'Last-Event-ID': '7' });
    expect(stream.response.statusCode).toBe(200);
    await stream.until(/event: sync/);
  });

  test('a native EventSource stops after the end', async () => {
    await setState(deployment, account, 'running');
    const source = new EventSource(deployment.url + path, {
      // The session's cookie is what a browser sends; Node's has no cookies of its own.
      node: { dispatcher: await bearerDispatcher(bearer().Authorization), reconnectionTime: 100 },
    } as never);
    const seen: string[] = [];
    const finished = new Promise<void>((resolve) => {
      source.addEventListener('sync', () => seen.push('sync'));
      source.addEventListener('end', () => seen.push('end'));
      source.addEventListener('error', () => {
        if (source.readyState === 2) resolve();
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await setState(deployment, account, 'idle', 3);
    await finished;
    expect(seen.at(-1)).toBe('end');
    expect(seen.filter((name) => name === 'end')).toEqual(['end']);
    source.close();
  });

  test('a stream ends with the JWT of its caller', async () => {
    await setState(deployment, account, 'running');
    const exp = Math.floor(Date.now() / 1_000) + 2;
    const stream = await opened(bearer({ exp }));
    await stream.until(/event: sync/);
    await stream.ended;
    expect(stream.text).not.toContain('event: end');
    expect(stream.response.complete).toBe(true);
    expect(Math.abs(Date.now() - exp * 1_000)).toBeLessThan(900);
  });

  const session = async (claims = {}) => {
    const { headers } = await raw(deployment.url, '/integrations/session', {
      method: 'POST',
      headers: bearer(claims),
    });
    const cookie = headers['set-cookie']?.find((one) => one.startsWith('integrations-session='));
    return { Cookie: cookie?.split(';')[0] as string };
  };

  test('a stream ends with the browser session of its caller', async () => {
    await setState(deployment, account, 'running');
    const exp = Math.floor(Date.now() / 1_000) + 2;
    const stream = await opened(await session({ exp }));
    await stream.until(/event: sync/);
    await stream.ended;
    expect(Math.abs(Date.now() - exp * 1_000)).toBeLessThan(900);
  });

  test('a stream ends within seconds after the user has signed out', async () => {
    await setState(deployment, account, 'running');
    const cookie = await session();
    const stream = await opened(cookie);
    await stream.until(/event: sync/);
    const signedOut = await raw(deployment.url, '/integrations/session', {
      method: 'DELETE',
      headers: { ...cookie, Origin: deployment.url },
    });
    expect(signedOut.status).toBe(204);
    const since = Date.now();
    await stream.ended;
    expect(Date.now() - since).toBeLessThan(7_000);
    expect(stream.text).not.toContain('event: end');
  });

  test('the cookie of an ended session does not end the stream of a JWT cookie', async () => {
    await setState(deployment, account, 'running');
    const { Cookie: ended } = await session();
    await raw(deployment.url, '/integrations/session', {
      method: 'DELETE',
      headers: { Cookie: ended, Origin: deployment.url },
    });
    const stream = await opened({ Cookie: `${ended}; product-jwt=${deployment.token('ana')}` });
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await setState(deployment, account, 'idle');
    await stream.ended;
    expect(stream.text).toContain('event: end');
  });

  test('a user has at most four streams, and a closed one makes room', async () => {
    await setState(deployment, account, 'running');
    const four = [await opened(), await opened(), await opened(), await opened()];
    for (const stream of four) await stream.until(/event: sync/);
    const fifth = await raw(deployment.url, path, { headers: { ...EVENT_STREAM, ...bearer() } });
    expectProblem(fifth, 'rate_limited');
    expect(Number(fifth.headers['retry-after'])).toBeGreaterThan(0);
    expect((await raw(deployment.url, path, { headers: bearer() })).status).toBe(200);
    const admin = await opened(bearer({ roles: ['admin'] }, 'boss'));
    expect(admin.response.statusCode).toBe(200);
    four[0]?.close();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await opened()).response.statusCode).toBe(200);
  });
});

describe('the streams of a process', () => {
  test('are limited over all users, also after many have come and gone', async () => {
    const streams = new EventStreams(3);
    const app = express();
    app.get('/:user', (request: Request, response: Response) => {
      try {
        streams.open(request, response, String(request.params['user'])).send('sync', '{}');
      } catch (error) {
        const { code, retryAfterSeconds } = error as { code: string; retryAfterSeconds: number };
        response.status(429).json({ code, retryAfterSeconds });
      }
    });
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const url = (user: string) => `http://127.0.0.1:${port}/${user}`;
    for (let round = 0; round < 3; round += 1) {
      const three = await Promise.all(['a', 'b', 'c'].map((user) => open(url(user), {})));
      expect(three.map(({ response }) => response.statusCode)).toEqual([200, 200, 200]);
      const fourth = await fetch(url('d'));
      expect([fourth.status, await fourth.json()]).toEqual([
        429,
        { code: 'rate_limited', retryAfterSeconds: 30 },
      ]);
      for (const stream of three) stream.close();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('are a thousand', async () => {
    const { EventEmitter } = await import('node:events');
    const streams = new EventStreams();
    const fake = () =>
      Object.assign(new EventEmitter(), {
        status: () => ({ set: () => ({ flushHeaders() {} }) }),
      });
    const responses = Array.from({ length: 1_000 }, fake);
    for (const [index, response] of responses.entries())
      streams.open({} as Request, response as never, `user-${index}`);
    expect(() => streams.open({} as Request, fake() as never, 'late')).toThrow('rate_limited');
    for (const response of responses) response.emit('close');
  });
});

/** The stream arrives event by event: the first one long before the sync ends. */
async function expectUnbuffered(deployment: Deployment, origin: string): Promise<void> {
  const account = await connected(deployment, 'ana');
  await setState(deployment, account, 'running');
  const stream = await open(`${origin}/integrations/sync/${account}`, {
    ...EVENT_STREAM,
    'Accept-Encoding': 'gzip',
    Authorization: `Bearer ${deployment.token('ana')}`,
  });
  await stream.until(/event: sync/);
  await setState(deployment, account, 'running', 5);
  await stream.until(/"eventsSeen":5/);
  expect(stream.text).not.toContain('event: end');
  await setState(deployment, account, 'idle', 6);
  await stream.until(/event: end/);
  stream.close();
}

describe('a stream behind something that gathers responses', () => {
  let deployment: Deployment;
  afterEach(() => deployment?.stop());

  test('passes through `compression()` of a host event by event', async () => {
    deployment = await withoutWorker({
      host: 'mounted',
      hostMiddleware: [compression({ threshold: 0 })],
    });
    await expectUnbuffered(deployment, deployment.url);
    const json = await fetch(`${deployment.url}/openapi.json`);
    expect(json.headers.get('content-encoding')).not.toBeNull();
  });

  const hasNginx = findNginx() !== undefined || process.env['CI'] !== undefined;
  (hasNginx ? test : test.skip)(
    `passes through nginx event by event${hasNginx ? '' : ' (skipped: no nginx on this machine)'}`,
    async () => {
      deployment = await withoutWorker();
      const nginx = await startNginx(deployment.url);
      try {
        await expectUnbuffered(deployment, nginx.url);
      } finally {
        await nginx.stop();
      }
    },
  );
});

/** Adds the header that a browser's cookie would stand for. */
async function bearerDispatcher(authorization: string) {
  const { Agent } = await import('undici');
  return new Agent().compose(
    (dispatch) => (options, handler) =>
      dispatch({ ...options, headers: withHeader(options.headers, authorization) }, handler),
  );
}

function withHeader(headers: unknown, authorization: string): Record<string, string> {
  const entries: [string, string][] = [];
  if (Array.isArray(headers))
    for (let index = 0; index < headers.length; index += 2)
      entries.push([String(headers[index]), String(headers[index + 1])]);
  else entries.push(...Object.entries((headers ?? {}) as Record<string, string>));
  return { ...Object.fromEntries(entries), authorization };
}
