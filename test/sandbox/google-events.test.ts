// Tests of the sandbox's Google Calendar API: lists, sync tokens and writing.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EventInput, type Sandbox, startSandbox } from '../../sandbox/index.js';
import { get, type Json, listAll, send } from './clients.js';

const ANA = { provider: 'google', user: 'ana@example.com' } as const;
const WINDOW = { timeMin: '2026-08-20T00:00:00Z', timeMax: '2027-08-20T00:00:00Z' };

let sandbox: Sandbox;
let accessToken: string;
const now = Date.parse('2026-09-20T10:00:00Z');

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => new Date(now) });
  accessToken = sandbox.control.issueTokens({
    ...ANA,
    scopes: ['openid', 'https://www.googleapis.com/auth/calendar'],
  }).accessToken;
});
afterAll(() => sandbox.close());

const newCalendar = () =>
  sandbox.control.createCalendar({ ...ANA, calendar: { name: 'Test', timeZone: 'Europe/Madrid' } })
    .id;
const add = (calendarId: string, event: EventInput) =>
  sandbox.control.createEvent({ ...ANA, calendarId, event }).id;
const list = (calendarId: string, query: Record<string, string>) =>
  listAll(sandbox, accessToken, calendarId, query);
const listTwice = async (
  calendarId: string,
  query: Record<string, string>,
  between: () => void,
) => {
  const { last } = await list(calendarId, { ...WINDOW, ...query });
  between();
  return list(calendarId, { ...query, syncToken: last['nextSyncToken'] as string });
};
const weekly: EventInput = {
  start: { dateTime: '2026-09-07T10:00:00', timeZone: 'Europe/Madrid' },
  end: { dateTime: '2026-09-07T11:00:00', timeZone: 'Europe/Madrid' },
  recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=MO',
  title: 'Weekly',
};

describe('the calendar list', () => {
  test('the calendar list has its own pages, sync token and shapes', async () => {
    const path = '/users/me/calendarList';
    const first = (await get(sandbox, 'google', accessToken, `${path}?maxResults=2`)).body;
    expect(first['nextSyncToken']).toBeUndefined();
    let page = first;
    while (page['nextPageToken'])
      page = (
        await get(
          sandbox,
          'google',
          accessToken,
          `${path}?maxResults=2&pageToken=${encodeURIComponent(page['nextPageToken'])}`,
        )
      ).body;
    const syncToken = encodeURIComponent(page['nextSyncToken']);
    const calendarId = newCalendar();
    sandbox.control.updateCalendar({ ...ANA, calendarId, changes: { hidden: true } });
    const again = async () =>
      (await get(sandbox, 'google', accessToken, `${path}?syncToken=${syncToken}`)).body[
        'items'
      ] as Json[];
    expect(await again()).toMatchObject([{ id: calendarId, hidden: true }]);
    sandbox.control.deleteCalendar({ ...ANA, calendarId });
    expect(await again()).toEqual([
      {
        kind: 'calendar#calendarListEntry',
        etag: expect.any(String),
        id: calendarId,
        deleted: true,
      },
    ]);
    expect(
      (
        await get(
          sandbox,
          'google',
          accessToken,
          `${path}?syncToken=${syncToken}&minAccessRole=owner`,
        )
      ).status,
    ).toBe(400);
    const holidays = (await get(sandbox, 'google', accessToken, path)).body['items'].find(
      (one: Json) => one['id'].includes('#holiday'),
    );
    expect(holidays).toMatchObject({ accessRole: 'reader', summaryOverride: 'Holidays' });
  });
});

describe('a full list', () => {
  test('a full list has the events that end after timeMin and start before timeMax', async () => {
    const calendarId = newCalendar();
    const bounds = { timeMin: '2026-09-10T10:00:00Z', timeMax: '2026-09-10T12:00:00Z' };
    add(calendarId, {
      start: '2026-09-10T09:00:00Z',
      end: '2026-09-10T10:00:00Z',
      title: 'ends at timeMin',
    });
    add(calendarId, { start: '2026-09-10T09:00:00Z', end: '2026-09-10T10:00:01Z', title: 'in' });
    add(calendarId, {
      start: '2026-09-10T12:00:00Z',
      end: '2026-09-10T13:00:00Z',
      title: 'starts at timeMax',
    });
    add(calendarId, { start: '2026-09-10', end: '2026-09-11', title: 'all day' });
    expect((await list(calendarId, bounds)).items.map((item) => item['summary'])).toEqual([
      'in',
      'all day',
    ]);
  });

  test('a full list expands a series in its own zone, across a change of the clock', async () => {
    const calendarId = newCalendar();
    const id = add(calendarId, {
      ...weekly,
      start: { dateTime: '2026-10-19T10:00:00', timeZone: 'Europe/Madrid' },
      end: { dateTime: '2026-10-19T11:00:00', timeZone: 'Europe/Madrid' },
    });
    const { items } = await list(calendarId, {
      ...WINDOW,
      timeMax: '2026-11-05T00:00:00Z',
      singleEvents: 'true',
    });
    expect(items.map((item) => item['start'].dateTime)).toEqual([
      '2026-10-19T10:00:00+02:00',
      '2026-10-26T10:00:00+01:00',
      '2026-11-02T10:00:00+01:00',
    ]);
    expect(items[1]).toMatchObject({
      id: `${id}_20261026T090000Z`,
      recurringEventId: id,
      originalStartTime: { timeZone: 'Europe/Madrid' },
    });
    expect(items[1]).not.toHaveProperty('recurrence');
  });

  test('a full list without singleEvents has masters, exceptions and cancelled instances', async () => {
    const calendarId = newCalendar();
    const eventId = add(calendarId, weekly);
    sandbox.control.editOccurrence({
      ...ANA,
      calendarId,
      eventId,
      date: '2026-09-14',
      changes: { title: 'Moved', start: '2026-09-15T08:00:00Z', end: '2026-09-15T09:00:00Z' },
    });
    sandbox.control.deleteOccurrence({ ...ANA, calendarId, eventId, date: '2026-09-21' });
    const { items } = await list(calendarId, WINDOW);
    expect(items.map((item) => [item['id'], item['status']])).toEqual([
      [eventId, 'confirmed'],
      [`${eventId}_20260914T080000Z`, 'confirmed'],
      [`${eventId}_20260921T080000Z`, 'cancelled'],
    ]);
    const expanded = (await list(calendarId, { ...WINDOW, singleEvents: 'true' })).items.map(
      (item) => item['id'],
    );
    expect(expanded).toContain(`${eventId}_20260914T080000Z`);
    expect(expanded).not.toContain(`${eventId}_20260921T080000Z`);
  });

  test('a full list has pages, some empty, and only the last has the sync token', async () => {
    sandbox.control.configure({ google: { emptyPages: true } });
    const { items, pages, last } = await list('primary', {
      ...WINDOW,
      singleEvents: 'true',
      maxResults: '50',
    });
    sandbox.control.configure({ google: { emptyPages: false } });
    expect(items).toHaveLength(
      sandbox.control.view('google', ANA.user, undefined, WINDOW.timeMin, WINDOW.timeMax).length,
    );
    expect(pages).toBe(Math.ceil(items.length / 50) + 1);
    expect(last['nextSyncToken']).toEqual(expect.any(String));
    const first = (
      await get(sandbox, 'google', accessToken, `/calendars/primary/events?maxResults=5`)
    ).body;
    expect(first).not.toHaveProperty('nextSyncToken');
    const other = await get(
      sandbox,
      'google',
      accessToken,
      `/calendars/primary/events?maxResults=5&singleEvents=true&pageToken=${encodeURIComponent(first['nextPageToken'])}`,
    );
    expect(other.status).toBe(400);
  });

  test('a free/busy reader gets only times, and a reader gets no private details', async () => {
    const { items } = await list('bo@example.com', { ...WINDOW, singleEvents: 'true' });
    expect(items.length).toBeGreaterThan(100);
    expect(items.every((item) => !('summary' in item) && item['start'])).toBe(true);
    const calendarId = newCalendar();
    add(calendarId, {
      start: '2026-09-10',
      end: '2026-09-11',
      title: 'Secret',
      visibility: 'private',
    });
    sandbox.control.updateCalendar({ ...ANA, calendarId, changes: { accessRole: 'reader' } });
    const [secret] = (await list(calendarId, WINDOW)).items;
    expect(secret).toMatchObject({ visibility: 'private', start: { date: '2026-09-10' } });
    expect(secret).not.toHaveProperty('summary');
    expect(
      (await send(sandbox, 'google', accessToken, 'POST', `/calendars/${calendarId}/events`, {}))
        .body['error'].errors[0].reason,
    ).toBe('requiredAccessLevel');
  });
});

describe('sync tokens', () => {
  test('a request without changes gives one empty page and a new token', async () => {
    const { items, pages, last } = await listTwice('primary', { singleEvents: 'true' }, () => {});
    expect([items.length, pages, typeof last['nextSyncToken']]).toEqual([0, 1, 'string']);
  });

  test('sync tokens refuse the documented parameters, and parameters other than before', async () => {
    const { last } = await list('primary', { ...WINDOW, singleEvents: 'true' });
    const syncToken = last['nextSyncToken'] as string;
    const forbidden: Record<string, string>[] = [
      { timeMin: WINDOW.timeMin },
      { timeMax: WINDOW.timeMax },
      { orderBy: 'updated' },
      { q: 'x' },
      { updatedMin: WINDOW.timeMin },
      { iCalUID: 'x' },
      { showDeleted: 'false' },
    ];
    for (const more of forbidden) {
      expect((await list('primary', { singleEvents: 'true', syncToken, ...more })).status).toBe(
        400,
      );
    }
    expect((await list('primary', { syncToken })).status).toBe(400);
    expect((await list('primary', { singleEvents: 'true', syncToken: 'nonsense' })).status).toBe(
      400,
    );
    sandbox.control.configure({ google: { strictSyncParameters: false } });
    expect((await list('primary', { syncToken })).status).toBe(200);
    sandbox.control.configure({ google: { strictSyncParameters: true } });
  });

  test('sync tokens report each change once, also outside the window', async () => {
    const calendarId = newCalendar();
    const eventId = add(calendarId, {
      start: '2026-09-10T09:00:00Z',
      end: '2026-09-10T10:00:00Z',
      title: 'A',
    });
    const { items } = await listTwice(calendarId, {}, () => {
      sandbox.control.updateEvent({ ...ANA, calendarId, eventId, changes: { title: 'B' } });
      sandbox.control.updateEvent({ ...ANA, calendarId, eventId, changes: { title: 'C' } });
      add(calendarId, { start: '2035-01-01', end: '2035-01-02', title: 'Far away' });
    });
    expect(items.map((item) => item['summary']).sort()).toEqual(['C', 'Far away']);
  });

  test('a deletion may have no more than an id', async () => {
    for (const [cancelledItems, names] of [
      ['idOnly', ['id', 'kind', 'status']],
      ['sparse', ['etag', 'id', 'kind', 'originalStartTime', 'recurringEventId', 'status']],
    ] as const) {
      sandbox.control.configure({ google: { cancelledItems } });
      const calendarId = newCalendar();
      const eventId = add(calendarId, weekly);
      const { items } = await listTwice(calendarId, { singleEvents: 'true' }, () => {
        sandbox.control.deleteOccurrence({ ...ANA, calendarId, eventId, date: '2026-09-14' });
      });
      expect(items.map((item) => [item['id'], item['status'], Object.keys(item).sort()])).toEqual([
        [`${eventId}_20260914T080000Z`, 'cancelled', names],
      ]);
    }
    sandbox.control.configure({ google: { cancelledItems: 'mixed' } });
  });

  test('a deleted series is reported by its master alone', async () => {
    const calendarId = newCalendar();
    const eventId = add(calendarId, weekly);
    const { items } = await listTwice(calendarId, { singleEvents: 'true' }, () =>
      sandbox.control.deleteEvent({ ...ANA, calendarId, eventId }),
    );
    expect(items.map((item) => [item['id'], item['status']])).toEqual([[eventId, 'cancelled']]);
  });

  test('a series with a new time has new instances and cancels the old ones', async () => {
    const calendarId = newCalendar();
    const eventId = add(calendarId, { ...weekly, recurrence: 'RRULE:FREQ=WEEKLY;COUNT=3' });
    const { items } = await listTwice(calendarId, { singleEvents: 'true' }, () => {
      sandbox.control.updateEvent({
        ...ANA,
        calendarId,
        eventId,
        changes: { start: '2026-09-07T12:00:00', end: '2026-09-07T13:00:00' },
      });
    });
    expect(
      items.filter((item) => item['status'] === 'cancelled').map((item) => item['id'].slice(-16)),
    ).toEqual(['20260907T080000Z', '20260914T080000Z', '20260921T080000Z']);
    expect(items.filter((item) => item['status'] === 'confirmed')).toHaveLength(3);
  });

  test('changes between pages are reported in the next round', async () => {
    const calendarId = newCalendar();
    for (const day of [10, 11, 12])
      add(calendarId, { start: `2026-09-${day}`, end: `2026-09-${day + 1}`, title: String(day) });
    const path = `/calendars/${calendarId}/events?maxResults=2`;
    const first = (await get(sandbox, 'google', accessToken, path)).body;
    sandbox.control.updateEvent({
      ...ANA,
      calendarId,
      eventId: first['items'][0].id,
      changes: { title: 'changed' },
    });
    const last = (
      await get(
        sandbox,
        'google',
        accessToken,
        `${path}&pageToken=${encodeURIComponent(first['nextPageToken'])}`,
      )
    ).body;
    const { items } = await list(calendarId, { syncToken: last['nextSyncToken'] });
    expect(items.map((item) => item['summary'])).toEqual(['changed']);
  });

  test('an expired sync token gives 410 with fullSyncRequired', async () => {
    const calendarId = newCalendar();
    const { last } = await list(calendarId, {});
    sandbox.control.expireCursors({ ...ANA, calendarId });
    const { status, body } = await get(
      sandbox,
      'google',
      accessToken,
      `/calendars/${calendarId}/events?syncToken=${encodeURIComponent(last['nextSyncToken'])}`,
    );
    expect([status, body['error'].errors[0]]).toEqual([
      410,
      {
        domain: 'calendar',
        reason: 'fullSyncRequired',
        message: 'Sync token is no longer valid, a full sync is required.',
        locationType: 'parameter',
        location: 'syncToken',
      },
    ]);
  });
});

describe('writing', () => {
  test('events can be inserted, patched with If-Match and deleted, and a second delete is 410', async () => {
    const calendarId = newCalendar();
    const path = `/calendars/${calendarId}/events`;
    const start = { dateTime: '2026-09-10T10:00:00', timeZone: 'Europe/Madrid' };
    expect((await send(sandbox, 'google', accessToken, 'POST', path, { start })).status).toBe(400);
    const { body: event } = await send(sandbox, 'google', accessToken, 'POST', path, {
      start,
      end: { dateTime: '2026-09-10T11:00:00+02:00' },
      summary: 'New',
      attendees: [{ email: 'x@example.com' }],
    });
    expect(event).toMatchObject({
      status: 'confirmed',
      start: { dateTime: '2026-09-10T10:00:00+02:00' },
      attendees: [{ responseStatus: 'needsAction' }],
    });
    const patched = await send(sandbox, 'google', accessToken, 'PATCH', `${path}/${event['id']}`, {
      summary: 'Newer',
    });
    expect(patched.body['etag']).not.toBe(event['etag']);
    const stale = await fetch(`${sandbox.google.calendarApiUrl}${path}/${event['id']}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${accessToken}`, 'if-match': event['etag'] },
      body: '{}',
    });
    expect(stale.status).toBe(412);
    const remove = () => send(sandbox, 'google', accessToken, 'DELETE', `${path}/${event['id']}`);
    expect((await remove()).status).toBe(204);
    expect((await remove()).body['error'].errors[0].reason).toBe('deleted');
    expect(
      (await get(sandbox, 'google', accessToken, `${path}/${event['id']}`)).body['status'],
    ).toBe('cancelled');
  });

  test('one instance can be changed by its id', async () => {
    const calendarId = newCalendar();
    const id = add(calendarId, weekly);
    const path = `/calendars/${calendarId}/events/${id}`;
    const instance = await send(
      sandbox,
      'google',
      accessToken,
      'PATCH',
      `${path}_20260914T080000Z`,
      {
        summary: 'Special',
      },
    );
    expect(instance.body).toMatchObject({ summary: 'Special', recurringEventId: id });
    expect((await get(sandbox, 'google', accessToken, path)).body['summary']).toBe('Weekly');
    const instances = await get(
      sandbox,
      'google',
      accessToken,
      `${path}/instances?timeMax=2026-09-30T00:00:00Z`,
    );
    expect(instances.body['items'].map((item: Json) => item['summary'])).toEqual([
      'Weekly',
      'Special',
      'Weekly',
      'Weekly',
    ]);
    expect((await get(sandbox, 'google', accessToken, `${path}_20260915T080000Z`)).status).toBe(
      404,
    );
  });
});
