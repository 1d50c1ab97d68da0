// The operations of the API. `npm run docs:client` writes this file from the OpenAPI document.

import type { Operation, Pages, RequestOptions, StreamEvent, StreamOptions } from './shapes.js';

/** An error, as RFC 9457 has it */
export interface Problem {
  /** The path of a page with the cause and the cure of the code */
  type: string;
  /** What the code means, in a few words */
  title: string;
  /** The HTTP status */
  status: number;
  /** What happened and what to do, for people */
  detail: string;
  /** Stable. /integrations/docs/errors explains each code */
  code: ProblemCode;
  /** The same as the header X-Request-Id. It finds the line in the log */
  requestId: string;
}

/** Who is calling */
export interface WhoIs {
  /** The user */
  userId: string;
  /** Whether they have the admin role */
  admin: boolean;
  /** When the JWT or session ends. Null where the host decides */
  expiresAt: string | null;
}

/** The providers that can be connected */
export interface ProviderList {
  /** The providers */
  data: Provider[];
}

/** A provider of calendars */
export interface Provider {
  /** The id of a provider, as GET /integrations/providers lists it */
  id: string;
  /** Its name, for people */
  name: string;
  /** What a start without `access` asks it for */
  scopes: string[];
}

/** An authorization request */
export interface Authorization {
  /** Send the browser here */
  url: string;
  /** The state of the request, as the URL contains it */
  state: string;
  /** When the request ends */
  expiresAt: string;
}

/** A connected account */
export interface Account {
  /** The id of the account */
  id: string;
  /** The user who connected it */
  userId: string;
  /** The id of a provider, as GET /integrations/providers lists it */
  provider: string;
  /** Its address at the provider */
  email: string | null;
  /** The name at the provider */
  displayName: string | null;
  /** What the user has allowed */
  scopes: string[];
  /** Whether events can be written too. Reconnect with `access=write` to raise it */
  access: AccountAccess;
  /** `reauthorization_required`: the user has to reconnect it */
  status: AccountStatus;
  /** Why it has to be reconnected. Null while it is connected */
  statusReason: AccountStatusReason | null;
  /** When it was connected first */
  connectedAt: string;
  /** When its data last changed */
  updatedAt: string;
  /** When a sync last succeeded */
  lastSyncedAt: string | null;
  /** When the next sync is due */
  nextSyncAt: string | null;
  sync: Sync;
  /** Whether the provider notifies this service of changes */
  push: {
    /** Whether the provider sends notices of changes */
    state: AccountPushState;
    /** When the first of its channels ends, if it is not renewed */
    expiresAt: string | null;
  };
}

/** How the sync of an account is going */
export interface Sync {
  /** `backoff` and `error` follow a failure: the first is tried again by itself */
  state: SyncState;
  /** What is read: the list of calendars, all events, or only changes. Null while nothing runs */
  phase: SyncPhase | null;
  /** What started the last sync */
  trigger: SyncTrigger | null;
  /** When the last sync began, also if it failed */
  startedAt: string | null;
  /** When the last sync ended */
  finishedAt: string | null;
  /** How far the sync has come */
  progress: {
    /** Calendars read in this sync */
    calendarsDone: number;
    /** Calendars to read in this sync */
    calendarsTotal: number;
    /** Events read in this sync */
    eventsSeen: number;
  };
  /** Why the last sync failed. Null after a success */
  error: {
    /** One of the error codes */
    code: ProblemCode;
    /** For people */
    message: string;
    /** Whether the service tries again by itself */
    retryable: boolean;
  } | null;
}

/** A connect link */
export interface ConnectLink {
  /** Send it to the person who is to connect a calendar. It is shown this once */
  url: string;
  /** When it ends, if it is not used */
  expiresAt: string;
}

/** A request for the consent of an administrator */
export interface AdminConsent {
  /** The id of the request */
  requestId: string;
  /** Send it to an administrator of the organization */
  url: string;
  /** Until when it can be answered */
  expiresAt: string;
}

/** What became of the request */
export interface AdminConsentState {
  /** The id of the request */
  requestId: string;
  /** `granted` is a hint for people: whether a user can connect shows when they do */
  status: AdminConsentStateStatus;
}

/** One page of accounts */
export interface AccountPage {
  /** The accounts */
  data: Account[];
  /** Send it back unchanged as `cursor`. Null on the last page */
  nextCursor: string | null;
}

/** What became of a disconnected account */
export interface Disconnected {
  /** The id of the account */
  id: string;
  /** Whether the provider has ended the grant */
  revoked: boolean;
  /** Why the provider was not asked, or did not end it. Null when it did */
  reason: DisconnectedReason | null;
  /** Where the user removes this app at the provider */
  manageUrl: string | null;
}

/** A live access token of an account */
export interface AccessToken {
  /** Send it to the provider as a bearer token */
  accessToken: string;
  /** Its type */
  tokenType: 'Bearer';
  /** When it ends */
  expiresAt: string;
  /** The calendar scopes of the account */
  scopes: string[];
}

/** A sync that is queued or running */
export interface SyncAccepted {
  /** The id of the sync */
  syncId: string;
  /** The id of the account */
  accountId: string;
  /** `backoff` and `error` follow a failure: the first is tried again by itself */
  state: SyncState;
  /** Where its progress is */
  statusUrl: string;
}

/** Every calendar of an account */
export interface CalendarList {
  /** The calendars */
  data: Calendar[];
}

/** A calendar of a connected account */
export interface Calendar {
  /** The id of the calendar, as GET …/calendars lists it */
  id: string;
  /** The id of the account */
  accountId: string;
  /** Its id at the provider */
  providerCalendarId: string;
  /** Its name */
  name: string;
  /** Its description */
  description: string | null;
  /** Its IANA zone */
  timeZone: string | null;
  /** Its color, as #rrggbb */
  color: string | null;
  /** Whether it is the main calendar of the account */
  primary: boolean;
  /** What the account may do with it */
  accessRole: CalendarAccessRole;
  /** Whether it is synced */
  selected: boolean;
  /** When it was last read with success */
  lastSyncedAt: string | null;
  /** How the sync of this calendar is going */
  sync: {
    /** `backoff` and `error` follow a failure: the first is tried again by itself */
    state: SyncState;
    /** Why the last sync failed. Null after a success */
    error: {
      /** One of the error codes */
      code: ProblemCode;
      /** For people */
      message: string;
      /** Whether the service tries again by itself */
      retryable: boolean;
    } | null;
    /** When it was last read, or tried */
    lastAttemptAt: string | null;
    /** Each failure doubles the wait, up to six hours */
    nextAttemptAt: string | null;
    /** Its events that could not be read, since the last full sync */
    skipped: number;
  };
}

/** When a user is busy */
export interface FreeBusy {
  /** The busy intervals: merged, in order */
  data: {
    /** Where it begins */
    start: string;
    /** Where it ends */
    end: string;
  }[];
  /** The accounts that were read, and how fresh their events are */
  accounts: {
    /** The id of the account */
    accountId: string;
    /** `reauthorization_required`: the user has to reconnect it */
    status: AccountStatus;
    /** When its sync last succeeded */
    lastSyncedAt: string | null;
  }[];
}

/** One page of events */
export interface EventPage {
  /** The events */
  data: Event[];
  /** Send it back unchanged as `cursor`. Null on the last page */
  nextCursor: string | null;
  /** With updatedSince: events that were deleted */
  deleted?: Deletion[] | undefined;
  /** With updatedSince: its value for the next request. Each change is listed at least once */
  asOf?: string | undefined;
}

/** An event. Each occurrence of a series is one */
export interface Event {
  /** The id of the event */
  id: string;
  /** The id of the account */
  accountId: string;
  /** The id of the calendar, as GET …/calendars lists it */
  calendarId: string;
  /** Its id at the provider */
  providerEventId: string;
  /** The same in the calendars of all attendees */
  iCalUid: string | null;
  /** Its version at the provider */
  etag: string | null;
  /** Its title */
  title: string | null;
  /** Its description; may contain HTML */
  description: string | null;
  /** Where it takes place */
  location: string | null;
  /** An `exception` is an occurrence of a series that was changed */
  kind: EventKind;
  /** The id of its series at the provider */
  seriesId: string | null;
  /** When it was to start by the rule of its series */
  originalStart: EventTime | null;
  /** Whether its times are whole days */
  allDay: boolean;
  start: EventTime;
  end: EventTime;
  /** A called-off meeting can stay in a calendar as `cancelled` */
  status: EventStatus;
  /** Whether it takes up time */
  busy: boolean;
  /** The provider's kind of event */
  eventType: string;
  /** Who may see its details */
  visibility: EventVisibility;
  /** Who organizes it */
  organizer: {
    /** The address */
    email: string | null;
    /** The name */
    name: string | null;
    /** Whether this is the account */
    self: boolean;
  } | null;
  /** Who was invited, at most 500 */
  attendees: {
    /** The address */
    email: string | null;
    /** The name */
    name: string | null;
    /** The answer to the invitation */
    response: EventAttendeeResponse;
    /** Whether the event takes place without them */
    optional: boolean;
    /** Whether it is a room or a device */
    resource: boolean;
    /** Whether this is the organizer */
    organizer: boolean;
    /** Whether this is the account */
    self: boolean;
  }[];
  /** The account's own answer */
  selfResponse: EventAttendeeResponse | null;
  /** Its video conference */
  conferenceUrl: string | null;
  /** When the provider reminds the account */
  reminders: {
    /** Whether the reminders of the calendar apply */
    useDefault: boolean;
    /** The reminders of this event */
    overrides: {
      /** How the provider reminds */
      method: string;
      /** Minutes before the start */
      minutes: number;
    }[];
  } | null;
  /** Its page at the provider */
  link: string | null;
  /** When it was created */
  createdAt: string | null;
  /** When it last changed */
  updatedAt: string | null;
}

/** An instant, or a whole day of an all-day event */
export type EventTime =
  | {
      /** The instant, in UTC */
      dateTime: string;
      /** The IANA zone it was set in. Null if unknown */
      timeZone: string | null;
    }
  | {
      /** The day */
      date: string;
    };

/** An event that was deleted */
export interface Deletion {
  /** The id of the event */
  id: string;
  /** The id of the calendar, as GET …/calendars lists it */
  calendarId: string;
  /** Its id at the provider */
  providerEventId: string;
  /** When it was found deleted */
  deletedAt: string;
}

/** One page of the feed */
export interface ChangePage {
  /** The notifications, the oldest first */
  data: Notification[];
  /** Send it back as `after` */
  nextCursor: string;
  /** Whether there are more at present */
  hasMore: boolean;
}

/** What this service tells the host */
export interface Notification {
  /** The same on every way and at every repetition: the header webhook-id */
  id: string;
  /** What happened (docs/notifications.md lists the types) */
  type: NotificationType;
  /** When it was written */
  timestamp: string;
  /** The number of the notification within its account. Null where it concerns no account */
  sequence: number | null;
  /** Whom it concerns, and what belongs to the type */
  data: {
    /** The account. Null where it concerns none */
    accountId: string | null;
    /** The user of the account */
    userId: string | null;
    /** The provider of the account */
    provider: string | null;
    [name: string]: unknown;
  };
}

/** An endpoint and its secret */
export interface WebhookEndpointWithSecret {
  /** The id of the webhook endpoint */
  id: string;
  /** Where webhooks are sent */
  url: string;
  /** The types it gets. Null: all but event.starting and event.ended */
  types: NotificationType[] | null;
  /** Minutes before the start of an event that event.starting is sent */
  minutesBefore: number;
  /** A note of yours */
  description: string | null;
  /** Whether it gets nothing */
  disabled: boolean;
  /** `gone`: it answered 410. Null while it is enabled */
  disabledReason: WebhookEndpointWithSecretDisabledReason | null;
  /** When it was made */
  createdAt: string;
  /** When it was last changed */
  updatedAt: string;
  /** Verifies the signatures. It is not shown again */
  secret: string;
}

/** All webhook endpoints */
export interface WebhookEndpoints {
  /** The endpoints */
  data: WebhookEndpoint[];
}

/** An address of yours that gets notifications */
export interface WebhookEndpoint {
  /** The id of the webhook endpoint */
  id: string;
  /** Where webhooks are sent */
  url: string;
  /** The types it gets. Null: all but event.starting and event.ended */
  types: NotificationType[] | null;
  /** Minutes before the start of an event that event.starting is sent */
  minutesBefore: number;
  /** A note of yours */
  description: string | null;
  /** Whether it gets nothing */
  disabled: boolean;
  /** `gone`: it answered 410. Null while it is enabled */
  disabledReason: WebhookEndpointWithSecretDisabledReason | null;
  /** When it was made */
  createdAt: string;
  /** When it was last changed */
  updatedAt: string;
}

/** What came of a webhook that was sent as a test */
export interface WebhookTest {
  /** The receiver's status; null without a response */
  status: number | null;
  /** How long it took */
  durationMs: number;
  /** Why it failed. Null for a success */
  error: string | null;
}

/** One page of deliveries */
export interface WebhookDeliveryPage {
  /** The deliveries */
  data: WebhookDelivery[];
  /** Send it back unchanged as `cursor`. Null on the last page */
  nextCursor: string | null;
}

/** The delivery of one notification */
export interface WebhookDelivery {
  /** The id of the delivery */
  id: string;
  /** The id of the notification */
  notificationId: string;
  /** What happened (docs/notifications.md lists the types) */
  type: NotificationType;
  /** `failed`: the last attempt has failed, or the endpoint answered 410 */
  state: WebhookDeliveryState;
  /** How many attempts have ended */
  attempts: number;
  /** The status of the last response */
  lastStatus: number | null;
  /** Why the last attempt failed */
  lastError: string | null;
  /** When it is tried next. Null when it is delivered or failed */
  nextAttemptAt: string | null;
  /** When it was queued */
  createdAt: string;
  /** When it was accepted */
  deliveredAt: string | null;
}

/** What is sent again */
export interface WebhookReplay {
  /** How many deliveries are sent again */
  count: number;
}

/** One page of the audit trail */
export interface AuditPage {
  /** The entries */
  data: AuditEntry[];
  /** Send it back unchanged as `cursor`. Null on the last page */
  nextCursor: string | null;
}

/** Something that was done */
export interface AuditEntry {
  /** The id of the entry */
  id: string;
  /** When it was done */
  at: string;
  /** What was done */
  action: AuditEntryAction;
  /**
   * Who did it: `user`, `admin`, `service`, `link`, `system`, and after a colon the id of the
   * user or admin, or the name of the service caller
   */
  actor: string;
  /** The user whom it concerns. After an erasure `erased:` and a keyed hash */
  userId: string | null;
  /** The account that it concerns */
  accountId: string | null;
  /** The provider of the account */
  provider: string | null;
  /** `refused`: a rule or a person said no. `failed`: something did not work */
  outcome: AuditEntryOutcome;
  /** The X-Request-Id of the request. Null where no request did it */
  requestId: string | null;
  /**
   * What belongs to the action, such as the `code` of a refusal. Never a secret or the content of
   * an event
   */
  details: Record<string, unknown>;
}

/** A user of whom nothing is kept any more */
export interface ErasedUser {
  /** The user */
  userId: string;
  /** What became of the accounts */
  accounts: {
    /** The id of the account */
    id: string;
    /** The id of a provider, as GET /integrations/providers lists it */
    provider: string;
    /** Whether the provider has ended the grant */
    revoked: boolean;
    /** Why the provider was not asked, or did not end it. Null when it did */
    reason: DisconnectedReason | null;
  }[];
  /** When everything was gone */
  erasedAt: string;
}

/** The query of `createSession`. */
export interface CreateSessionQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The body of `createSession`. */
export interface CreateSessionBody {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `listProviders`. */
export interface ListProvidersQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `getAuthorizationUrl`. */
export interface GetAuthorizationUrlQuery {
  /** The path at the frontend to return to, under RETURN_PATHS */
  returnTo?: string | undefined;
  /** Email of the account to preselect */
  loginHint?: string | undefined;
  /** The account to reconnect */
  accountId?: string | undefined;
  /** What to ask for: `read`, or `write` too. Default: CALENDAR_ACCESS */
  access?: 'read' | 'write' | undefined;
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `startAuthorization`. */
export interface StartAuthorizationQuery {
  /** The path at the frontend to return to, under RETURN_PATHS */
  returnTo?: string | undefined;
  /** Email of the account to preselect */
  loginHint?: string | undefined;
  /** The account to reconnect */
  accountId?: string | undefined;
  /** What to ask for: `read`, or `write` too. Default: CALENDAR_ACCESS */
  access?: 'read' | 'write' | undefined;
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `handleCallback`. */
export interface HandleCallbackQuery {
  /** The state of the authorization request. Without it: `invalid_state` */
  state?: string | undefined;
  /** The authorization code, when the user gave consent */
  code?: string | undefined;
  /** The provider's error, in place of `code` */
  error?: string | undefined;
  /** The provider's words about the error. They are never shown */
  error_description?: string | undefined;
  /** What the provider adds to the error */
  error_subcode?: string | undefined;
  /** The issuer that answers (RFC 9207). Where it is given, it must be the right one */
  iss?: string | undefined;
}

/** The query of `completeConnection`. */
export interface CompleteConnectionQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The body of `completeConnection`. */
export interface CompleteConnectionBody {
  /** The `ticket` of the redirect to the frontend. It can be used once, for two minutes */
  ticket: string;
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The body of `createConnectLink`. */
export interface CreateConnectLinkBody {
  /** The user whose account it becomes */
  userId: string;
  /** How the page names that user: a name or an address. Without it, by id */
  userLabel?: string | undefined;
  /** The provider. Without it, the visitor chooses */
  provider?: string | undefined;
  /** The account to reconnect */
  accountId?: string | undefined;
  /** The access to ask for */
  access?: 'read' | 'write' | undefined;
  /** The path at the frontend where the visitor ends. Without it, on a page of this service */
  returnTo?: string | undefined;
  /** How long the link can be used, in seconds */
  expiresInSeconds?: number | undefined;
}

/** The query of `showConnectLinkResult`. */
export interface ShowConnectLinkResultQuery {
  /** How the last try ended */
  status?: string | undefined;
  /** The provider of the last try */
  provider?: string | undefined;
  /** The code of the last try */
  error?: string | undefined;
  /** The account that was connected */
  accountId?: string | undefined;
}

/** The query of `showConnectLink`. */
export interface ShowConnectLinkQuery {
  /** How the last try ended */
  status?: string | undefined;
  /** The provider of the last try */
  provider?: string | undefined;
  /** The code of the last try */
  error?: string | undefined;
}

/** The query of `startByConnectLink`. */
export interface StartByConnectLinkQuery {
  /** The provider that was chosen */
  provider: string;
  /** The value that the page has, which its cookie has too */
  proof: string;
}

/** The query of `requestAdminConsent`. */
export interface RequestAdminConsentQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The body of `requestAdminConsent`. */
export interface RequestAdminConsentBody {
  /** What users will ask for. Default: CALENDAR_ACCESS */
  access?: 'read' | 'write' | undefined;
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `getAdminConsent`. */
export interface GetAdminConsentQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `handleAdminConsent`. */
export interface HandleAdminConsentQuery {
  /** The state of the link */
  state?: string | undefined;
  /** The answer, without an error */
  admin_consent?: string | undefined;
  /** The provider's error */
  error?: string | undefined;
  /** The provider's words about the error. They are never shown */
  error_description?: string | undefined;
  /** The organization. It is ignored: anyone can write one */
  tenant?: string | undefined;
  /** What was approved. It is ignored */
  scope?: string | undefined;
}

/** The body of `importAccount`. */
export interface ImportAccountBody {
  /** The user whose account it becomes */
  userId: string;
  /** The provider of the grant */
  provider: string;
  /** Given to the client id of this service, by whichever product */
  refreshToken: string;
  /** What was recorded with it. Used where the provider does not say */
  scopes?: string[] | undefined;
}

/** The query of `listAccounts`. */
export interface ListAccountsQuery {
  /**
   * The user whose accounts to list. For service callers, and for admins; a person may send `me`
   */
  userId?: string | undefined;
  /** Only accounts of this provider */
  provider?: string | undefined;
  /** Only accounts of this status */
  status?: 'connected' | 'reauthorization_required' | 'disconnecting' | undefined;
  /** How many entries a page has at most */
  limit?: number | undefined;
  /** `nextCursor` of the previous page */
  cursor?: string | undefined;
}

/** The query of `getAccount`. */
export interface GetAccountQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `disconnectAccount`. */
export interface DisconnectAccountQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The body of `leaseAccessToken`. */
export interface LeaseAccessTokenBody {
  /** Seconds that the token has to live. It is refreshed first when less is left */
  minimumSeconds?: number | undefined;
}

/** The query of `startSync`. */
export interface StartSyncQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The body of `startSync`. */
export interface StartSyncBody {
  /** Forget the cursors and read everything again */
  full?: boolean | undefined;
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `getSync`. */
export interface GetSyncQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `listCalendars`. */
export interface ListCalendarsQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `updateCalendar`. */
export interface UpdateCalendarQuery {
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The body of `updateCalendar`. */
export interface UpdateCalendarBody {
  /** Whether to sync it. Its events are removed when it is not */
  selected: boolean;
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `getFreeBusy`. */
export interface GetFreeBusyQuery {
  /** Where the range begins */
  from: string;
  /** Where it ends, at most 366 days after from */
  to: string;
  /** The IANA zone in which whole days begin and end */
  timeZone?: string | undefined;
  /** One account; all of them when absent */
  accountId?: string | undefined;
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `listEvents`. */
export interface ListEventsQuery {
  /**
   * Lists what changed or was deleted since then; not together with from, to or calendarId. Use
   * asOf of the previous answer
   */
  updatedSince?: string | undefined;
  /** Events that end after this; from the first one when absent */
  from?: string | undefined;
  /** Events that start before this */
  to?: string | undefined;
  /** Only events of this calendar */
  calendarId?: string | undefined;
  /** How many entries a page has at most */
  limit?: number | undefined;
  /** `nextCursor` of the previous page */
  cursor?: string | undefined;
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The query of `listChanges`. */
export interface ListChangesQuery {
  /**
   * `nextCursor` of the previous answer. Without it the answer has no notifications, and the
   * cursor of this moment
   */
  after?: string | undefined;
  /**
   * Only these types, comma-separated. Without it all but event.starting and event.ended, which
   * have to be named
   */
  types?: string | undefined;
  /** Only notifications of this account, also of one that was disconnected */
  accountId?: string | undefined;
  /** How many entries a page has at most */
  limit?: number | undefined;
  /** For service callers: the user for whom the request is. Needed where no account names them */
  userId?: string | undefined;
}

/** The body of `createWebhookEndpoint`. */
export interface CreateWebhookEndpointBody {
  /** The https URL that gets the webhooks */
  url: string;
  /**
   * The types it gets. Without it all but event.starting and event.ended, which have to be named
   */
  types?:
    | (
        | 'account.connected'
        | 'account.reconnected'
        | 'account.disconnected'
        | 'account.reauthorization_required'
        | 'account.recovered'
        | 'sync.completed'
        | 'sync.failing'
        | 'events.changed'
        | 'event.starting'
        | 'event.ended'
        | 'admin_consent.granted'
        | 'admin_consent.refused'
        | 'webhook.test'
      )[]
    | undefined;
  /** Minutes before the start of an event that event.starting is sent */
  minutesBefore?: number | undefined;
  /** A note of yours */
  description?: string | undefined;
}

/** The body of `changeWebhookEndpoint`. */
export interface ChangeWebhookEndpointBody {
  /** The https URL that gets the webhooks */
  url?: string | undefined;
  /** The types it gets. Null: all but event.starting and event.ended */
  types?:
    | (
        | 'account.connected'
        | 'account.reconnected'
        | 'account.disconnected'
        | 'account.reauthorization_required'
        | 'account.recovered'
        | 'sync.completed'
        | 'sync.failing'
        | 'events.changed'
        | 'event.starting'
        | 'event.ended'
        | 'admin_consent.granted'
        | 'admin_consent.refused'
        | 'webhook.test'
      )[]
    | null
    | undefined;
  /** Minutes before the start of an event that event.starting is sent */
  minutesBefore?: number | undefined;
  /** A note of yours */
  description?: string | null | undefined;
  /** Whether it gets nothing */
  disabled?: boolean | undefined;
}

/** The query of `listWebhookDeliveries`. */
export interface ListWebhookDeliveriesQuery {
  /** Only deliveries of this state */
  state?: 'pending' | 'delivered' | 'failed' | undefined;
  /** How many entries a page has at most */
  limit?: number | undefined;
  /** `nextCursor` of the previous page */
  cursor?: string | undefined;
}

/** The body of `replayWebhooks`. */
export interface ReplayWebhooksBody {
  /** A cursor of GET /integrations/changes */
  after?: string | undefined;
  /** Single deliveries */
  deliveryIds?: string[] | undefined;
}

/** The query of `receiveNotices`. */
export interface ReceiveNoticesQuery {
  /** Sent when a provider tries the address. The answer repeats it as text */
  validationToken?: string | undefined;
  /** In the address of a second subscription for one mailbox, so that the addresses differ */
  channel?: string | undefined;
}

/** The query of `listAudit`. */
export interface ListAuditQuery {
  /** Only what concerns this user */
  userId?: string | undefined;
  /** Only what concerns this account, also after it was disconnected */
  accountId?: string | undefined;
  /** Only this action */
  action?:
    | 'account.connect'
    | 'account.reconnect'
    | 'account.connect_refused'
    | 'account.disconnect'
    | 'account.import'
    | 'account.reauthorization_required'
    | 'token.lease'
    | 'proxy.request'
    | 'link.create'
    | 'user.erase'
    | 'user.export'
    | 'admin.read'
    | 'webhook_endpoint.create'
    | 'webhook_endpoint.update'
    | 'webhook_endpoint.delete'
    | 'keys.rotate'
    | 'admin_consent.request'
    | 'admin_consent.result'
    | 'event.create'
    | 'event.update'
    | 'event.delete'
    | 'event.rsvp'
    | undefined;
  /** Only entries at or after this */
  from?: string | undefined;
  /** Only entries before this */
  to?: string | undefined;
  /** How many entries a page has at most */
  limit?: number | undefined;
  /** `nextCursor` of the previous page */
  cursor?: string | undefined;
}

/** The values known today. More may come. */
export type ProblemCode =
  | 'invalid_request'
  | 'return_to_not_allowed'
  | 'unsupported_provider'
  | 'unauthenticated'
  | 'forbidden'
  | 'origin_not_allowed'
  | 'path_not_allowed'
  | 'prefetch_refused'
  | 'not_found'
  | 'account_not_found'
  | 'calendar_not_found'
  | 'webhook_endpoint_not_found'
  | 'address_not_allowed'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'invalid_state'
  | 'invalid_ticket'
  | 'connect_link_ended'
  | 'access_denied'
  | 'grant_not_accepted'
  | 'missing_scopes'
  | 'no_refresh_token'
  | 'admin_consent_required'
  | 'admin_consent_unsupported'
  | 'admin_consent_not_found'
  | 'account_mismatch'
  | 'account_already_connected'
  | 'provider_not_configured'
  | 'provider_misconfigured'
  | 'provider_unavailable'
  | 'provider_error'
  | 'reauthorization_required'
  | 'no_mailbox'
  | 'token_unreadable'
  | 'token_key_missing'
  | 'changes_expired'
  | 'calendar_gone'
  | 'calendar_forbidden'
  | 'throttled'
  | 'cursor_expired'
  | 'changes_unavailable'
  | 'sync_interrupted'
  | 'temporarily_unavailable'
  | 'server_error'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type AccountAccess = 'read' | 'write' | (string & Record<never, never>);

/** The values known today. More may come. */
export type AccountStatus =
  | 'connected'
  | 'reauthorization_required'
  | 'disconnecting'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type AccountStatusReason =
  | 'revoked'
  | 'expired'
  | 'missing_scopes'
  | 'admin_consent_required'
  | 'no_mailbox'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type AccountPushState =
  | 'active'
  | 'unsupported'
  | 'disabled'
  | 'failed'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type SyncState =
  | 'idle'
  | 'queued'
  | 'running'
  | 'backoff'
  | 'error'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type SyncPhase = 'calendars' | 'baseline' | 'incremental' | (string & Record<never, never>);

/** The values known today. More may come. */
export type SyncTrigger =
  | 'connect'
  | 'manual'
  | 'schedule'
  | 'push'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type AdminConsentStateStatus =
  | 'pending'
  | 'granted'
  | 'refused'
  | 'expired'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type DisconnectedReason =
  | 'not_supported'
  | 'disabled'
  | 'shared_grant'
  | 'already_revoked'
  | 'provider_unavailable'
  | 'token_unreadable'
  | 'provider_not_configured'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type CalendarAccessRole =
  | 'owner'
  | 'writer'
  | 'reader'
  | 'freeBusyReader'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type EventKind = 'single' | 'occurrence' | 'exception' | (string & Record<never, never>);

/** The values known today. More may come. */
export type EventStatus = 'confirmed' | 'tentative' | 'cancelled' | (string & Record<never, never>);

/** The values known today. More may come. */
export type EventVisibility =
  | 'default'
  | 'public'
  | 'private'
  | 'confidential'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type EventAttendeeResponse =
  | 'needsAction'
  | 'accepted'
  | 'tentative'
  | 'declined'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type NotificationType =
  | 'account.connected'
  | 'account.reconnected'
  | 'account.disconnected'
  | 'account.reauthorization_required'
  | 'account.recovered'
  | 'sync.completed'
  | 'sync.failing'
  | 'events.changed'
  | 'event.starting'
  | 'event.ended'
  | 'admin_consent.granted'
  | 'admin_consent.refused'
  | 'webhook.test'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type WebhookEndpointWithSecretDisabledReason =
  | 'host'
  | 'gone'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type WebhookDeliveryState =
  | 'pending'
  | 'delivered'
  | 'failed'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type AuditEntryAction =
  | 'account.connect'
  | 'account.reconnect'
  | 'account.connect_refused'
  | 'account.disconnect'
  | 'account.import'
  | 'account.reauthorization_required'
  | 'token.lease'
  | 'proxy.request'
  | 'link.create'
  | 'user.erase'
  | 'user.export'
  | 'admin.read'
  | 'webhook_endpoint.create'
  | 'webhook_endpoint.update'
  | 'webhook_endpoint.delete'
  | 'keys.rotate'
  | 'admin_consent.request'
  | 'admin_consent.result'
  | 'event.create'
  | 'event.update'
  | 'event.delete'
  | 'event.rsvp'
  | (string & Record<never, never>);

/** The values known today. More may come. */
export type AuditEntryOutcome = 'success' | 'refused' | 'failed' | (string & Record<never, never>);

/** One method for each operation. */
export interface Methods {
  /**
   * Open a browser session.
   *
   * Sets a cookie, so that the browser can navigate without a token. It ends with the JWT.
   */
  createSession(
    request?: RequestOptions & {
      query?: CreateSessionQuery | undefined;
      body?: CreateSessionBody | undefined;
    },
  ): Promise<void>;
  /**
   * Who is signed in.
   *
   * A page asks when it opens: 204 when no user is signed in.
   */
  getSession(request?: RequestOptions): Promise<WhoIs | null>;
  /**
   * End the browser session.
   *
   * Also after the JWT or the session has expired: its cookies and those of connections under way
   * are removed.
   */
  deleteSession(request?: RequestOptions): Promise<void>;
  /**
   * Providers this deployment can connect.
   *
   * Those with a client of their own, and the scopes that they are asked for.
   */
  listProviders(
    request?: RequestOptions & { query?: ListProvidersQuery | undefined },
  ): Promise<ProviderList>;
  /**
   * Begin an authorization request.
   *
   * Call it with credentials: the answer sets the cookie that binds the request to this browser.
   *
   * @throws CalendarConnectError `unsupported_provider`, `return_to_not_allowed`,
   * `account_not_found`, `provider_not_configured`
   */
  getAuthorizationUrl(
    request: RequestOptions & {
      path: { provider: string };
      query?: GetAuthorizationUrlQuery | undefined;
    },
  ): Promise<Authorization>;
  /**
   * Begin an authorization request by navigating.
   *
   * The same as `oauth-url`, for a browser with a session: it is sent to the provider at once.
   *
   * @throws CalendarConnectError `unsupported_provider`, `return_to_not_allowed`,
   * `prefetch_refused`, `account_not_found`, `provider_not_configured`
   */
  startAuthorization(
    request: RequestOptions & {
      path: { provider: string };
      query?: StartAuthorizationQuery | undefined;
    },
  ): Promise<Response>;
  /**
   * Where the provider sends the browser back.
   *
   * Redirects to the frontend with status, provider and accountId or error. Clients that accept
   * JSON and not HTML get the problem.
   *
   * @throws CalendarConnectError `unsupported_provider`, `invalid_state`, `access_denied`,
   * `missing_scopes`, `no_refresh_token`, `admin_consent_required`, `account_mismatch`,
   * `account_already_connected`, `server_error`, `provider_misconfigured`, `provider_error`,
   * `provider_unavailable`, `provider_not_configured`
   */
  handleCallback(
    request: RequestOptions & {
      path: { provider: string };
      query?: HandleCallbackQuery | undefined;
    },
  ): Promise<Response>;
  /**
   * Complete a parked callback.
   *
   * For frontends on another site, with OAUTH_COMPLETION=frontend: the frontend redeems the
   * ticket of a callback with the JWT of the user who started. Otherwise it does not exist.
   *
   * @throws CalendarConnectError `invalid_state`, `access_denied`, `missing_scopes`,
   * `no_refresh_token`, `admin_consent_required`, `invalid_ticket`, `not_found`,
   * `account_not_found`, `account_mismatch`, `account_already_connected`, `server_error`,
   * `provider_misconfigured`, `provider_error`, `provider_unavailable`, `provider_not_configured`
   */
  completeConnection(
    request: RequestOptions & {
      query?: CompleteConnectionQuery | undefined;
      body: CompleteConnectionBody;
    },
  ): Promise<Account>;
  /**
   * Make a connect link.
   *
   * An address with which someone who is not signed in connects a calendar for one user, once.
   * Anyone who has it can do so: send it to that person alone.
   *
   * @throws CalendarConnectError `unsupported_provider`, `return_to_not_allowed`,
   * `account_not_found`, `provider_not_configured`
   */
  createConnectLink(
    request: RequestOptions & { body: CreateConnectLinkBody },
  ): Promise<ConnectLink>;
  /**
   * The page after a success.
   *
   * Where the visitor of a connect link without `returnTo` ends.
   *
   * @throws CalendarConnectError `not_found`
   */
  showConnectLinkResult(
    request?: RequestOptions & { query?: ShowConnectLinkResultQuery | undefined },
  ): Promise<Response>;
  /**
   * The page of a connect link.
   *
   * Says to whose account at which product a calendar will be connected. No one has to be signed
   * in. Its button begins the connection.
   *
   * @throws CalendarConnectError `not_found`, `connect_link_ended`
   */
  showConnectLink(
    request: RequestOptions & { path: { token: string }; query?: ShowConnectLinkQuery | undefined },
  ): Promise<Response>;
  /**
   * The button of a connect link.
   *
   * Begins an authorization request for the user of the link, bound to this browser. `proof`
   * comes with the page.
   *
   * @throws CalendarConnectError `invalid_state`, `unsupported_provider`, `not_found`,
   * `connect_link_ended`, `provider_not_configured`
   */
  startByConnectLink(
    request: RequestOptions & { path: { token: string }; query: StartByConnectLinkQuery },
  ): Promise<Response>;
  /**
   * Ask for the consent of an administrator.
   *
   * Where users of an organization may not consent by themselves (`admin_consent_required`): a
   * link to the provider, for an administrator, who needs no account here. It can be answered
   * once, for a week.
   *
   * @throws CalendarConnectError `admin_consent_unsupported`, `unsupported_provider`,
   * `provider_not_configured`
   */
  requestAdminConsent(
    request: RequestOptions & {
      path: { providerOrRequestId: string };
      query?: RequestAdminConsentQuery | undefined;
      body?: RequestAdminConsentBody | undefined;
    },
  ): Promise<AdminConsent>;
  /**
   * Show what became of the request to an administrator.
   *
   * For the user who asked, and for service callers.
   *
   * @throws CalendarConnectError `admin_consent_not_found`
   */
  getAdminConsent(
    request: RequestOptions & {
      path: { providerOrRequestId: string };
      query?: GetAdminConsentQuery | undefined;
    },
  ): Promise<AdminConsentState>;
  /**
   * Where the provider sends an administrator back.
   *
   * A page that says what happened. It needs no sign-in and works on any machine. A link is
   * answered once; what the answer says is a hint for people, and allows nothing.
   *
   * @throws CalendarConnectError `invalid_state`, `admin_consent_unsupported`,
   * `unsupported_provider`, `provider_not_configured`
   */
  handleAdminConsent(
    request: RequestOptions & {
      path: { provider: string };
      query?: HandleAdminConsentQuery | undefined;
    },
  ): Promise<Response>;
  /**
   * Import an account by its refresh token.
   *
   * The refresh token is tried at the provider at once. It becomes an account as a connection
   * does, with its first sync. An account that is connected already gets these tokens, and keeps
   * its id.
   *
   * @throws CalendarConnectError `unsupported_provider`, `missing_scopes`,
   * `admin_consent_required`, `account_already_connected`, `grant_not_accepted`,
   * `provider_misconfigured`, `provider_error`, `provider_not_configured`, `provider_unavailable`
   */
  importAccount(request: RequestOptions & { body: ImportAccountBody }): Promise<Account>;
  /**
   * The caller's connected accounts, or everyone's for an admin.
   *
   * Newest first, page by page.
   *
   * @throws CalendarConnectError `unsupported_provider`
   */
  listAccounts(
    request?: RequestOptions & { query?: ListAccountsQuery | undefined },
  ): Promise<AccountPage>;
  /**
   * One account.
   *
   * With its status, its sync and its push.
   *
   * @throws CalendarConnectError `account_not_found`
   */
  getAccount(
    request: RequestOptions & { path: { accountId: string }; query?: GetAccountQuery | undefined },
  ): Promise<Account>;
  /**
   * Disconnect.
   *
   * The account is always removed here. The answer says whether its grant was ended at the
   * provider.
   *
   * @throws CalendarConnectError `account_not_found`
   */
  disconnectAccount(
    request: RequestOptions & {
      path: { accountId: string };
      query?: DisconnectAccountQuery | undefined;
    },
  ): Promise<Disconnected>;
  /**
   * Get a live access token of an account.
   *
   * Only with `ACCESS_TOKEN_LEASE=true`. It is refreshed first when less than `minimumSeconds` is
   * left. Ask again rather than keep it: it may be replaced at any time.
   *
   * @throws CalendarConnectError `not_found`, `account_not_found`, `reauthorization_required`,
   * `provider_error`, `provider_unavailable`
   */
  leaseAccessToken(
    request: RequestOptions & {
      path: { accountId: string };
      body?: LeaseAccessTokenBody | undefined;
    },
  ): Promise<AccessToken>;
  /**
   * Start a sync, or join the one that is queued or running.
   *
   * It answers at once. `statusUrl` tells how the sync is going.
   *
   * @throws CalendarConnectError `account_not_found`, `reauthorization_required`
   */
  startSync(
    request: RequestOptions & {
      path: { accountId: string };
      query?: StartSyncQuery | undefined;
      body?: StartSyncBody | undefined;
    },
  ): Promise<SyncAccepted>;
  /**
   * How the sync is going.
   *
   * The state as JSON, or with `Accept: text/event-stream` as server-sent events until it ends.
   *
   * @throws CalendarConnectError `account_not_found`
   */
  getSync(
    request: RequestOptions & { path: { accountId: string }; query?: GetSyncQuery | undefined },
  ): Promise<Sync>;
  /**
   * An account's calendars.
   *
   * Also those that are not synced.
   *
   * @throws CalendarConnectError `account_not_found`
   */
  listCalendars(
    request: RequestOptions & {
      path: { accountId: string };
      query?: ListCalendarsQuery | undefined;
    },
  ): Promise<CalendarList>;
  /**
   * Choose whether a calendar is synced.
   *
   * Selecting a calendar starts a sync, and counts as a request for one.
   *
   * @throws CalendarConnectError `account_not_found`, `calendar_not_found`
   */
  updateCalendar(
    request: RequestOptions & {
      path: { accountId: string; calendarId: string };
      query?: UpdateCalendarQuery | undefined;
      body: UpdateCalendarBody;
    },
  ): Promise<Calendar>;
  /**
   * When the caller is busy, over one or all of their accounts.
   *
   * Intervals without titles. It says how fresh the events of each account are.
   *
   * @throws CalendarConnectError `account_not_found`
   */
  getFreeBusy(request: RequestOptions & { query: GetFreeBusyQuery }): Promise<FreeBusy>;
  /**
   * An account's events.
   *
   * In a range of time, ordered by start; or, with `updatedSince`, what has changed and what was
   * deleted since then. To its owner alone.
   *
   * @throws CalendarConnectError `account_not_found`, `calendar_not_found`, `changes_expired`
   */
  listEvents(
    request: RequestOptions & { path: { accountId: string }; query?: ListEventsQuery | undefined },
  ): Promise<EventPage>;
  /**
   * What happened since a cursor.
   *
   * Each notification at least once, in order. With `Accept: text/event-stream` live, until the
   * sign-in ends; `Last-Event-ID` goes on after a cursor. A service caller gets those of all
   * users, or of the user it names. An admin gets their own.
   *
   * @throws CalendarConnectError `account_not_found`, `changes_expired`
   */
  listChanges(
    request?: RequestOptions & { query?: ListChangesQuery | undefined },
  ): Promise<ChangePage>;
  /**
   * Add a webhook endpoint.
   *
   * The secret is shown in this answer alone. It gets notifications from now on.
   *
   * @throws CalendarConnectError `address_not_allowed`
   */
  createWebhookEndpoint(
    request: RequestOptions & { body: CreateWebhookEndpointBody },
  ): Promise<WebhookEndpointWithSecret>;
  /**
   * The webhook endpoints.
   *
   * The oldest first. Their secrets are not shown.
   */
  listWebhookEndpoints(request?: RequestOptions): Promise<WebhookEndpoints>;
  /**
   * One webhook endpoint.
   *
   * Its secret is not shown.
   *
   * @throws CalendarConnectError `webhook_endpoint_not_found`
   */
  getWebhookEndpoint(
    request: RequestOptions & { path: { endpointId: string } },
  ): Promise<WebhookEndpoint>;
  /**
   * Change a webhook endpoint, disable or enable it.
   *
   * While it is disabled, no deliveries are made for it, and those that wait go on waiting.
   *
   * @throws CalendarConnectError `webhook_endpoint_not_found`, `address_not_allowed`
   */
  changeWebhookEndpoint(
    request: RequestOptions & {
      path: { endpointId: string };
      body?: ChangeWebhookEndpointBody | undefined;
    },
  ): Promise<WebhookEndpoint>;
  /**
   * Remove a webhook endpoint.
   *
   * Its deliveries are removed too.
   *
   * @throws CalendarConnectError `webhook_endpoint_not_found`
   */
  deleteWebhookEndpoint(request: RequestOptions & { path: { endpointId: string } }): Promise<void>;
  /**
   * Give a webhook endpoint a new secret.
   *
   * For 24 hours both secrets sign. The new one is shown in this answer alone.
   *
   * @throws CalendarConnectError `webhook_endpoint_not_found`
   */
  rotateWebhookSecret(
    request: RequestOptions & { path: { endpointId: string } },
  ): Promise<WebhookEndpointWithSecret>;
  /**
   * Send a webhook to try an endpoint.
   *
   * Sends webhook.test now, also to an endpoint without this type, and waits for the response.
   *
   * @throws CalendarConnectError `webhook_endpoint_not_found`
   */
  testWebhookEndpoint(
    request: RequestOptions & { path: { endpointId: string } },
  ): Promise<WebhookTest>;
  /**
   * Deliveries to a webhook endpoint.
   *
   * The newest first, page by page.
   *
   * @throws CalendarConnectError `webhook_endpoint_not_found`
   */
  listWebhookDeliveries(
    request: RequestOptions & {
      path: { endpointId: string };
      query?: ListWebhookDeliveriesQuery | undefined;
    },
  ): Promise<WebhookDeliveryPage>;
  /**
   * Send to a webhook endpoint again.
   *
   * Everything that came after a cursor of the feed and that the endpoint asks for, or single
   * deliveries. Deliveries that still wait for their first attempt are not counted.
   *
   * @throws CalendarConnectError `webhook_endpoint_not_found`, `changes_expired`
   */
  replayWebhooks(
    request: RequestOptions & {
      path: { endpointId: string };
      body?: ReplayWebhooksBody | undefined;
    },
  ): Promise<WebhookReplay>;
  /**
   * Where providers notify of changes.
   *
   * For providers. A notice counts when it carries the secret of its channel. The answer is the
   * same when it does not, up to a limit of such requests by address. Of a request, the first 32
   * notices are looked up, and the others after one of them counted. A provider that tries the
   * address with `validationToken` gets it back as text. A body has at most 256 KiB.
   *
   * @throws CalendarConnectError `unsupported_provider`, `not_found`, `provider_not_configured`
   */
  receiveNotices(
    request: RequestOptions & {
      path: { provider: string };
      query?: ReceiveNoticesQuery | undefined;
    },
  ): Promise<Response>;
  /**
   * The audit trail.
   *
   * Who did what, the newest first. Entries are never changed. They are deleted after
   * AUDIT_RETENTION_DAYS.
   */
  listAudit(request?: RequestOptions & { query?: ListAuditQuery | undefined }): Promise<AuditPage>;
  /**
   * Erase a user.
   *
   * Disconnects every account and deletes all that is kept of the user. The audit trail keeps a
   * pseudonym. It can be repeated, also after a failure.
   */
  eraseUser(request: RequestOptions & { path: { userId: string } }): Promise<ErasedUser>;
  /**
   * Export a user.
   *
   * Accounts, calendars and events, each a line of JSON with `type` and the fields of the API. No
   * tokens.
   */
  exportUser(request: RequestOptions & { path: { userId: string } }): Promise<Response>;
}

/** The listings, entry by entry, over all pages. */
export interface PageMethods {
  /**
   * The caller's connected accounts, or everyone's for an admin.
   *
   * Newest first, page by page.
   */
  listAccounts(
    request?: RequestOptions & { query?: ListAccountsQuery | undefined },
  ): Pages<AccountPage>;
  /**
   * An account's events.
   *
   * In a range of time, ordered by start; or, with `updatedSince`, what has changed and what was
   * deleted since then. To its owner alone.
   */
  listEvents(
    request: RequestOptions & { path: { accountId: string }; query?: ListEventsQuery | undefined },
  ): Pages<EventPage>;
  /**
   * What happened since a cursor.
   *
   * Each notification at least once, in order. With `Accept: text/event-stream` live, until the
   * sign-in ends; `Last-Event-ID` goes on after a cursor. A service caller gets those of all
   * users, or of the user it names. An admin gets their own.
   */
  listChanges(
    request?: RequestOptions & { query?: ListChangesQuery | undefined },
  ): Pages<ChangePage>;
  /**
   * Deliveries to a webhook endpoint.
   *
   * The newest first, page by page.
   */
  listWebhookDeliveries(
    request: RequestOptions & {
      path: { endpointId: string };
      query?: ListWebhookDeliveriesQuery | undefined;
    },
  ): Pages<WebhookDeliveryPage>;
  /**
   * The audit trail.
   *
   * Who did what, the newest first. Entries are never changed. They are deleted after
   * AUDIT_RETENTION_DAYS.
   */
  listAudit(request?: RequestOptions & { query?: ListAuditQuery | undefined }): Pages<AuditPage>;
}

/** The operations that answer with server-sent events. */
export interface StreamMethods {
  /**
   * How the sync is going.
   *
   * The state as JSON, or with `Accept: text/event-stream` as server-sent events until it ends.
   */
  getSync(
    request: StreamOptions & { path: { accountId: string }; query?: GetSyncQuery | undefined },
  ): AsyncGenerator<StreamEvent<Sync>, void>;
  /**
   * What happened since a cursor.
   *
   * Each notification at least once, in order. With `Accept: text/event-stream` live, until the
   * sign-in ends; `Last-Event-ID` goes on after a cursor. A service caller gets those of all
   * users, or of the user it names. An admin gets their own.
   */
  listChanges(
    request?: StreamOptions & { query?: ListChangesQuery | undefined },
  ): AsyncGenerator<StreamEvent<Notification>, void>;
}

/** The addresses that a browser opens by itself, as text. */
export interface UrlMethods {
  /**
   * Begin an authorization request by navigating.
   *
   * The same as `oauth-url`, for a browser with a session: it is sent to the provider at once.
   */
  startAuthorization(request: {
    path: { provider: string };
    query?: StartAuthorizationQuery | undefined;
  }): string;
  /**
   * Where the provider sends the browser back.
   *
   * Redirects to the frontend with status, provider and accountId or error. Clients that accept
   * JSON and not HTML get the problem.
   */
  handleCallback(request: {
    path: { provider: string };
    query?: HandleCallbackQuery | undefined;
  }): string;
  /**
   * The page after a success.
   *
   * Where the visitor of a connect link without `returnTo` ends.
   */
  showConnectLinkResult(request?: { query?: ShowConnectLinkResultQuery | undefined }): string;
  /**
   * The page of a connect link.
   *
   * Says to whose account at which product a calendar will be connected. No one has to be signed
   * in. Its button begins the connection.
   */
  showConnectLink(request: {
    path: { token: string };
    query?: ShowConnectLinkQuery | undefined;
  }): string;
  /**
   * Where the provider sends an administrator back.
   *
   * A page that says what happened. It needs no sign-in and works on any machine. A link is
   * answered once; what the answer says is a hint for people, and allows nothing.
   */
  handleAdminConsent(request: {
    path: { provider: string };
    query?: HandleAdminConsentQuery | undefined;
  }): string;
}

/** How each operation is requested. */
export const OPERATIONS: Readonly<Record<keyof Methods, Operation>> = {
  createSession: {
    method: 'POST',
    path: '/session',
    answer: 'empty',
  },
  getSession: {
    method: 'GET',
    path: '/session',
    answer: 'json',
  },
  deleteSession: {
    method: 'DELETE',
    path: '/session',
    answer: 'empty',
  },
  listProviders: {
    method: 'GET',
    path: '/providers',
    answer: 'json',
  },
  getAuthorizationUrl: {
    method: 'GET',
    path: '/oauth-url/{provider}',
    answer: 'json',
  },
  startAuthorization: {
    method: 'GET',
    path: '/auth/{provider}',
    answer: 'raw',
    url: true,
  },
  handleCallback: {
    method: 'GET',
    path: '/auth/{provider}/callback',
    answer: 'raw',
    url: true,
  },
  completeConnection: {
    method: 'POST',
    path: '/complete',
    answer: 'json',
  },
  createConnectLink: {
    method: 'POST',
    path: '/connect-links',
    answer: 'json',
  },
  showConnectLinkResult: {
    method: 'GET',
    path: '/connect/done',
    answer: 'raw',
    url: true,
  },
  showConnectLink: {
    method: 'GET',
    path: '/connect/{token}',
    answer: 'raw',
    url: true,
  },
  startByConnectLink: {
    method: 'POST',
    path: '/connect/{token}',
    answer: 'raw',
  },
  requestAdminConsent: {
    method: 'POST',
    path: '/admin-consent/{providerOrRequestId}',
    answer: 'json',
  },
  getAdminConsent: {
    method: 'GET',
    path: '/admin-consent/{providerOrRequestId}',
    answer: 'json',
  },
  handleAdminConsent: {
    method: 'GET',
    path: '/admin-consent/{provider}/callback',
    answer: 'raw',
    url: true,
  },
  importAccount: {
    method: 'POST',
    path: '/accounts/import',
    answer: 'json',
  },
  listAccounts: {
    method: 'GET',
    path: '/accounts',
    answer: 'json',
    cursor: 'cursor',
  },
  getAccount: {
    method: 'GET',
    path: '/accounts/{accountId}',
    answer: 'json',
  },
  disconnectAccount: {
    method: 'DELETE',
    path: '/accounts/{accountId}',
    answer: 'json',
  },
  leaseAccessToken: {
    method: 'POST',
    path: '/accounts/{accountId}/access-token',
    answer: 'json',
  },
  startSync: {
    method: 'POST',
    path: '/sync/{accountId}',
    answer: 'json',
  },
  getSync: {
    method: 'GET',
    path: '/sync/{accountId}',
    answer: 'json',
    stream: true,
  },
  listCalendars: {
    method: 'GET',
    path: '/accounts/{accountId}/calendars',
    answer: 'json',
  },
  updateCalendar: {
    method: 'PATCH',
    path: '/accounts/{accountId}/calendars/{calendarId}',
    answer: 'json',
  },
  getFreeBusy: {
    method: 'GET',
    path: '/free-busy',
    answer: 'json',
  },
  listEvents: {
    method: 'GET',
    path: '/accounts/{accountId}/events',
    answer: 'json',
    cursor: 'cursor',
  },
  listChanges: {
    method: 'GET',
    path: '/changes',
    answer: 'json',
    cursor: 'after',
    stream: true,
  },
  createWebhookEndpoint: {
    method: 'POST',
    path: '/webhook-endpoints',
    answer: 'json',
  },
  listWebhookEndpoints: {
    method: 'GET',
    path: '/webhook-endpoints',
    answer: 'json',
  },
  getWebhookEndpoint: {
    method: 'GET',
    path: '/webhook-endpoints/{endpointId}',
    answer: 'json',
  },
  changeWebhookEndpoint: {
    method: 'PATCH',
    path: '/webhook-endpoints/{endpointId}',
    answer: 'json',
  },
  deleteWebhookEndpoint: {
    method: 'DELETE',
    path: '/webhook-endpoints/{endpointId}',
    answer: 'empty',
  },
  rotateWebhookSecret: {
    method: 'POST',
    path: '/webhook-endpoints/{endpointId}/rotate-secret',
    answer: 'json',
  },
  testWebhookEndpoint: {
    method: 'POST',
    path: '/webhook-endpoints/{endpointId}/test',
    answer: 'json',
  },
  listWebhookDeliveries: {
    method: 'GET',
    path: '/webhook-endpoints/{endpointId}/deliveries',
    answer: 'json',
    cursor: 'cursor',
  },
  replayWebhooks: {
    method: 'POST',
    path: '/webhook-endpoints/{endpointId}/replay',
    answer: 'json',
  },
  receiveNotices: {
    method: 'POST',
    path: '/webhooks/{provider}',
    answer: 'raw',
  },
  listAudit: {
    method: 'GET',
    path: '/audit',
    answer: 'json',
    cursor: 'cursor',
  },
  eraseUser: {
    method: 'DELETE',
    path: '/users/{userId}',
    answer: 'json',
  },
  exportUser: {
    method: 'GET',
    path: '/users/{userId}/export',
    answer: 'raw',
  },
};
