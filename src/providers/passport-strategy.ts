// Passport's façade over our own HTTP: a strategy keeps its shape and its options, and gives up its requests.

import type { Strategy } from 'passport';
import { InternalOAuthError } from 'passport-oauth2';
import { IntegrationError } from '../errors.js';
import type { Profile, TokenSet } from '../vocabulary.js';
import type { ConsentResult, KeepTokens, StateStoreForPassport } from './provider.js';
import type { TokenEndpoint } from './token-endpoint.js';

/** What replaces the strategy's own requests. */
export interface CarefulRequests {
  readonly tokenEndpoint: TokenEndpoint;
  readonly redirectUri: string;
  profile(accessToken: string): Promise<Profile>;
  /** Parameters of the authorization URL that the strategy has no option for. */
  readonly authorizationParams?: Readonly<Record<string, string>>;
}

/** The constructor of a strategy derived from passport-oauth2, with the options we use of it. */
export type OAuth2StrategyClass = new (
  options: {
    clientID: string;
    clientSecret: string;
    callbackURL: string;
    authorizationURL: string;
    tokenURL: string;
    scope: string[];
    scopeSeparator: string;
    pkce: true;
    store: StateStoreForPassport;
  },
  verify: Verify,
) => unknown;

// passport-oauth2 counts: five parameters mean (accessToken, refreshToken, params, profile, done). The third is what the
// token request gave, which here is our TokenSet.
type Verify = (
  accessToken: string,
  refreshToken: string,
  tokens: TokenSet,
  profile: Profile,
  done: (error: unknown, user?: ConsentResult) => void,
) => void;

/** For the options of that constructor: the verify callback that makes a ConsentResult. */
export const verifyConsent: Verify = (_accessToken, _refreshToken, tokens, profile, done) => {
  done(null, { tokens, profile });
};

/** The parts of passport-oauth2 that are protected, private or untyped. `error` exists once Passport runs the strategy. */
interface Internals {
  _oauth2: {
    getOAuthAccessToken(code: unknown, params: TokenParams, callback: TokenCallback): void;
  };
  authorizationParams(options: object): Record<string, string>;
  tokenParams(options: { keepTokens?: KeepTokens }): TokenParams;
  userProfile(accessToken: string, done: (error: unknown, profile?: Profile) => void): void;
}

type TokenCallback = (
  error: unknown,
  accessToken?: string,
  refreshToken?: string | null,
  tokens?: TokenSet,
) => void;

// How authenticate()'s option reaches the exchange of its own request: a symbol is never written into a form.
const KEEP = Symbol('keepTokens');

interface TokenParams {
  [KEEP]?: KeepTokens;
  redirect_uri?: unknown;
  code_verifier?: unknown;
}

/** Takes `strategy`'s HTTP away: tokens and profile come through `requests`, and tokens are kept before the profile is asked for. */
export function withCarefulRequests(strategy: unknown, requests: CarefulRequests): Strategy {
  const internals = strategy as Internals;
  const authorizationParams = internals.authorizationParams;

  internals.authorizationParams = function (options) {
    return { ...authorizationParams.call(this, options), ...requests.authorizationParams };
  };
  internals.tokenParams = ({ keepTokens }) =>
    keepTokens === undefined ? {} : { [KEEP]: keepTokens };
  internals._oauth2.getOAuthAccessToken = (code, params, callback) => {
    settle(exchange(code, params, requests), callback, (tokens) => {
      callback(null, tokens.accessToken, tokens.refreshToken, tokens);
    });
  };
  internals.userProfile = (accessToken, done) => {
    settle(requests.profile(accessToken), done, (profile) => done(null, profile));
  };
  return strategy as Strategy;
}

async function exchange(
  code: unknown,
  params: TokenParams,
  requests: CarefulRequests,
): Promise<TokenSet> {
  const { redirect_uri: redirectUri, code_verifier: codeVerifier } = params;
  if (typeof code !== 'string') throw lost('the code is not one string');
  // passport-oauth2 drops the verifier without a word when a store answers `true`; without it PKCE protects nothing.
  if (typeof codeVerifier !== 'string' || !/^[\w.~-]{43,128}$/.test(codeVerifier))
    throw lost('no code verifier');
  if (redirectUri !== requests.redirectUri)
    throw lost('another redirect URI than the configured one');
  const tokens = await requests.tokenEndpoint.exchange({
    code,
    codeVerifier,
    redirectUri: requests.redirectUri,
  });
  await params[KEEP]?.(tokens);
  return tokens;
}

function lost(reason: string): IntegrationError {
  return new IntegrationError('server_error', { reason });
}

/** Runs callbacks outside the promise, so that what they throw neither escapes as a rejection nor calls them twice. */
function settle<T>(
  promise: Promise<T>,
  failed: (error: unknown) => void,
  done: (value: T) => void,
): void {
  promise.then(
    (value) => attempt(() => done(value), failed),
    (error: unknown) =>
      attempt(
        () => failed(error),
        () => {},
      ),
  );
}

function attempt(act: () => void, rescue: (error: unknown) => void): void {
  try {
    act();
  } catch (error) {
    try {
      rescue(error);
    } catch {
      // Whoever listens has thrown twice; there is nobody left to tell.
    }
  }
}

/** The error that stopped a strategy, freed of passport-oauth2's wrapping. What is not an error becomes a `server_error`. */
export function unwrapConsentError(error: unknown): Error {
  if (error instanceof InternalOAuthError) return unwrapConsentError(error.oauthError);
  return error instanceof Error
    ? error
    : new IntegrationError('server_error', { reason: 'a strategy failed oddly' });
}
