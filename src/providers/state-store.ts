// The state store of one Passport strategy. It passes values between the strategy and the steps of
// our own flow.

import type { StrategyPurpose } from './provider-consent.js';

/**
 * passport-oauth2's state store with PKCE. passport-oauth2 tells the variants of this interface
 * apart by the number of declared parameters: `store` must have five and `verify` four, without
 * defaults or rest (pinned by a test).
 */
export interface PkceStateStore {
  store(
    request: unknown,
    verifier: string,
    state: unknown,
    meta: unknown,
    done: (error: Error | null, state?: string) => void,
  ): void;
  /**
   * `done`'s second value is the code verifier: plain `true` would make passport-oauth2 drop it.
   */
  verify(
    request: unknown,
    state: unknown,
    meta: unknown,
    done: (error: Error | null, verifier?: string) => void,
  ): void;
}

/** The store for one strategy instance. It fails when the strategy is run for the other purpose. */
export function stateStoreFor(purpose: StrategyPurpose): PkceStateStore {
  return {
    store(_request, verifier, _state, _meta, done) {
      if (!('begin' in purpose))
        return done(new Error('this strategy exchanges a code and cannot begin an authorization'));
      purpose.begin(verifier).then(
        (state) => done(null, state),
        (error: Error) => done(error),
      );
    },
    verify(_request, _state, _meta, done) {
      if (!('verifier' in purpose))
        return done(new Error('this strategy begins an authorization and cannot exchange a code'));
      done(null, purpose.verifier);
    },
  };
}
