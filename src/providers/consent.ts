// Consent and tokens of a provider, built from what is its own.

import type { Profile } from '../vocabulary.js';
import { AuthorizationUrls } from './authorization-url.js';
import type { ConsentStrategyClass } from './consent-strategy.js';
import type { HttpClient } from './http-client.js';
import { requestProfile } from './profile-request.js';
import type { ProviderSettings } from './provider.js';
import type { ProviderConsent, StrategyPurpose } from './provider-consent.js';
import { createTokenEndpoint, type TokenEndpointOptions } from './token-endpoint.js';

/** What is a provider's own in consent and tokens. */
export interface ConsentDialect
  extends Pick<
      ProviderConsent,
      'scopes' | 'isIssuer' | 'authorizationOptions' | 'grantedScopes' | 'redirectError'
    >,
    Pick<TokenEndpointOptions, 'refusalDetails' | 'classify'> {
  /** Whether token requests name the scopes too. */
  readonly sendsScopesForTokens?: boolean;
  /** The provider's Passport strategy, as `consentStrategy` derives it. */
  readonly Strategy: ConsentStrategyClass;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly profileUrl: string;
  /** Parameters of the authorization URL that the strategy has no option for. */
  readonly authorizationParams?: Readonly<Record<string, string>>;
  /** Reads the response of `profileUrl`. @throws ProviderError when it names no account */
  toProfile(body: Record<string, unknown>): Profile;
}

/** The consent of one provider, with the client of `settings`. */
export function createConsent(
  settings: ProviderSettings,
  http: HttpClient,
  dialect: ConsentDialect,
): ProviderConsent {
  const { clientId, clientSecret, callbackUrl } = settings;
  const { Strategy, authorizationUrl, tokenUrl, profileUrl, scopes, authorizationParams } = dialect;
  const { isIssuer, authorizationOptions, grantedScopes, redirectError } = dialect;
  const { refusalDetails, classify, toProfile } = dialect;
  const tokenEndpoint = createTokenEndpoint({
    http,
    url: tokenUrl,
    clientId,
    clientSecret,
    refusalDetails,
    classify,
    ...(dialect.sendsScopesForTokens === true ? { scopes } : {}),
  });
  const profile = (accessToken: string) => requestProfile(http, profileUrl, accessToken, toProfile);
  const strategySettings = {
    clientId,
    clientSecret,
    callbackUrl,
    authorizationUrl,
    tokenUrl,
    scopes,
    tokenEndpoint,
    profile,
    authorizationParams,
  };
  const strategy = (purpose: StrategyPurpose) => new Strategy(strategySettings, purpose);
  const urls = new AuthorizationUrls({ strategy, authorizationOptions });
  return {
    scopes,
    clientId,
    isIssuer,
    strategy,
    authorizationUrl: ({ loginHint }, begin) => urls.write(loginHint, begin),
    authorizationOptions,
    redirectError,
    refresh: tokenEndpoint.refresh,
    profile,
    grantedScopes,
  };
}
