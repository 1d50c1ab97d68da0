// What a provider is, and how it is defined before it is configured.

import type { ProviderId } from '../vocabulary.js';
import type { HttpClient } from './http-client.js';
import type { ProviderAdminConsent } from './provider-admin-consent.js';
import type { ProviderCalendars } from './provider-calendars.js';
import type { ProviderConsent, ProviderRevocation } from './provider-consent.js';
import type { ProviderProxy } from './provider-proxy.js';
import type { ProviderPush } from './provider-push.js';

/** A configured provider: a place where calendars live. */
export interface Provider {
  readonly id: ProviderId;
  /** The name that people know: `Google`. */
  readonly name: string;
  readonly consent: ProviderConsent;
  /** Null where an administrator has no link of their own to consent for an organization. */
  readonly adminConsent: ProviderAdminConsent | null;
  /**
   * `disabled` by the operator's settings; null where the provider cannot end the grant of a single
   * app.
   */
  readonly revocation: ProviderRevocation | 'disabled' | null;
  readonly calendars: ProviderCalendars;
  /** Null where the provider has no push: its calendars are only polled. */
  readonly push: ProviderPush | null;
  /** Null where requests of the host cannot be passed on. */
  readonly proxy: ProviderProxy | null;
  /** The page where a user removes this app at the provider. */
  readonly manageUrl: string;
}

/**
 * What a provider is created from. Scopes and endpoints come from the configuration, never from a
 * request.
 */
export interface ProviderSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Absolute: `{OAUTH_REDIRECT_BASE_URL}/integrations/auth/{provider}/callback`. */
  readonly callbackUrl: string;
  /** The calendar scopes that are requested to read and write. */
  readonly calendarScope: string;
  /** The calendar scopes that are requested to read only. */
  readonly readScope: string;
  /**
   * The provider's own variables by their name without prefix (`TOKEN_URL`), with defaults filled
   * in; null where unset. URLs have no trailing slash.
   */
  readonly values: Readonly<Record<string, string | null>>;
}

/**
 * A variable of one provider beside CLIENT_ID, CLIENT_SECRET, CALENDAR_SCOPE and READ_SCOPE. Its
 * full name is `{ID}_{name}`.
 */
export interface ProviderVariable {
  readonly name: string;
  readonly kind: 'url' | 'text' | 'flag';
  /** The default; null: unset. A flag's default is `'true'` or `'false'`. */
  readonly fallback: string | null;
  readonly meaning: string;
  /** What a text must look like. Unset: any text. */
  readonly form?: { readonly pattern: RegExp; readonly error: string };
}

/**
 * A provider before it is configured: one line in catalogue.ts. Variables and routes follow from
 * it.
 */
export interface ProviderDefinition {
  readonly id: ProviderId;
  readonly name: string;
  /** How other products call it, in files that are imported. */
  readonly otherNames?: readonly string[];
  /** The default of CALENDAR_SCOPE. */
  readonly calendarScope: string;
  /** The default of READ_SCOPE. */
  readonly readScope: string;
  readonly variables: readonly ProviderVariable[];
  /** The longest span of days that can be listed with changes. Unset: no limit. */
  readonly longestWindowDays?: number;
  create(settings: ProviderSettings, http: HttpClient): Provider;
}
