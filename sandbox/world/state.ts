/** The state of the sandbox without the calendars' events, as plain JSON. */
import type { JsonWebKey } from 'node:crypto';
import type { Settings } from './settings.js';

/** The names of the providers. */
export type ProviderName = 'google' | 'microsoft';

/** A calendar in one account's list. `id` is its id in this account's API. */
export interface CalendarEntry {
  id: string;
  calendarKey: string;
  accessRole: 'owner' | 'writer' | 'writerWithoutPrivateAccess' | 'reader' | 'freeBusyReader';
  primary?: boolean;
  hidden?: boolean;
  selected?: boolean;
  summaryOverride?: string;
  color: string;
  /** A calendar of holidays or birthdays: read-only, and without push at Google. */
  subscribed?: boolean;
  /** Microsoft: the events need the scope Calendars.Read.Shared or Calendars.ReadWrite.Shared. */
  needsSharedScope?: boolean;
  deleted?: boolean;
  seq: number;
}

/** A person's account at one provider. `id` is Google's `sub`, or the id in Graph's /me. */
export interface Account {
  id: string;
  provider: ProviderName;
  email: string;
  name: string;
  givenName: string;
  familyName: string;
  timeZone: string;
  locale: string;
  /** Microsoft only: the directory, the object id in tokens, and the mail address in /me. */
  tenantId?: string;
  objectId?: string;
  mail?: string | null;
  /** The API answers notACalendarUser (Google) or MailboxNotEnabledForRESTAPI (Microsoft). */
  noCalendar?: boolean;
  adminConsentRequired?: boolean;
  /** Microsoft only: may consent for everyone of the tenant. */
  administrator?: boolean;
  calendars: CalendarEntry[];
  listSeq: number;
  listGeneration: number;
}

/** A Microsoft organization. */
export interface Tenant {
  id: string;
  /** The domain of its addresses. */
  domain: string;
  name: string;
  /**
   * Whether users may consent to calendars by themselves. False is Microsoft's default since
   * November 2025.
   */
  usersMayConsent: boolean;
  /** Blocked users can send a request to their administrators: AADSTS90095 and not 90094. */
  consentRequests: boolean;
  approvals: Approval[];
}

/** The consent of an administrator to an app, for everyone of a tenant. */
export interface Approval {
  clientId: string;
  /** Null: everything that the app is registered for. */
  scopes: string[] | null;
  /** Milliseconds since 1970. */
  at: number;
}

/** A registered OAuth client. At Google, a grant belongs to the client's project. */
export interface Client {
  provider: ProviderName;
  clientId: string;
  /** The name of the app on the consent pages. */
  name: string;
  secret: string;
  secretExpired?: boolean;
  project: string;
  /** Loopback addresses are always accepted, as for an app in development. */
  redirectUris: string[];
}

/** The scopes that a user granted to a client's project (Google) or to a client (Microsoft). */
export interface Grant {
  provider: ProviderName;
  project: string;
  accountId: string;
  scopes: string[];
}

/** An authorization code. Times are milliseconds since 1970. */
export interface AuthorizationCode {
  code: string;
  provider: ProviderName;
  clientId: string;
  accountId: string;
  tenant: string;
  redirectUri: string;
  scopes: string[];
  challenge: string | null;
  challengeMethod: string;
  nonce: string | null;
  offline: boolean;
  expiresAt: number;
  redeemed: boolean;
}

/** A refresh token, valid or not. Times are milliseconds since 1970. */
export interface RefreshToken {
  token: string;
  provider: ProviderName;
  clientId: string;
  accountId: string;
  tenant: string;
  scopes: string[];
  issuedAt: number;
  lastUsedAt: number;
  expiresAt: number | null;
  /** Why the token is no longer valid; absent while it is. */
  ended?: 'revoked' | 'expired' | 'displaced';
  replacedBy?: string;
}

/** An access token. `expiresAt` is milliseconds since 1970. */
export interface AccessToken {
  token: string;
  provider: ProviderName;
  clientId: string;
  accountId: string;
  scopes: string[];
  expiresAt: number;
  revoked?: boolean;
}

/** A Google push channel. */
export interface Channel {
  id: string;
  resourceId: string;
  resourceUri: string;
  calendarKey: string | null;
  accountId: string;
  address: string;
  token?: string;
  expiresAt: number;
  messageNumber: number;
}

/** A Microsoft Graph subscription. `calendarKey` null: the default calendar. */
export interface Subscription {
  id: string;
  resource: string;
  calendarKey: string;
  accountId: string;
  clientId: string;
  changeType: string;
  notificationUrl: string;
  lifecycleNotificationUrl: string | null;
  clientState: string | null;
  expiresAt: number;
  immutableIds: boolean;
}

/** The whole state. */
export interface WorldState {
  version: 1;
  seed: string;
  drawn: number;
  clockOffsetMs: number;
  signingKey: JsonWebKey;
  settings: Settings;
  clients: Client[];
  accounts: Account[];
  tenants: Tenant[];
  grants: Grant[];
  codes: AuthorizationCode[];
  refreshTokens: Record<string, RefreshToken>;
  accessTokens: Record<string, AccessToken>;
  channels: Channel[];
  subscriptions: Subscription[];
}
