// Reading what was synced: an account's calendars and events.

import type { RequestHandler } from 'express';
import type { AccountStore } from '../accounts/account-store.js';
import type { CalendarStore } from '../calendars/calendar-store.js';
import type { EventFilter, EventPage } from '../calendars/event-listing.js';
import { IntegrationError } from '../errors.js';
import type { Syncs } from '../sync/syncs.js';
import { visibleAccount } from './accounts.js';
import { callerOf } from './exchange.js';
import { presentCalendar, presentEvent } from './present.js';
import { EventsQuery, SelectBody } from './schemas.js';
import { idParameter, parseBody, parseQuery } from './validate.js';

export interface ReadingServices {
  readonly accounts: AccountStore;
  readonly calendars: CalendarStore;
  readonly syncs: Syncs;
  readonly listEvents: (filter: EventFilter) => Promise<EventPage>;
}

export function readingRoutes({ accounts, calendars, syncs, listEvents }: ReadingServices) {
  const listCalendars: RequestHandler = async (request, response) => {
    const account = await visibleAccount(accounts, idParameter(request, 'accountId'), callerOf(response));
    response.json({ data: (await calendars.list(account.id)).map(presentCalendar) });
  };

  const selectCalendar: RequestHandler = async (request, response) => {
    const account = await visibleAccount(accounts, idParameter(request, 'accountId'), callerOf(response), false);
    const calendarId = idParameter(request, 'calendarId');
    const { selected } = parseBody(request, SelectBody);
    const calendar = await calendars.select(account.id, calendarId, selected);
    // What was just ticked is waited for: no need to sit out the time until the next scheduled sync.
    if (selected && account.status === 'connected') await syncs.request(account.id, { trigger: 'manual', full: false });
    response.json(presentCalendar(calendar));
  };

  /** Owners only: what is in a calendar is nobody else's business, not even an admin's. */
  const listAccountEvents: RequestHandler = async (request, response) => {
    const account = await visibleAccount(accounts, idParameter(request, 'accountId'), callerOf(response), false);
    const query = parseQuery(request, EventsQuery);
    const calendarId = query.calendarId === undefined ? null : idParameter({ params: query } as never, 'calendarId');
    if (calendarId !== null && !(await calendars.list(account.id)).some(({ id }) => id === calendarId))
      throw new IntegrationError('calendar_not_found');
    const { events: found, nextCursor } = await listEvents({
      accountId: account.id,
      calendarId,
      from: query.from === undefined ? null : new Date(query.from),
      to: query.to === undefined ? null : new Date(query.to),
      limit: query.limit,
      cursor: query.cursor ?? null,
    });
    response.json({ data: found.map(presentEvent), nextCursor });
  };

  return { listCalendars, selectCalendar, listEvents: listAccountEvents };
}
