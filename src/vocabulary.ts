// The words of this project, and the plain values that several rooms share. More about the words:
// docs/glossary.md
//
// provider                  a place where calendars live
// authorization request     one user's trip to a provider for consent; valid for ten minutes
// state                     its random public handle; can be used once
// binding                   the cookie that ties an authorization request to one browser
// consent attempt           the row that records what became of a callback
// ticket                    what a frontend on another site uses once to complete an attempt
// grant                     what the user gave: tokens, granted scopes, profile
// connected account         a grant that is kept; it belongs to one user
// reauthorization required  the grant no longer works; only the user can fix it
// disconnect                the user removes a connected account: revoke, then delete
// seal                      encrypt a token for one place: its row, column and user
// run                       one sync of one account, from queued to ended
// round                     one read of one calendar within a run
// window                    the span of time whose events are kept
// cursor                    where a read stopped: Google's sync token, Microsoft's delta link
// full sync                 a round without a cursor
// incremental sync          a round with a cursor; it reads only what changed
// baseline                  the phase of a run that does full syncs
// stuck run                 a run that reports nothing for 90 seconds; its worker was killed
// due account               a connected account whose next sync time has come
// job                       one piece of background work in the queue
// master                    the provider's item that describes a series; never shown
// sparse occurrence         an occurrence that Graph sent with its times alone
// shown                     of a row: the API may return it, because it is complete
// channel                   a provider's promise to send notices for one calendar
// notice                    a request of a provider that says a calendar has changed
// caller                    who sent a request: a user, an admin, or a service caller
// service caller            the host's own backend; it acts for the user that a request names

/** The short name of a provider. It is text, so that a new provider changes no type. */
export type ProviderId = string;

/** A person who sent a request, by the JWT, the session or the host. */
export interface UserCaller {
  readonly kind: 'user' | 'admin';
  readonly userId: string;
  /** The end of the sign-in, in seconds since 1970: the `exp` of the JWT. Null: a host named none. */
  readonly expiresAt: number | null;
}

/** An admin: a person with the admin role. */
export interface AdminCaller extends UserCaller {
  readonly kind: 'admin';
}

/** The host's own backend, by a service key, the service role of a JWT, or the host. */
export interface ServiceCaller {
  readonly kind: 'service';
  /** The name of its key, or what its JWT or the host calls it. For logs. */
  readonly name: string;
  readonly expiresAt: number | null;
}

/** Who sent a request. */
export type Caller = UserCaller | ServiceCaller;

/** The response of a token endpoint. */
export interface TokenSet {
  readonly accessToken: string;
  /** Null when the response has none. */
  readonly refreshToken: string | null;
  readonly expiresAt: Date;
  /** As the provider spelled it. Null when the response has none. */
  readonly scope: string | null;
}

/** The provider account of a grant. */
export interface Profile {
  /** Google's userinfo `sub`, or the `id` of Graph's `/me`. Never an email address. */
  readonly providerAccountId: string;
  readonly email: string | null;
  readonly displayName: string | null;
}

/** Whether a connected account works. */
export const ACCOUNT_STATUSES = ['connected', 'reauthorization_required', 'disconnecting'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** What a grant allows to do with calendars. `write` includes reading. */
export const ACCESS_TIERS = ['read', 'write'] as const;
export type Access = (typeof ACCESS_TIERS)[number];

/** Why an account needs its user. */
export const STATUS_REASONS = [
  'revoked',
  'expired',
  'missing_scopes',
  'admin_consent_required',
  'no_mailbox',
] as const;
export type StatusReason = (typeof STATUS_REASONS)[number];

/** What the sync of an account does now. */
export const SYNC_STATES = ['idle', 'queued', 'running', 'backoff', 'error'] as const;
export type SyncState = (typeof SYNC_STATES)[number];

/** What a run reads: the list of calendars, all events, or only changes. */
export const SYNC_PHASES = ['calendars', 'baseline', 'incremental'] as const;
export type SyncPhase = (typeof SYNC_PHASES)[number];

/** What started a run. */
export const SYNC_TRIGGERS = ['connect', 'manual', 'schedule', 'push'] as const;
export type SyncTrigger = (typeof SYNC_TRIGGERS)[number];

/** Whether the provider sends notices for an account. */
export const PUSH_STATES = ['active', 'unsupported', 'disabled', 'failed'] as const;
export type PushState = (typeof PUSH_STATES)[number];

/** The span of time whose events are kept: `from` is included, `to` is not. */
export interface TimeWindow {
  readonly from: Date;
  readonly to: Date;
}

/** What the account may do with a calendar. */
export const ACCESS_ROLES = ['owner', 'writer', 'reader', 'freeBusyReader'] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

/** A calendar of a provider, in the unified model (docs/model.md). */
export interface CalendarRecord {
  readonly providerCalendarId: string;
  readonly name: string;
  readonly description: string | null;
  /** An IANA zone, or null where the provider names none. */
  readonly timeZone: string | null;
  /** `#rrggbb` or null. */
  readonly color: string | null;
  readonly primary: boolean;
  readonly accessRole: AccessRole;
  /** Whether a new calendar is synced by default: not if it holds holidays or birthdays. */
  readonly selectedByDefault: boolean;
}

/** Why nothing was revoked. */
export type NotRevoked =
  | 'not_supported'
  | 'disabled'
  | 'shared_grant'
  | 'already_revoked'
  | 'provider_unavailable'
  | 'token_unreadable'
  | 'provider_not_configured';
