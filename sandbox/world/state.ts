/** Everything the sandbox remembers but the calendars themselves, as plain JSON. */
import type { JsonWebKey } from 'node:crypto';
import type { Settings } from './settings.js';

/** The two providers there are. */
export type ProviderName = 'google' | 'microsoft';

/** A calendar as it stands in one account's list. `id` is what this account's API calls it. */
export interface CalendarEntry {
  id: string;
  calendarKey: string;
  accessRole: 'owner' | 'writer' | 'writerWithoutPrivateAccess' | 'reader' | 'freeBusyReader';
  primary?: boolean;
  hidden?: boolean;
  selected?: boolean;
  summaryOverride?: string;
  color: string;
  /** Holidays and birthdays: read-only, and no push at Google. */
  subscribed?: boolean;
  /** Microsoft: its events need Calendars.Read(Write).Shared. */
  needsSharedScope?: boolean;
  deleted?: boolean;
  seq: number;
}

/** A person with an account at one provider. `id` is Google's sub, or the id Graph's /me answers. */
export interface Account {
  id: string;
  provider: ProviderName;
  email: string;
  name: string;
  givenName: string;
  familyName: string;
  timeZone: string;
  locale: string;
  /** Microsoft only: the directory, the object id of tokens, and what /me says of the mail address. */
  tenantId?: string;
  objectId?: string;
  mail?: string | null;
  /** Google: notACalendarUser. Microsoft: MailboxNotEnabledForRESTAPI. */
  noCalendar?: boolean;
  adminConsentRequired?: boolean;
  calendars: CalendarEntry[];
  listSeq: number;
  listGeneration: number;
}

/** A registered OAuth client. Google's grants belong to the project. */
export interface Client {
  provider: ProviderName;
  clientId: string;
  /** What the pages call the app. */
  name: string;
  secret: string;
  secretExpired?: boolean;
  project: string;
  /** Besides these, any loopback address is accepted, as for an app in development. */
  redirectUris: string[];
}

/** What a user allowed a client's project (Google) or a client (Microsoft). */
export interface Grant {
  provider: ProviderName;
  project: string;
  accountId: string;
  scopes: string[];
}

/** A code on its way through the browser. Times are milliseconds since 1970. */
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

/** A refresh token, dead or alive. Times are milliseconds since 1970. */
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
  /** Why it no longer works, if it does not. */
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

/** The whole of it. */
export interface WorldState {
  version: 1;
  seed: string;
  drawn: number;
  clockOffsetMs: number;
  signingKey: JsonWebKey;
  settings: Settings;
  clients: Client[];
  accounts: Account[];
  grants: Grant[];
  codes: AuthorizationCode[];
  refreshTokens: Record<string, RefreshToken>;
  accessTokens: Record<string, AccessToken>;
  channels: Channel[];
  subscriptions: Subscription[];
}
