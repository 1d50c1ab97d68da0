// Any response of a provider during the callback: the browser returns to the frontend in time, and
// no text of it is stored.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type Deployment, deploy, FRONTEND } from '../support/deployment.js';
import {
  abandoning,
  answering,
  dripping,
  flooding,
  hanging,
  type OddAnswer,
  type OddServer,
  oddServer,
} from './odd-server.js';
import { timed } from './stopwatch.js';

const TIMEOUT_MS = 1_500;
const ACCOUNTS = { google: 'ana@example.com', microsoft: 'ana@northwind.example' };
const SCOPES = {
  google: 'openid email https://www.googleapis.com/auth/calendar',
  microsoft: 'Calendars.ReadWrite User.Read openid profile email',
};
type ProviderName = keyof typeof ACCOUNTS;

let tokens: OddServer;
let identity: OddServer;
let deployment: Deployment;
let database: pg.Client;

beforeAll(async () => {
  [tokens, identity] = await Promise.all([oddServer(), oddServer()]);
  deployment = await deploy({
    environment: {
      PROVIDER_TIMEOUT_MS: String(TIMEOUT_MS),
      GOOGLE_TOKEN_URL: `${tokens.url}/token`,
      MICROSOFT_TOKEN_URL: `${tokens.url}/token`,
      GOOGLE_USERINFO_URL: `${identity.url}/userinfo`,
      MICROSOFT_GRAPH_URL: `${identity.url}/v1.0`,
    },
  });
  database = new pg.Client({ connectionString: deployment.database.url });
  await database.connect();
});
afterEach(async () => {
  const { rows } = await database.query(
    `SELECT (SELECT count(*)::int FROM integrations.connected_accounts) AS accounts,
            (SELECT count(*)::int FROM integrations.authorization_attempts
              WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL OR status IN ('started', 'exchanged')) AS attempts`,
  );
  expect(rows).toEqual([{ accounts: 0, attempts: 0 }]);
});
afterAll(async () => {
  await database?.end();
  await deployment?.stop();
  await Promise.all([tokens?.close(), identity?.close()]);
});

const good = (provider: ProviderName) =>
  answering({
    access_token: 'an access token',
    refresh_token: 'a refresh token',
    token_type: 'Bearer',
    expires_in: 3600,
    scope: SCOPES[provider],
  });

/**
 * Connects.
 *
 * @returns the query of the redirect to the frontend, and the duration of the callback
 */
async function outcome(
  provider: ProviderName,
): Promise<{ query: Record<string, string>; ms: number }> {
  const browser = deployment.browser('ana');
  const callbackUrl = await browser.consent(await browser.begin(provider), {
    as: ACCOUNTS[provider],
  });
  const { answer: end, ms } = await timed(browser.comeBack(callbackUrl));
  expect(end.origin + end.pathname).toBe(`${FRONTEND}/integrations`);
  return { query: Object.fromEntries(end.searchParams), ms };
}

const html = answering('<html><body>502 Bad Gateway</body></html>', 200, {
  'content-type': 'text/html',
});
const token = (other: object) =>
  answering({
    access_token: 'a',
    refresh_token: 'r',
    token_type: 'Bearer',
    expires_in: 3600,
    ...other,
  });

const TOKEN_ANSWERS: [string, OddAnswer, string][] = [
  ['never comes', hanging, 'provider_unavailable'],
  ['drips a byte at a time', dripping, 'provider_unavailable'],
  ['breaks off half way', abandoning, 'provider_unavailable'],
  ['never ends', flooding, 'provider_unavailable'],
  ['is 65 kB of JSON', answering({ padding: 'x'.repeat(66_000) }), 'provider_unavailable'],
  ['is null', answering('null'), 'provider_unavailable'],
  ['is a number', answering('42'), 'provider_unavailable'],
  ['is a list', answering('[{"access_token":"a"}]'), 'provider_unavailable'],
  ['is a string', answering('"access_token"'), 'provider_unavailable'],
  ['is half of a JSON', answering('{"access_token":"a"'), 'provider_unavailable'],
  ['is empty', answering(''), 'provider_unavailable'],
  ['is a page', html, 'provider_unavailable'],
  [
    'is a redirect',
    answering('', 302, { location: 'http://127.0.0.1:9/elsewhere' }),
    'provider_unavailable',
  ],
  [
    'is 307, which would send the secret along',
    answering('', 307, { location: 'http://127.0.0.1:9/' }),
    'provider_unavailable',
  ],
  [
    'is 429',
    answering({ error: 'rate_limited' }, 429, { 'retry-after': '1' }),
    'provider_unavailable',
  ],
  ['is 503 with Retry-After', answering({}, 503, { 'retry-after': '1' }), 'provider_unavailable'],
  [
    'is 500 saying invalid_grant',
    answering({ error: 'invalid_grant' }, 500),
    'provider_unavailable',
  ],
  [
    'is an error in a 200',
    answering({ error: 'invalid_grant', access_token: 'a' }),
    'provider_error',
  ],
  ['is an object for an error', answering({ error: { code: 1 } }, 400), 'provider_error'],
  ['has an object for a token', token({ access_token: { a: 1 } }), 'provider_unavailable'],
  [
    'has a token with a line break',
    token({ access_token: 'a\r\nX-Evil: 1' }),
    'provider_unavailable',
  ],
  ['has a token of another type', token({ token_type: 'mac' }), 'provider_unavailable'],
  ['has a list for scopes', token({ scope: ['a'] }), 'provider_unavailable'],
  ['has NUL in its scopes', token({ scope: 'openid\u0000email' }), 'provider_unavailable'],
  ['has a number for a refresh token', token({ refresh_token: 7 }), 'provider_unavailable'],
  [
    'says our client is unknown',
    answering({ error: 'invalid_client' }, 401),
    'provider_misconfigured',
  ],
  [
    'says the redirect URI is wrong',
    answering({ error: 'redirect_uri_mismatch' }, 400),
    'provider_misconfigured',
  ],
  ['says the code is spent', answering({ error: 'invalid_grant' }, 400), 'provider_error'],
  ['is a 404', answering('not here', 404, { 'content-type': 'text/plain' }), 'provider_error'],
];

const IDENTITY_ANSWERS: [string, OddAnswer, string][] = [
  ['never comes', hanging, 'provider_unavailable'],
  ['breaks off half way', abandoning, 'provider_unavailable'],
  ['never ends', flooding, 'provider_unavailable'],
  ['is null', answering('null'), 'provider_unavailable'],
  ['is a list', answering('[]'), 'provider_unavailable'],
  ['names nobody', answering({}), 'provider_unavailable'],
  ['names an object', answering({ sub: { a: 1 }, id: { a: 1 } }), 'provider_unavailable'],
  ['is a page', html, 'provider_unavailable'],
  [
    'is a redirect',
    answering('', 301, { location: 'http://127.0.0.1:9/' }),
    'provider_unavailable',
  ],
  ['is 401', answering({ error: 'invalid_token' }, 401), 'provider_error'],
  ['is 429', answering({}, 429), 'provider_unavailable'],
  ['is 500', answering('oh', 500), 'provider_unavailable'],
];

describe.each<ProviderName>(['google', 'microsoft'])('%s: the token answer', (provider) => {
  test.each(TOKEN_ANSWERS)('%s', async (_name, answer, code) => {
    tokens.answer = answer;
    const before = tokens.asked;
    const { query, ms } = await outcome(provider);
    expect(query).toEqual({ status: 'error', provider, error: code });
    expect(ms).toBeLessThan(TIMEOUT_MS + 2_000);
    expect(tokens.asked - before).toBe(1); // a code is redeemed once
  });
});

describe.each<ProviderName>(['google', 'microsoft'])(
  '%s: the answer to whose account it is',
  (provider) => {
    test.each(IDENTITY_ANSWERS)('%s', async (_name, answer, code) => {
      tokens.answer = good(provider);
      identity.answer = answer;
      const { query, ms } = await outcome(provider);
      expect(query).toEqual({ status: 'error', provider, error: code });
      expect(ms).toBeLessThan(TIMEOUT_MS + 2_000);
    });
  },
);

describe('a service beside a failing provider', () => {
  test('other requests stay quick while many callbacks wait for the provider', async () => {
    tokens.answer = hanging;
    const hung = Array.from({ length: 30 }, () => outcome('google'));
    await new Promise((resolve) => setTimeout(resolve, 700));
    for (let tries = 0; tries < 10; tries += 1) {
      const { answer, ms } = await timed(deployment.browser('bo').get('/integrations/accounts'));
      expect(answer.status).toBe(200);
      expect(ms).toBeLessThan(500);
    }
    for (const { query } of await Promise.all(hung))
      expect(query['error']).toBe('provider_unavailable');
  });

  test('a body far too large is not kept in memory', async () => {
    tokens.answer = flooding;
    global.gc?.();
    const before = process.memoryUsage().rss;
    await Promise.all(Array.from({ length: 5 }, () => outcome('google')));
    expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
  });

  test('unusual names and token lifetimes are cleaned, and the account is connected', async () => {
    for (const expires_in of [-5, 1e12, '3600', 'soon', null, undefined]) {
      tokens.answer = token({
        expires_in,
        scope: SCOPES.google,
        refresh_token: 'r',
        token_type: 'bEaReR',
      });
      identity.answer = answering(
        `{"sub":"1${String(expires_in).length}","email":"a\\u0000@example.com","name":"A\\ud800\\r\\n${'x'.repeat(20_000)}","__proto__":{"polluted":1}}`,
      );
      const { query } = await outcome('google');
      expect(query).toMatchObject({ status: 'success' });
      const { rows } = await database.query(
        `SELECT length(display_name) AS n, access_token_expires_at - now() AS life, access_token_expires_at < now() + interval '25 hours' AS sane
           FROM integrations.connected_accounts WHERE id = $1`,
        [query['accountId']],
      );
      expect(rows[0].n).toBeLessThan(2_000);
      expect(rows[0].sane).toBe(true);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    await database.query('TRUNCATE integrations.connected_accounts CASCADE');
  });

  test('no text of the provider reaches the log or the frontend', async () => {
    tokens.answer = answering(
      { error: 'invalid_grant', error_description: 'EVIL\nforged line \u001b[31m' },
      400,
    );
    const { query } = await outcome('google');
    expect(JSON.stringify(query)).not.toContain('EVIL');
    expect(JSON.stringify(deployment.log)).not.toMatch(/EVIL|a refresh token|an access token/);
  });
});
