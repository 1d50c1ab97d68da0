// What a provider is: the one shape Google, Microsoft and whoever comes third fit into.

import type { Strategy } from 'passport';
import type {
  CalendarRecord,
  EventChange,
  EventRecord,
  Profile,
  ProviderId,
  StatusReason,
  TimeWindow,
  TokenSet,
} from '../vocabulary.js';
import type { HttpClient } from './http-client.js';

/**
 * passport-oauth2's state store with PKCE. It tells the variants apart by the number of declared parameters:
 * `store` must have five and `verify` four, without defaults or rest (pinned by a test).
 */
export interface StateStoreForPassport {
  store(
    request: unknown,
    verifier: string,
    state: unknown,
    meta: unknown,
    done: (error: Error | null, state?: string) => void,
  ): void;
  /** `done`'s second value is the code verifier: plain `true` would make passport-oauth2 drop it. */
  verify(
    request: unknown,
    state: string,
    meta: unknown,
    done: (error: Error | null, verifier?: string | false, info?: unknown) => void,
  ): void;
}

/**
 * Called with the tokens as soon as the provider has given them and before anything else is asked of it, so that they
 * are on disk before they can be lost. The strategy finds it in its authenticate options as `keepTokens`.
 */
export type KeepTokens = (tokens: TokenSet) => Promise<void>;

/** What the strategy hands to Passport as the "user": tokens and the profile they belong to. */
export interface ConsentResult {
  readonly tokens: TokenSet;
  readonly profile: Profile;
}

/** Consent and tokens: everything OAuth about a provider. */
export interface ProviderConsent {
  /** The scopes asked for, identity and offline access included, in the provider's spelling. */
  readonly scopes: readonly string[];
  readonly clientId: string;
  /** Whether an `iss` on the redirect back (RFC 9207) is this provider's: its known issuer, or of the origin that consent is asked at. */
  isIssuer(issuer: string): boolean;
  /** A fresh Passport strategy on `store`, PKCE S256, its HTTP replaced by the careful client. `success` yields a ConsentResult. */
  strategy(store: StateStoreForPassport): Strategy;
  /** The provider's own words for authenticate(): access_type, prompt, login_hint. */
  authorizationOptions(wish: { loginHint: string | null }): Record<string, unknown>;
  /** The `error` of a redirect back, as one of our errors. `description` is read for codes and never shown. */
  redirectError(error: string, description: string | null, subcode: string | null): Error;
  /** @throws ProviderError `reauthorization_required`, `provider_misconfigured`, `provider_unavailable`, `provider_error`, `admin_consent_required` */
  refresh(refreshToken: string): Promise<TokenSet>;
  /** Whose tokens these are. @throws ProviderError */
  profile(accessToken: string): Promise<Profile>;
  /** The calendar scopes in `scope` as granted, and those asked for and not granted. `scope` null means as asked (RFC 6749 5.1). */
  grantedScopes(scope: string | null): {
    readonly granted: readonly string[];
    readonly missing: readonly string[];
  };
}

/** Ends a grant at the provider. Revoking may end every grant of this client for the account, not one token alone. */
export interface ProviderRevocation {
  /** `gone` when the provider no longer knew the token. @throws ProviderError `provider_unavailable`, `provider_error` */
  revoke(token: string): Promise<'revoked' | 'gone'>;
}

export interface CalendarPage {
  readonly calendars: readonly CalendarRecord[];
  /** Opaque; to be given back as `page`. Null on the last page. */
  readonly next: string | null;
}

export interface ChangesRequest {
  readonly accessToken: string;
  readonly providerCalendarId: string;
  /** The window to read in a full sync; also the one a cursor was made with. */
  readonly window: TimeWindow;
  /** Null for a full sync. */
  readonly cursor: string | null;
  /** From the page before; null for the first. */
  readonly page: string | null;
  readonly signal?: AbortSignal;
}

export interface ChangePage {
  readonly changes: readonly EventChange[];
  /** Opaque; null on the last page. */
  readonly next: string | null;
  /** Where to go on next time: on the last page only, and never null there. */
  readonly cursor: string | null;
}

/** One series read whole: for providers whose changes leave occurrences bare. */
export interface SeriesRequest {
  readonly accessToken: string;
  readonly providerCalendarId: string;
  readonly seriesId: string;
  readonly window: TimeWindow;
  readonly signal?: AbortSignal;
}

/** What a provider bears from us for one account. */
export interface RequestLimits {
  /** Requests a minute. */
  readonly perMinute?: number;
  /** Requests under way at once. */
  readonly atOnce?: number;
}

/** Reading calendars and events. Every method throws ProviderError, classified; a 401 has `accessTokenRejected`. */
export interface ProviderCalendars {
  /** Absent: none that is known. */
  readonly limits?: RequestLimits;
  listCalendars(request: {
    accessToken: string;
    page: string | null;
    signal?: AbortSignal;
  }): Promise<CalendarPage>;
  /** @throws ProviderError `cursor_expired` when the cursor is dead and the calendar must be read in full */
  readChanges(request: ChangesRequest): Promise<ChangePage>;
  /** The master of a series, or null when it is gone. Absent where changes are never sparse. */
  readMaster?(request: SeriesRequest): Promise<EventRecord | null>;
  /** Every instance of a series inside the window, complete (not sparse); null when the series is gone. */
  readInstances?(request: SeriesRequest): Promise<readonly EventRecord[] | null>;
}

/** One calendar to be watched. */
export interface WatchRequest {
  readonly accessToken: string;
  readonly providerCalendarId: string;
  /** Chosen by us: notifications name it. */
  readonly channelId: string;
  /** Handed back by every notification; at most 80 characters of base64url. */
  readonly secret: string;
  /** Where notifications go. */
  readonly address: string;
  /** The provider's clock as far as we know it. */
  readonly now: Date;
  /** Whether a channel of another account goes by this resource id, and is not to be touched. */
  readonly isAnothers: (resourceId: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
}

/** A channel the provider keeps. */
export interface ChannelRequest {
  readonly accessToken: string;
  readonly channelId: string;
  readonly resourceId: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

export interface OpenedChannel {
  /** What the provider knows the channel by, beside our id. */
  readonly resourceId: string;
  readonly expiresAt: Date;
}

/** What somebody who may be the provider says about one channel. Nothing of it holds until the secret is proven. */
export interface PushNotice {
  /** As we chose it; empty where the notice names none. */
  readonly channelId: string;
  readonly secret: string;
  readonly resourceId: string | null;
  /**
   * `opened`: the channel begins. `changed`: something in the calendar did. `missed`: notifications were lost.
   * `expiring`: it ends soon unless renewed. `closed`: it has ended.
   */
  readonly news: 'opened' | 'changed' | 'missed' | 'expiring' | 'closed';
}

/** Being told of changes. Every asking method throws ProviderError, classified. */
export interface ProviderPush {
  /** `unsupported`: this calendar can never be watched. */
  watch(request: WatchRequest): Promise<OpenedChannel | 'unsupported'>;
  /** Prolongs a channel; `gone` when the provider no longer has it. Absent where a new one has to take its place. */
  renew?(request: ChannelRequest): Promise<OpenedChannel | 'gone'>;
  /** Ends a channel. One that is gone already is as good. */
  stop(request: ChannelRequest): Promise<void>;
  /** The resource ids of every channel that notifies at `address`, ours or left over. Absent where the provider cannot say. */
  list?(request: {
    accessToken: string;
    address: string;
    signal?: AbortSignal;
  }): Promise<readonly string[]>;
  /** What to echo where the provider only tries the address out; null when this is no such trial. */
  handshake(query: URLSearchParams): string | null;
  /** The notices in a request, of whatever origin. @param body parsed JSON, or undefined */
  read(
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    body: unknown,
  ): readonly PushNotice[];
}

export interface Provider {
  readonly id: ProviderId;
  /** As people know it: `Google`. */
  readonly name: string;
  readonly consent: ProviderConsent;
  /** `disabled` by the operator's policy; null where the provider cannot end a single app's grant. */
  readonly revocation: ProviderRevocation | 'disabled' | null;
  readonly calendars: ProviderCalendars;
  readonly push: ProviderPush;
  /** Where a user removes this app at the provider. */
  readonly manageUrl: string;
}

/** Why an account needs its user, for `statusReason`. */
export type ReauthorizationReason = Extract<StatusReason, 'revoked' | 'expired' | 'missing_scopes'>;

/** What every provider needs to be made. Scopes and endpoints come from configuration, never from a request. */
export interface ProviderSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Absolute: `{OAUTH_REDIRECT_BASE_URL}/integrations/auth/{provider}/callback`. */
  readonly callbackUrl: string;
  readonly calendarScope: string;
  /** The provider's own variables by name without prefix (`TOKEN_URL`), defaults filled in; null where unset. URLs without a trailing slash. */
  readonly values: Readonly<Record<string, string | null>>;
}

/** A setting of one provider beyond CLIENT_ID, CLIENT_SECRET and CALENDAR_SCOPE. The variable is `{ID}_{name}` in capitals. */
export interface ProviderVariable {
  readonly name: string;
  readonly kind: 'url' | 'text' | 'flag';
  /** Null: unset. A flag's default is `'true'` or `'false'`. */
  readonly fallback: string | null;
  readonly meaning: string;
}

/** A provider before it is configured: one line in catalogue.ts, from which variables, routes and strategy follow. */
export interface ProviderDefinition {
  readonly id: ProviderId;
  readonly name: string;
  readonly calendarScope: string;
  readonly variables: readonly ProviderVariable[];
  create(settings: ProviderSettings, http: HttpClient): Provider;
}
