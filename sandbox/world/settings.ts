/** The dials of the sandbox: everything about the providers' behaviour that varies from one day to the next. */

/** Google's dials. Durations are in the unit of their name; null turns a limit off. */
export interface GoogleSettings {
  /** OAuth app in "Testing": refresh tokens live 7 days, unless only identity scopes were granted. */
  testingMode: boolean;
  /** Live refresh tokens per account and client; the next one silently kills the oldest. */
  refreshTokenLimit: number;
  /** Answer 400 when a sync token comes with other parameters than it was made with. */
  strictSyncParameters: boolean;
  /** An upper bound on every page, below what the client asks for. */
  pageSize: number | null;
  /** Put an empty page with a nextPageToken after the first page of every round of several pages. */
  emptyPages: boolean;
  /** How much of a cancelled event is shown. `mixed` alternates between the other three. */
  cancelledItems: 'mixed' | 'full' | 'sparse' | 'idOnly';
  /** Under singleEvents=true a deleted series is told as its master's id, as every instance, or as both. */
  seriesDeletion: 'master' | 'instances' | 'both';
  cursorLifetimeDays: number;
  /** Sliding quota, counted in real time. */
  requestsPerMinutePerUser: number | null;
  latencyMs: number;
  channelMaxSeconds: number;
}

/** Microsoft's dials. */
export interface MicrosoftSettings {
  /** How the token response spells the granted scopes. */
  scopeFormat: 'short' | 'qualified';
  /** Work accounts need an administrator's approval. */
  adminConsentRequired: boolean;
  /** The app is registered in one tenant only: /common is refused. */
  singleTenant: boolean;
  pageSize: number | null;
  emptyPages: boolean;
  /** Repeat items of a delta round on its last page. */
  duplicates: boolean;
  /** Where a series master stands among its occurrences in a delta round. */
  masterPosition: 'first' | 'last';
  goneVariant: 'SyncStateNotFound' | 'resyncRequired' | 'location';
  cursorLifetimeDays: number;
  maxConcurrentPerMailbox: number | null;
  latencyMs: number;
  subscriptionMaxMinutes: number;
}

/** How push notifications travel, at both providers. */
export interface DeliverySettings {
  delayMs: number;
  /** How many copies of each arrive. */
  copies: number;
  /** Hold each one back until the next has been sent. */
  reorder: boolean;
  drop: boolean;
}

/** All the dials. */
export interface Settings {
  google: GoogleSettings;
  microsoft: MicrosoftSettings;
  delivery: DeliverySettings;
}

/** A change to some of the dials. */
export interface SettingsChange {
  google?: Partial<GoogleSettings>;
  microsoft?: Partial<MicrosoftSettings>;
  delivery?: Partial<DeliverySettings>;
}

/** The dials as they stand on an ordinary day. */
export function ordinarySettings(): Settings {
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
      requestsPerMinutePerUser: 600,
      latencyMs: 2,
      channelMaxSeconds: 604_800,
    },
    microsoft: {
      scopeFormat: 'short',
      adminConsentRequired: false,
      singleTenant: false,
      pageSize: null,
      emptyPages: false,
      duplicates: false,
      masterPosition: 'first',
      goneVariant: 'SyncStateNotFound',
      cursorLifetimeDays: 30,
      maxConcurrentPerMailbox: 4,
      latencyMs: 5,
      subscriptionMaxMinutes: 10_080,
    },
    delivery: { delayMs: 0, copies: 1, reorder: false, drop: false },
  };
}
