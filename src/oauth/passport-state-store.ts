// The state store that Passport's strategies see: it only carries values between them and the steps of our own flow.

import type { StateStoreForPassport } from '../providers/provider.js';

/** What a request given to a strategy must carry as `context`. */
export type StrategyContext =
  /** Before consent: keeps the verifier and returns the state. */
  | { readonly begin: (verifier: string) => Promise<string> }
  /** After it: the state has been taken and judged already; this is the verifier it held. */
  | { readonly verifier: string };

/** passport-oauth2 counts parameters: `store` must declare five, `verify` four. */
export const passportStateStore: StateStoreForPassport = {
  store(request, verifier, _state, _meta, done) {
    const context = contextOf(request);
    if (!('begin' in context))
      return done(new Error('a consent was begun without a place to keep it'));
    context.begin(verifier).then(
      (state) => done(null, state),
      (error: Error) => done(error),
    );
  },
  verify(request, _state, _meta, done) {
    const context = contextOf(request);
    if (!('verifier' in context)) return done(new Error('a code came back without its verifier'));
    done(null, context.verifier);
  },
};

function contextOf(request: unknown): StrategyContext {
  return (request as { context: StrategyContext }).context;
}
