// Errors of a single provider: at the token endpoint, in the redirect after consent, and of a
// revocation.

import { describe, expect, test } from '@jest/globals';
import { exchangeCode } from '../../src/oauth/exchange-code.js';
import { rejection, useFakeProvider } from './fake-provider.js';

const at = useFakeProvider();

function refreshed(id: string, status: number, json: object) {
  at.fake.on('POST /token', () => ({ status, json }));
  return rejection(at.provider(id).consent.refresh('rt', 'write'));
}

function exchanged(status: number, json: object) {
  at.fake.on('POST /token', () => ({ status, json }));
  return rejection(
    exchangeCode(at.provider('microsoft'), 'write', 'c', 'v'.repeat(43), async () => {}),
  );
}

describe('Google', () => {
  test.each([
    [
      { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      'reauthorization_required',
      'revoked',
    ],
    [
      { error: 'invalid_grant', error_subtype: 'invalid_rapt' },
      'reauthorization_required',
      'expired',
    ],
    [{ error: 'admin_policy_enforced' }, 'admin_consent_required', 'admin_consent_required'],
    [{ error: 'deleted_client' }, 'provider_misconfigured', null],
  ])('Google’s refusal of a refresh with %j has its code', async (json, code, statusReason) => {
    expect(await refreshed('google', 400, json)).toMatchObject({ code, statusReason });
  });

  test.each([
    ['access_denied', 'access_denied'],
    ['admin_policy_enforced', 'admin_consent_required'],
    ['org_internal', 'provider_misconfigured'],
    ['invalid_scope', 'provider_misconfigured'],
    ['redirect_uri_mismatch', 'provider_misconfigured'],
    ['temporarily_unavailable', 'provider_unavailable'],
    ['server_error', 'provider_unavailable'],
    ['disallowed_useragent', 'provider_error'],
    ['<script>', 'provider_error'],
    ['__proto__', 'provider_error'],
  ])('Google’s redirect with %s has its code', (error, code) => {
    const made = at.provider('google').consent.redirectError(error, '<script>\r\nforged', null);
    expect(made).toMatchObject({ code });
    expect(made.message).not.toMatch(/script|forged/);
  });

  test.each([
    [200, {}, 'revoked'],
    [400, { error: 'invalid_token' }, 'gone'],
    [400, { error: 'invalid_request' }, 'provider_error'],
    [404, {}, 'provider_error'],
    [429, {}, 'provider_unavailable'],
    [503, {}, 'provider_unavailable'],
  ])('Google’s revocation response %i %j means %s', async (status, json, outcome) => {
    at.fake.on('POST /revoke', () => ({ status, json }));
    const { revocation } = at.provider('google');
    if (revocation === null || revocation === 'disabled') throw new Error('no revocation');
    const result = await revocation
      .revoke('a token')
      .catch((error: { code: string }) => error.code);
    expect(result).toBe(outcome);
    expect(at.fake.requests.map(({ url, body }) => `${url} ${body}`)).toEqual([
      '/revoke token=a+token',
    ]);
  });

  test('Google’s revocation can be turned off', () => {
    expect(at.provider('google', { values: { REVOKE_ON_DISCONNECT: 'false' } }).revocation).toBe(
      'disabled',
    );
  });
});

describe('Microsoft', () => {
  const refused = (code: number, error = 'invalid_grant', rest: object = {}) => ({
    error,
    error_codes: [code],
    error_description: `AADSTS${code}: words.`,
    ...rest,
  });

  test.each([
    [400, refused(700082), 'reauthorization_required', 'expired'],
    [400, refused(70008), 'reauthorization_required', 'expired'],
    [400, refused(700084), 'reauthorization_required', 'expired'],
    [400, refused(70043), 'reauthorization_required', 'expired'],
    [400, refused(50076, 'interaction_required'), 'reauthorization_required', 'expired'],
    [400, refused(50173), 'reauthorization_required', 'revoked'],
    [400, refused(70000), 'reauthorization_required', 'revoked'],
    [400, refused(50057), 'reauthorization_required', 'revoked'],
    [400, refused(65001), 'reauthorization_required', 'revoked'],
    [
      400,
      refused(65001, 'consent_required', { suberror: 'consent_required' }),
      'reauthorization_required',
      'revoked',
    ],
    ...[
      { error_codes: ['700082'], error_description: 7 },
      { error_codes: 700082 },
      { error_codes: ['none'], error_uri: 'https://login.example/error?code=700082' },
    ].map((rest): [number, object, string, string] => [
      400,
      { error: 'invalid_grant', ...rest },
      'reauthorization_required',
      'expired',
    ]),
    [
      400,
      { error: 'invalid_grant', error_description: 'AADSTS700082: expired' },
      'reauthorization_required',
      'expired',
    ],
    [400, refused(50105), 'admin_consent_required', 'admin_consent_required'],
    [400, refused(53003), 'admin_consent_required', 'admin_consent_required'],
    [400, refused(53000), 'admin_consent_required', 'admin_consent_required'],
    [400, refused(53001), 'admin_consent_required', 'admin_consent_required'],
    [400, refused(90094, 'access_denied'), 'admin_consent_required', 'admin_consent_required'],
    [400, refused(90095, 'access_denied'), 'admin_consent_required', 'admin_consent_required'],
    [400, refused(900941, 'access_denied'), 'admin_consent_required', 'admin_consent_required'],
    [401, refused(7000215, 'invalid_client'), 'provider_misconfigured', null],
    [401, refused(7000222, 'invalid_client'), 'provider_misconfigured', null],
    [400, refused(700016, 'unauthorized_client'), 'provider_misconfigured', null],
    [400, refused(50194, 'invalid_request'), 'provider_misconfigured', null],
    [400, refused(90033, 'temporarily_unavailable'), 'provider_unavailable', null],
    [400, refused(90006), 'provider_unavailable', null],
    [400, refused(50196, 'invalid_grant'), 'provider_unavailable', null],
    [503, refused(700082), 'provider_unavailable', null],
    [400, refused(12345, 'odd'), 'provider_error', null],
  ])(
    'Microsoft’s refusal of a refresh with %i %j has its code',
    async (status, json, code, statusReason) => {
      expect(await refreshed('microsoft', status, json)).toMatchObject({ code, statusReason });
    },
  );

  test.each([
    [400, refused(54005), 'provider_error'],
    [400, refused(70008), 'provider_error'],
    [400, refused(65001), 'admin_consent_required'],
    [400, refused(50105), 'admin_consent_required'],
    [401, refused(7000215, 'invalid_client'), 'provider_misconfigured'],
    [400, refused(50011, 'invalid_request'), 'provider_misconfigured'],
    [400, refused(90033, 'temporarily_unavailable'), 'provider_unavailable'],
  ])('Microsoft’s refusal of a code with %i %j has its code', async (status, json, code) => {
    expect(await exchanged(status, json)).toMatchObject({ code });
  });

  test.each([
    ['access_denied', 'AADSTS65004: User declined to consent', 'cancel', 'access_denied'],
    ['access_denied', null, null, 'access_denied'],
    ['consent_required', 'AADSTS65001: not consented', null, 'admin_consent_required'],
    ['access_denied', 'AADSTS90094: Admin consent is required', null, 'admin_consent_required'],
    ['access_denied', 'AADSTS90095: pending', null, 'admin_consent_required'],
    ['access_denied', 'AADSTS900941: approval', null, 'admin_consent_required'],
    ['invalid_grant', 'AADSTS50105: not assigned', null, 'admin_consent_required'],
    ['access_denied', 'AADSTS53003: blocked', null, 'admin_consent_required'],
    ['invalid_client', 'AADSTS7000215: secret', null, 'provider_misconfigured'],
    ['invalid_request', 'AADSTS50194: single tenant', null, 'provider_misconfigured'],
    ['unauthorized_client', null, null, 'provider_misconfigured'],
    ['invalid_scope', null, null, 'provider_misconfigured'],
    ['temporarily_unavailable', 'AADSTS90033: transient', null, 'provider_unavailable'],
    ['server_error', null, null, 'provider_unavailable'],
    ['login_required', null, null, 'provider_error'],
    ['constructor', '<script>', '<b>', 'provider_error'],
  ])('Microsoft’s redirect with %s, %s, %s has its code', (error, description, subcode, code) => {
    const made = at.provider('microsoft').consent.redirectError(error, description, subcode);
    expect(made).toMatchObject({ code });
    expect(made.message).not.toMatch(/script|<b>|declined/);
  });

  test('Microsoft has no revocation', () => {
    expect(at.provider('microsoft').revocation).toBeNull();
  });
});
