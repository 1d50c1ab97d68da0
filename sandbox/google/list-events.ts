/** GET /calendars/{id}/events: windows, pages and sync tokens. */
import { instantOf } from '../calendars/occurrences.js';
import { isZone } from '../calendars/zoned-time.js';
import { decodeCursor, encodeCursor, pageAfter, RoundCache } from '../wire/cursor.js';
import type { Exchange } from '../wire/exchange.js';
import { json, type Reply, page as webPage } from '../wire/reply.js';
import { digest } from '../world/random.js';
import type { EndlessLists, GoogleSettings } from '../world/settings.js';
import type { CalendarCaller } from './caller.js';
import { collectAll, collectChanges, type Selection } from './collect-events.js';
import { fullSyncRequired, googleError, invalidParameter } from './errors.js';
import { cancelledResource, type EventItem, eventResource } from './event-resource.js';
import { partOf } from './partial-response.js';

/** Parameters that are not allowed together with a sync token. */
const FORBIDDEN = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];
/** Parameters that may differ between the requests of a round and between rounds. */
const FREE = [
  'pageToken',
  'syncToken',
  'maxResults',
  'fields',
  'alt',
  'prettyPrint',
  'quotaUser',
  'key',
];
/** Parameters that may differ between the pages of a list. */
const PAGE_FREE = ['pageToken', 'maxResults', 'fields'];
const DAY = 86_400_000;

const rounds = new WeakMap<object, RoundCache<EventItem[]>>();

/**
 * The state of a round: where it started, and what the sync token on its last page will contain.
 */
interface Round {
  /** Changes after this change number are listed; null for a full list. */
  since: number | null;
  /** The change number at the start of the round. Later changes belong to the next round. */
  upTo: number;
  selection: Selection;
}

/** GET /calendars/{calendarId}/events. */
export function listEvents(exchange: Exchange, caller: CalendarCaller): Reply {
  const { world, calendar } = caller;
  const { query } = exchange;
  const settings = world.state.settings.google;
  const wrong = checkParameters(query);
  if (wrong) return wrong;
  const zone = query.get('timeZone') ?? calendar.timeZone;
  const page = query.has('pageToken') ? decodeCursor(query.get('pageToken') ?? '') : undefined;
  if (
    query.has('pageToken') &&
    (page?.['calendar'] !== calendar.key || page['query'] !== fingerprint(query, PAGE_FREE))
  ) {
    return invalidParameter('pageToken', 'Invalid page token value.');
  }
  const opened = openRound(query, caller);
  if ('status' in opened) return opened;
  const round: Round = page ? { ...opened, upTo: Number(page['upTo']) } : opened;

  const cacheKey = JSON.stringify([
    calendar.key,
    calendar.seq,
    round.since,
    round.selection,
    fingerprint(query, FREE),
  ]);
  const cache = rounds.get(world) ?? new RoundCache<EventItem[]>();
  rounds.set(world, cache);
  const items = cache.get(cacheKey, () => collect(caller, round, query));
  const size = Math.min(Number(query.get('maxResults') ?? 250), 2500, settings.pageSize ?? 2500);
  const after = page ? (page['after'] as string | null) : null;
  const sendEmptyPage =
    settings.emptyPages && page !== undefined && !page['emptyPage'] && items.length > size;
  const { items: shown, last } = sendEmptyPage
    ? { items: [], last: after }
    : pageAfter(items, after, size);
  const endless = last === null && isEndless(settings.endlessLists, query);
  const more = last !== null || endless;
  const lap = Number(page?.['lap'] ?? 0) + (endless ? 1 : 0);
  const revision = endless && settings.endlessKind === 'revised' ? { etag: `"lap${lap}"` } : {};
  const list = {
    kind: 'calendar#events',
    etag: `"p${digest(`${calendar.key}:${calendar.seq}`, 16)}"`,
    summary: caller.entry.accessRole === 'freeBusyReader' ? caller.entry.id : calendar.name,
    description: calendar.description ?? '',
    updated: calendar.events.at(-1)?.updatedAt ?? world.now().toISOString(),
    timeZone: zone,
    accessRole: caller.entry.accessRole,
    defaultReminders: caller.entry.primary ? [{ method: 'popup', minutes: 30 }] : [],
    ...(more
      ? {
          nextPageToken:
            endless && settings.endlessKind === 'lost'
              ? {}
              : encodeCursor({
                  calendar: calendar.key,
                  query: fingerprint(query, PAGE_FREE),
                  upTo: round.upTo,
                  after: last,
                  lap,
                  emptyPage: sendEmptyPage || Boolean(page?.['emptyPage']),
                }),
        }
      : settings.omitCursors || query.has('orderBy')
        ? {}
        : syncTokenFields(query, caller, round)),
    items: shown.map((item) =>
      item.cancelled
        ? cancelledResource(caller, item, zone, settings.cancelledItems)
        : {
            ...eventResource(caller, item, zone, Number(query.get('maxAttendees') ?? 1_000)),
            ...revision,
          },
    ),
  };
  return json(200, partOf(list, query.get('fields')));
}

function goneReply(variant: GoogleSettings['goneVariant']): Reply {
  if (variant === 'bare400') return webPage(400, '<title>Error 400 (Bad Request)!!1</title>');
  return variant === 'invalid'
    ? invalidParameter('syncToken', 'Invalid sync token value.')
    : fullSyncRequired();
}

function isEndless(lists: EndlessLists, query: URLSearchParams): boolean {
  if (lists === 'largePages') return Number(query.get('maxResults') ?? 250) > 250;
  return lists === 'all' || (lists === 'changes' && !query.has('orderBy'));
}

/** Checks the parameters. Returns the 400 response if they are invalid. */
export function checkParameters(query: URLSearchParams): Reply | undefined {
  const maxResults = query.get('maxResults');
  if (maxResults !== null && !(Number(maxResults) >= 1))
    return invalidParameter('maxResults', 'Invalid value.');
  for (const name of ['timeMin', 'timeMax', 'updatedMin']) {
    const value = query.get(name);
    if (value !== null && (!/(Z|[+-]\d\d:\d\d)$/.test(value) || Number.isNaN(Date.parse(value)))) {
      return googleError(400, 'badRequest', 'Bad Request');
    }
  }
  const [timeMin, timeMax] = [query.get('timeMin'), query.get('timeMax')];
  if (timeMin && timeMax && Date.parse(timeMin) >= Date.parse(timeMax)) {
    return googleError(400, 'timeRangeEmpty', 'The specified time range is empty.', {
      domain: 'calendar',
      locationType: 'parameter',
      location: 'timeMax',
    });
  }
  const orderBy = query.get('orderBy');
  if (orderBy === 'startTime' && query.get('singleEvents') !== 'true') {
    return invalidParameter(
      'orderBy',
      'The requested ordering is not available for the particular query.',
    );
  }
  if (orderBy !== null && !['startTime', 'updated'].includes(orderBy))
    return invalidParameter('orderBy', 'Invalid value.');
  const zone = query.get('timeZone');
  if (zone !== null && !isZone(zone)) return invalidParameter('timeZone', 'Invalid time zone.');
  if (!query.has('syncToken')) return undefined;
  const forbidden = FORBIDDEN.find((name) => query.has(name));
  if (forbidden) {
    return googleError(
      400,
      'syncTokenWithOtherRestrictions',
      `Sync token cannot be used with the ${forbidden} parameter.`,
      { domain: 'calendar', locationType: 'parameter', location: 'syncToken' },
    );
  }
  return query.get('showDeleted') === 'false'
    ? googleError(
        400,
        'syncTokenWithOtherRestrictions',
        'Sync token cannot be used with showDeleted set to false.',
        {
          domain: 'calendar',
          locationType: 'parameter',
          location: 'syncToken',
        },
      )
    : undefined;
}

function openRound(query: URLSearchParams, caller: CalendarCaller): Round | Reply {
  const { world, calendar } = caller;
  const settings = world.state.settings.google;
  const instant = (name: string) => (query.has(name) ? Date.parse(query.get(name) ?? '') : null);
  const selection: Selection = {
    singleEvents: query.get('singleEvents') === 'true',
    showDeleted: query.get('showDeleted') === 'true',
    timeMin: instant('timeMin'),
    timeMax: instant('timeMax'),
  };
  const now = world.now().getTime();
  const updatedMin = instant('updatedMin');
  if (updatedMin !== null && now - updatedMin > settings.cursorLifetimeDays * DAY) {
    return googleError(
      410,
      'updatedMinTooLongAgo',
      'The requested minimum modification time lies too far in the past.',
      { domain: 'calendar', locationType: 'parameter', location: 'updatedMin' },
    );
  }
  const text = query.get('syncToken');
  if (text === null)
    return {
      since: null,
      upTo: calendar.seq,
      selection: { ...selection, showDeleted: selection.showDeleted || updatedMin !== null },
    };
  const token = decodeCursor(text);
  if (token?.['calendar'] !== calendar.key || token['account'] !== caller.account.id) {
    return invalidParameter('syncToken', 'Invalid sync token value.');
  }
  const tooOld = now - Number(token['issued']) > settings.cursorLifetimeDays * DAY;
  if (token['generation'] !== calendar.generation || tooOld) return goneReply(settings.goneVariant);
  if (
    settings.strictSyncParameters &&
    token['query'] !== fingerprint(query, [...FREE, ...FORBIDDEN, 'showDeleted'])
  ) {
    return googleError(
      400,
      'invalid',
      'The request parameters differ from those the sync token was issued for.',
      {
        locationType: 'parameter',
        location: 'syncToken',
      },
    );
  }
  return {
    since: Number(token['seq']),
    upTo: calendar.seq,
    selection: token['selection'] as Selection,
  };
}

/** The sync token. Only the last page of a query without filters has one. */
function syncTokenFields(
  query: URLSearchParams,
  caller: CalendarCaller,
  round: Round,
): { nextSyncToken?: string } {
  if (FORBIDDEN.some((name) => query.has(name) && !['timeMin', 'timeMax'].includes(name)))
    return {};
  const { calendar, account, world } = caller;
  return {
    nextSyncToken: encodeCursor({
      calendar: calendar.key,
      account: account.id,
      generation: calendar.generation,
      seq: round.upTo,
      issued: world.now().getTime(),
      query: fingerprint(query, [...FREE, ...FORBIDDEN, 'showDeleted']),
      selection: round.selection,
    }),
  };
}

function fingerprint(query: URLSearchParams, except: readonly string[]): string {
  const pairs = [...query]
    .filter(([name]) => !except.includes(name))
    .map(([name, value]) => `${name}=${value}`);
  return digest(pairs.sort().join('&'), 8);
}

function collect(caller: CalendarCaller, round: Round, query: URLSearchParams): EventItem[] {
  const { calendar, world } = caller;
  const found =
    round.since === null
      ? collectAll(calendar, round.selection)
      : collectChanges(
          calendar,
          round.since,
          round.selection,
          world.state.settings.google.seriesDeletion,
        );
  const items = found.filter((item) => matchesQuery(item, query));
  const orderBy = query.get('orderBy');
  if (orderBy) {
    for (const item of items) {
      const start = item.occurrence?.startsAt ?? instantOf(item.event.start, calendar.timeZone);
      item.key =
        orderBy === 'updated'
          ? `${item.event.updatedAt}/${item.key}`
          : `${String(start + 1e14).padStart(16, '0')}/${item.key}`;
    }
  }
  return items.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function matchesQuery({ event, occurrence }: EventItem, query: URLSearchParams): boolean {
  const details = { ...event.details, ...occurrence?.override?.details };
  const types = query.getAll('eventTypes');
  if (types.length > 0 && !types.includes(details.eventType ?? 'default')) return false;
  const uid = query.get('iCalUID');
  if (uid !== null && event.iCalUid !== uid) return false;
  const updatedMin = query.get('updatedMin');
  if (
    updatedMin !== null &&
    Date.parse(occurrence?.override?.updatedAt ?? event.updatedAt) < Date.parse(updatedMin)
  )
    return false;
  const q = query.get('q')?.toLowerCase();
  return (
    q === undefined ||
    [details.title, details.description, details.location].some((text) =>
      text?.toLowerCase().includes(q),
    )
  );
}
