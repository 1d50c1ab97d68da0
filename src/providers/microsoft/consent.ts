// Consent and tokens of Microsoft:
// learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.

import { Strategy as MicrosoftStrategy } from 'passport-microsoft';
import type { Profile } from '../../vocabulary.js';
import { cleanAddress, cleanLine, identifier } from '../clean-text.js';
import { calendarScopes, createConsent } from '../consent.js';
import { consentStrategy } from '../consent-strategy.js';
import type { HttpClient } from '../http-client.js';
import { unreadableProfile } from '../profile-request.js';
import type { ProviderSettings } from '../provider.js';
import type { ProviderConsent } from '../provider-consent.js';
import { isOfOrigin } from '../read-settings.js';
import { refusalDetails } from './aadsts.js';
import { redirectError, tokenRefusal } from './consent-errors.js';

const MicrosoftConsentStrategy = consentStrategy(MicrosoftStrategy);

/** The endpoints for consent and tokens, and the Graph that has `/me`. */
export interface MicrosoftConsentUrls {
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly graphUrl: string;
}

/** Consent and tokens of Microsoft. */
export function microsoftConsent(
  settings: ProviderSettings,
  http: HttpClient,
  urls: MicrosoftConsentUrls,
): ProviderConsent {
  return createConsent(settings, http, {
    Strategy: MicrosoftConsentStrategy,
    authorizationUrl: urls.authorizationUrl,
    tokenUrl: urls.tokenUrl,
    profileUrl: `${urls.graphUrl}/me`,
    scopes(access) {
      const own = calendarScopes(settings, access);
      const identity = ['openid', 'profile', 'email', 'offline_access'];
      return [...identity, ...own, userScope(own[0] ?? '')];
    },
    // The documentation calls `scope` optional in token requests. Some tenants refuse to refresh
    // without it (AADSTS90014).
    sendsScopesForTokens: true,
    // Set explicitly so that the callback never comes as a cross-site POST, which carries no Lax
    // cookie.
    authorizationParams: { response_mode: 'query' },
    // Microsoft sends no `iss` today. The issuer of a tenant has the origin of the authority.
    isIssuer: (issuer) => isOfOrigin(issuer, urls.authorizationUrl),
    redirectError,
    refusalDetails,
    classify: tokenRefusal,
    toProfile,

    // Microsoft refuses `select_account consent`.
    authorizationOptions: ({ loginHint }) => ({
      prompt: 'select_account',
      ...(loginHint === null ? {} : { login_hint: loginHint }),
    }),

    isCalendarScope: (scope) => shortName(scope).startsWith('calendars.'),
    covers(granted, wanted) {
      const [has, needs] = [shortName(granted), shortName(wanted)];
      return has === needs || has === needs.replace(/\.read(basic)?(?=$|\.)/, '.readwrite');
    },
    canWrite: (scope) => shortName(scope).startsWith('calendars.readwrite'),
  });
}

/**
 * `https://graph.microsoft.com/Calendars.Read` and `calendars.read` are the same scope. Microsoft's
 * responses use either spelling.
 */
function shortName(scope: string): string {
  return scope.slice(scope.lastIndexOf('/') + 1).toLowerCase();
}

/** The scope for `/me`, in the same cloud as the calendar scope. */
function userScope(calendarScope: string): string {
  return `${calendarScope.slice(0, calendarScope.lastIndexOf('/') + 1)}User.Read`;
}

/**
 * `mail` is empty for many accounts. Then the user principal name is the address that people know.
 */
function toProfile({ id, mail, userPrincipalName, displayName }: Record<string, unknown>): Profile {
  const providerAccountId = identifier(id, 255);
  if (providerAccountId === null) throw unreadableProfile();
  return {
    providerAccountId,
    email: cleanAddress(mail) ?? cleanAddress(userPrincipalName),
    displayName: cleanLine(displayName, 200),
  };
}
