// The log: enough to know who did what, and no secret.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createLogger } from '../../src/logger.js';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';
import { raw } from './expectations.js';
import { forged, honest } from './tokens.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const NAVIGATION = 'text/html,*/*;q=0.8';
const PEOPLE = { google: 'ana@example.com', microsoft: 'ana@northwind.example' };
const PROVIDERS = ['google', 'microsoft'] as const;

describe.each(HOSTS)('the log of an account’s whole life, %s', (host) => {
  let deployment: Deployment;
  /** Values that the log must not contain. */
  const secrets = new Map<string, string>();
  const keep = (what: string, value: string | null | undefined) => {
    if (value && value.length >= 8) secrets.set(value, what);
  };
  const keepCookies = (headers: Record<string, unknown>) => {
    for (const line of (headers['set-cookie'] ?? []) as string[]) {
      const value = decodeURIComponent(line.split(';')[0]!.split('=').slice(1).join('='));
      keep('a cookie', value);
      keep('a cookie as sent', line.split(';')[0]!.split('=').slice(1).join('='));
    }
  };
  const audits = () => deployment.log.filter((line) => line['audit'] !== undefined);

  beforeAll(async () => {
    deployment = await deploy({ host });
    const { sandbox } = deployment;
    for (const provider of PROVIDERS) {
      const user = `user-of-${provider}`;
      const browser = deployment.browser(user);
      keep('a JWT', browser.jwt);
      keepCookies((await browser.post('/integrations/session').expect(204)).headers);

      const begin = async () => {
        const response = await browser
          .get(`/integrations/oauth-url/${provider}`)
          .query({ loginHint: 'hinted@example.com' })
          .expect(200);
        keepCookies(response.headers);
        keep('a state', response.body.state);
        keep('a challenge', new URL(response.body.url).searchParams.get('code_challenge'));
        return response.body.url as string;
      };
      const back = async (callback: string) => {
        const url = new URL(callback);
        keep('a code', url.searchParams.get('code'));
        const response = await browser.agent
          .get(url.pathname + url.search)
          .set('Accept', NAVIGATION)
          .expect(302);
        keepCookies(response.headers);
        return new URL(response.headers['location'] as string);
      };
      const callback = await browser.consent(await begin(), { as: PEOPLE[provider] });
      const accountId = (await back(callback)).searchParams.get('accountId') as string;
      await browser.synced(accountId);
      await back(callback);
      await back(await browser.consent(await begin(), { as: PEOPLE[provider], deny: true }));
      sandbox.control.addFault({
        route: `${provider}.token`,
        status: 400,
        body: {
          error: 'invalid_grant',
          error_description: 'PROVIDERS-OWN-WORDS',
          access_token: 'LEAKED-TOKEN',
        },
      });
      await back(await browser.consent(await begin(), { as: PEOPLE[provider] }));
      sandbox.control.expireAccessTokens({ provider });
      await browser.post(`/integrations/sync/${accountId}`, {}).expect(202);
      await browser.synced(accountId);

      const wrong = forged(
        honest({ sub: user }),
        {},
        { secret: 'not the secret of this deployment at all' },
      );
      keep('a forged JWT', wrong);
      await raw(deployment.url, '/integrations/accounts', {
        headers: { Authorization: `Bearer ${wrong}` },
      });
      await raw(
        deployment.url,
        `/integrations/accounts?access_token=${browser.jwt}&password=hunter2hunter2`,
        {
          headers: { Cookie: 'x=COOKIE-VALUE-OF-A-HOST' },
        },
      );
      keep('a password', 'hunter2hunter2');
      keep('a cookie of the host', 'COOKIE-VALUE-OF-A-HOST');
      keep("a provider's words", 'PROVIDERS-OWN-WORDS');
      keep('a token in an error', 'LEAKED-TOKEN');
      await deployment
        .browser('boss', { roles: ['admin'] })
        .get(`/integrations/accounts/${accountId}`)
        .expect(200);
      await deployment
        .browser('boss', { roles: ['admin'] })
        .get('/integrations/accounts')
        .expect(200);
      await browser.delete(`/integrations/accounts/${accountId}`).expect(200);
      await browser.delete('/integrations/session').set('Origin', FRONTEND).expect(204);
    }
    for (const { headers, body, path, query } of sandbox.control.requests()) {
      if (headers['authorization']) keep('an access token', headers['authorization'].split(' ')[1]);
      const form = new URLSearchParams(body);
      for (const name of ['code', 'code_verifier', 'client_secret', 'refresh_token', 'token'])
        keep(name, form.get(name));
      for (const name of ['syncToken', 'pageToken', '$deltatoken', '$skiptoken'])
        keep(`${name} of ${path}`, query[name]);
    }
    for (const provider of PROVIDERS)
      for (const { token } of sandbox.control.refreshTokens({ provider, user: PEOPLE[provider] }))
        keep('a refresh token', token);
  });
  afterAll(() => deployment?.stop());

  test('the log holds no code, state, verifier, token, cookie, cursor, JWT or provider text', () => {
    expect(new Set(secrets.values()).size).toBeGreaterThan(12);
    const written = JSON.stringify(deployment.log);
    expect(written.length).toBeGreaterThan(5_000);
    const leaked = [...secrets].filter(
      ([value]) => written.includes(value) || written.includes(encodeURIComponent(value)),
    );
    expect(leaked).toEqual([]);
  });

  test('the log holds no email address, no name of a person and no calendar content', () => {
    const written = JSON.stringify(deployment.log);
    for (const personal of [
      'ana@example.com',
      'ana@northwind.example',
      'hinted@example.com',
      'Marín',
    ])
      expect(written).not.toContain(personal);
  });

  test.each(PROVIDERS)(
    'the log records connecting, failing, refusals, admin reads and disconnecting at %s',
    (provider) => {
      const userId = `user-of-${provider}`;
      const of = (audit: string) =>
        audits().filter(
          (line) =>
            line['audit'] === audit && (line['userId'] === userId || line['owner'] === userId),
        );
      expect(of('session_opened')).toHaveLength(1);
      expect(of('connected')).toMatchObject([
        { userId, provider, accountId: expect.any(String), requestId: expect.any(String) },
      ]);
      expect(of('connect_failed').map(({ code }) => code)).toEqual([
        'access_denied',
        'provider_error',
      ]);
      expect(of('admin_read')).toMatchObject([
        { userId: 'boss', owner: userId, requestId: expect.any(String) },
      ]);
      expect(of('disconnected')).toMatchObject([
        { userId, owner: userId, provider, revoked: expect.any(Boolean) },
      ]);
      for (const line of of('connect_failed'))
        expect(line).toMatchObject({
          provider,
          requestId: expect.any(String),
          time: expect.any(Number),
        });
    },
  );

  test('the log gives the reason and the request id of a refused state', () => {
    const refused = deployment.log.filter((line) => line['code'] === 'invalid_state');
    expect(refused).toHaveLength(2);
    for (const line of refused)
      expect(line).toMatchObject({ reason: expect.any(String), requestId: expect.any(String) });
  });

  test('the log has one line for each request, with its route and without its URL', async () => {
    const { headers } = await raw(
      deployment.url,
      '/integrations/accounts/SECRET-IN-A-PATH?code=SECRET-IN-A-QUERY',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const lines = deployment.log.filter(
      (line) => line['requestId'] === headers['x-request-id'] && line['msg'] === 'request',
    );
    expect(lines).toMatchObject([{ method: 'GET', route: '/accounts/:accountId', status: 401 }]);
    expect(JSON.stringify(deployment.log)).not.toContain('SECRET-IN-A');
  });

  test('line breaks and escapes in input stay inside one log line', async () => {
    const before = deployment.log.length;
    await raw(
      deployment.url,
      '/integrations/auth/google/callback?error=%0a%7b%22level%22%3a60%7d%0d%0a%1b%5b31m&state=x%0aFORGED',
      { headers: { Accept: NAVIGATION } },
    );
    await raw(deployment.url, '/integrations/x%0aFORGED', {
      headers: { 'User-Agent': 'FORGED', Referer: 'http://x/?code=FORGED' },
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(deployment.log.length).toBeGreaterThan(before);
    expect(JSON.stringify(deployment.log.slice(before))).not.toMatch(/FORGED|\\u001b/);
  });
});

describe('the logger', () => {
  test('the logger removes possible secrets at any depth, and keeps only named fields of an error', () => {
    const lines: string[] = [];
    const logger = createLogger('info');
    const stream = (logger as unknown as Record<symbol, { write(line: string): void }>)[
      pino.symbols.streamSym
    ]!;
    stream.write = (line) => void lines.push(line);
    const error = Object.assign(new Error('outer'), {
      config: { headers: { Authorization: 'Bearer SECRET' } },
      cause: Object.assign(new Error('inner'), {
        code: '53300',
        response: { body: 'SECRET' },
        parameters: ['SECRET'],
      }),
    });
    logger.info(
      {
        code: 'SECRET',
        state: 'SECRET',
        verifier: 'SECRET',
        tokens: { accessToken: 'SECRET', refreshToken: 'SECRET', access_token: 'SECRET' },
        request: { headers: { authorization: 'SECRET', cookie: 'SECRET' } },
        list: [{ token: 'SECRET' }, { client_secret: 'SECRET', kept: 'yes' }],
        err: error,
      },
      'a line',
    );
    // The code of this error is an authorization code, and no code of an error.
    const odd = Object.assign(new Error('odd'), { code: '4/0AX4XfWi-SECRET' });
    logger.child({ audit: 'x', ticket: 'SECRET', of: { password: 'SECRET' } }).warn({ err: odd });
    logger.info({ code: 'invalid_state', reason: 'spent' }, 'a refusal');
    expect(JSON.parse(lines.pop()!)).toMatchObject({ code: 'invalid_state', reason: 'spent' });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('SECRET');
    expect(JSON.parse(lines[0]!).list).toEqual([
      { token: '[redacted]' },
      { client_secret: '[redacted]', kept: 'yes' },
    ]);
    expect(JSON.parse(lines[1]!)).toMatchObject({ audit: 'x', of: { password: '[redacted]' } });
    expect(JSON.parse(lines[0]!)).toMatchObject({
      err: { message: 'outer', cause: { message: 'inner', code: '53300' } },
    });
  });
});
