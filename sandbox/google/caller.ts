/** Who calls the Calendar API, and what the calendar in the path is to them. */
import type { StoredCalendar } from '../calendars/stored-event.js';
import type { Exchange } from '../wire/exchange.js';
import type { Reply } from '../wire/reply.js';
import type { Account, CalendarEntry } from '../world/state.js';
import type { World } from '../world/world.js';
import {
  googleError,
  insufficientScopes,
  invalidCredentials,
  notACalendarUser,
  notFound,
} from './errors.js';
import { allows } from './scopes.js';

/** A caller with a token that works and suffices. */
export interface Caller {
  world: World;
  account: Account;
}

/** A caller and one of their calendars. */
export interface CalendarCaller extends Caller {
  entry: CalendarEntry;
  calendar: StoredCalendar;
}

/** Runs `answer` for a caller whose token allows the action. */
export function forCaller(
  action: Parameters<typeof allows>[1],
  answer: (exchange: Exchange, caller: Caller) => Reply | Promise<Reply>,
): (exchange: Exchange) => Reply | Promise<Reply> {
  return (exchange) => {
    const { world, account, accessToken } = exchange;
    if (!accessToken || !account) return invalidCredentials();
    if (!allows(accessToken, action)) return insufficientScopes();
    if (account.noCalendar) return notACalendarUser();
    return answer(exchange, { world, account });
  };
}

/** The same, for a calendar named `:calendarId` in the path; writing needs the role. */
export function forCalendar(
  action: 'readEvents' | 'writeEvents',
  answer: (exchange: Exchange, caller: CalendarCaller) => Reply | Promise<Reply>,
): (exchange: Exchange) => Reply | Promise<Reply> {
  return forCaller(action, (exchange, { world, account }) => {
    const entry = findEntry(account, exchange.params['calendarId'] ?? '');
    if (!entry) return notFound();
    if (
      action === 'writeEvents' &&
      !['owner', 'writer', 'writerWithoutPrivateAccess'].includes(entry.accessRole)
    ) {
      return googleError(
        403,
        'requiredAccessLevel',
        'You need to have writer access to this calendar.',
        {
          domain: 'calendar',
        },
      );
    }
    return answer(exchange, { world, account, entry, calendar: world.calendar(entry) });
  });
}

/** An account's live calendar by id or `primary`. */
export function findEntry(account: Account, calendarId: string): CalendarEntry | undefined {
  return account.calendars.find(
    (entry) =>
      !entry.deleted && (entry.id === calendarId || (calendarId === 'primary' && entry.primary)),
  );
}
