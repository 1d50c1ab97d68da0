/** calendarView/delta: rounds over a fixed window, with the known difficulties of the real API. */
import {
  findOccurrence,
  type Occurrence,
  occurrencesOf,
  overlaps,
  type Span,
} from '../calendars/occurrences.js';
import {
  type StoredCalendar,
  type StoredEvent,
  type Timing,
  timingAt,
} from '../calendars/stored-event.js';
import { decodeCursor, pageAfter, RoundCache } from '../wire/cursor.js';
import type { Exchange } from '../wire/exchange.js';
import { json, type Reply } from '../wire/reply.js';
import type { MicrosoftSettings } from '../world/settings.js';
import { readWindow } from './calendar-view.js';
import { eventResource, removedResource, sparseOccurrence } from './event-resource.js';
import { graphError, syncStateGone } from './graph-error.js';
import type { CalendarCaller } from './mailbox.js';
import { contextOf, LOST_LINK, linkTo } from './odata.js';

const UNSUPPORTED = ['$orderby', '$filter', '$select', '$expand', '$search', '$top'];
const DAY = 86_400_000;

interface DeltaItem {
  key: string;
  event: StoredEvent;
  occurrence?: Occurrence;
  removed?: boolean;
}

/**
 * The content of a skip token or delta token. It contains the window, which therefore never
 * changes.
 */
interface DeltaToken extends Span {
  calendar: string;
  account: string;
  generation: number;
  issued: number;
  /** Changes after this change number are listed; null in the first round. */
  since: number | null;
  upTo: number;
  after: string | null;
  /** Whether the round has sent its empty page. */
  emptyPage: boolean;
  /** How often an endless round has begun again. */
  lap?: number;
}

const rounds = new WeakMap<object, RoundCache<DeltaItem[]>>();

/** GET /me/calendarView/delta and /me/calendars/{id}/calendarView/delta. */
export function calendarViewDelta(exchange: Exchange, caller: CalendarCaller): Reply {
  const { world, calendar, preferences } = caller;
  const { query } = exchange;
  const settings = world.state.settings.microsoft;
  const unsupported = UNSUPPORTED.filter((name) => query.has(name));
  if (unsupported.length > 0) {
    return graphError(
      world,
      400,
      'ErrorInvalidUrlQuery',
      `The following parameters are not supported with change tracking over the 'CalendarView' resource: '${unsupported.join(', ')}'.`,
    );
  }
  const token = openRound(exchange, caller);
  if ('status' in token) return token;
  const cache = rounds.get(world) ?? new RoundCache<DeltaItem[]>();
  rounds.set(world, cache);
  const { from, to, since } = token;
  const key = JSON.stringify([
    calendar.key,
    calendar.seq,
    from,
    to,
    since,
    settings.duplicates,
    settings.masterPosition,
  ]);
  const items = cache.get(key, () => collect(calendar, token, settings));
  const size = Math.min(preferences.maxPageSize ?? 10, 1000, settings.pageSize ?? 1000);
  const sendEmptyPage =
    settings.emptyPages && token.after !== null && !token.emptyPage && items.length > size;
  const shown = sendEmptyPage
    ? { items: [], last: token.after }
    : pageAfter(items, token.after, size);
  const endless =
    shown.last === null &&
    (settings.endlessLists === 'largePages' ? size > 50 : settings.endlessLists !== 'none');
  const next: DeltaToken = endless
    ? { ...token, after: '', lap: (token.lap ?? 0) + 1 }
    : shown.last === null
      ? {
          ...token,
          since: token.upTo,
          after: null,
          emptyPage: false,
          issued: world.now().getTime(),
        }
      : { ...token, after: shown.last, emptyPage: sendEmptyPage || token.emptyPage };
  const revision =
    endless && settings.endlessKind === 'revised' ? { '@odata.etag': `W/"lap${next.lap}"` } : {};
  const text = Buffer.from(JSON.stringify(next)).toString('base64url');
  return json(200, {
    '@odata.context': contextOf('Collection(event)'),
    ...(shown.last === null && !endless
      ? settings.omitCursors
        ? {}
        : { '@odata.deltaLink': linkTo(world, exchange, { $deltatoken: text }) }
      : {
          '@odata.nextLink':
            endless && settings.endlessKind === 'lost'
              ? LOST_LINK
              : linkTo(world, exchange, { $skiptoken: text }),
        }),
    value: shown.items.map(({ event, occurrence, removed }) => {
      if (removed) return removedResource(caller, event, occurrence);
      if (occurrence && !occurrence.override) return sparseOccurrence(caller, event, occurrence);
      return {
        '@odata.type': '#microsoft.graph.event',
        ...eventResource(caller, event, occurrence),
        ...revision,
      };
    }),
  });
}

function openRound(exchange: Exchange, caller: CalendarCaller): DeltaToken | Reply {
  const { world, calendar, account } = caller;
  const { query } = exchange;
  const text = query.get('$deltatoken') ?? query.get('$skiptoken');
  const now = world.now().getTime();
  const { generation, seq } = calendar;
  if (text === null) {
    const span = readWindow(exchange, caller);
    if ('status' in span) return span;
    return {
      ...span,
      calendar: calendar.key,
      account: account.id,
      generation,
      issued: now,
      since: null,
      upTo: seq,
      after: null,
      emptyPage: false,
    };
  }
  const token = decodeCursor(text) as unknown as DeltaToken | undefined;
  if (token?.calendar !== calendar.key || token.account !== account.id) {
    return graphError(world, 400, 'ErrorInvalidParameter', 'Badly formed token.');
  }
  const settings = world.state.settings.microsoft;
  if (token.generation !== generation || now - token.issued > settings.cursorLifetimeDays * DAY) {
    return syncStateGone(world, settings.goneVariant, linkTo(world, exchange, { $deltatoken: '' }));
  }
  return token.after === null ? { ...token, upTo: seq } : token;
}

const liveIn = (timing: Timing, span: Span) =>
  occurrencesOf(timing, span, 'UTC').filter((one) => !one.override?.cancelled);

function isIn(timing: Timing, span: Span): boolean {
  return timing.recurrence ? liveIn(timing, span).length > 0 : overlaps(timing, span, 'UTC');
}

function collect(
  calendar: StoredCalendar,
  token: DeltaToken,
  settings: MicrosoftSettings,
): DeltaItem[] {
  const items: DeltaItem[] = [];
  const last = settings.masterPosition === 'last' ? '/9' : '/0';
  for (const event of calendar.events) {
    if (token.since !== null && event.seq <= token.since) continue;
    const stem = String(event.ordinal).padStart(9, '0');
    const former = token.since === null ? undefined : timingAt(event, token.since);
    const was = former !== undefined && isIn(former, token);
    if (event.deleted) {
      if (was) items.push({ key: stem, event, removed: true });
    } else if (!event.recurrence) {
      if (overlaps(event, token, 'UTC')) items.push({ key: stem, event });
      else if (was) items.push({ key: stem, event, removed: true });
    } else {
      const there = liveIn(event, token);
      if (there.length > 0) {
        if (settings.masterPosition !== 'absent') items.push({ key: stem + last, event });
      } else if (was) items.push({ key: stem, event, removed: true });
      for (const occurrence of there)
        items.push({ key: `${stem}/1${occurrence.date}`, event, occurrence });
      if (former && there.length > 0) items.push(...movedOut(event, former, token, stem));
    }
  }
  items.sort((a, b) => (a.key < b.key ? -1 : 1));
  if (settings.duplicates)
    items.push(...items.slice(0, 3).map((item) => ({ ...item, key: `z${item.key}` })));
  return items;
}

/**
 * An occurrence that moved out of the window is reported as removed. A deleted one is not reported.
 */
function movedOut(event: StoredEvent, former: Timing, span: Span, stem: string): DeltaItem[] {
  return Object.entries(event.overrides ?? {}).flatMap(([date, override]): DeltaItem[] => {
    if (override.cancelled || !override.start) return [];
    const before = findOccurrence(former, date, 'UTC');
    const now = findOccurrence(event, date, 'UTC');
    const wasIn = before && !before.override?.cancelled && overlaps(before, span, 'UTC');
    if (!wasIn || !now || overlaps(now, span, 'UTC')) return [];
    return [{ key: `${stem}/2${date}`, event, occurrence: now, removed: true }];
  });
}
