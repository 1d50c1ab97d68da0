// The words of the house, and the plain values that cross rooms.

/** A place where calendars live, by its short name. Text, so that a third is one folder and one line. */
export type ProviderId = string;

/** Whoever the JWT says is asking. */
export interface Caller {
  readonly userId: string;
  readonly admin: boolean;
  /** Until when this says anything: the JWT's `exp`, in seconds since 1970. Null where the host vouches itself. */
  readonly expiresAt: number | null;
}

/** What a token endpoint gave. `refreshToken` is null when the answer brought none; `scope` as the provider spelled it. */
export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly expiresAt: Date;
  readonly scope: string | null;
}

/** Whose account it is, from the provider's own userinfo (Google `sub`, Graph `/me` `id`). Never keyed by email. */
export interface Profile {
  readonly providerAccountId: string;
  readonly email: string | null;
  readonly displayName: string | null;
}

export const ACCOUNT_STATUSES = ['connected', 'reauthorization_required', 'disconnecting'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

export const STATUS_REASONS = [
  'revoked',
  'expired',
  'missing_scopes',
  'admin_consent_required',
  'no_mailbox',
] as const;
export type StatusReason = (typeof STATUS_REASONS)[number];

export const SYNC_STATES = ['idle', 'queued', 'running', 'backoff', 'error'] as const;
export type SyncState = (typeof SYNC_STATES)[number];

export const SYNC_PHASES = ['calendars', 'baseline', 'incremental'] as const;
export type SyncPhase = (typeof SYNC_PHASES)[number];

export const SYNC_TRIGGERS = ['connect', 'manual', 'schedule', 'push'] as const;
export type SyncTrigger = (typeof SYNC_TRIGGERS)[number];

export const PUSH_STATES = ['active', 'unsupported', 'disabled', 'failed'] as const;
export type PushState = (typeof PUSH_STATES)[number];

/** The stretch of time a sync keeps, half open: `from` inclusive, `to` exclusive, both instants. */
export interface TimeWindow {
  readonly from: Date;
  readonly to: Date;
}

export const ACCESS_ROLES = ['owner', 'writer', 'reader', 'freeBusyReader'] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

/** A calendar as a provider describes it, in the unified model (providers.md section 2.1). */
export interface CalendarRecord {
  readonly providerCalendarId: string;
  readonly name: string;
  readonly description: string | null;
  /** An IANA zone, or null where the provider does not say. */
  readonly timeZone: string | null;
  /** `#rrggbb` or null. */
  readonly color: string | null;
  readonly primary: boolean;
  readonly accessRole: AccessRole;
  /** Whether a calendar seen for the first time is synced without asking: yes for one's own, no for holidays and birthdays. */
  readonly selectedByDefault: boolean;
}

/** When: an instant in UTC with the IANA zone it was set in (null if unknown), or a whole day. An all-day end is exclusive. */
export type EventTime =
  | { readonly dateTime: string; readonly timeZone: string | null }
  | { readonly date: string };

export const EVENT_KINDS = ['single', 'occurrence', 'exception', 'master'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export const RESPONSES = ['needsAction', 'accepted', 'tentative', 'declined'] as const;
export type ResponseStatus = (typeof RESPONSES)[number];

export interface Attendee {
  readonly email: string | null;
  readonly name: string | null;
  readonly response: ResponseStatus;
  readonly optional: boolean;
  readonly resource: boolean;
  readonly organizer: boolean;
  readonly self: boolean;
}

export interface Organizer {
  readonly email: string | null;
  readonly name: string | null;
  readonly self: boolean;
}

export interface Reminders {
  readonly useDefault: boolean;
  readonly overrides: readonly { readonly method: string; readonly minutes: number }[];
}

/** An event in the unified model (providers.md section 2.2). Times are already normalised: `end` is never before `start`. */
export interface EventRecord {
  readonly providerEventId: string;
  readonly iCalUid: string | null;
  readonly etag: string | null;
  readonly title: string | null;
  readonly description: string | null;
  readonly location: string | null;
  /** `master` rows are kept to complete their occurrences and never shown. */
  readonly kind: EventKind;
  readonly seriesId: string | null;
  readonly originalStart: EventTime | null;
  readonly allDay: boolean;
  readonly start: EventTime;
  readonly end: EventTime;
  readonly status: 'confirmed' | 'tentative' | 'cancelled';
  readonly busy: boolean;
  readonly eventType: string;
  readonly visibility: 'default' | 'public' | 'private' | 'confidential';
  readonly organizer: Organizer | null;
  readonly attendees: readonly Attendee[];
  readonly selfResponse: ResponseStatus | null;
  readonly conferenceUrl: string | null;
  readonly reminders: Reminders | null;
  readonly link: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  /** True for Graph's bare occurrences: everything but identity and times is to be taken from the series' master. */
  readonly sparse: boolean;
}

/** One thing a provider said about a calendar since we last asked. */
export type EventChange =
  | { readonly change: 'put'; readonly event: EventRecord }
  /** The event is gone, and every row whose series it is. */
  | { readonly change: 'remove'; readonly providerEventId: string }
  /** An item we could not read. Counted and reported; never stops a calendar. */
  | { readonly change: 'skip'; readonly providerEventId: string | null; readonly reason: string };
