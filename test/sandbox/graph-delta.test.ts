// Tests of the sandbox's Microsoft Graph: calendars, delta rounds and events.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EventInput, type Sandbox, startSandbox } from '../../sandbox/index.js';
import { deltaRound, get, type Json, send } from './clients.js';

const ANA = { provider: 'microsoft', user: 'ana@northwind.example' } as const;
const WINDOW = 'startDateTime=2026-09-01T00:00:00Z&endDateTime=2026-10-01T00:00:00Z';

let sandbox: Sandbox;
let accessToken: string;
const now = Date.parse('2026-09-20T10:00:00Z');

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => new Date(now) });
  accessToken = sandbox.control.issueTokens({
    ...ANA,
    scopes: ['Calendars.ReadWrite', 'User.Read'],
  }).accessToken;
});
afterAll(() => sandbox.close());

const newCalendar = () =>
  sandbox.control.createCalendar({ ...ANA, calendar: { name: 'Test', timeZone: 'Europe/Berlin' } })
    .id;
const add = (calendarId: string, event: EventInput) =>
  sandbox.control.createEvent({ ...ANA, calendarId, event }).id;
const round = (first: string) => deltaRound(sandbox, accessToken, first);
const deltaOf = (calendarId: string) => `/me/calendars/${calendarId}/calendarView/delta?${WINDOW}`;
const again = async (calendarId: string, between: () => void) => {
  const { deltaLink } = await round(deltaOf(calendarId));
  between();
  return (await round(deltaLink)).items;
};
const read = (path: string, prefer = 'IdType="ImmutableId"') =>
  get(sandbox, 'microsoft', accessToken, path, { prefer });
const weekly: EventInput = {
  start: { dateTime: '2026-09-07T10:00:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-09-07T11:00:00', timeZone: 'Europe/Berlin' },
  recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=MO',
  title: 'Weekly',
};
const single: EventInput = {
  start: '2026-09-10T09:00:00Z',
  end: '2026-09-10T10:00:00Z',
  title: 'Single',
};

describe('calendars', () => {
  test('calendars are listed ten a page, with an absolute next link', async () => {
    for (let count = 0; count < 8; count += 1) newCalendar();
    const first = await read('/me/calendars');
    expect(first.body['value']).toHaveLength(10);
    expect(first.body['@odata.nextLink']).toBe(
      `${sandbox.microsoft.graphUrl}/me/calendars?%24skip=10`.replace('%24', '$'),
    );
    expect((await read(first.body['@odata.nextLink'])).body['value'].length).toBeGreaterThan(0);
    expect(first.body['value'].filter((one: Json) => one['isDefaultCalendar'])).toHaveLength(1);
    expect(first.body['value'].find((one: Json) => one['name'] === 'Birthdays')).toMatchObject({
      canEdit: false,
    });
    expect(first.body['value'].find((one: Json) => one['name'] === 'Dana Weiss')).toMatchObject({
      owner: { address: 'dana@northwind.example' },
    });
  });
});

describe('a first round', () => {
  test('a first round has full masters, sparse occurrences, and the delta link on the last page only', async () => {
    const calendarId = newCalendar();
    const id = add(calendarId, weekly);
    const { items, deltaLink } = await round(deltaOf(calendarId));
    expect(items.map((item) => item['type'])).toEqual([
      'seriesMaster',
      'occurrence',
      'occurrence',
      'occurrence',
      'occurrence',
    ]);
    expect(items[0]).toMatchObject({
      id,
      subject: 'Weekly',
      recurrence: { pattern: { type: 'weekly', daysOfWeek: ['monday'] } },
      originalStartTimeZone: 'W. Europe Standard Time',
    });
    expect(Object.keys(items[1] ?? {}).sort()).toEqual([
      '@odata.etag',
      '@odata.type',
      'end',
      'id',
      'seriesMasterId',
      'start',
      'type',
    ]);
    expect(items[1]).toMatchObject({
      seriesMasterId: id,
      start: { dateTime: '2026-09-07T08:00:00.0000000', timeZone: 'UTC' },
    });
    expect(deltaLink).toMatch(/^http.*\/me\/calendars\/[^/]+\/calendarView\/delta\?\$deltatoken=/);
    const page = await read(deltaOf(calendarId), 'odata.maxpagesize=2');
    expect(page.body['@odata.nextLink']).toContain('$skiptoken=');
    expect(page.body).not.toHaveProperty('@odata.deltaLink');
  });

  test('a first round needs its window and accepts no query options', async () => {
    const years = (days: number) =>
      `startDateTime=2026-01-01T00:00:00Z&endDateTime=${new Date(Date.UTC(2026, 0, 1 + days)).toISOString()}`;
    expect((await read(`/me/calendarView/delta?${years(1_825)}`)).status).toBe(200);
    expect((await read(`/me/calendarView/delta?${years(1_826)}`)).body['error']).toMatchObject({
      code: 'ErrorInvalidRequest',
      message: expect.stringContaining('Maximum number of days: 1825'),
    });
    expect((await read('/me/calendarView/delta')).status).toBe(400);
    expect(
      (await read(`/me/calendarView/delta?${WINDOW}&$select=subject`)).body['error'].message,
    ).toContain('$select');
  });

  test('a first round of the default calendar has the same events as the calendar view', async () => {
    const { items } = await round(`/me/calendarView/delta?${WINDOW}`);
    const ids = items.filter((item) => item['type'] !== 'seriesMaster').map((item) => item['id']);
    const seen = sandbox.control.view(
      'microsoft',
      ANA.user,
      undefined,
      '2026-09-01T00:00:00Z',
      '2026-10-01T00:00:00Z',
    );
    expect(ids.sort()).toEqual(seen.map((event) => event.id).sort());
    expect(new Set(ids.map((id) => id.toLowerCase())).size).toBeLessThan(ids.length);
  });
});

describe('later rounds', () => {
  test('a later round without changes is empty and keeps the window', async () => {
    const calendarId = newCalendar();
    expect(
      await again(
        calendarId,
        () => void add(calendarId, { ...single, start: '2027-01-01', end: '2027-01-02' }),
      ),
    ).toEqual([]);
  });

  test('a deleted event, and one that left the window, is reported as removed', async () => {
    const calendarId = newCalendar();
    const [gone, moved] = [add(calendarId, single), add(calendarId, single)];
    const items = await again(calendarId, () => {
      sandbox.control.deleteEvent({ ...ANA, calendarId, eventId: gone });
      sandbox.control.updateEvent({
        ...ANA,
        calendarId,
        eventId: moved,
        changes: { start: '2027-03-01T09:00:00Z', end: '2027-03-01T10:00:00Z' },
      });
    });
    expect(items).toEqual(
      [gone, moved].map((id) => ({
        '@odata.type': '#microsoft.graph.event',
        id,
        '@removed': { reason: 'deleted' },
      })),
    );
  });

  test('a deleted occurrence has no tombstone; the series is sent again without it', async () => {
    const calendarId = newCalendar();
    const eventId = add(calendarId, weekly);
    const items = await again(calendarId, () =>
      sandbox.control.deleteOccurrence({ ...ANA, calendarId, eventId, date: '2026-09-14' }),
    );
    expect(items.map((item) => item['start'].dateTime.slice(0, 10))).toEqual([
      '2026-09-07',
      '2026-09-07',
      '2026-09-21',
      '2026-09-28',
    ]);
    expect(items.some((item) => '@removed' in item)).toBe(false);
  });

  test('an edited occurrence is sent in full, and one that left the window as removed', async () => {
    const calendarId = newCalendar();
    const eventId = add(calendarId, weekly);
    const items = await again(calendarId, () => {
      sandbox.control.editOccurrence({
        ...ANA,
        calendarId,
        eventId,
        date: '2026-09-14',
        changes: { title: 'Special' },
      });
      sandbox.control.editOccurrence({
        ...ANA,
        calendarId,
        eventId,
        date: '2026-09-21',
        changes: { start: '2026-12-01T10:00:00Z', end: '2026-12-01T11:00:00Z' },
      });
    });
    expect(items.find((item) => item['type'] === 'exception')).toMatchObject({
      subject: 'Special',
      seriesMasterId: eventId,
      originalStart: '2026-09-14T08:00:00.0000000Z',
    });
    expect(items.filter((item) => '@removed' in item)).toHaveLength(1);
    expect(items.filter((item) => item['type'] === 'occurrence')).toHaveLength(2);
  });

  test('a deleted series is one sparse tombstone', async () => {
    const calendarId = newCalendar();
    const eventId = add(calendarId, weekly);
    const items = await again(calendarId, () =>
      sandbox.control.deleteEvent({ ...ANA, calendarId, eventId }),
    );
    expect(items).toEqual([
      { '@odata.type': '#microsoft.graph.event', id: eventId, '@removed': { reason: 'deleted' } },
    ]);
  });

  test('a later round may repeat items and have empty pages', async () => {
    const calendarId = newCalendar();
    for (let count = 0; count < 5; count += 1) add(calendarId, single);
    sandbox.control.configure({ microsoft: { duplicates: true, emptyPages: true } });
    const { items, pages } = await deltaRound(
      sandbox,
      accessToken,
      deltaOf(calendarId),
      'odata.maxpagesize=3',
    );
    sandbox.control.configure({ microsoft: { duplicates: false, emptyPages: false } });
    expect([items.length, new Set(items.map((item) => item['id'])).size, pages]).toEqual([8, 5, 4]);
  });

  test('a delta link can be used twice, and can expire in three ways', async () => {
    const calendarId = newCalendar();
    const { deltaLink } = await round(deltaOf(calendarId));
    add(calendarId, single);
    expect((await round(deltaLink)).items).toEqual((await round(deltaLink)).items);
    sandbox.control.expireCursors({ ...ANA, calendarId });
    const gone = async (goneVariant: 'SyncStateNotFound' | 'resyncRequired' | 'location') => {
      sandbox.control.configure({ microsoft: { goneVariant } });
      const { status, body, headers } = await read(deltaLink);
      return [
        status,
        body['error'].code,
        headers.get('location')?.endsWith('$deltatoken=') ?? false,
      ];
    };
    expect(await gone('location')).toEqual([410, 'SyncStateInvalid', true]);
    expect(await gone('resyncRequired')).toEqual([410, 'resyncRequired', false]);
    expect(await gone('SyncStateNotFound')).toEqual([410, 'SyncStateNotFound', false]);
  });
});

describe('events', () => {
  test('ordinary ids change with the calendar, immutable ones do not', async () => {
    const [from, to] = [newCalendar(), newCalendar()];
    const before = sandbox.control.createEvent({ ...ANA, calendarId: from, event: single });
    const after = sandbox.control.moveEvent({
      ...ANA,
      calendarId: from,
      eventId: before.id,
      toCalendarId: to,
    });
    expect(after.id).toBe(before.id);
    expect(after.ordinaryId).not.toBe(before.ordinaryId);
    expect((await read(`/me/events/${before.ordinaryId}`)).status).toBe(404);
    expect((await read(`/me/events/${after.ordinaryId}`)).body['id']).toBe(before.id);
    expect((await read(`/me/events/${before.id}`, '')).body['id']).toBe(after.ordinaryId);
    expect((await read(`/me/events/${before.id.toLowerCase()}`)).status).toBe(404);
  });

  test('preferences are applied and echoed', async () => {
    const calendarId = newCalendar();
    const id = add(calendarId, {
      ...single,
      description: '<b>Bold</b> move',
      descriptionType: 'html',
    });
    const prefer =
      'IdType="ImmutableId", outlook.timezone="W. Europe Standard Time", outlook.body-content-type="text"';
    const { body, headers } = await read(`/me/events/${id}`, prefer);
    expect(body).toMatchObject({
      start: { dateTime: '2026-09-10T11:00:00.0000000', timeZone: 'W. Europe Standard Time' },
      body: { contentType: 'text', content: 'Bold move' },
    });
    expect(headers.get('preference-applied')).toBe(prefer);
    expect((await read(`/me/events/${id}`)).body['body'].content).toContain('<b>Bold</b>');
    expect((await read(`/me/events/${id}`, 'outlook.timezone="Middle-earth"')).status).toBe(400);
  });

  test('all-day events start at midnight, and an empty time is 0001-01-01', async () => {
    const calendarId = newCalendar();
    const id = add(calendarId, { start: '2026-12-24', end: '2026-12-27', title: 'Christmas' });
    const { body } = await read(`/me/events/${id}`, 'outlook.timezone="Pacific Standard Time"');
    expect(body).toMatchObject({
      isAllDay: true,
      start: { dateTime: '2026-12-24T00:00:00.0000000' },
      end: { dateTime: '2026-12-27T00:00:00.0000000' },
      responseStatus: { time: '0001-01-01T00:00:00Z' },
    });
  });

  test('events can be created, changed and deleted, and a master expands into instances', async () => {
    const calendarId = newCalendar();
    const recurrence = {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'], firstDayOfWeek: 'monday' },
      range: { type: 'numbered', startDate: '2026-09-07', numberOfOccurrences: 3 },
    };
    const time = (hour: number) => ({
      dateTime: `2026-09-07T${hour}:00:00`,
      timeZone: 'W. Europe Standard Time',
    });
    const { status, body } = await send(
      sandbox,
      'microsoft',
      accessToken,
      'POST',
      `/me/calendars/${calendarId}/events`,
      { subject: 'Made', start: time(10), end: time(11), recurrence },
    );
    expect([status, body['type']]).toEqual([201, 'seriesMaster']);
    const path = `/me/events/${body['id']}`;
    const instances = (await read(`${path}/instances?${WINDOW}`)).body['value'] as Json[];
    expect(instances).toHaveLength(3);
    expect(instances[0]).toMatchObject({ type: 'occurrence', subject: 'Made' });
    expect(
      (
        await send(
          sandbox,
          'microsoft',
          accessToken,
          'DELETE',
          `/me/events/${instances[1]?.['id']}`,
        )
      ).status,
    ).toBe(204);
    const master = (await read(`${path}?$select=subject,cancelledOccurrences`)).body;
    expect(master['cancelledOccurrences']).toHaveLength(1);
    expect(master).not.toHaveProperty('start');
    expect(
      (await send(sandbox, 'microsoft', accessToken, 'PATCH', path, { subject: 'Changed' })).body[
        'subject'
      ],
    ).toBe('Changed');
    expect((await send(sandbox, 'microsoft', accessToken, 'DELETE', path)).status).toBe(204);
    expect((await read(path)).body['error'].code).toBe('ErrorItemNotFound');
  });

  test('a shared calendar can need another scope, and other calendars still work', async () => {
    const calendarId = newCalendar();
    sandbox.control.updateCalendar({ ...ANA, calendarId, changes: { needsSharedScope: true } });
    expect((await read(deltaOf(calendarId))).body['error'].code).toBe('ErrorAccessDenied');
    expect((await read('/me/calendars')).status).toBe(200);
  });
});

test('a mailbox accepts four requests at a time', async () => {
  sandbox.control.configure({ microsoft: { latencyMs: 100 } });
  const statuses = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const { status, headers, body } = await read('/me/calendars');
      return status === 429 ? [body['error'].code, headers.get('retry-after')].join() : status;
    }),
  );
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
  expect(statuses).toContain('ApplicationThrottled,1');
  expect(sandbox.control.peakParallelism(ANA)).toBeGreaterThan(4);
  sandbox.control.configure({ microsoft: { latencyMs: 5 } });
});

test('a batch answers each part separately', async () => {
  const { body } = await send(sandbox, 'microsoft', accessToken, 'POST', '/$batch', {
    requests: [
      { id: '1', method: 'GET', url: '/me/calendars' },
      { id: '2', method: 'GET', url: '/me/events/nothing' },
      { id: '3', method: 'GET', url: '/me', dependsOn: ['2'] },
    ],
  });
  expect(body['responses'].map((one: Json) => one['status'])).toEqual([200, 404, 424]);
});
