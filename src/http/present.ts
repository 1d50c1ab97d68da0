// Accounts, calendars and events as clients see them: lists of allowed fields, never a token.
//
// Each function returns the type of its schema: a field that only one of them has does not compile.

import type { ShownAccount } from '../accounts/account-listing.js';
import type { Calendar } from '../calendars/calendar.js';
import type { DeletedEvent } from '../calendars/event-changes.js';
import type { ListedEvent } from '../calendars/event-columns.js';
import { shownEventOf } from '../calendars/event-row.js';
import { ERRORS, type ErrorCode, isRetryable } from '../errors.js';
import type { EventKind } from '../event-model.js';
import { NO_PUSH, type PushStatus } from '../push/channel-status.js';
import { type ShownSync, shownStateOf } from '../sync/sync-states.js';
import type * as accountSchemas from './account-schemas.js';
import type { Shown } from './answers.js';
import type * as eventSchemas from './event-schemas.js';
import type * as schemas from './schemas.js';

const instantOf = (date: Date | null): string | null => date?.toISOString() ?? null;

function presentError(code: ErrorCode | null): Shown<typeof schemas.Sync>['error'] {
  if (code === null) return null;
  // A row may hold a code of a newer or older version.
  const { detail } = ERRORS[code] ?? ERRORS.server_error;
  return { code, message: detail, retryable: isRetryable(code) };
}

/**
 * The `sync` of an account, also the answer and the events of `GET /integrations/sync/:accountId`.
 */
export function presentSync(sync: ShownSync): Shown<typeof schemas.Sync> {
  return {
    state: shownStateOf(sync),
    phase: sync.phase,
    trigger: sync.trigger,
    startedAt: instantOf(sync.startedAt),
    finishedAt: instantOf(sync.finishedAt),
    progress: {
      calendarsDone: sync.calendarsDone,
      calendarsTotal: sync.calendarsTotal,
      eventsSeen: sync.eventsSeen,
    },
    error: presentError(sync.errorCode),
  };
}

/** The `push` of an account. */
export function presentPush({ state, expiresAt }: PushStatus): Shown<typeof accountSchemas.Push> {
  return { state, expiresAt: instantOf(expiresAt) };
}

/** An account. @param push none where no channel was ever asked for */
export function presentAccount(
  account: ShownAccount,
  sync: ShownSync,
  push: PushStatus | null | undefined,
): Shown<typeof accountSchemas.Account> {
  return {
    id: account.id,
    userId: account.userId,
    provider: account.provider,
    email: account.email,
    displayName: account.displayName,
    scopes: account.scopes,
    access: account.access,
    status: account.status,
    statusReason: account.statusReason,
    connectedAt: account.connectedAt.toISOString(),
    updatedAt: account.updatedAt.toISOString(),
    lastSyncedAt: instantOf(sync.lastSyncedAt),
    nextSyncAt: instantOf(sync.nextSyncAt),
    sync: presentSync(sync),
    push: presentPush(push ?? NO_PUSH),
  };
}

/**
 * A calendar. It is read in each sync of its account, except while it waits after a failure of its
 * own.
 * @param sync the sync of its account
 */
export function presentCalendar(
  calendar: Calendar,
  sync: Pick<ShownSync, 'nextSyncAt'>,
): Shown<typeof accountSchemas.Calendar> {
  const nextAttemptAt = calendar.selected ? (calendar.nextAttemptAt ?? sync.nextSyncAt) : null;
  return {
    id: calendar.id,
    accountId: calendar.accountId,
    providerCalendarId: calendar.providerCalendarId,
    name: calendar.name,
    description: calendar.description,
    timeZone: calendar.timeZone,
    color: calendar.color,
    primary: calendar.primary,
    accessRole: calendar.accessRole,
    selected: calendar.selected,
    lastSyncedAt: instantOf(calendar.lastSyncedAt),
    sync: {
      state: calendar.syncState,
      error: presentError(calendar.syncErrorCode),
      lastAttemptAt: instantOf(calendar.attemptedAt),
      nextAttemptAt: instantOf(nextAttemptAt),
      skipped: calendar.eventsSkipped,
    },
  };
}

/** Listings never contain masters; a single event is the nearest kind should one appear. */
function kindOf(kind: EventKind): Shown<typeof eventSchemas.Event>['kind'] {
  return kind === 'master' ? 'single' : kind;
}

/** An event. */
export function presentEvent(event: ListedEvent): Shown<typeof eventSchemas.Event> {
  const { kind, ...shown } = shownEventOf(event);
  return { ...shown, kind: kindOf(kind) };
}

/** An event that was deleted. */
export function presentDeletion(deletion: DeletedEvent): Shown<typeof eventSchemas.Deletion> {
  const { id, calendarId, providerEventId, deletedAt } = deletion;
  return { id, calendarId, providerEventId, deletedAt: deletedAt.toISOString() };
}
