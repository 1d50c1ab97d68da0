/** Finds the caller of the Calendar API and the calendar in the path, and checks the access. */
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

/** A caller with a valid token that has the needed scopes. */
export interface Caller {
  world: World;
  account: Account;
}

/** A caller and one of the caller's calendars. */
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

/** Like `forCaller`, with the calendar `:calendarId` in the path. Writing needs a writer's role. */
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

/** Finds a calendar by its id or `primary`, unless it was deleted. */
export function findEntry(account: Account, calendarId: string): CalendarEntry | undefined {
  return account.calendars.find(
    (entry) =>
      !entry.deleted && (entry.id === calendarId || (calendarId === 'primary' && entry.primary)),
  );
}
