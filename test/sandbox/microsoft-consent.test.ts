// Tests of the sandbox's Microsoft OAuth: consent, codes and tokens.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import { authorizationUrl, connect, get, redemptionOf, token, VERIFIER, visit } from './clients.js';

const WORK = 'ana@northwind.example';
const PERSONAL = 'cleo@outlook.example';
const DAY = 86_400_000;

let sandbox: Sandbox;
let now = Date.parse('2026-09-20T10:00:00Z');

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => new Date(now), contents: 'empty' });
});
afterAll(() => sandbox.close());

const refresh = (refreshToken: string, more: Record<string, string> = {}) =>
  token(sandbox, 'microsoft', {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    ...more,
  });

describe('the authorization endpoint', () => {
  test('a redirect carries more parameters than were requested', async () => {
    const answer = await visit(authorizationUrl(sandbox, 'microsoft', { sim_user: WORK }));
    expect([...answer.keys()].sort()).toEqual(['client_info', 'code', 'session_state', 'state']);
    expect(answer.get('code')?.length).toBeGreaterThan(500);
  });

  test('a refusal has Microsoft’s error parameters', async () => {
    const answer = await visit(authorizationUrl(sandbox, 'microsoft', { sim_deny: '1' }));
    expect(answer.get('error')).toBe('access_denied');
    expect(answer.get('error_subcode')).toBe('cancel');
    expect(answer.get('error_description')).toMatch(/^AADSTS65004: User declined/);
  });

  test('the endpoint refuses Google’s pair of prompts', async () => {
    const url = authorizationUrl(sandbox, 'microsoft', {
      sim_user: WORK,
      prompt: 'select_account consent',
    });
    const response = await fetch(url, { redirect: 'manual' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('AADSTS90023');
  });

  test('the endpoint keeps tenants apart', async () => {
    const at = async (tenant: string, user: string) => {
      const url = new URL(
        String(authorizationUrl(sandbox, 'microsoft', { sim_user: user })).replace(
          '/common/',
          `/${tenant}/`,
        ),
      );
      return (await fetch(url, { redirect: 'manual' })).status;
    };
    expect(await at('organizations', WORK)).toBe(302);
    expect(await at('organizations', PERSONAL)).toBe(400);
    expect(await at('consumers', PERSONAL)).toBe(302);
    expect(await at('northwind.example', WORK)).toBe(302);
    expect(await at('nowhere.example', WORK)).toBe(400);
  });

  test('an organization can require an administrator’s consent, until one has consented', async () => {
    sandbox.control.configure({ microsoft: { adminConsentRequired: true } });
    const user = sandbox.control.createAccount({
      provider: 'microsoft',
      email: 'eli@northwind.example',
      name: 'Eli Ott',
    }).email;
    const url = authorizationUrl(sandbox, 'microsoft', { sim_user: user });
    const refused = await visit(url);
    expect([refused.get('error'), refused.get('error_description')?.slice(0, 11)]).toEqual([
      'access_denied',
      'AADSTS90094',
    ]);
    expect(
      await (await fetch(authorizationUrl(sandbox, 'microsoft', { login_hint: user }))).text(),
    ).toContain('Need admin approval');
    sandbox.control.updateAccount({
      provider: 'microsoft',
      user: WORK,
      changes: { administrator: true },
    });
    const { authorityUrl, clientId } = sandbox.microsoft;
    const consent = new URL(
      `${authorityUrl}/northwind.example/adminconsent?client_id=${clientId}&redirect_uri=http://localhost:3000/cb&state=s&sim_user=${WORK}`,
    );
    expect((await visit(consent)).get('admin_consent')).toBe('True');
    expect((await visit(url)).get('code')).not.toBeNull();
    sandbox.control.configure({ microsoft: { adminConsentRequired: false } });
  });
});

describe('tokens', () => {
  test('codes need their verifier and are redeemed once', async () => {
    const code = (await visit(authorizationUrl(sandbox, 'microsoft', { sim_user: WORK }))).get(
      'code',
    );
    const wrong = await token(sandbox, 'microsoft', {
      ...redemptionOf(code),
      code_verifier: VERIFIER.replace('d', 'e'),
    });
    expect(wrong.body).toMatchObject({ error: 'invalid_grant', error_codes: [501481] });
    expect((await token(sandbox, 'microsoft', redemptionOf(code))).status).toBe(200);
    expect((await token(sandbox, 'microsoft', redemptionOf(code))).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [54005],
    });
  });

  test('there is no refresh token without offline_access, and it is never echoed', async () => {
    const scope = 'openid User.Read Calendars.ReadWrite';
    expect(await connect(sandbox, 'microsoft', WORK, { scope })).not.toHaveProperty(
      'refresh_token',
    );
    const offline = await connect(sandbox, 'microsoft', WORK);
    expect(offline['scope']).toBe('Calendars.ReadWrite User.Read profile openid email');
    expect(offline['expires_in']).toBeGreaterThanOrEqual(3600);
    expect(offline['expires_in']).toBeLessThan(5400);
    sandbox.control.configure({ microsoft: { scopeFormat: 'qualified' } });
    expect((await connect(sandbox, 'microsoft', WORK))['scope']).toContain(
      'https://graph.microsoft.com/Calendars.ReadWrite',
    );
    sandbox.control.configure({ microsoft: { scopeFormat: 'short' } });
  });

  test('every refresh brings a new refresh token, and the old one lives its ninety days', async () => {
    const first = await connect(sandbox, 'microsoft', WORK);
    const second = await refresh(first['refresh_token']);
    expect(second.body['refresh_token']).not.toBe(first['refresh_token']);
    expect((await refresh(first['refresh_token'])).status).toBe(200);
    now += 89 * DAY;
    const third = await refresh(second.body['refresh_token']);
    expect(third.status).toBe(200);
    now += 2 * DAY;
    expect((await refresh(first['refresh_token'])).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [700082],
    });
    expect((await refresh(third.body['refresh_token'])).status).toBe(200);
  });

  test('an injected AADSTS error has the right body and status', async () => {
    const { refresh_token: refreshToken } = await connect(sandbox, 'microsoft', WORK);
    const met = async (code: number) => {
      sandbox.control.addFault({ canned: `aadsts.${code}` });
      const { status, body } = await refresh(refreshToken);
      return [
        status,
        body['error'],
        body['error_codes'][0],
        body['error_description'].slice(0, `AADSTS${code}`.length),
      ];
    };
    expect(await met(50173)).toEqual([400, 'invalid_grant', 50173, 'AADSTS50173']);
    expect(await met(7000222)).toEqual([401, 'invalid_client', 7000222, 'AADSTS7000222']);
    expect(await met(50076)).toEqual([400, 'interaction_required', 50076, 'AADSTS50076']);
    expect(await met(90033)).toEqual([503, 'temporarily_unavailable', 90033, 'AADSTS90033']);
  });

  test('a wrong secret and a revoked grant give different errors', async () => {
    const { refresh_token: refreshToken, access_token: accessToken } = await connect(
      sandbox,
      'microsoft',
      WORK,
    );
    expect(await refresh(refreshToken, { client_secret: 'wrong' })).toMatchObject({
      status: 401,
      body: { error_codes: [7000215] },
    });
    sandbox.control.revokeGrants({ provider: 'microsoft', user: WORK });
    expect((await refresh(refreshToken)).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [50173],
      suberror: 'bad_token',
    });
    expect((await get(sandbox, 'microsoft', accessToken, '/me')).body['error'].code).toBe(
      'InvalidAuthenticationToken',
    );
  });
});

describe('the profile', () => {
  test('/me answers an id that for personal accounts is not the oid, and a mail that may be null', async () => {
    const work = await get(
      sandbox,
      'microsoft',
      (await connect(sandbox, 'microsoft', WORK))['access_token'],
      '/me',
    );
    expect(work.body).toMatchObject({
      mail: 'Ana.Marin@northwind.example',
      userPrincipalName: WORK,
    });
    const tokens = await connect(sandbox, 'microsoft', PERSONAL);
    const personal = await get(sandbox, 'microsoft', tokens['access_token'], '/me');
    expect(personal.body).toMatchObject({ id: '48d31887ad4b9a6a', mail: null });
    const claims = JSON.parse(
      Buffer.from(tokens['id_token'].split('.')[1], 'base64url').toString(),
    );
    expect(claims).toMatchObject({
      oid: '00000000-0000-0000-48d3-1887ad4b9a6a',
      tid: '9188040d-6c67-4c5b-b112-36a304b66dad',
    });
  });

  test('an account without a mailbox can sign in, and has no calendars', async () => {
    const { access_token: accessToken } = await connect(
      sandbox,
      'microsoft',
      'guest@northwind.example',
    );
    expect((await get(sandbox, 'microsoft', accessToken, '/me')).status).toBe(200);
    const { status, body } = await get(sandbox, 'microsoft', accessToken, '/me/calendars');
    expect([status, body['error'].code]).toEqual([404, 'MailboxNotEnabledForRESTAPI']);
  });
});
