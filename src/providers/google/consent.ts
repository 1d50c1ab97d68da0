// Consent at Google: developers.google.com/identity/protocols/oauth2/web-server.

import { Strategy as GoogleStrategy } from 'passport-google-oauth20';
import { ProviderError } from '../../errors.js';
import type { Profile } from '../../vocabulary.js';
import { cleanLine, identifier } from '../clean-text.js';
import { consentStrategy, type OAuth2StrategyClass } from '../consent-strategy.js';
import type { HttpClient } from '../http-client.js';
import { oddProfile, readProfile } from '../profile-request.js';
import type { ProviderSettings } from '../provider.js';
import type { ProviderConsent } from '../provider-consent.js';
import { isOfOrigin, scopeList } from '../read-settings.js';
import {
  createTokenEndpoint,
  describe,
  MISCONFIGURED,
  type Refusal,
  UNAVAILABLE,
} from '../token-endpoint.js';

/** What Google says as `iss`, as do those who play it. */
const ISSUER = 'https://accounts.google.com';

// The declared types lack passport-oauth2's verify callback of five parameters.
const GoogleConsentStrategy = consentStrategy(GoogleStrategy as unknown as OAuth2StrategyClass);

/** Where consent is asked for, tokens are given, and userinfo is. */
export interface GoogleConsentUrls {
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly userinfoUrl: string;
}

/** Google's half of an authorization request, and the tokens that come of it. */
export function googleConsent(
  settings: ProviderSettings,
  http: HttpClient,
  urls: GoogleConsentUrls,
): ProviderConsent {
  const { clientId, clientSecret, callbackUrl } = settings;
  const calendarScopes = scopeList(settings.calendarScope);
  const scopes = ['openid', 'email', 'profile', ...calendarScopes];
  const tokenEndpoint = createTokenEndpoint({
    http,
    url: urls.tokenUrl,
    clientId,
    clientSecret,
    classify,
  });
  const profile = (accessToken: string) =>
    readProfile(http, urls.userinfoUrl, accessToken, toProfile);
  const strategySettings = {
    clientId,
    clientSecret,
    callbackUrl,
    ...urls,
    scopes,
    tokenEndpoint,
    profile,
  };

  return {
    scopes,
    clientId,
    isIssuer: (issuer) => issuer === ISSUER || isOfOrigin(issuer, urls.authorizationUrl),
    profile,
    refresh: tokenEndpoint.refresh,
    redirectError,

    strategy: (purpose) => new GoogleConsentStrategy(strategySettings, purpose),

    // `consent` again each time: without it Google gives a refresh token only once.
    authorizationOptions: ({ loginHint }) => ({
      accessType: 'offline',
      prompt: 'select_account consent',
      ...(loginHint === null ? {} : { loginHint }),
    }),

    grantedScopes(scope) {
      if (scope === null) return { granted: calendarScopes, missing: [] };
      const given = new Set(scopeList(scope));
      return {
        granted: [...given].filter(
          (one) => calendarScopes.includes(one) || one.includes('/auth/calendar'),
        ),
        missing: calendarScopes.filter((one) => !given.has(one)),
      };
    },
  };
}

/** `sub`, or `id` in the older shape of userinfo; the email is for people to read, never a key. */
function toProfile({ sub, id, email, name }: Record<string, unknown>): Profile {
  const providerAccountId = identifier(sub ?? id, 255);
  if (providerAccountId === null) throw oddProfile();
  return { providerAccountId, email: cleanLine(email, 320), displayName: cleanLine(name, 200) };
}

/** What only Google says; everything else is said in OAuth's own words. */
function classify({ grant, error, subcode }: Refusal): ProviderError | null {
  const reason = `${grant} refused: ${describe(error, [], subcode)}`;
  if (error === 'admin_policy_enforced')
    return new ProviderError('admin_consent_required', {
      reason,
      statusReason: 'admin_consent_required',
    });
  if (error === 'invalid_grant' && grant === 'refresh_token' && subcode === 'invalid_rapt') {
    return new ProviderError('reauthorization_required', { reason, statusReason: 'expired' });
  }
  return null;
}

function redirectError(
  error: string,
  _description: string | null,
  subcode: string | null,
): ProviderError {
  const reason = `consent refused: ${describe(error, [], subcode)}`;
  if (error === 'access_denied') return new ProviderError('access_denied', { reason });
  if (error === 'admin_policy_enforced')
    return new ProviderError('admin_consent_required', {
      reason,
      statusReason: 'admin_consent_required',
    });
  if (UNAVAILABLE.has(error)) return new ProviderError('provider_unavailable', { reason });
  // org_internal: the client is for one organisation only, and this user is of another.
  if (MISCONFIGURED.has(error) || error === 'org_internal')
    return new ProviderError('provider_misconfigured', { reason });
  return new ProviderError('provider_error', { reason });
}
