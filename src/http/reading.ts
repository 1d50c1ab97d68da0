// Reading what was synced: an account's calendars and events.

import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { AccountStore } from '../accounts/account-store.js';
import type { CalendarStore } from '../calendars/calendar-store.js';
import type { ChangesFilter, ChangesPage } from '../calendars/event-changes.js';
import type { EventFilter, EventPage } from '../calendars/event-listing.js';
import type { BusyInterval, FreeBusyFilter } from '../calendars/free-busy.js';
import { IntegrationError } from '../errors.js';
import type { Syncs } from '../sync/syncs.js';
import { visibleAccount } from './accounts.js';
import { auditAdminRead } from './log-admin-read.js';
import { presentCalendar, presentDeletion, presentEvent, presentFreshness } from './present.js';
import { callerOf } from './request-context.js';
import { EventsQuery, FreeBusyQuery, SelectBody } from './schemas.js';
import { idParameter, parseBody, parseQuery } from './validate.js';

export interface ReadingServices {
  readonly accounts: AccountStore;
  readonly calendars: CalendarStore;
  readonly syncs: Syncs;
  readonly listEvents: (filter: EventFilter) => Promise<EventPage>;
  readonly listChanges: (filter: ChangesFilter) => Promise<ChangesPage>;
  readonly findBusy: (filter: FreeBusyFilter) => Promise<readonly BusyInterval[]>;
  readonly logger: Logger;
}

export function readingRoutes(services: ReadingServices) {
  const { accounts, calendars, syncs, listEvents, listChanges, findBusy, logger } = services;

  const listCalendars: RequestHandler = async (request, response) => {
    const account = await visibleAccount(
      accounts,
      idParameter(request, 'accountId'),
      callerOf(response),
    );
    auditAdminRead(logger, response, account);
    const found = await calendars.list(account.id);
    const sync = (await syncs.statesOf([account.id])).get(account.id);
    response.json({ data: found.map((calendar) => presentCalendar(calendar, sync)) });
  };

  const selectCalendar: RequestHandler = async (request, response) => {
    const account = await visibleAccount(
      accounts,
      idParameter(request, 'accountId'),
      callerOf(response),
      false,
    );
    const calendarId = idParameter(request, 'calendarId');
    const { selected } = parseBody(request, SelectBody);
    const calendar = await calendars.select(account.id, calendarId, selected);
    const sync = (await syncs.statesOf([account.id])).get(account.id);
    // What was just ticked is waited for: no need to sit out the time until the next scheduled sync.
    if (selected && account.status === 'connected')
      await syncs.request(account.id, { trigger: 'manual', full: false });
    response.json(presentCalendar(calendar, sync));
  };

  /** Owners only: what is in a calendar is nobody else's business, not even an admin's. */
  const listAccountEvents: RequestHandler = async (request, response) => {
    const account = await visibleAccount(
      accounts,
      idParameter(request, 'accountId'),
      callerOf(response),
      false,
    );
    const query = parseQuery(request, EventsQuery);
    const { limit } = query;
    const cursor = query.cursor ?? null;
    if (query.updatedSince !== undefined) {
      if (query.from !== undefined || query.to !== undefined || query.calendarId !== undefined)
        throw new IntegrationError('invalid_request', { detail: 'updatedSince stands alone.' });
      const since = new Date(query.updatedSince);
      const { events, deleted, asOf, nextCursor } = await listChanges({
        accountId: account.id,
        since,
        limit,
        cursor,
      });
      response.json({
        data: events.map(presentEvent),
        deleted: deleted.map(presentDeletion),
        nextCursor,
        asOf,
      });
      return;
    }
    const calendarId =
      query.calendarId === undefined ? null : idParameter({ params: query } as never, 'calendarId');
    if (
      calendarId !== null &&
      !(await calendars.list(account.id)).some(({ id }) => id === calendarId)
    )
      throw new IntegrationError('calendar_not_found');
    const from = query.from === undefined ? null : new Date(query.from);
    const to = query.to === undefined ? null : new Date(query.to);
    const { events, nextCursor } = await listEvents({
      accountId: account.id,
      calendarId,
      from,
      to,
      limit,
      cursor,
    });
    response.json({ data: events.map(presentEvent), nextCursor });
  };

  /** The caller's own accounts, one or all of them; how fresh each is goes with the answer. */
  const freeBusy: RequestHandler = async (request, response) => {
    const caller = callerOf(response);
    const query = parseQuery(request, FreeBusyQuery);
    const [from, to] = [new Date(query.from), new Date(query.to)];
    if (!(from < to) || to.getTime() - from.getTime() > LONGEST_FREE_BUSY_MS)
      throw new IntegrationError('invalid_request', {
        detail: 'to must be after from, by at most 366 days.',
      });
    if (!isTimeZone(query.timeZone))
      throw new IntegrationError('invalid_request', {
        detail: 'timeZone must be an IANA zone such as Europe/Berlin.',
      });
    const asked =
      query.accountId === undefined
        ? await accounts.ofUser(caller.userId)
        : [
            await visibleAccount(
              accounts,
              idParameter({ params: query } as never, 'accountId'),
              caller,
              false,
            ),
          ];
    const accountIds = asked.map(({ id }) => id);
    const sync = await syncs.statesOf(accountIds);
    const busy = await findBusy({
      accountIds,
      from,
      to,
      timeZone: query.timeZone,
    });
    response.json({
      data: busy,
      accounts: asked.map((account) => presentFreshness(account, sync.get(account.id))),
    });
  };

  return { listCalendars, selectCalendar, listEvents: listAccountEvents, freeBusy };
}

const LONGEST_FREE_BUSY_MS = 366 * 86_400_000;

/** By name alone: PostgreSQL would also take offsets and abbreviations, and read them its own way. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
