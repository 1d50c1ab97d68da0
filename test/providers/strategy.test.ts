// The strategies under a private Passport, against a fake provider on a loopback port.

import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Passport, type Strategy } from 'passport';
import { IntegrationError, ProviderError } from '../../src/errors.js';
import { unwrapConsentError } from '../../src/providers/consent-strategy.js';
import type {
  ConsentResult,
  KeepTokens,
  StrategyPurpose,
} from '../../src/providers/provider-consent.js';
import { type RunnableStrategy, runStrategy } from '../../src/providers/run-strategy.js';
import { useFakeProvider } from './fake-provider.js';

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

type Outcome =
  | { kind: 'redirect'; url: URL }
  | { kind: 'success'; result: ConsentResult }
  | { kind: 'fail'; status: number | undefined }
  | { kind: 'error'; error: Error };

/** Runs a strategy with a request that has `query`. */
async function run(
  strategy: RunnableStrategy,
  query: Record<string, unknown>,
  options: object = {},
): Promise<Outcome> {
  try {
    const result = await runStrategy<ConsentResult>(strategy, { query }, options);
    if (result.outcome === 'redirect') return { kind: 'redirect', url: new URL(result.url) };
    if (result.outcome === 'success') return { kind: 'success', result: result.user };
    return { kind: 'fail', status: result.status };
  } catch (error) {
    return { kind: 'error', error: unwrapConsentError(error) };
  }
}

const keepNothing: KeepTokens = async () => {};

/** The purpose of a code exchange. `verifier` may be a value that no store returns. */
function exchange(
  verifier: unknown = VERIFIER,
  keepTokens: KeepTokens = keepNothing,
): StrategyPurpose {
  return { access: 'write', verifier: verifier as string, keepTokens };
}

const at = useFakeProvider();

const TOKENS = {
  access_token: 'at',
  token_type: 'Bearer',
  expires_in: 3599,
  refresh_token: 'rt',
  scope: 'a b',
};
const PROFILES = [
  ['google', '/userinfo', { sub: '1', email: 'ana@example.com', name: 'Ana' }],
  [
    'microsoft',
    '/v1.0/me',
    { id: '1', mail: null, userPrincipalName: 'ana@example.com', displayName: 'Ana' },
  ],
] as const;

describe.each(PROFILES)('%s', (id, path, profile) => {
  test('the strategy redirects with PKCE, a state and one redirect URI', async () => {
    const { consent } = at.provider(id);
    const options = consent.authorizationOptions({ loginHint: 'ana@example.com' });
    let verifier = '';
    const begin = async (made: string) => {
      verifier = made;
      return 'the-state';
    };
    const outcome = await run(
      consent.strategy({ access: 'write', begin }),
      {},
      { ...options, state: {} },
    );
    if (outcome.kind !== 'redirect') throw new Error(outcome.kind);
    const query = Object.fromEntries(outcome.url.searchParams);
    expect(query).toMatchObject({
      kept: '1',
      client_id: 'client',
      response_type: 'code',
      redirect_uri: `https://app.example/integrations/auth/${id}/callback`,
      state: 'the-state',
      scope: consent.scopes('write').join(' '),
      login_hint: 'ana@example.com',
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    });
    if (id === 'google')
      expect(query).toMatchObject({ access_type: 'offline', prompt: 'select_account consent' });
    if (id === 'microsoft')
      expect(query).toMatchObject({ response_mode: 'query', prompt: 'select_account' });
    expect(query).not.toHaveProperty('include_granted_scopes');
  });

  test("Passport's own middleware can run it too", async () => {
    const passport = new Passport();
    const begin = async () => 'the-state';
    passport.use(id, at.provider(id).consent.strategy({ access: 'write', begin }) as Strategy);
    const headers: Record<string, string> = {};
    await new Promise<void>((resolve, reject) => {
      const response = {
        setHeader: (name: string, value: string) => {
          headers[name] = value;
        },
        end: resolve,
      };
      passport.authenticate(id, { session: false })({ query: {} }, response, reject);
    });
    expect(new URL(headers['Location'] ?? '').searchParams.get('state')).toBe('the-state');
  });

  test('the strategy redeems the code with the verifier, stores the tokens, then reads the profile', async () => {
    const order: string[] = [];
    at.fake.on('POST /token', () => {
      order.push('token');
      return { json: TOKENS };
    });
    at.fake.on(`GET ${path}`, () => {
      order.push('profile');
      return { json: profile };
    });
    const keepTokens: KeepTokens = async (tokens) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`kept ${tokens.refreshToken}`);
    };
    const outcome = await run(at.provider(id).consent.strategy(exchange(VERIFIER, keepTokens)), {
      code: 'the code',
      state: 'the-state',
    });
    expect(outcome).toMatchObject({
      kind: 'success',
      result: {
        tokens: { accessToken: 'at', refreshToken: 'rt', scope: 'a b' },
        profile: { providerAccountId: '1', email: 'ana@example.com', displayName: 'Ana' },
      },
    });
    expect(order).toEqual(['token', 'kept rt', 'profile']);
    const [token, asked] = at.fake.requests;
    expect(Object.fromEntries(new URLSearchParams(token!.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'the code',
      redirect_uri: `https://app.example/integrations/auth/${id}/callback`,
      code_verifier: VERIFIER,
      client_id: 'client',
      client_secret: 'secret & co',
      // Only Microsoft takes the scopes in a token request.
      ...(id === 'microsoft' ? { scope: at.provider(id).consent.scopes('write').join(' ') } : {}),
    });
    expect(asked!.url).toBe(path);
    expect(asked!.headers['authorization']).toBe('Bearer at');
  });

  test.each([true, 'short'])(
    'a store that answers %p instead of the verifier causes no request to the provider',
    async (answer) => {
      const outcome = await run(at.provider(id).consent.strategy(exchange(answer)), {
        code: 'c',
        state: 's',
      });
      expect(outcome).toMatchObject({ kind: 'error', error: { code: 'server_error' } });
      expect(at.fake.requests).toEqual([]);
    },
  );

  test('a store that refuses is a failure without a request to the provider', async () => {
    expect(
      await run(at.provider(id).consent.strategy(exchange(false)), { code: 'c', state: 's' }),
    ).toEqual({ kind: 'fail', status: 403 });
    expect(at.fake.requests).toEqual([]);
  });

  test('a repeated code parameter is refused', async () => {
    const outcome = await run(at.provider(id).consent.strategy(exchange()), {
      code: ['a', 'b'],
      state: 's',
    });
    expect(outcome).toMatchObject({ kind: 'error', error: { code: 'server_error' } });
    expect(at.fake.requests).toEqual([]);
  });

  test('errors of this service pass through passport-oauth2 unchanged', async () => {
    at.fake.on('POST /token', () => ({ status: 401, json: { error: 'invalid_client' } }));
    const outcome = await run(at.provider(id).consent.strategy(exchange()), {
      code: 'c',
      state: 's',
    });
    if (outcome.kind !== 'error') throw new Error(outcome.kind);
    expect(outcome.error).toBeInstanceOf(ProviderError);
    expect(outcome.error).toMatchObject({ code: 'provider_misconfigured' });
  });

  test('tokens that cannot be stored stop the flow', async () => {
    at.fake.on('POST /token', () => ({ json: TOKENS }));
    const keepTokens = () => Promise.reject(new IntegrationError('temporarily_unavailable'));
    const outcome = await run(at.provider(id).consent.strategy(exchange(VERIFIER, keepTokens)), {
      code: 'c',
      state: 's',
    });
    expect(outcome).toMatchObject({ kind: 'error', error: { code: 'temporarily_unavailable' } });
    expect(at.fake.requests).toHaveLength(1);
  });

  test.each([
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[]'],
    ['half an object', '{"access_token":'],
  ])('a token response that is %s is refused', async (_name, text) => {
    at.fake.on('POST /token', () => ({ text }));
    const outcome = await run(at.provider(id).consent.strategy(exchange()), {
      code: 'c',
      state: 's',
    });
    expect(outcome).toMatchObject({ kind: 'error', error: { code: 'provider_unavailable' } });
  });

  test.each([
    ['a refusal', { status: 401, json: { error: 'x' } }, 'provider_error'],
    ['an outage', { status: 503, json: {} }, 'provider_unavailable'],
    ['no one', { json: { email: 'ana@example.com' } }, 'provider_unavailable'],
    ['a page', { text: '<html>', type: 'text/html' }, 'provider_unavailable'],
    ['an id with a NUL', { json: { sub: 'a\0', id: 'a\0' } }, 'provider_unavailable'],
    ['an id that is a number', { json: { sub: 7, id: 7 } }, 'provider_unavailable'],
  ])('a profile response that is %s is refused', async (_name, answer, code) => {
    at.fake.on('POST /token', () => ({ json: TOKENS }));
    at.fake.on(`GET ${path}`, () => answer);
    expect(
      await run(at.provider(id).consent.strategy(exchange()), { code: 'c', state: 's' }),
    ).toMatchObject({
      kind: 'error',
      error: { code },
    });
  });

  test('an error thrown by a listener does not escape', async () => {
    at.fake.on('POST /token', () => ({ json: TOKENS }));
    at.fake.on(`GET ${path}`, () => ({ json: profile }));
    const calls: string[] = [];
    await new Promise<void>((resolve) => {
      const strategy = at.provider(id).consent.strategy(exchange());
      const running = Object.assign(Object.create(strategy as object), {
        success: () => {
          calls.push('success');
          throw new Error('listener');
        },
        error: () => {
          calls.push('error');
          setTimeout(resolve, 20);
          throw new Error('listener again');
        },
      });
      running.authenticate({ query: { code: 'c', state: 's' } }, {});
    });
    expect(calls.slice(0, 2)).toEqual(['success', 'error']);
    expect(calls.slice(2)).not.toContain('success');
  });
});

test('S256 gives the challenge of RFC 7636 appendix B', () => {
  expect(createHash('sha256').update(VERIFIER).digest('base64url')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});
