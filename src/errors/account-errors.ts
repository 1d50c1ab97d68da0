// The errors of a connected account, its calendars and its syncs.

import type { ErrorEntry } from './error-entry.js';

/** Codes of accounts, calendars and syncs. */
export const ACCOUNT_ERRORS = {
  reauthorization_required: {
    status: 409,
    title: 'Reconnect required',
    detail: 'The provider no longer accepts this connection. Reconnect the account.',
    cause:
      'The provider no longer accepts the grant: it was revoked, has expired, does not include ' +
      "the calendar scope, or was given to another client id than today's. `statusReason` says " +
      'which.',
    cure: 'The user reconnects: start with `accountId`.',
    appearsIn: ['problem', 'sync'],
    accountWide: true,
    needsUser: true,
    statusReason: 'revoked',
  },
  no_mailbox: {
    status: 409,
    title: 'No calendar',
    detail: 'This account has no calendar at the provider. Connect another account.',
    cause:
      'The provider account has no calendar: a guest, no licence, a mailbox on premises, or ' +
      'Calendar turned off. The account becomes `reauthorization_required`.',
    cure: 'Connect another account, or give this one a mailbox and reconnect it.',
    appearsIn: ['sync'],
    accountWide: true,
    needsUser: true,
    statusReason: 'no_mailbox',
  },
  token_unreadable: {
    status: 409,
    title: 'Token unreadable',
    detail: 'The stored access to this account is damaged. Reconnect the account.',
    cause:
      'A stored token was changed, cut, or moved to another row. The account becomes ' +
      '`reauthorization_required`.',
    cure: 'The user reconnects. Find out what wrote to the table.',
    appearsIn: ['sync'],
    accountWide: true,
    needsUser: true,
  },
  token_key_missing: {
    status: 503,
    title: 'Encryption key missing',
    detail: 'This service lacks the key that opens the stored token. Tell its operator.',
    cause:
      'The key that sealed the token is not in `TOKEN_ENCRYPTION_KEYS`. On the way back from ' +
      'a provider the redirect says `server_error`.',
    cure: 'Add the key again. [Rotation](operations.md#keys) says when a key can be removed.',
    appearsIn: ['problem', 'sync'],
    retryable: true,
    accountWide: true,
  },
  changes_expired: {
    status: 410,
    title: 'Changes expired',
    detail: 'updatedSince is too long ago to list deleted events. Read all events again.',
    cause:
      '`updatedSince` is more than 30 days ago: events deleted before that are forgotten. Or a ' +
      'cursor of `GET /integrations/changes` is older than `NOTIFICATION_RETENTION_DAYS`.',
    cure:
      'Read the events (or the accounts) again without it. Then follow the changes from that ' +
      'moment.',
    appearsIn: ['problem'],
  },
  calendar_gone: {
    status: 404,
    title: 'Calendar not found',
    detail: 'The provider lists this calendar but does not find it. The sync tries again.',
    cause:
      'The provider answers that it does not find a calendar that its list of calendars names. ' +
      'The calendar keeps its events and is tried again. It is removed when the list drops it.',
    cure: 'Nothing to do. If it stays, deselect it (`PATCH …/calendars/:calendarId`).',
    appearsIn: ['sync'],
    retryable: true,
  },
  calendar_forbidden: {
    status: 403,
    title: 'Calendar not readable',
    detail: 'The provider does not let this account read this calendar. Ask its owner for access.',
    cause: 'The provider does not let this account read this one calendar. The others are synced.',
    cure: "Ask the calendar's owner for access, or deselect it (`PATCH …/calendars/:calendarId`).",
    appearsIn: ['sync'],
  },
  throttled: {
    status: 503,
    title: 'Throttled by the provider',
    detail:
      'The provider asked this service to slow down. Wait a moment: syncs continue automatically.',
    cause:
      'The provider asked this service to slow down. The account is read again, never before ' +
      'the time that the provider named. Until then nothing is passed on to the provider either.',
    cure:
      'Nothing to do. If it is constant: select fewer calendars, raise `SYNC_POLL_MINUTES`, ' +
      'or ask the provider for a higher quota.',
    appearsIn: ['problem', 'sync'],
    retryable: true,
  },
  cursor_expired: {
    status: 503,
    title: 'Cursor expired',
    detail: 'The provider cannot continue from the last sync. The calendar is read in full.',
    cause:
      'The provider rejected the cursor, and did so again during a full sync. A single ' +
      'rejection is not shown: it costs one full sync of that calendar.',
    cure: 'Nothing to do.',
    appearsIn: ['sync'],
    retryable: true,
  },
  changes_unavailable: {
    status: 503,
    title: 'Changes unavailable',
    detail:
      'The provider gives no usable list of changes for this calendar. Its events are up to date: ' +
      'they are read in full each time.',
    cause:
      "The provider's list of changes did not end, with smaller pages neither, or it has an " +
      'event that is larger than `PROVIDER_MAX_BODY_BYTES`. The calendar was read by a plain ' +
      'listing of its events.',
    cure: 'Nothing to do. The list of changes is tried again in each sync.',
    appearsIn: ['sync'],
    retryable: true,
  },
  sync_interrupted: {
    status: 503,
    title: 'Sync interrupted',
    detail: 'The sync was interrupted. It starts again automatically.',
    cause:
      'The worker was killed during the sync. A run that reports nothing for 90 seconds is ' +
      'ended and started again.',
    cure: 'Nothing to do. If it repeats, find out what kills the worker.',
    appearsIn: ['sync'],
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
