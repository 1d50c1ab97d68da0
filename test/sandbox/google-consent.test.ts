// Tests of the sandbox's Google OAuth: consent, codes and tokens.

import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import {
  authorizationUrl,
  connect,
  get,
  type Json,
  REDIRECT_URI,
  redemptionOf,
  token,
  VERIFIER,
  visit,
} from './clients.js';

let sandbox: Sandbox;
let now = Date.parse('2026-09-20T10:00:00Z');

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => new Date(now), contents: 'empty' });
});
afterAll(() => sandbox.close());

describe('the authorization endpoint', () => {
  test('the consent page shows account and scopes, and lets a person untick the calendar', async () => {
    const chooser = await (
      await fetch(authorizationUrl(sandbox, 'google', { state: '"><script>' }))
    ).text();
    expect(chooser).toContain('ana@example.com');
    expect(chooser).toContain('This is not Google');
    expect(chooser).not.toContain('<script');
    const fields = new URLSearchParams(authorizationUrl(sandbox, 'google').search);
    fields.set('sim_account', 'ana@example.com');
    const consent = await (
      await fetch(sandbox.google.authorizationUrl, { method: 'POST', body: fields })
    ).text();
    expect(consent).toMatch(
      /type="checkbox" name="granted" value="https:\/\/www.googleapis.com\/auth\/calendar" checked/,
    );
    fields.set('decision', 'allow');
    const back = await fetch(sandbox.google.authorizationUrl, {
      method: 'POST',
      body: fields,
      redirect: 'manual',
    });
    const answer = new URL(back.headers.get('location') ?? '').searchParams;
    expect(answer.get('scope')).not.toContain('auth/calendar');
    sandbox.control.revokeGrants({ provider: 'google', user: 'ana@example.com' });
  });

  test('the endpoint never redirects for an unknown client or redirect URI', async () => {
    const wrong: Record<string, string>[] = [
      { client_id: 'nobody' },
      { redirect_uri: 'https://evil.example/cb' },
      { redirect_uri: `${REDIRECT_URI}#x` },
      { response_type: 'token' },
      { prompt: 'sometimes' },
    ];
    for (const more of wrong) {
      const response = await fetch(
        authorizationUrl(sandbox, 'google', { sim_user: 'ana@example.com', ...more }),
        {
          redirect: 'manual',
        },
      );
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('location')).toBeNull();
    }
  });

  test('a refusal redirects with the state and without a code', async () => {
    const answer = await visit(authorizationUrl(sandbox, 'google', { sim_deny: '1' }));
    expect([answer.get('error'), answer.get('state'), answer.get('code')]).toEqual([
      'access_denied',
      'the-state',
      null,
    ]);
  });

  test('a redirect carries more parameters than were requested', async () => {
    const answer = await visit(
      authorizationUrl(sandbox, 'google', {
        sim_user: 'bo@example.com',
        prompt: 'select_account consent',
      }),
    );
    expect(answer.get('iss')).toBe('https://accounts.google.com');
    expect(answer.get('prompt')).toBe('consent');
    expect(answer.get('authuser')).not.toBeNull();
    expect(answer.get('scope')).toContain('https://www.googleapis.com/auth/userinfo.email');
  });
});

describe('codes', () => {
  test('codes need their verifier, redirect URI and client, work once, and live ten minutes', async () => {
    const code = async () =>
      (await visit(authorizationUrl(sandbox, 'google', { sim_user: 'ana@example.com' }))).get(
        'code',
      );
    const attempt = async (change: Record<string, string>) =>
      (await token(sandbox, 'google', { ...redemptionOf(await code()), ...change })).body['error'];
    expect(await attempt({ code_verifier: VERIFIER.replace('d', 'e') })).toBe('invalid_grant');
    expect(await attempt({ code_verifier: '' })).toBe('invalid_grant');
    expect(await attempt({ redirect_uri: 'http://localhost:3000/other' })).toBe(
      'redirect_uri_mismatch',
    );
    expect(await attempt({ client_secret: 'wrong' })).toBe('invalid_client');
    const once = await code();
    expect((await token(sandbox, 'google', redemptionOf(once))).status).toBe(200);
    expect(await token(sandbox, 'google', redemptionOf(once))).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Bad Request' },
    });
    const late = await code();
    now += 601_000;
    expect((await token(sandbox, 'google', redemptionOf(late))).body['error']).toBe(
      'invalid_grant',
    );
  });

  test('codes are accepted with HTTP Basic too', async () => {
    const code = (
      await visit(authorizationUrl(sandbox, 'google', { sim_user: 'ana@example.com' }))
    ).get('code');
    const { clientId, clientSecret, tokenUrl } = sandbox.google;
    const response = await fetch(tokenUrl, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams(redemptionOf(code)),
    });
    expect(response.status).toBe(200);
  });
});

describe('tokens', () => {
  test('a refresh token comes with the first consent, or when consent is asked for again, and only offline', async () => {
    const user = 'bo@example.com';
    sandbox.control.revokeGrants({ provider: 'google', user });
    expect(await connect(sandbox, 'google', user, { access_type: 'online' })).not.toHaveProperty(
      'refresh_token',
    );
    sandbox.control.revokeGrants({ provider: 'google', user });
    expect(await connect(sandbox, 'google', user)).toHaveProperty('refresh_token');
    expect(await connect(sandbox, 'google', user)).not.toHaveProperty('refresh_token');
    expect(await connect(sandbox, 'google', user, { prompt: 'consent' })).toHaveProperty(
      'refresh_token',
    );
  });

  test('granted scopes are reordered, spelled out, and may be fewer', async () => {
    const whole = await connect(sandbox, 'google', 'ana@example.com', { prompt: 'consent' });
    expect(whole['scope']).toBe(
      'https://www.googleapis.com/auth/calendar openid https://www.googleapis.com/auth/userinfo.email',
    );
    const partial = await connect(sandbox, 'google', 'ana@example.com', { sim_grant: 'email' });
    expect(partial['scope']).not.toContain('calendar');
    const refused = await get(sandbox, 'google', partial['access_token'], '/users/me/calendarList');
    expect([refused.status, refused.body['error'].details[0].reason]).toEqual([
      403,
      'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    ]);
    const merged = await connect(sandbox, 'google', 'ana@example.com', {
      sim_grant: 'email',
      include_granted_scopes: 'true',
    });
    expect(merged['scope']).toContain('auth/calendar');
  });

  test('the id token verifies against the published keys', async () => {
    const { id_token: idToken } = await connect(sandbox, 'google', 'ana@example.com', {
      nonce: 'n-1',
    });
    const [head, body, signature] = (idToken as string).split('.') as [string, string, string];
    const { keys } = (await (await fetch(`${sandbox.url}/google/oauth2/v3/certs`)).json()) as {
      keys: Json[];
    };
    const key = createPublicKey({ key: keys[0] ?? {}, format: 'jwk' });
    expect(
      verify(
        'RSA-SHA256',
        Buffer.from(`${head}.${body}`),
        key,
        Buffer.from(signature, 'base64url'),
      ),
    ).toBe(true);
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Json;
    expect(claims).toMatchObject({
      iss: 'https://accounts.google.com',
      sub: '108204268033311374519',
      email: 'ana@example.com',
      nonce: 'n-1',
    });
  });

  test('userinfo has two shapes', async () => {
    const { access_token: accessToken } = await connect(sandbox, 'google', 'ana@example.com');
    const shape = async (path: string) =>
      (await get(sandbox, 'google', accessToken, sandbox.url + path)).body;
    expect(await shape('/google/v1/userinfo')).toMatchObject({
      sub: '108204268033311374519',
      email_verified: true,
    });
    expect(await shape('/google/oauth2/v2/userinfo')).toMatchObject({
      id: '108204268033311374519',
      verified_email: true,
    });
  });

  test('access tokens expire by the clock, and refreshing gives no new refresh token', async () => {
    const first = await connect(sandbox, 'google', 'ana@example.com', { prompt: 'consent' });
    now += 3_599_000;
    const { status, body, headers } = await get(
      sandbox,
      'google',
      first['access_token'],
      '/users/me/calendarList',
    );
    expect([status, body['error'].errors[0].reason]).toEqual([401, 'authError']);
    expect(headers.get('www-authenticate')).toContain('Bearer');
    const refreshed = await token(sandbox, 'google', {
      grant_type: 'refresh_token',
      refresh_token: first['refresh_token'],
    });
    expect(refreshed.body).not.toHaveProperty('refresh_token');
    expect(
      (await get(sandbox, 'google', refreshed.body['access_token'], '/users/me/calendarList'))
        .status,
    ).toBe(200);
  });

  test('the hundred and first live refresh token silently invalidates the oldest', async () => {
    sandbox.control.configure({ google: { refreshTokenLimit: 3 } });
    const ask = { prompt: 'consent' };
    const oldest = await connect(sandbox, 'google', 'bo@example.com', ask);
    for (let round = 0; round < 3; round += 1)
      await connect(sandbox, 'google', 'bo@example.com', ask);
    const refused = await token(sandbox, 'google', {
      grant_type: 'refresh_token',
      refresh_token: oldest['refresh_token'],
    });
    expect(refused.body).toEqual({
      error: 'invalid_grant',
      error_description: 'Token has been expired or revoked.',
    });
    expect(
      sandbox.control.configure({ google: { refreshTokenLimit: 100 } }).google.refreshTokenLimit,
    ).toBe(100);
  });

  test('in testing mode a refresh token lives seven days', async () => {
    sandbox.control.configure({ google: { testingMode: true } });
    const { refresh_token: refreshToken } = await connect(sandbox, 'google', 'bo@example.com', {
      prompt: 'consent',
    });
    sandbox.control.configure({ google: { testingMode: false } });
    const refresh = () =>
      token(sandbox, 'google', { grant_type: 'refresh_token', refresh_token: refreshToken });
    now += 6.9 * 86_400_000;
    expect((await refresh()).status).toBe(200);
    now += 0.2 * 86_400_000;
    expect((await refresh()).body['error']).toBe('invalid_grant');
  });

  test('revoking ends every grant of the user in the project, whichever token is shown', async () => {
    const one = await connect(sandbox, 'google', 'ana@example.com', { prompt: 'consent' });
    const other = await connect(sandbox, 'google', 'ana@example.com', { prompt: 'consent' });
    const revoke = () =>
      fetch(sandbox.google.revocationUrl, {
        method: 'POST',
        body: new URLSearchParams({ token: one['access_token'] }),
      });
    expect(await (await revoke()).json()).toEqual({});
    expect(
      (
        await token(sandbox, 'google', {
          grant_type: 'refresh_token',
          refresh_token: other['refresh_token'],
        })
      ).body['error'],
    ).toBe('invalid_grant');
    expect(
      (await get(sandbox, 'google', other['access_token'], '/users/me/calendarList')).status,
    ).toBe(401);
    expect((await revoke()).status).toBe(400);
  });

  test('a rotated client secret gives invalid_client, not invalid_grant', async () => {
    const { refresh_token: refreshToken } = await connect(sandbox, 'google', 'ana@example.com', {
      prompt: 'consent',
    });
    const old = sandbox.google.clientSecret;
    sandbox.control.rotateClientSecret({ provider: 'google' });
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken as string };
    expect(await token(sandbox, 'google', { ...fields, client_secret: old })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect((await token(sandbox, 'google', fields)).status).toBe(200);
  });
});

test('an account without a calendar gets Google’s error for it', async () => {
  const { access_token: accessToken } = await connect(sandbox, 'google', 'noor@example.com');
  const { status, body } = await get(sandbox, 'google', accessToken, '/users/me/calendarList');
  expect([status, body['error'].errors[0].reason]).toEqual([403, 'notACalendarUser']);
});
