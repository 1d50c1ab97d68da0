// The library in a host application with its own sign-in, session and settings.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express, { type Request } from 'express';
import session from 'express-session';
import supertest from 'supertest';
import { environmentFor } from '../../sandbox/environment.js';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import { ConfigError, createIntegrations, type Integrations } from '../../src/index.js';
import { SESSION_SECRET, TOKEN_KEY } from '../support/secrets.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';
import { expectProblem, raw } from './expectations.js';

const FRONTEND = 'http://localhost:5173';
const NAVIGATION = 'text/html,*/*;q=0.8';
const ABSENT = '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11';

declare module 'express-session' {
  interface SessionData {
    signedIn?: { id: unknown; admin?: unknown; endsInMs?: number };
  }
}

describe('a host that identifies the caller', () => {
  let database: TestDatabase;
  let sandbox: Sandbox;
  let integrations: Integrations;
  let server: Server;
  let url: string;
  let failing = false;

  beforeAll(async () => {
    database = await createTestDatabase();
    sandbox = await startSandbox({ contents: 'empty' });
    const app = express();
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    integrations = createIntegrations({
      databaseUrl: database.url,
      sessionSecret: [SESSION_SECRET],
      tokenEncryptionKeys: `test:${TOKEN_KEY}`,
      oauthRedirectBaseUrl: url,
      frontendBaseUrl: FRONTEND,
      role: 'web',
      logLevel: 'silent',
      databasePoolSize: 4,
      environment: environmentFor(sandbox, 'google'),
      authenticate(request: Request) {
        if (failing) throw new Error("the host's own trouble");
        const signedIn = request.session.signedIn;
        return signedIn === undefined
          ? null
          : ({
              userId: signedIn.id,
              admin: signedIn.admin,
              ...(signedIn.endsInMs === undefined
                ? {}
                : { expiresAt: new Date(Date.now() + signedIn.endsInMs) }),
            } as never);
      },
    });
    app.set('query parser', 'extended');
    app.use(
      session({ secret: 'of the host', resave: false, saveUninitialized: false, name: 'host.sid' }),
    );
    app.use(express.json(), express.urlencoded({ extended: true }));
    app.post('/sign-in', (request, response) => {
      request.session.signedIn = request.body;
      response.json({ session: request.sessionID });
    });
    app.get('/who', (request, response) => {
      response.json({ session: request.sessionID, signedIn: request.session.signedIn ?? null });
    });
    app.use('/integrations', integrations.router);
    app.use(((_error, _request, response, _next) => {
      response.status(500).send('<h1>the host</h1>');
    }) as express.ErrorRequestHandler);
    await integrations.start();
  });
  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
    await integrations?.stop();
    await sandbox?.close();
    await database?.drop();
  });

  const signedIn = async (id: unknown, admin?: unknown, endsInMs?: number) => {
    const agent = supertest.agent(url);
    const { body } = await agent.post('/sign-in').send({ id, admin, endsInMs }).expect(200);
    return { agent, session: body.session as string };
  };

  test('a request without a user is unauthenticated, and a JWT is not accepted', async () => {
    expectProblem(await supertest(url).get('/integrations/accounts'), 'unauthenticated');
    expectProblem(
      await supertest(url).get('/integrations/accounts').set('Authorization', 'Bearer x.y.z'),
      'unauthenticated',
    );
  });

  test('a user connects with the host’s session, which stays unchanged', async () => {
    const { agent, session } = await signedIn('ana');
    const begun = await agent
      .get('/integrations/auth/google')
      .set('Accept', NAVIGATION)
      .expect(302);
    const consent = new URL(begun.headers['location'] as string);
    consent.searchParams.set('sim_user', 'ana@example.com');
    const answer = await fetch(consent, { redirect: 'manual' });
    const callback = new URL(answer.headers.get('location') as string);
    const end = await agent
      .get(callback.pathname + callback.search)
      .set('Accept', NAVIGATION)
      .expect(302);
    expect(new URL(end.headers['location'] as string).searchParams.get('status')).toBe('success');
    const { body } = await agent.get('/integrations/accounts').expect(200);
    expect(body.data).toMatchObject([{ userId: 'ana', provider: 'google' }]);
    expect((await agent.get('/who')).body).toEqual({ session, signedIn: { id: 'ana' } });
  });

  test('a stream ends when the host says that the sign-in ends', async () => {
    const { agent } = await signedIn('ana', undefined, 2_000);
    const { body: accounts } = await agent.get('/integrations/accounts').expect(200);
    const { body: who } = await agent.get('/integrations/session').expect(200);
    expect(Math.abs(Date.parse(who.expiresAt) - Date.now() - 2_000)).toBeLessThan(1_500);
    const started = Date.now();
    const { text } = await agent
      .get(`/integrations/sync/${accounts.data[0].id}`)
      .set('Accept', 'text/event-stream')
      .timeout(10_000);
    expect(Date.now() - started).toBeLessThan(3_500);
    expect(text).toContain('event: sync');
    expect(text).not.toContain('event: end');
  });

  test.each([0, -1_000])(
    'a sign-in that the host says has ended names no one (%d ms)',
    async (endsInMs) => {
      const { agent } = await signedIn('ana', undefined, endsInMs);
      expectProblem(await agent.get('/integrations/accounts'), 'unauthenticated');
    },
  );

  test('the callback requires the same user to be signed in at the host', async () => {
    const { agent } = await signedIn('first');
    const { body } = await agent.get('/integrations/oauth-url/google').expect(200);
    const consent = new URL(body.url);
    consent.searchParams.set('sim_user', 'ana@example.com');
    const callback = new URL(
      (await fetch(consent, { redirect: 'manual' })).headers.get('location') as string,
    );
    await agent.post('/sign-in').send({ id: 'second' }).expect(200);
    const end = await agent
      .get(callback.pathname + callback.search)
      .set('Accept', NAVIGATION)
      .expect(302);
    expect(new URL(end.headers['location'] as string).searchParams.get('error')).toBe(
      'invalid_state',
    );
  });

  test('a browser session of the service works beside the host’s session', async () => {
    const { agent, session } = await signedIn('ana');
    await agent.post('/integrations/session').set('Origin', FRONTEND).expect(204);
    expect((await agent.get('/who')).body).toEqual({ session, signedIn: { id: 'ana' } });
    await agent.delete('/integrations/session').set('Origin', FRONTEND).expect(204);
    expect((await agent.get('/who')).body).toEqual({ session, signedIn: { id: 'ana' } });
    await agent.get('/integrations/accounts').expect(200);
  });

  test('a request authenticated by cookie may change data only from a trusted page', async () => {
    const { agent } = await signedIn('ana');
    for (const headers of [
      {},
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
    ] as Record<string, string>[]) {
      expectProblem(
        await agent.delete(`/integrations/accounts/${ABSENT}`).set(headers),
        'origin_not_allowed',
      );
      expectProblem(await agent.post('/integrations/session').set(headers), 'origin_not_allowed');
    }
    expectProblem(
      await agent.delete(`/integrations/accounts/${ABSENT}`).set('Origin', FRONTEND),
      'account_not_found',
    );
  });

  test.each([
    [undefined],
    [null],
    [''],
    [7],
    [{ $ne: null }],
    [['ana']],
    ['a\u0000b'],
    ['x'.repeat(129)],
  ])('a user id %j is unauthenticated and owns no account', async (id) => {
    const { agent } = await signedIn(id, true);
    const owner = await signedIn('ana');
    const [account] = (await owner.agent.get('/integrations/accounts').expect(200)).body.data;
    expectProblem(await agent.get('/integrations/accounts'), 'unauthenticated');
    expectProblem(
      await agent.delete(`/integrations/accounts/${account.id}`).set('Origin', FRONTEND),
      'unauthenticated',
    );
    await owner.agent.get(`/integrations/accounts/${account.id}`).expect(200);
  });

  test('only the value true of the host makes an admin', async () => {
    const { agent } = await signedIn('boss', true);
    await agent.get('/integrations/accounts?userId=ana').expect(200);
    for (const admin of ['true', 1, 'admin', ['admin'], {}, 'false', null]) {
      const { agent: user } = await signedIn('bo', admin);
      expectProblem(await user.get('/integrations/accounts?userId=ana'), 'forbidden');
    }
  });

  test('an error in the host’s function is a server_error without details', async () => {
    failing = true;
    try {
      const response = await supertest(url).get('/integrations/accounts');
      expectProblem(response, 'server_error');
      expect(response.text).not.toMatch(/trouble|at /);
    } finally {
      failing = false;
    }
  });

  test('the host’s query parser and error page do not affect the router', async () => {
    const { agent } = await signedIn('ana');
    const answer = await agent
      .get('/integrations/auth/google/callback?state[a]=b&code[]=c')
      .set('Accept', NAVIGATION)
      .expect(302);
    expect(new URL(answer.headers['location'] as string).searchParams.get('error')).toBe(
      'invalid_state',
    );
    expectProblem(await agent.get('/integrations/nowhere'), 'not_found');
    expectProblem(await raw(url, '/integrations/accounts/%E0%A4%A'), 'invalid_request');
  });

  test('the library is not created without a way to identify callers, or with a misspelled setting', () => {
    expect(() => createIntegrations({ databaseUrl: database.url })).toThrow(ConfigError);
    expect(() => createIntegrations({ databaseURl: database.url } as never)).toThrow(ConfigError);
  });
});
