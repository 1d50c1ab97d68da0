// What leaves this service about accounts, calendars and events: an allow-list, so that a token never can.

import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Calendar } from '../calendars/calendar.js';
import type { DeletedEvent } from '../calendars/event-changes.js';
import type { ListedEvent } from '../calendars/event-listing.js';
import { ERRORS, type ErrorCode, isRetryable } from '../errors.js';
import { NO_PUSH, type PushStatus } from '../push/channel-status.js';
import type { AccountSync } from '../sync/account-sync.js';
import type { EventTime } from '../vocabulary.js';

const instantOf = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;

function errorOf(code: ErrorCode | null) {
  return code === null
    ? null
    : { code, message: (ERRORS[code] ?? ERRORS.server_error).detail, retryable: isRetryable(code) };
}

/** @param sync undefined for an account that was removed a moment ago */
export function presentSync(sync: AccountSync | undefined) {
  return {
    state: sync?.state ?? 'idle',
    phase: sync?.phase ?? null,
    trigger: sync?.trigger ?? null,
    startedAt: instantOf(sync?.startedAt),
    finishedAt: instantOf(sync?.finishedAt),
    progress: {
      calendarsDone: sync?.calendarsDone ?? 0,
      calendarsTotal: sync?.calendarsTotal ?? 0,
      eventsSeen: sync?.eventsSeen ?? 0,
    },
    error: errorOf(sync?.errorCode ?? null),
  };
}

function presentPush({ state, expiresAt }: PushStatus) {
  return { state, expiresAt: instantOf(expiresAt) };
}

export function presentAccount(
  account: ConnectedAccount,
  sync: AccountSync | undefined,
  push: PushStatus | undefined,
) {
  return {
    id: account.id,
    userId: account.userId,
    provider: account.provider,
    email: account.email,
    displayName: account.displayName,
    scopes: account.scopes,
    status: account.status,
    statusReason: account.statusReason,
    connectedAt: account.connectedAt.toISOString(),
    updatedAt: account.updatedAt.toISOString(),
    lastSyncedAt: instantOf(sync?.lastSyncedAt),
    nextSyncAt: instantOf(sync?.nextSyncAt),
    sync: presentSync(sync),
    push: presentPush(push ?? NO_PUSH),
  };
}

/** A calendar is read with its account, unless it has failed: then it waits for its own time. */
export function presentCalendar(calendar: Calendar, sync: AccountSync | undefined) {
  const nextAttemptAt = calendar.selected ? (calendar.nextAttemptAt ?? sync?.nextSyncAt) : null;
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
      error: errorOf(calendar.syncErrorCode),
      lastAttemptAt: instantOf(calendar.attemptedAt),
      nextAttemptAt: instantOf(nextAttemptAt),
      skipped: calendar.eventsSkipped,
    },
  };
}

function timeOf(event: ListedEvent, end: 'start' | 'end'): EventTime {
  if (event.allDay) return { date: (end === 'start' ? event.startDate : event.endDate) ?? '' };
  return end === 'start'
    ? { dateTime: event.startsAt.toISOString(), timeZone: event.startTimeZone }
    : { dateTime: event.endsAt.toISOString(), timeZone: event.endTimeZone };
}

export function presentEvent(event: ListedEvent) {
  return {
    id: event.id,
    accountId: event.accountId,
    calendarId: event.calendarId,
    providerEventId: event.providerEventId,
    iCalUid: event.iCalUid,
    etag: event.etag,
    title: event.title,
    description: event.description,
    location: event.location,
    kind: event.kind,
    seriesId: event.seriesId,
    originalStart: event.originalStart,
    allDay: event.allDay,
    start: timeOf(event, 'start'),
    end: timeOf(event, 'end'),
    status: event.status,
    busy: event.busy,
    eventType: event.eventType,
    visibility: event.visibility,
    organizer: event.organizer,
    attendees: event.attendees,
    selfResponse: event.selfResponse,
    conferenceUrl: event.conferenceUrl,
    reminders: event.reminders,
    link: event.link,
    createdAt: instantOf(event.providerCreatedAt),
    updatedAt: instantOf(event.providerUpdatedAt),
  };
}

export function presentDeletion({ id, calendarId, providerEventId, deletedAt }: DeletedEvent) {
  return { id, calendarId, providerEventId, deletedAt: deletedAt.toISOString() };
}

export function presentFreshness({ id, status }: ConnectedAccount, sync: AccountSync | undefined) {
  return { accountId: id, status, lastSyncedAt: instantOf(sync?.lastSyncedAt) };
}
