// Passport's OAuth 2.0 strategies, with their token and profile requests sent by our own HTTP
// client.

import type { Strategy } from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import { IntegrationError } from '../errors.js';
import type { Profile, TokenSet } from '../vocabulary.js';
import type { ConsentResult, StrategyPurpose } from './provider-consent.js';
import { stateStoreFor } from './state-store.js';
import type { CodeExchange } from './token-endpoint.js';

/** What a consent strategy needs to know of its provider. */
export interface ConsentStrategySettings {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly callbackUrl: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  /** Exchanges a code at the token endpoint. @throws ProviderError */
  exchange(exchange: CodeExchange): Promise<TokenSet>;
  profile(accessToken: string): Promise<Profile>;
  /** Parameters of the authorization URL that the strategy has no option for. */
  readonly authorizationParams?: Readonly<Record<string, string>>;
}

/** The strategy class that we run. Each instance serves one purpose. */
export type ConsentStrategyClass = new (
  settings: ConsentStrategySettings,
  purpose: StrategyPurpose,
) => Strategy;

/** A class derived from passport-oauth2's strategy, with the options that we set. */
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
    store: OAuth2Strategy.StateStore;
  },
  verify: Verify,
) => OAuth2Strategy;

// passport-oauth2 counts the parameters: five mean (accessToken, refreshToken, params, profile,
// done). `params` is the result of the token request, which here is our TokenSet.
type Verify = (
  accessToken: string,
  refreshToken: string,
  tokens: TokenSet,
  profile: Profile,
  done: (error: unknown, result?: ConsentResult) => void,
) => void;

const verify: Verify = (_accessToken, _refreshToken, tokens, profile, done) =>
  done(null, { tokens, profile });

/**
 * Derives the strategy class that we run from a provider's own strategy. An instance serves one
 * purpose: one authorization request, or one code exchange. It sends PKCE with S256. In an exchange
 * it requires the code verifier and the configured redirect URI, and keeps the tokens before it
 * requests the profile. `success` passes on a ConsentResult.
 */
export function consentStrategy(Base: OAuth2StrategyClass): ConsentStrategyClass {
  return class ConsentStrategy extends Base {
    constructor(
      private readonly settings: ConsentStrategySettings,
      private readonly purpose: StrategyPurpose,
    ) {
      super(
        {
          clientID: settings.clientId,
          clientSecret: settings.clientSecret,
          callbackURL: settings.callbackUrl,
          authorizationURL: settings.authorizationUrl,
          tokenURL: settings.tokenUrl,
          scope: [...settings.scopes],
          scopeSeparator: ' ',
          pkce: true,
          // The declared type lacks the variant for PKCE.
          store: stateStoreFor(purpose) as unknown as OAuth2Strategy.StateStore,
        },
        verify,
      );
      // `_oauth2` is protected: subclasses may use it. Its own request has no timeout and no limit
      // for the body.
      Object.assign(this._oauth2, {
        getOAuthAccessToken: (code: unknown, params: TokenParameters, callback: TokenCallback) =>
          settle(this.exchange(code, params), callback, (tokens) =>
            callback(null, tokens.accessToken, tokens.refreshToken, tokens),
          ),
      });
    }

    /** Called when the authorization URL is made. */
    override authorizationParams(options: object): object {
      return { ...super.authorizationParams(options), ...this.settings.authorizationParams };
    }

    /** Called after the token request. */
    override userProfile(
      accessToken: string,
      done: (error: unknown, profile?: Profile) => void,
    ): void {
      settle(this.settings.profile(accessToken), done, (profile) => done(null, profile));
    }

    private async exchange(code: unknown, parameters: TokenParameters): Promise<TokenSet> {
      const { callbackUrl } = this.settings;
      const { redirect_uri: redirectUri, code_verifier: codeVerifier } = parameters;
      if (typeof code !== 'string') throw failure('the code is not one string');
      // passport-oauth2 drops the verifier silently when a store passes on `true`. Without it PKCE
      // protects nothing.
      if (typeof codeVerifier !== 'string' || !/^[\w.~-]{43,128}$/.test(codeVerifier))
        throw failure('no code verifier');
      if (redirectUri !== callbackUrl) throw failure('not the configured redirect URI');
      const tokens = await this.settings.exchange({ code, codeVerifier, redirectUri });
      if ('keepTokens' in this.purpose) await this.purpose.keepTokens(tokens);
      return tokens;
    }
  };
}

/** What passport-oauth2 passes to its token request. */
interface TokenParameters {
  readonly redirect_uri?: unknown;
  readonly code_verifier?: unknown;
}

type TokenCallback = (
  error: unknown,
  accessToken?: string,
  refreshToken?: string | null,
  tokens?: TokenSet,
) => void;

function failure(reason: string): IntegrationError {
  return new IntegrationError('server_error', { reason });
}

/**
 * Runs callbacks outside the promise, so that what they throw neither escapes as a rejection nor
 * calls them twice.
 */
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
      // The callback has thrown twice. Nothing else can receive the error.
    }
  }
}

/**
 * The error that stopped a strategy, without passport-oauth2's wrapping. A value that is no Error
 * becomes `server_error`.
 */
export function unwrapConsentError(error: unknown): Error {
  if (error instanceof OAuth2Strategy.InternalOAuthError)
    return unwrapConsentError(error.oauthError);
  return error instanceof Error ? error : failure('a strategy failed without an Error');
}
