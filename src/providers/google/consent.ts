// Consent and tokens of Google: developers.google.com/identity/protocols/oauth2/web-server.

import { Strategy as GoogleStrategy } from 'passport-google-oauth20';
import { ProviderError } from '../../errors.js';
import type { Profile } from '../../vocabulary.js';
import { cleanAddress, cleanLine, identifier } from '../clean-text.js';
import { calendarScopes, createConsent } from '../consent.js';
import { consentStrategy, type OAuth2StrategyClass } from '../consent-strategy.js';
import type { HttpClient } from '../http-client.js';
import { unreadableProfile } from '../profile-request.js';
import type { ProviderSettings } from '../provider.js';
import type { ProviderConsent } from '../provider-consent.js';
import { isOfOrigin } from '../read-settings.js';
import { logWords } from '../responses.js';
import { MISCONFIGURED, type Refusal, refusedBecause, UNAVAILABLE } from '../token-endpoint.js';

/** The `iss` of Google's callbacks. Emulators of Google send it too. */
const ISSUER = 'https://accounts.google.com';

// The declared types lack passport-oauth2's verify callback of five parameters.
const GoogleConsentStrategy = consentStrategy(GoogleStrategy as unknown as OAuth2StrategyClass);

/** The endpoints for consent, tokens and userinfo. */
export interface GoogleConsentUrls {
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly userinfoUrl: string;
}

/** Consent and tokens of Google. */
export function googleConsent(
  settings: ProviderSettings,
  http: HttpClient,
  urls: GoogleConsentUrls,
): ProviderConsent {
  return createConsent(settings, http, {
    Strategy: GoogleConsentStrategy,
    authorizationUrl: urls.authorizationUrl,
    tokenUrl: urls.tokenUrl,
    profileUrl: urls.userinfoUrl,
    scopes: (access) => ['openid', 'email', 'profile', ...calendarScopes(settings, access)],
    isIssuer: (issuer) => issuer === ISSUER || isOfOrigin(issuer, urls.authorizationUrl),
    redirectError,
    refusalDetails,
    classify,
    toProfile,

    // Without `consent` Google gives a refresh token only with the first consent of a user.
    authorizationOptions: ({ loginHint }) => ({
      accessType: 'offline',
      prompt: 'select_account consent',
      ...(loginHint === null ? {} : { loginHint }),
    }),

    isCalendarScope: (scope) => scope.includes('/auth/calendar'),
    covers: (granted, wanted) => granted === wanted || BROADER[wanted]?.includes(granted) === true,
    canWrite: (scope) => WRITES.test(scope),
  });
}

const SCOPE = 'https://www.googleapis.com/auth/calendar';

/** Scopes to read, and the scopes that include each: developers.google.com/calendar/api/auth. */
const BROADER: Readonly<Record<string, readonly string[]>> = {
  [`${SCOPE}.readonly`]: [SCOPE],
  [`${SCOPE}.calendarlist.readonly`]: [SCOPE, `${SCOPE}.readonly`, `${SCOPE}.calendarlist`],
  [`${SCOPE}.calendars.readonly`]: [SCOPE, `${SCOPE}.readonly`, `${SCOPE}.calendars`],
  [`${SCOPE}.events.readonly`]: [SCOPE, `${SCOPE}.readonly`, `${SCOPE}.events`],
};

/** Scopes with the right to write events. */
const WRITES = /\/auth\/calendar(\.events|\.events\.owned|\.app\.created)?$/;

/**
 * The account is identified by `sub`, or by `id` in the older shape of userinfo. The email is for
 * display only.
 */
function toProfile({ sub, id, email, name }: Record<string, unknown>): Profile {
  const providerAccountId = identifier(sub ?? id, 255);
  if (providerAccountId === null) throw unreadableProfile();
  return { providerAccountId, email: cleanAddress(email), displayName: cleanLine(name, 200) };
}

/** Google's own field of a refusal. */
function refusalDetails({ error_subtype: subtype }: Readonly<Record<string, unknown>>) {
  return typeof subtype === 'string' ? [subtype] : [];
}

/** The refusals that only Google has. RFC 6749 names the others. */
function classify(refusal: Refusal): ProviderError | null {
  const { grant, error, details } = refusal;
  const reason = refusedBecause(refusal);
  if (error === 'admin_policy_enforced')
    return new ProviderError('admin_consent_required', {
      reason,
      statusReason: 'admin_consent_required',
    });
  if (error === 'invalid_grant' && grant === 'refresh_token' && details.includes('invalid_rapt')) {
    return new ProviderError('reauthorization_required', {
      reason,
      statusReason: 'expired',
      proves: 'grant_ended',
    });
  }
  return null;
}

function redirectError(
  error: string,
  _description: string | null,
  subcode: string | null,
): ProviderError {
  const reason = `consent refused: ${logWords(error, subcode === null ? [] : [subcode])}`;
  if (error === 'access_denied') return new ProviderError('access_denied', { reason });
  if (error === 'admin_policy_enforced')
    return new ProviderError('admin_consent_required', {
      reason,
      statusReason: 'admin_consent_required',
    });
  if (UNAVAILABLE.has(error)) return new ProviderError('provider_unavailable', { reason });
  // org_internal: the client is for one organisation only, and the user belongs to another.
  if (MISCONFIGURED.has(error) || error === 'org_internal')
    return new ProviderError('provider_misconfigured', { reason });
  return new ProviderError('provider_error', { reason });
}
