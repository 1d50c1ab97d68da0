/** The settings of the sandbox: the behaviour of the providers that a test can change. */

/**
 * Lists that never end: after the last item the list begins again, under a new link. `largePages`:
 * lists of events with large pages only (Google: more than 250; Microsoft: delta with more than
 * 50). `changes`: the lists from which a client gets a cursor. `all`: every list.
 */
export type EndlessLists = 'none' | 'largePages' | 'changes' | 'all';

/**
 * What an endless list goes on with: the `same` items, the same items in new revisions, or a next
 * page that cannot be requested (Google: a token that is no text; Microsoft: a link to another
 * host).
 */
export type EndlessKind = 'same' | 'revised' | 'lost';

/** Google's settings. Each name ends with its unit. Null turns a limit off. */
export interface GoogleSettings {
  /**
   * The OAuth app is in "Testing": refresh tokens expire after 7 days, except with identity scopes
   * only.
   */
  testingMode: boolean;
  /** Valid refresh tokens per account and client. One more makes the oldest one invalid. */
  refreshTokenLimit: number;
  /** Answer 400 if a sync token is used with other parameters than the first request. */
  strictSyncParameters: boolean;
  /** A limit on the size of pages, also if the client requests larger ones. */
  pageSize: number | null;
  /** Send an empty page with a nextPageToken after the first page, if there are several pages. */
  emptyPages: boolean;
  /** How many fields a cancelled event has. `mixed` alternates between the other three values. */
  cancelledItems: 'mixed' | 'full' | 'sparse' | 'idOnly';
  /**
   * With singleEvents=true, a deleted series appears as its master, as all its instances, or as
   * both.
   */
  seriesDeletion: 'master' | 'instances' | 'both';
  cursorLifetimeDays: number;
  /** How an expired sync token is answered: 410, 400 naming the parameter, or 400 without words. */
  goneVariant: 'fullSyncRequired' | 'invalid' | 'bare400';
  /** Leave out nextSyncToken. */
  omitCursors: boolean;
  endlessLists: EndlessLists;
  endlessKind: EndlessKind;
  /** The length of authorization codes; null for the usual one. */
  codeLength: number | null;
  /** A quota over the last minute, measured in real time. */
  requestsPerMinutePerUser: number | null;
  latencyMs: number;
  channelMaxSeconds: number;
}

/** Microsoft's settings. */
export interface MicrosoftSettings {
  /** How the token response writes the granted scopes. */
  scopeFormat: 'short' | 'qualified';
  /** Work accounts need an administrator's consent, in every tenant and for every scope. */
  adminConsentRequired: boolean;
  /** How long after an administrator's consent users are still refused. */
  adminConsentDelayMs: number;
  /** The app is registered in one tenant only. /common is refused. */
  singleTenant: boolean;
  pageSize: number | null;
  emptyPages: boolean;
  /** Repeat items of a delta round on its last page. */
  duplicates: boolean;
  /**
   * The position of a series master relative to its occurrences in a delta round. `absent`: rounds
   * have no masters.
   */
  masterPosition: 'first' | 'last' | 'absent';
  /**
   * How an expired delta link is answered: 410 in three forms, 400 naming the token, or 400 without
   * words.
   */
  goneVariant: 'SyncStateNotFound' | 'resyncRequired' | 'location' | 'badToken' | 'bare400';
  /** Leave out the delta link. */
  omitCursors: boolean;
  endlessLists: EndlessLists;
  endlessKind: EndlessKind;
  /** The length of authorization codes; null for the usual one. */
  codeLength: number | null;
  /** Refuse token requests without `scope` (AADSTS90014). */
  scopeRequired: boolean;
  cursorLifetimeDays: number;
  maxConcurrentPerMailbox: number | null;
  latencyMs: number;
  subscriptionMaxMinutes: number;
}

/** How push notifications are delivered, for both providers. */
export interface DeliverySettings {
  delayMs: number;
  /** How many copies of each notification are sent. */
  copies: number;
  /** Swap the order within each pair of notifications. */
  reorder: boolean;
  drop: boolean;
}

/** All settings. */
export interface Settings {
  google: GoogleSettings;
  microsoft: MicrosoftSettings;
  delivery: DeliverySettings;
}

/** Changes to some settings. */
export interface SettingsChange {
  google?: Partial<GoogleSettings>;
  microsoft?: Partial<MicrosoftSettings>;
  delivery?: Partial<DeliverySettings>;
}

/** The settings of a new sandbox. */
export function defaultSettings(): Settings {
  return {
    google: {
      testingMode: false,
      refreshTokenLimit: 100,
      strictSyncParameters: true,
      pageSize: null,
      emptyPages: false,
      cancelledItems: 'mixed',
      seriesDeletion: 'master',
      cursorLifetimeDays: 28,
      goneVariant: 'fullSyncRequired',
      omitCursors: false,
      endlessLists: 'none',
      endlessKind: 'same',
      codeLength: null,
      requestsPerMinutePerUser: 600,
      latencyMs: 2,
      channelMaxSeconds: 604_800,
    },
    microsoft: {
      scopeFormat: 'short',
      adminConsentRequired: false,
      adminConsentDelayMs: 0,
      singleTenant: false,
      pageSize: null,
      emptyPages: false,
      duplicates: false,
      masterPosition: 'first',
      goneVariant: 'SyncStateNotFound',
      omitCursors: false,
      endlessLists: 'none',
      endlessKind: 'same',
      codeLength: null,
      scopeRequired: false,
      cursorLifetimeDays: 30,
      maxConcurrentPerMailbox: 4,
      latencyMs: 5,
      subscriptionMaxMinutes: 10_080,
    },
    delivery: { delayMs: 0, copies: 1, reorder: false, drop: false },
  };
}
