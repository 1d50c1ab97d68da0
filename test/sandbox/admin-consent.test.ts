// Tests of the sandbox's tenants: who may consent to calendars, and an administrator's consent.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../sandbox/index.js';
import { authorizationUrl, connect, REDIRECT_URI, token, visit } from './clients.js';

const USER = 'lena@fabrikam.example';
const ADMIN = 'admin@fabrikam.example';
const TENANT = 'fabrikam.example';
const CALENDARS = 'https://graph.microsoft.com/Calendars.ReadWrite';
const SCOPE = `openid profile email offline_access ${CALENDARS} https://graph.microsoft.com/User.Read`;

let sandbox: Sandbox;
let now = Date.parse('2026-09-20T10:00:00Z');
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => new Date(now), contents: 'empty' });
});
beforeEach(() => {
  sandbox.control.withdrawAdminConsent({ tenant: TENANT });
  sandbox.control.updateTenant({
    tenant: TENANT,
    changes: { usersMayConsent: false, consentRequests: false },
  });
});
afterAll(() => sandbox.close());

function consentUrl(more: Record<string, string> = {}, path = 'organizations/v2.0/adminconsent') {
  const { authorityUrl, clientId } = sandbox.microsoft;
  const url = new URL(`${authorityUrl}/${path}`);
  const usual = { client_id: clientId, redirect_uri: REDIRECT_URI, state: 's', scope: SCOPE };
  url.search = new URLSearchParams({ ...usual, ...more }).toString();
  return url;
}

const consentOf = (user: string, more: Record<string, string> = {}) =>
  visit(authorizationUrl(sandbox, 'microsoft', { sim_user: user, ...more }));

/** Sends the form of a page as the button `decision` does. */
async function press(url: URL, account: string, decision: string): Promise<Response> {
  const id = sandbox.control.accounts().find(({ email }) => email === account)?.id ?? '';
  const body = new URLSearchParams(url.search);
  body.set('sim_account', id);
  if (decision !== '') body.set('decision', decision);
  return fetch(url.origin + url.pathname, { method: 'POST', body, redirect: 'manual' });
}

describe('a tenant as it is by default', () => {
  test('users may not consent to calendars, and may to their profile', async () => {
    const refused = await consentOf(USER);
    expect([refused.get('error'), refused.get('error_description')?.slice(0, 12)]).toEqual([
      'access_denied',
      'AADSTS90094:',
    ]);
    const profile = await consentOf(USER, { scope: 'openid profile User.Read' });
    expect(profile.get('code')).not.toBeNull();
    expect((await consentOf('ana@northwind.example')).get('code')).not.toBeNull();
  });

  test('a user who consented before the change goes on', async () => {
    sandbox.control.updateTenant({ tenant: TENANT, changes: { usersMayConsent: true } });
    await connect(sandbox, 'microsoft', USER);
    sandbox.control.updateTenant({ tenant: TENANT, changes: { usersMayConsent: false } });
    expect((await consentOf(USER)).get('code')).not.toBeNull();
  });

  test('a tenant with requests shows another page and another number', async () => {
    sandbox.control.updateTenant({ tenant: TENANT, changes: { consentRequests: true } });
    expect((await consentOf(USER)).get('error_description')).toMatch(/^AADSTS90095:/);
    const url = authorizationUrl(sandbox, 'microsoft', { login_hint: USER });
    expect(await (await fetch(url)).text()).toContain('Approval required');
  });
});

describe('the consent of an administrator', () => {
  test('it lets everyone of the tenant connect without a consent page, and says what it is', async () => {
    const answer = await visit(consentUrl({ sim_user: ADMIN }));
    expect(Object.fromEntries(answer)).toEqual({
      admin_consent: 'True',
      tenant: 'b7d0a3c2-4e19-4f58-9a6b-3c81d5e2f704',
      state: 's',
      scope: SCOPE,
    });
    const url = authorizationUrl(sandbox, 'microsoft', { login_hint: USER });
    expect((await visit(url)).get('code')).not.toBeNull();
  });

  test('it counts for the approved scopes alone', async () => {
    await visit(consentUrl({ sim_user: ADMIN, scope: SCOPE.replace('ReadWrite', 'Read') }));
    expect((await consentOf(USER)).get('error_description')).toMatch(/^AADSTS90094:/);
  });

  test('it takes a while where the settings say so', async () => {
    sandbox.control.configure({ microsoft: { adminConsentDelayMs: 60_000 } });
    await visit(consentUrl({ sim_user: ADMIN }));
    expect((await consentOf(USER)).get('error')).toBe('access_denied');
    now += 60_000;
    expect((await consentOf(USER)).get('code')).not.toBeNull();
    sandbox.control.configure({ microsoft: { adminConsentDelayMs: 0 } });
  });

  test('a refusal says admin_consent=True too, and has a description of several lines', async () => {
    const answer = await visit(consentUrl({ sim_user: ADMIN, sim_deny: '1' }));
    expect([answer.get('error'), answer.get('admin_consent')]).toEqual([
      'consent_required',
      'True',
    ]);
    expect(answer.get('error_description')).toMatch(/^AADSTS65004: .*\r\nTrace ID: /);
    expect((await consentOf(USER)).get('error')).toBe('access_denied');
  });

  test('the tenant of the answer can be a lie', async () => {
    const answer = await visit(consentUrl({ sim_user: ADMIN, sim_tenant: 'forged' }));
    expect(answer.get('tenant')).toBe('forged');
  });

  test('an administrator goes through the pages', async () => {
    const url = consentUrl();
    expect(await (await fetch(url)).text()).toContain('Ada Admin');
    expect(await (await press(url, ADMIN, '')).text()).toContain('Review for your organization');
    const approved = await press(url, ADMIN, 'allow');
    expect(approved.headers.get('location')).toContain('admin_consent=True');
    const refused = await press(url, ADMIN, 'cancel');
    expect(refused.headers.get('location')).toContain('error=consent_required');
  });

  test('someone else of the tenant sees that an administrator has to', async () => {
    const url = consentUrl();
    expect(await (await press(url, USER, 'allow')).text()).toContain('Need admin approval');
    const back = await press(url, USER, 'back');
    expect(back.headers.get('location')).toMatch(
      /error=access_denied&error_description=AADSTS90094/,
    );
    expect((await press(url, 'cleo@outlook.example', 'allow')).status).toBe(400);
    expect(sandbox.control.tenants()[1]?.approvals).toEqual([]);
  });

  test.each([
    ['common/v2.0/adminconsent', {}, '900144'],
    ['consumers/v2.0/adminconsent', {}, '900144'],
    ['nowhere.example/v2.0/adminconsent', {}, '90002'],
    ['organizations/v2.0/adminconsent', { scope: '' }, '900144'],
    ['organizations/v2.0/adminconsent', { scope: 'Calendars.Eat' }, '70011'],
    ['organizations/v2.0/adminconsent', { redirect_uri: 'https://evil.example/' }, '50011'],
    ['organizations/v2.0/adminconsent', { client_id: 'x' }, '700016'],
  ])('%s with %j is refused with AADSTS%s', async (path, more, code) => {
    const response = await fetch(consentUrl({ sim_user: ADMIN, ...more }, path), {
      redirect: 'manual',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(`AADSTS${code}:`);
  });

  test('the older endpoint needs no scope, approves all and has its own word for a refusal', async () => {
    const url = consentUrl({ sim_user: ADMIN, scope: '' }, `${TENANT}/adminconsent`);
    const refused = new URL(url);
    refused.searchParams.set('sim_deny', '1');
    expect((await visit(refused)).get('error')).toBe('permission_denied');
    expect((await visit(url)).has('scope')).toBe(false);
    expect((await consentOf(USER)).get('code')).not.toBeNull();
  });

  test('an administrator takes it back: refreshing fails, and users are refused again', async () => {
    await visit(consentUrl({ sim_user: ADMIN }));
    const { refresh_token: refreshToken } = await connect(sandbox, 'microsoft', USER);
    sandbox.control.withdrawAdminConsent({ tenant: TENANT });
    const refreshed = await token(sandbox, 'microsoft', {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    });
    expect(refreshed.body).toMatchObject({ error: 'invalid_grant', error_codes: [65001] });
    expect((await consentOf(USER)).get('error')).toBe('access_denied');
  });
});
