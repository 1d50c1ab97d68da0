/** GET /users/me/calendarList and its entries, and GET /calendars/{id}. */
import { decodeCursor, encodeCursor, pageAfter } from '../wire/cursor.js';
import type { Exchange } from '../wire/exchange.js';
import { json, type Reply } from '../wire/reply.js';
import { digest } from '../world/random.js';
import type { CalendarEntry } from '../world/state.js';
import { type Caller, findEntry } from './caller.js';
import { fullSyncRequired, googleError, invalidParameter, notFound } from './errors.js';

const ROLES = ['freeBusyReader', 'reader', 'writerWithoutPrivateAccess', 'writer', 'owner'];
const DAY = 86_400_000;

function entryResource({ world }: Caller, entry: CalendarEntry): Record<string, unknown> {
  const etag = `"${1_500_000_000_000_000 + entry.seq * 1000}"`;
  if (entry.deleted)
    return { kind: 'calendar#calendarListEntry', etag, id: entry.id, deleted: true };
  const calendar = world.calendar(entry);
  return {
    kind: 'calendar#calendarListEntry',
    etag,
    id: entry.id,
    summary: entry.accessRole === 'freeBusyReader' ? entry.id : calendar.name,
    ...(entry.summaryOverride ? { summaryOverride: entry.summaryOverride } : {}),
    ...(calendar.description ? { description: calendar.description } : {}),
    timeZone: calendar.timeZone,
    colorId: String((entry.color.charCodeAt(2) % 24) + 1),
    backgroundColor: entry.color,
    foregroundColor: '#000000',
    ...(entry.hidden ? { hidden: true } : {}),
    ...(entry.selected ? { selected: true } : {}),
    accessRole: entry.accessRole,
    defaultReminders: entry.primary ? [{ method: 'popup', minutes: 30 }] : [],
    ...(entry.primary ? { notificationSettings: { notifications: [] }, primary: true } : {}),
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
    ...(entry.subscribed || entry.primary ? {} : { dataOwner: calendar.owner.email }),
  };
}

/** GET /users/me/calendarList. */
export function listCalendars(exchange: Exchange, caller: Caller): Reply {
  const { account, world } = caller;
  const { query } = exchange;
  const settings = world.state.settings.google;
  const now = world.now().getTime();
  let since: number | null = null;
  const text = query.get('syncToken');
  if (text !== null) {
    if (query.has('minAccessRole')) {
      return googleError(
        400,
        'syncTokenWithOtherRestrictions',
        'Sync token cannot be used with the minAccessRole parameter.',
        { domain: 'calendar', locationType: 'parameter', location: 'syncToken' },
      );
    }
    const token = decodeCursor(text);
    if (token?.['list'] !== account.id)
      return invalidParameter('syncToken', 'Invalid sync token value.');
    const tooOld = now - Number(token['issued']) > settings.cursorLifetimeDays * DAY;
    if (token['generation'] !== account.listGeneration || tooOld) return fullSyncRequired();
    since = Number(token['seq']);
  }
  const page = query.has('pageToken') ? decodeCursor(query.get('pageToken') ?? '') : undefined;
  if (query.has('pageToken') && page?.['list'] !== account.id)
    return invalidParameter('pageToken', 'Invalid page token value.');
  const minimum = ROLES.indexOf(query.get('minAccessRole') ?? 'freeBusyReader');
  const from = since;
  const entries = account.calendars
    .map((entry, index) => ({ key: String(index).padStart(6, '0'), entry }))
    .filter(({ entry }) =>
      from !== null
        ? entry.seq > from
        : (!entry.hidden || query.get('showHidden') === 'true') &&
          (!entry.deleted || query.get('showDeleted') === 'true') &&
          ROLES.indexOf(entry.accessRole) >= minimum,
    );
  const maxResults = query.get('maxResults');
  if (maxResults !== null && !(Number(maxResults) >= 1))
    return invalidParameter('maxResults', 'Invalid value.');
  const size = Math.min(Number(maxResults ?? 100), 250, settings.pageSize ?? 250);
  const { items, last } = pageAfter(
    entries,
    (page?.['after'] as string | null | undefined) ?? null,
    size,
  );
  const upTo = page ? Number(page['upTo']) : account.listSeq;
  const endless = last === null && settings.endlessLists === 'all';
  const lap = Number(page?.['lap'] ?? 0) + (endless ? 1 : 0);
  return json(200, {
    kind: 'calendar#calendarList',
    etag: `"p${digest(`${account.id}:${account.listSeq}`, 16)}"`,
    ...(last === null && !endless
      ? {
          nextSyncToken: encodeCursor({
            list: account.id,
            generation: account.listGeneration,
            seq: upTo,
            issued: now,
          }),
        }
      : {
          nextPageToken:
            endless && settings.endlessKind === 'lost'
              ? {}
              : encodeCursor({ list: account.id, after: last, upTo, lap }),
        }),
    items: items.map(({ entry }) => entryResource(caller, entry)),
  });
}

/** GET /users/me/calendarList/{calendarId}. */
export function getCalendarEntry(exchange: Exchange, caller: Caller): Reply {
  const entry = findEntry(caller.account, exchange.params['calendarId'] ?? '');
  return entry ? json(200, entryResource(caller, entry)) : notFound();
}

/** GET /calendars/{calendarId}. */
export function getCalendar(exchange: Exchange, caller: Caller): Reply {
  const entry = findEntry(caller.account, exchange.params['calendarId'] ?? '');
  if (!entry) return notFound();
  const { name, timeZone, description } = caller.world.calendar(entry);
  return json(200, {
    kind: 'calendar#calendar',
    etag: `"${digest(entry.calendarKey, 27)}"`,
    id: entry.id,
    summary: name,
    ...(description ? { description } : {}),
    timeZone,
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
  });
}
