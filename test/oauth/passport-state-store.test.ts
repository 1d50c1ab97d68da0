// The state store as passport-oauth2 sees it: it counts parameters, and drops the verifier without a word when misled.

import { describe, expect, test } from '@jest/globals';
import { Authenticator } from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import { authenticate } from '../../src/oauth/authenticate.js';
import { passportStateStore } from '../../src/oauth/passport-state-store.js';

const ENDPOINTS = {
  authorizationURL: 'https://provider.example/authorize',
  tokenURL: 'https://provider.example/token',
  clientID: 'c',
  clientSecret: 's',
  callbackURL: 'https://service.example/callback',
};

/** passport-oauth2 itself on our store, its token request caught. */
function strategy(store: unknown) {
  const asked: Record<string, unknown>[] = [];
  const authenticator = new Authenticator();
  const plain = new OAuth2Strategy(
    { ...ENDPOINTS, pkce: true, store } as never,
    ((...given: unknown[]) =>
      (given.at(-1) as (error: null, user: object) => void)(null, {})) as never,
  );
  const internals = plain as unknown as {
    _oauth2: {
      getOAuthAccessToken(
        code: string,
        params: Record<string, unknown>,
        done: (...given: unknown[]) => void,
      ): void;
    };
    _skipUserProfile: boolean;
  };
  internals._skipUserProfile = true;
  internals._oauth2.getOAuthAccessToken = (_code, params, done) => {
    asked.push(params);
    done(null, 'token', null, {});
  };
  authenticator.use('plain', plain);
  return { asked, run: (request: object) => authenticate(authenticator, 'plain', request) };
}

describe('the state store for Passport', () => {
  test('declares five parameters to store and four to verify', () => {
    expect(passportStateStore.store).toHaveLength(5);
    expect(passportStateStore.verify).toHaveLength(4);
  });

  test('the state and the challenge go out, the verifier that was kept comes back', async () => {
    const { asked, run } = strategy(passportStateStore);
    let kept = '';
    const begin = async (verifier: string) => {
      kept = verifier;
      return 'our-state';
    };
    const outcome = await run({ query: {}, context: { begin } });
    const url = new URL((outcome as { url: string }).url);
    expect(url.searchParams.get('state')).toBe('our-state');
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(kept).toMatch(/^[\w.~-]{43,128}$/);
    expect(url.href).not.toContain(kept);
    await run({ query: { code: 'c', state: 'our-state' }, context: { verifier: kept } });
    expect(asked).toEqual([
      expect.objectContaining({ code_verifier: kept, redirect_uri: ENDPOINTS.callbackURL }),
    ]);
  });

  test('a store that answers plain true loses the verifier, which is why ours never does', async () => {
    const { asked, run } = strategy({
      ...passportStateStore,
      verify: (
        _request: unknown,
        _state: unknown,
        _meta: unknown,
        done: (error: null, ok: boolean) => void,
      ) => done(null, true),
    });
    await run({ query: { code: 'c', state: 's' }, context: { verifier: 'v' } });
    expect(asked[0]).not.toHaveProperty('code_verifier', 'v');
  });

  test('a failure to keep the request stops it', async () => {
    const { run } = strategy(passportStateStore);
    const failed = run({
      query: {},
      context: { begin: () => Promise.reject(new Error('store away')) },
    });
    await expect(failed).rejects.toThrow('store away');
  });

  test('a strategy run without its context fails instead of going on', async () => {
    const { run } = strategy(passportStateStore);
    await expect(run({ query: {}, context: { verifier: 'v' } })).rejects.toThrow();
    await expect(
      run({ query: { code: 'c' }, context: { begin: async () => 's' } }),
    ).rejects.toThrow();
  });
});
