// Responses of a token endpoint: the schema, and the error code of every refusal.

import { describe, expect, test } from '@jest/globals';
import type { ProviderError } from '../../src/errors.js';
import {
  createTokenEndpoint,
  type GrantType,
  type TokenEndpoint,
} from '../../src/providers/token-endpoint.js';
import { type Answer, rejection, useFakeProvider } from './fake-provider.js';

const at = useFakeProvider();
const NOW = Date.parse('2026-11-20T12:00:00Z');
const TOKENS = { access_token: 'at', token_type: 'Bearer', expires_in: 3599 };

function endpoint(): TokenEndpoint {
  return createTokenEndpoint({
    http: at.http,
    url: `${at.fake.url}/token`,
    clientId: 'client',
    clientSecret: 'secret',
    refusalDetails: ({ suberror }) => (typeof suberror === 'string' ? [suberror] : []),
    classify: () => null,
    now: () => NOW,
  });
}

function answering(answer: Answer) {
  at.fake.on('POST /token', () => answer);
  return endpoint().refresh('rt', null);
}

describe('a successful token response', () => {
  test('a refresh sends the refresh token and the client credentials in the form, once', async () => {
    await answering({ json: TOKENS });
    expect(at.fake.requests).toHaveLength(1);
    expect(Object.fromEntries(new URLSearchParams(at.fake.requests[0]!.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'rt',
      client_id: 'client',
      client_secret: 'secret',
    });
    expect(at.fake.requests[0]!.headers.authorization).toBeUndefined();
  });

  test('missing fields are null, and unknown fields are ignored', async () => {
    expect(await answering({ json: { ...TOKENS, id_token: 'x', ext_expires_in: 1 } })).toEqual({
      accessToken: 'at',
      refreshToken: null,
      scope: null,
      expiresAt: new Date(NOW + 3599_000),
    });
    expect(await answering({ json: { ...TOKENS, refresh_token: '', scope: '' } })).toMatchObject({
      refreshToken: null,
      scope: '',
    });
    expect(
      await answering({ json: { ...TOKENS, refresh_token: null, scope: null } }),
    ).toMatchObject({
      refreshToken: null,
      scope: null,
    });
  });

  test('a refresh token and a lifetime that cannot be read count as absent', async () => {
    const odd = { refresh_token: 7, expires_in: {} };
    expect(await answering({ json: { ...TOKENS, ...odd } })).toMatchObject({
      accessToken: 'at',
      refreshToken: null,
    });
  });

  test('a long token of Microsoft and any case of bearer are accepted', async () => {
    const long = 'e'.repeat(16_384);
    expect(
      await answering({ json: { ...TOKENS, access_token: long, token_type: 'bEARER' } }),
    ).toMatchObject({
      accessToken: long,
    });
  });

  test.each([
    [3599, 3599],
    ['3599', 3599],
    [0, 0],
    [undefined, 3600],
    [null, 3600],
    [-1, 3600],
    ['soon', 3600],
    ['', 3600],
    [{}, 3600],
    [1e12, 86_400],
    ['1e400', 86_400],
  ])('expires_in %p becomes %i seconds', async (value, seconds) => {
    const { expiresAt } = await answering({ json: { ...TOKENS, expires_in: value } });
    expect(expiresAt.getTime() - NOW).toBe(seconds * 1000);
  });
});

describe('an invalid body is provider_unavailable', () => {
  test.each<[string, Answer]>([
    ['null', { text: 'null' }],
    ['a number', { text: '1' }],
    ['a list', { text: '[]' }],
    ['an empty body', { text: '' }],
    ['a page', { text: '<html>', type: 'text/html' }],
    ['an empty object', { json: {} }],
    ['a token that is no text', { json: { ...TOKENS, access_token: { a: 1 } } }],
    ['an empty token', { json: { ...TOKENS, access_token: '' } }],
    ['a token with a line break', { json: { ...TOKENS, access_token: 'a\r\nx: y' } }],
    ['a token without end', { json: { ...TOKENS, access_token: 'a'.repeat(65_537) } }],
    ['another token type', { json: { ...TOKENS, token_type: 'mac' } }],
    ['no token type', { json: { ...TOKENS, token_type: undefined } }],
    ['a scope that is no text', { json: { ...TOKENS, scope: ['a'] } }],
    ['more than 1 MiB', { json: { ...TOKENS, more: 'x'.repeat(1024 * 1024) } }],
    ['a redirect', { status: 302, headers: { location: '/x' }, json: TOKENS }],
  ])('%s', async (_name, answer) => {
    expect(await rejection(answering(answer))).toMatchObject({
      code: 'provider_unavailable',
      statusReason: null,
    });
  });
});

describe('an OAuth error response', () => {
  test.each<[GrantType, number, string, string]>([
    ['refresh_token', 400, 'invalid_grant', 'reauthorization_required'],
    ['refresh_token', 200, 'invalid_grant', 'reauthorization_required'],
    ['authorization_code', 400, 'invalid_grant', 'provider_error'],
    ...(['authorization_code', 'refresh_token'] as const).flatMap(
      (grant): [GrantType, number, string, string][] => [
        [grant, 401, 'invalid_client', 'provider_misconfigured'],
        [grant, 400, 'unauthorized_client', 'provider_misconfigured'],
        [grant, 400, 'redirect_uri_mismatch', 'provider_misconfigured'],
        [grant, 400, 'invalid_request', 'provider_misconfigured'],
        [grant, 400, 'invalid_scope', 'provider_misconfigured'],
        [grant, 400, 'unsupported_grant_type', 'provider_misconfigured'],
        [grant, 400, 'temporarily_unavailable', 'provider_unavailable'],
        [grant, 400, 'something_new', 'provider_error'],
        // A response during an outage never invalidates a grant.
        [grant, 500, 'invalid_grant', 'provider_unavailable'],
        [grant, 503, 'invalid_client', 'provider_unavailable'],
        [grant, 429, 'invalid_grant', 'provider_unavailable'],
      ],
    ),
  ])('%s, %i %s: %s', async (grant, status, error, code) => {
    at.fake.on('POST /token', () => ({
      status,
      json: { error, error_description: 'SECRET words' },
    }));
    const thrown = await rejection(
      grant === 'refresh_token'
        ? endpoint().refresh('rt', null)
        : endpoint().exchange(
            { code: 'c', codeVerifier: 'v', redirectUri: 'https://app.example' },
            null,
          ),
    );
    expect(thrown).toMatchObject({
      code,
      statusReason: code === 'reauthorization_required' ? 'revoked' : null,
    });
    expect((thrown as Error).message).not.toContain('SECRET');
    expect(at.fake.requests).toHaveLength(1);
  });

  test.each<[string, Answer]>([
    ['a page with 403', { status: 403, text: '<html>', type: 'text/html' }],
    ['an error that is no text', { status: 400, json: { error: { code: 1 } } }],
    ['no error at all', { status: 404, json: {} }],
  ])('%s is a provider_error', async (_name, answer) => {
    expect(await rejection(answering(answer))).toMatchObject({ code: 'provider_error' });
  });

  test('an unknown error code does not reach the log', async () => {
    const thrown = await rejection(
      answering({ status: 400, json: { error: 'x\n2026 ERROR forged', suberror: '<b>' } }),
    );
    expect((thrown as ProviderError).reason).toBe('refresh_token refused: unreadable unreadable');
  });

  test.each([
    ['30', 30],
    ['Fri, 20 Nov 2026 12:01:00 GMT', 60],
    ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
    ['999999', 3600],
    ['soon', undefined],
  ])('the header Retry-After: %s is read', async (header, seconds) => {
    const answer = { status: 503, text: '', headers: { 'retry-after': header } };
    expect(await rejection(answering(answer))).toMatchObject({
      code: 'provider_unavailable',
      retryAfterSeconds: seconds,
    });
  });
});
