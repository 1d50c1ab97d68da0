// The state store as passport-oauth2 uses it. That library counts parameters, and silently loses
// the verifier after `true`.

import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import OAuth2Strategy from 'passport-oauth2';
import type { StrategyPurpose } from '../../src/providers/provider-consent.js';
import { runStrategy } from '../../src/providers/run-strategy.js';
import { stateStoreFor } from '../../src/providers/state-store.js';

const ENDPOINTS = {
  authorizationURL: 'https://provider.example/authorize',
  tokenURL: 'https://provider.example/token',
  clientID: 'c',
  clientSecret: 's',
  callbackURL: 'https://service.example/callback',
};

const exchange = (verifier: string): StrategyPurpose => ({
  access: 'write',
  verifier,
  keepTokens: async () => {},
});

/** Runs passport-oauth2 on a store and intercepts its token request. */
function strategy(store: unknown) {
  const asked: Record<string, unknown>[] = [];
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
  return { asked, run: (query: Record<string, string>) => runStrategy(plain, { query }) };
}

describe('the state store for Passport', () => {
  test('the store function declares five parameters and verify four', () => {
    const store = stateStoreFor(exchange('v'));
    expect(store.store).toHaveLength(5);
    expect(store.verify).toHaveLength(4);
  });

  test('the state and the challenge are sent, and the stored verifier is returned', async () => {
    let kept = '';
    const begin = async (verifier: string) => {
      kept = verifier;
      return 'our-state';
    };
    const outcome = await strategy(stateStoreFor({ access: 'write', begin })).run({});
    const url = new URL((outcome as { url: string }).url);
    expect(url.searchParams.get('state')).toBe('our-state');
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(url.searchParams.get('code_challenge')).toBe(
      createHash('sha256').update(kept).digest('base64url'),
    );
    expect(kept).toMatch(/^[\w.~-]{43,128}$/);
    expect(url.href).not.toContain(kept);
    const { asked, run } = strategy(stateStoreFor(exchange(kept)));
    await run({ code: 'c', state: 'our-state' });
    expect(asked).toEqual([
      expect.objectContaining({ code_verifier: kept, redirect_uri: ENDPOINTS.callbackURL }),
    ]);
  });

  test('a store that answers true loses the verifier', async () => {
    const { asked, run } = strategy({
      ...stateStoreFor(exchange('v')),
      verify: (
        _request: unknown,
        _state: unknown,
        _meta: unknown,
        done: (error: null, ok: boolean) => void,
      ) => done(null, true),
    });
    await run({ code: 'c', state: 's' });
    expect(asked[0]).not.toHaveProperty('code_verifier', 'v');
  });

  test('an authorization request that cannot be stored stops the flow', async () => {
    const begin = () => Promise.reject(new Error('store unavailable'));
    await expect(strategy(stateStoreFor({ access: 'write', begin })).run({})).rejects.toThrow(
      'store unavailable',
    );
  });

  test('a strategy that runs for the other purpose fails', async () => {
    await expect(strategy(stateStoreFor(exchange('v'))).run({})).rejects.toThrow();
    const begin = async () => 's';
    await expect(
      strategy(stateStoreFor({ access: 'write', begin })).run({ code: 'c' }),
    ).rejects.toThrow();
  });
});
