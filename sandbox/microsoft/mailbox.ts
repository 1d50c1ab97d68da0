/** Finds the caller of Graph and the calendar or event in the path, and checks the access. */
import { findEvent } from '../calendars/change-calendar.js';
import { findOccurrence, type Occurrence } from '../calendars/occurrences.js';
import type { StoredCalendar, StoredEvent } from '../calendars/stored-event.js';
import type { Exchange } from '../wire/exchange.js';
import type { Reply } from '../wire/reply.js';
import type { Account, CalendarEntry } from '../world/state.js';
import type { World } from '../world/world.js';
import {
  accessDenied,
  graphError,
  invalidToken,
  itemNotFound,
  mailboxNotEnabled,
} from './graph-error.js';
import { parseGraphId } from './graph-id.js';
import { type Preferences, readPreferences } from './prefer.js';
import { allows } from './scopes.js';

/** A caller with a valid token. */
export interface MailboxCaller {
  world: World;
  account: Account;
  preferences: Preferences;
}

/** A caller and one of the caller's calendars. */
export interface CalendarCaller extends MailboxCaller {
  entry: CalendarEntry;
  calendar: StoredCalendar;
}

/** The event or occurrence in the path. */
export interface Target extends CalendarCaller {
  event: StoredEvent;
  occurrence?: Occurrence;
}

type Answer<C> = (exchange: Exchange, caller: C) => Reply | Promise<Reply>;

/** Runs `answer` for a caller with a mailbox whose token allows the action. */
export function forMailbox(
  action: Parameters<typeof allows>[1],
  answer: Answer<MailboxCaller>,
): Answerer {
  return async (exchange) => {
    const { world, account, accessToken, headers } = exchange;
    if (!headers['authorization']) return invalidToken(world, 'Access token is empty.');
    if (!accessToken || !account) return invalidToken(world);
    if (!allows(accessToken, action)) {
      if (action !== 'readProfile') return accessDenied(world);
      return graphError(
        world,
        403,
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      );
    }
    if (account.noCalendar && action !== 'readProfile') return mailboxNotEnabled(world);
    const preferences = readPreferences(headers['prefer']);
    if (preferences.unknownZone !== undefined) {
      return graphError(
        world,
        400,
        'TimeZoneNotSupportedException',
        `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${preferences.unknownZone}'.`,
      );
    }
    const reply = await answer(exchange, { world, account, preferences });
    const requestId = reply.headers['request-id'] ?? world.random.uuid();
    reply.headers['request-id'] = requestId;
    reply.headers['client-request-id'] = headers['client-request-id'] ?? requestId;
    if (preferences.applied && reply.status < 400)
      reply.headers['preference-applied'] = preferences.applied;
    return reply;
  };
}

type Answerer = (exchange: Exchange) => Promise<Reply>;

/** Like `forMailbox`, with the calendar `:calendarId` in the path, or the default calendar. */
export function forCalendar(
  action: 'readCalendars' | 'writeCalendars',
  answer: Answer<CalendarCaller>,
): Answerer {
  return forMailbox(action, (exchange, caller) => {
    const { world, account } = caller;
    const entry = findEntry(account, exchange.params['calendarId']);
    if (!entry) return itemNotFound(world);
    const token = exchange.accessToken;
    if (entry.needsSharedScope && token && !allows(token, 'readShared')) return accessDenied(world);
    if (action === 'writeCalendars' && !['owner', 'writer'].includes(entry.accessRole))
      return accessDenied(world);
    return answer(exchange, { ...caller, entry, calendar: world.calendar(entry) });
  });
}

/** Like `forMailbox`, with the event `:eventId` in the path, in any calendar of the caller. */
export function forEvent(
  action: 'readCalendars' | 'writeCalendars',
  answer: Answer<Target>,
): Answerer {
  return forMailbox(action, (exchange, caller) => {
    const { calendarId } = exchange.params;
    const target = findTarget(caller, exchange.params['eventId'] ?? '', calendarId);
    // Graph has the events of a calendar that another person shares only below that calendar.
    if (!target || (calendarId === undefined && isShared(target)))
      return itemNotFound(caller.world);
    const token = exchange.accessToken;
    if (target.entry.needsSharedScope && token && !allows(token, 'readShared'))
      return accessDenied(caller.world);
    if (action === 'writeCalendars' && !['owner', 'writer'].includes(target.entry.accessRole)) {
      return accessDenied(caller.world);
    }
    return answer(exchange, target);
  });
}

function isShared({ account, calendar, entry }: Target): boolean {
  return entry.accessRole !== 'owner' && calendar.owner.email !== account.email;
}

/** Finds a calendar by its id, or the default calendar, unless it was deleted. */
export function findEntry(
  account: Account,
  calendarId: string | undefined,
): CalendarEntry | undefined {
  return account.calendars.find(
    (entry) =>
      !entry.deleted && (calendarId === undefined ? entry.primary : entry.id === calendarId),
  );
}

/**
 * Finds an event or occurrence that is not deleted, in one calendar or in all of the caller's
 * calendars.
 */
export function findTarget(
  caller: MailboxCaller,
  id: string,
  calendarId?: string,
): Target | undefined {
  const { world, account } = caller;
  const parsed = parseGraphId(account, id);
  if (!parsed) return undefined;
  for (const entry of account.calendars) {
    if (entry.deleted || (calendarId !== undefined && entry.id !== calendarId)) continue;
    const calendar = world.calendar(entry);
    const event = findEvent(calendar, parsed.body);
    if (
      !event ||
      event.deleted ||
      (parsed.moves !== undefined && parsed.moves !== (event.moves ?? 0))
    )
      continue;
    if (!parsed.date) return { ...caller, entry, calendar, event };
    const occurrence = event.recurrence && findOccurrence(event, parsed.date, 'UTC');
    return occurrence && !occurrence.override?.cancelled
      ? { ...caller, entry, calendar, event, occurrence }
      : undefined;
  }
  return undefined;
}
