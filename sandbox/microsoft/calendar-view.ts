/** GET /me, calendars, plain calendar views, and lists of events. */
import { instantOf, occurrencesOf, overlaps, type Span } from '../calendars/occurrences.js';
import type { Exchange } from '../wire/exchange.js';
import { json, type Reply } from '../wire/reply.js';
import { digest } from '../world/random.js';
import type { CalendarEntry } from '../world/state.js';
import { eventResource } from './event-resource.js';
import { graphError } from './graph-error.js';
import type { CalendarCaller, MailboxCaller, Target } from './mailbox.js';
import { contextOf, page, select } from './odata.js';
import { PERSONAL_TENANT } from './tenants.js';

type Json = Record<string, unknown>;

/** GET /me. */
export function getMe(exchange: Exchange, { account }: MailboxCaller): Reply {
  const personal = account.tenantId === PERSONAL_TENANT;
  const profile = {
    businessPhones: [],
    displayName: account.name,
    givenName: account.givenName,
    jobTitle: null,
    mail: account.mail ?? null,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: personal ? null : account.locale,
    surname: account.familyName,
    userPrincipalName: account.email,
    id: account.id,
  };
  return json(200, {
    '@odata.context': contextOf('users/$entity'),
    ...select(profile, exchange.query),
  });
}

function calendarResource({ world, account }: MailboxCaller, entry: CalendarEntry): Json {
  const calendar = world.calendar(entry);
  const personal = account.tenantId === PERSONAL_TENANT;
  const meetings = personal ? [] : ['teamsForBusiness'];
  return {
    id: entry.id,
    name: calendar.name,
    color: 'auto',
    hexColor: entry.primary ? '' : entry.color,
    isDefaultCalendar: entry.primary === true,
    changeKey: `${digest(`${entry.id}:${entry.seq}`, 30)}==`,
    canShare: entry.accessRole === 'owner' && !entry.subscribed,
    canViewPrivateItems: ['owner', 'writer'].includes(entry.accessRole),
    canEdit: ['owner', 'writer'].includes(entry.accessRole),
    allowedOnlineMeetingProviders: meetings,
    defaultOnlineMeetingProvider: personal ? 'unknown' : 'teamsForBusiness',
    isTallyingResponses: entry.primary === true,
    isRemovable: !entry.primary,
    owner: { name: calendar.owner.name ?? calendar.owner.email, address: calendar.owner.email },
  };
}

/** GET /me/calendars. */
export function listCalendars(exchange: Exchange, caller: MailboxCaller): Reply {
  const entries = caller.account.calendars.filter((entry) => !entry.deleted && !entry.hidden);
  const { value, nextLink } = page(caller.world, exchange, entries, caller.preferences.maxPageSize);
  return json(200, {
    '@odata.context': contextOf(`users('${caller.account.id}')/calendars`),
    value: value.map((entry) => select(calendarResource(caller, entry), exchange.query)),
    ...(nextLink ? { '@odata.nextLink': nextLink } : {}),
  });
}

/** GET /me/calendar and /me/calendars/{id}. */
export function getCalendar(exchange: Exchange, caller: CalendarCaller): Reply {
  const resource = select(calendarResource(caller, caller.entry), exchange.query);
  return json(200, {
    '@odata.context': contextOf(`users('${caller.account.id}')/calendars/$entity`),
    ...resource,
  });
}

const LONGEST_SPAN_MS = 1_825 * 86_400_000;

/**
 * Reads startDateTime and endDateTime. A time without an offset is UTC. Returns the 400 if they are
 * invalid.
 */
export function readWindow(exchange: Exchange, caller: MailboxCaller): Span | Reply {
  const lower = new Map([...exchange.query].map(([name, value]) => [name.toLowerCase(), value]));
  const read = (name: string) => {
    const text = lower.get(name);
    if (text === undefined) return undefined;
    return Date.parse(/T/.test(text) && !/(Z|[+-]\d\d:\d\d)$/.test(text) ? `${text}Z` : text);
  };
  const from = read('startdatetime');
  const to = read('enddatetime');
  if (from === undefined || to === undefined) {
    return graphError(
      caller.world,
      400,
      'ErrorInvalidParameter',
      'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.',
    );
  }
  if (Number.isNaN(from) || Number.isNaN(to) || to < from) {
    return graphError(
      caller.world,
      400,
      'ErrorInvalidParameter',
      'The specified time window is not valid.',
    );
  }
  if (to - from > LONGEST_SPAN_MS) {
    return graphError(
      caller.world,
      400,
      'ErrorInvalidRequest',
      "Your request can't be completed. The range between the start and end dates is greater than the allowed range. Maximum number of days: 1825",
    );
  }
  return { from, to };
}

/**
 * GET .../calendarView: single events and occurrences, ordered by start. Deleted ones do not
 * appear.
 */
export function calendarView(exchange: Exchange, caller: CalendarCaller): Reply {
  const span = readWindow(exchange, caller);
  if ('status' in span) return span;
  const found: { startsAt: number; resource: () => Json }[] = [];
  for (const event of caller.calendar.events) {
    if (event.deleted) continue;
    if (event.recurrence) {
      for (const one of occurrencesOf(event, span, 'UTC')) {
        if (!one.override?.cancelled)
          found.push({ startsAt: one.startsAt, resource: () => eventResource(caller, event, one) });
      }
    } else if (overlaps(event, span, 'UTC')) {
      found.push({
        startsAt: instantOf(event.start, 'UTC'),
        resource: () => eventResource(caller, event),
      });
    }
  }
  found.sort((a, b) => a.startsAt - b.startsAt);
  return collection(exchange, caller, found);
}

/** GET .../events: single events and series masters. */
export function listEvents(exchange: Exchange, caller: CalendarCaller): Reply {
  const live = caller.calendar.events.filter((event) => !event.deleted);
  return collection(
    exchange,
    caller,
    live.map((event) => ({ resource: () => eventResource(caller, event) })),
  );
}

/** GET .../events/{id}/instances. */
export function listInstances(exchange: Exchange, target: Target): Reply {
  const span = readWindow(exchange, target);
  if ('status' in span) return span;
  const { event } = target;
  if (!event.recurrence || target.occurrence) {
    return graphError(
      target.world,
      400,
      'ErrorInvalidRequest',
      "Your request can't be completed. The event is not a series master.",
    );
  }
  const live = occurrencesOf(event, span, 'UTC').filter((one) => !one.override?.cancelled);
  return collection(
    exchange,
    target,
    live.map((one) => ({ resource: () => eventResource(target, event, one) })),
  );
}

function collection(
  exchange: Exchange,
  caller: CalendarCaller,
  items: { resource: () => Json }[],
): Reply {
  const { value, nextLink } = page(caller.world, exchange, items, caller.preferences.maxPageSize);
  return json(200, {
    '@odata.context': contextOf(`users('${caller.account.id}')/events`),
    value: value.map((item) => select(item.resource(), exchange.query)),
    ...(nextLink ? { '@odata.nextLink': nextLink } : {}),
  });
}
