// Scopes, endpoints and issuers: the request, its endpoints, and what counts as granted.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { PROVIDERS } from '../../src/providers/catalogue.js';
import { createHttpClient, type HttpClient } from '../../src/providers/http-client.js';
import type { Provider, ProviderSettings } from '../../src/providers/provider.js';
import { useFakeProvider } from './fake-provider.js';

const at = useFakeProvider();

/** A provider with its default settings. */
function plain(
  id: string,
  http: HttpClient = at.http,
  settings: Partial<ProviderSettings> = {},
): Provider {
  const definition = PROVIDERS.get(id)!;
  const callbackUrl = `https://app.example/integrations/auth/${id}/callback`;
  const { calendarScope, readScope } = definition;
  return definition.create(
    {
      clientId: 'c',
      clientSecret: 's',
      callbackUrl,
      calendarScope,
      readScope,
      values: {},
      ...settings,
    },
    http,
  );
}

async function urlOf(provider: Provider): Promise<URL> {
  return new URL(
    await provider.consent.authorizationUrl({ loginHint: null, access: 'write' }, async () => 's'),
  );
}

describe('scopes', () => {
  test('the authorization URL has the scopes of the provider', () => {
    expect(plain('google').consent.scopes('write')).toEqual([
      'openid',
      'email',
      'profile',
      'https://www.googleapis.com/auth/calendar',
    ]);
    const base = ['openid', 'profile', 'email', 'offline_access'];
    expect(plain('microsoft').consent.scopes('write')).toEqual([
      ...base,
      'https://graph.microsoft.com/Calendars.ReadWrite',
      'https://graph.microsoft.com/User.Read',
    ]);
    const national = plain('microsoft', at.http, {
      calendarScope: 'https://graph.microsoft.us/Calendars.Read',
    });
    expect(national.consent.scopes('write').slice(4)).toEqual([
      'https://graph.microsoft.us/Calendars.Read',
      'https://graph.microsoft.us/User.Read',
    ]);
    const short = plain('microsoft', at.http, { calendarScope: 'Calendars.Read' });
    expect(short.consent.scopes('write').slice(4)).toEqual(['Calendars.Read', 'User.Read']);
  });

  const CALENDAR = 'https://www.googleapis.com/auth/calendar';
  test.each<[string, string | null, string[]]>([
    ['google', `openid https://www.googleapis.com/auth/userinfo.email ${CALENDAR}`, []],
    ['google', `  ${CALENDAR}\n`, []],
    ['google', null, []],
    ['google', '', [CALENDAR]],
    ['google', 'openid email', [CALENDAR]],
    ['google', `${CALENDAR}.readonly`, [CALENDAR]],
    ['google', `${CALENDAR}.events ${CALENDAR}.readonly`, [CALENDAR]],
    ['google', `x${CALENDAR}`, [CALENDAR]],
    ['google', CALENDAR.toUpperCase(), [CALENDAR]],
    ['microsoft', 'Calendars.ReadWrite User.Read profile openid email', []],
    ['microsoft', 'https://graph.microsoft.com/calendars.readwrite', []],
    [
      'microsoft',
      'https://graph.microsoft.com/Calendars.ReadWrite https://graph.microsoft.com/User.Read',
      [],
    ],
    ['microsoft', null, []],
    ['microsoft', 'User.Read', ['https://graph.microsoft.com/Calendars.ReadWrite']],
    ['microsoft', 'Calendars.Read', ['https://graph.microsoft.com/Calendars.ReadWrite']],
    [
      'microsoft',
      'Calendars.ReadWrite.Shared',
      ['https://graph.microsoft.com/Calendars.ReadWrite'],
    ],
  ])('%s: of %p is missing %j', (id, scope, missing) => {
    expect(plain(id).consent.grantedScopes(scope, 'write').missing).toEqual(missing);
  });

  test.each<[string, string, string[]]>([
    ['google', `openid ${CALENDAR}.readonly`, []],
    ['google', `openid ${CALENDAR}`, []],
    ['google', `openid ${CALENDAR}.events`, [`${CALENDAR}.readonly`]],
    ['google', `${CALENDAR}.events.readonly`, [`${CALENDAR}.readonly`]],
    ['google', 'openid', [`${CALENDAR}.readonly`]],
    ['microsoft', 'Calendars.Read User.Read', []],
    ['microsoft', 'https://graph.microsoft.com/calendars.readwrite', []],
    ['microsoft', 'Calendars.ReadBasic', ['https://graph.microsoft.com/Calendars.Read']],
    ['microsoft', 'Calendars.ReadWrite.Shared', ['https://graph.microsoft.com/Calendars.Read']],
  ])('%s: of %p is missing %j to read', (id, scope, missing) => {
    expect(plain(id).consent.grantedScopes(scope, 'read').missing).toEqual(missing);
  });

  test.each<[string, string, string]>([
    ['google', `openid ${CALENDAR}`, 'write'],
    ['google', `${CALENDAR}.readonly ${CALENDAR}.events`, 'write'],
    ['google', `${CALENDAR}.readonly`, 'read'],
    ['google', `${CALENDAR}.readonly ${CALENDAR}.freebusy openid email`, 'read'],
    ['google', 'https://www.googleapis.com/auth/gmail.modify', 'read'],
    ['microsoft', 'Calendars.ReadWrite User.Read', 'write'],
    ['microsoft', 'calendars.read Calendars.ReadWrite.Shared', 'write'],
    ['microsoft', 'https://graph.microsoft.com/Calendars.Read', 'read'],
    ['microsoft', 'Calendars.Read Mail.ReadWrite', 'read'],
  ])('%s: %p allows to %s', (id, scope, access) => {
    for (const asked of ['read', 'write'] as const)
      expect(plain(id).consent.grantedScopes(scope, asked).access).toBe(access);
  });

  test('a response without scope grants what was requested', () => {
    for (const id of ['google', 'microsoft'])
      for (const asked of ['read', 'write'] as const)
        expect(plain(id).consent.grantedScopes(null, asked)).toMatchObject({
          missing: [],
          access: asked,
        });
  });

  test('each of several calendar scopes is required', () => {
    const google = plain('google', at.http, {
      calendarScope: `${CALENDAR}.readonly ${CALENDAR}.events`,
    });
    expect(google.consent.grantedScopes(`email ${CALENDAR}.events`, 'write')).toEqual({
      granted: [`${CALENDAR}.events`],
      missing: [`${CALENDAR}.readonly`],
      access: 'write',
    });
  });
});

describe('endpoints', () => {
  test('the default endpoints are the provider’s own', async () => {
    const google = plain('google');
    expect((await urlOf(google)).href).toMatch(
      /^https:\/\/accounts\.google\.com\/o\/oauth2\/v2\/auth\?/,
    );
    const microsoft = plain('microsoft');
    expect((await urlOf(microsoft)).href).toMatch(
      /^https:\/\/login\.microsoftonline\.com\/common\/oauth2\/v2\.0\/authorize\?/,
    );
  });

  test('the issuer is the known one, or has the origin of the authorization URL', async () => {
    const [google, microsoft, emulated] = [
      plain('google'),
      plain('microsoft'),
      at.provider('google'),
    ];
    expect(google.consent.isIssuer('https://accounts.google.com')).toBe(true);
    expect(emulated.consent.isIssuer('https://accounts.google.com')).toBe(true);
    expect(emulated.consent.isIssuer(`${(await urlOf(emulated)).origin}/issuer`)).toBe(true);
    expect(microsoft.consent.isIssuer('https://login.microsoftonline.com/72f988bf/v2.0')).toBe(
      true,
    );
    const strangers = [
      '',
      'null',
      'accounts.google.com',
      'https://accounts.google.com.evil.example',
      'https://evil.example',
    ];
    for (const stranger of strangers)
      for (const provider of [google, microsoft, emulated])
        expect(provider.consent.isIssuer(stranger)).toBe(false);
    expect(microsoft.consent.isIssuer('https://accounts.google.com')).toBe(false);
    expect(google.consent.isIssuer('https://login.microsoftonline.com/72f988bf/v2.0')).toBe(false);
  });

  test('Microsoft takes a tenant and an authority, or two complete endpoints', async () => {
    const values = {
      TENANT: 'contoso.onmicrosoft.com',
      AUTHORITY_URL: 'https://login.microsoftonline.us/',
    };
    expect((await urlOf(plain('microsoft', at.http, { values }))).href).toMatch(
      /^https:\/\/login\.microsoftonline\.us\/contoso\.onmicrosoft\.com\/oauth2\/v2\.0\/authorize\?/,
    );
    const whole = { ...values, AUTHORIZATION_URL: 'https://proxy.example/a?x=1' };
    expect((await urlOf(plain('microsoft', at.http, { values: whole }))).href).toMatch(
      /^https:\/\/proxy\.example\/a\?x=1&/,
    );
  });

  test('the catalogue has exactly the existing providers', () => {
    expect([...PROVIDERS.keys()]).toEqual(['google', 'microsoft']);
    for (const name of ['__proto__', 'constructor', 'toString', 'Google'])
      expect(PROVIDERS.get(name)).toBeUndefined();
  });
});

describe('at the real addresses', () => {
  let http: HttpClient;
  beforeEach(() => {
    nock.disableNetConnect();
    http = createHttpClient({ timeoutMs: 1000, maxBodyBytes: 1024 });
  });
  afterEach(async () => {
    await http.close();
    nock.cleanAll();
    nock.enableNetConnect();
    nock.restore();
    nock.activate();
  });

  test('Google', async () => {
    nock('https://oauth2.googleapis.com')
      .post('/token', /grant_type=refresh_token/)
      .reply(200, { access_token: 'at', token_type: 'Bearer' });
    nock('https://openidconnect.googleapis.com', { reqheaders: { authorization: 'Bearer at' } })
      .get('/v1/userinfo')
      .reply(200, { id: '12345678901234567890', email: 'a\0na@example.com\n', name: 'A\ud800na' });
    nock('https://www.googleapis.com')
      .get('/calendar/v3/users/me/calendarList?maxResults=250')
      .reply(200, { items: [] });
    nock('https://oauth2.googleapis.com').post('/revoke', 'token=rt').reply(200, {});
    const { consent, calendars, revocation } = plain('google', http);
    expect(await consent.refresh('rt', 'write')).toMatchObject({
      accessToken: 'at',
      refreshToken: null,
    });
    expect(await consent.profile('at')).toEqual({
      providerAccountId: '12345678901234567890',
      email: 'ana@example.com',
      displayName: 'Ana',
    });
    expect(await calendars.listCalendars({ accessToken: 'at', page: null })).toEqual({
      calendars: [],
      next: null,
    });
    expect(await (revocation as { revoke(token: string): Promise<string> }).revoke('rt')).toBe(
      'revoked',
    );
    expect(nock.isDone()).toBe(true);
  });

  test('Microsoft', async () => {
    nock('https://login.microsoftonline.com')
      .post('/common/oauth2/v2.0/token')
      .reply(200, { access_token: 'at', token_type: 'Bearer', refresh_token: 'rotated' });
    nock('https://graph.microsoft.com')
      .get('/v1.0/me')
      .reply(200, { id: 'oid', mail: '', userPrincipalName: 'ana@contoso.com' });
    nock('https://graph.microsoft.com')
      .get('/v1.0/me/calendars?$top=100')
      .reply(200, { value: [] });
    const { consent, calendars } = plain('microsoft', http);
    expect(await consent.refresh('rt', 'write')).toMatchObject({ refreshToken: 'rotated' });
    expect(await consent.profile('at')).toEqual({
      providerAccountId: 'oid',
      email: 'ana@contoso.com',
      displayName: null,
    });
    expect(await calendars.listCalendars({ accessToken: 'at', page: null })).toEqual({
      calendars: [],
      next: null,
    });
    expect(nock.isDone()).toBe(true);
  });
});
