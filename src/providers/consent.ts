// Consent and tokens of a provider, built from what is its own.

import type { Access, Profile } from '../vocabulary.js';
import { AuthorizationUrls } from './authorization-url.js';
import type { ConsentStrategyClass } from './consent-strategy.js';
import type { HttpClient } from './http-client.js';
import { requestProfile } from './profile-request.js';
import type { ProviderSettings } from './provider.js';
import type { GrantedScopes, ProviderConsent, StrategyPurpose } from './provider-consent.js';
import { scopeList } from './read-settings.js';
import { createTokenEndpoint, type TokenEndpointOptions } from './token-endpoint.js';

/** What is a provider's own in consent and tokens. */
export interface ConsentDialect
  extends Pick<ProviderConsent, 'scopes' | 'isIssuer' | 'authorizationOptions' | 'redirectError'>,
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
  /** Whether a scope is one of calendars, so that it is kept with the account. */
  isCalendarScope(scope: string): boolean;
  /** Whether a granted scope allows what a wanted one does. */
  covers(granted: string, wanted: string): boolean;
  /** Whether a scope of calendars allows to write events. */
  canWrite(scope: string): boolean;
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
  const { isIssuer, authorizationOptions, redirectError } = dialect;
  const { refusalDetails, classify, toProfile } = dialect;
  const tokenEndpoint = createTokenEndpoint({
    http,
    url: tokenUrl,
    clientId,
    clientSecret,
    refusalDetails,
    classify,
  });
  const profile = (accessToken: string) => requestProfile(http, profileUrl, accessToken, toProfile);
  const strategySettings = {
    clientId,
    clientSecret,
    callbackUrl,
    authorizationUrl,
    tokenUrl,
    profile,
    authorizationParams,
  };
  const sentScopes = (access: Access) =>
    dialect.sendsScopesForTokens === true ? scopes(access) : null;
  const strategy = (purpose: StrategyPurpose) =>
    new Strategy(
      {
        ...strategySettings,
        scopes: scopes(purpose.access),
        exchange: (code) => tokenEndpoint.exchange(code, sentScopes(purpose.access)),
      },
      purpose,
    );
  const urlsOf = (access: Access) =>
    new AuthorizationUrls({ strategy, authorizationOptions }, access);
  const urls = { read: urlsOf('read'), write: urlsOf('write') };
  return {
    scopes,
    clientId,
    isIssuer,
    strategy,
    authorizationUrl: ({ loginHint, access }, begin) => urls[access].write(loginHint, begin),
    authorizationOptions,
    redirectError,
    refresh: (refreshToken, access) => tokenEndpoint.refresh(refreshToken, sentScopes(access)),
    profile,
    grantedScopes: (scope, wanted) =>
      grantedScopes(
        dialect,
        scope,
        typeof wanted === 'string' ? calendarScopes(settings, wanted) : wanted,
      ),
  };
}

/** The configured calendar scopes of an access. */
export function calendarScopes(
  { calendarScope, readScope }: ProviderSettings,
  access: Access,
): readonly string[] {
  return scopeList(access === 'write' ? calendarScope : readScope);
}

function grantedScopes(
  { isCalendarScope, covers, canWrite }: ConsentDialect,
  scope: string | null,
  wanted: readonly string[],
): GrantedScopes {
  const given = scope === null ? wanted : [...new Set(scopeList(scope))];
  const granted = given.filter((one) => wanted.includes(one) || isCalendarScope(one));
  return {
    granted,
    missing: wanted.filter((one) => !given.some((other) => covers(other, one))),
    access: granted.some(canWrite) ? 'write' : 'read',
  };
}
