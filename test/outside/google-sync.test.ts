/** A Google account, seen from outside: its calendars and events, and every kind of change. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from './client.js';
import { Emulator } from './emulator.js';
import { changeGoogle, type GooglePerson } from './google.js';
import { all, hidden, instance, ODD, odd, primary, utc, west } from './google-mailbox.js';
import { beginning, calendarsOf, day, eventsOf, ids, type Shown, selectAll } from './reading.js';
import { googleCalendar, googleEvent } from './samples.js';
import { build, Service, synced } from './service.js';
import { contractKeys, INSTANT, keysOf, syncKeysOf, takeComplaints } from './shape.js';
import type { Json } from './wire.js';

let emulator: Emulator;
let service: Service;
let browser: Browser;
let ana: GooglePerson;
let account = '';

beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator);
  browser = service.browser();
  ana = emulator.google.addPerson('ana', [hidden, ...all]);
  account = await service.connected(browser, emulator, 'google', 'ana');
  await selectAll(browser, account);
  await synced(browser, account);
}, 150_000);
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

const shown = async () =>
  new Map((await eventsOf(browser, account)).map((event) => [event.providerEventId, event]));
/** Event requests since that call, by calendar. */
const requests = (since: number): Record<string, string[]> => {
  const found: Record<string, string[]> = {};
  for (const { kind, segments, url } of emulator.calls.slice(since)) {
    if (kind !== 'google.events') continue;
    const id = segments[4] ?? '';
    found[id] = [...(found[id] ?? []), url.searchParams.has('syncToken') ? 'changes' : 'all'];
  }
  return found;
};

test('calendars have the documented keys and Google’s values', async () => {
  const shownCalendars = await calendarsOf(browser, account);
  for (const one of shownCalendars) {
    expect(keysOf(one)).toBe(contractKeys('Calendar'));
    expect(syncKeysOf(one.sync)).toBe(contractKeys('calendarSync'));
    expect(one).toMatchObject({
      accountId: account,
      selected: true,
      sync: { state: 'idle', error: null },
    });
    expect(one.lastSyncedAt).toMatch(INSTANT);
  }
  const by = (id: string) =>
    shownCalendars.find(({ providerCalendarId }) => providerCalendarId === id);
  expect(shownCalendars).toHaveLength(all.length);
  expect(by('ana@example.com')).toMatchObject({
    name: 'Name of ana@example.com',
    description: 'mine',
    primary: true,
    accessRole: 'owner',
    color: '#9fe1e7',
    timeZone: 'Europe/Madrid',
  });
  expect(by(ODD)).toMatchObject({
    name: 'Called otherwise',
    description: null,
    primary: false,
    accessRole: 'writer',
    timeZone: 'Pacific/Kiritimati',
  });
  expect(by('boss@example.com')).toMatchObject({ accessRole: 'freeBusyReader', timeZone: null });
});

test('events have the documented keys and are ordered by start, on pages of any size', async () => {
  const events = await eventsOf(browser, account, '', 3);
  expect(events).toEqual(await eventsOf(browser, account, '', 200));
  const starts = events.map(beginning);
  expect(starts).toEqual([...starts].sort());
  for (const event of events) {
    expect(keysOf(event)).toBe(contractKeys('Event'));
    expect(keysOf(event.start)).toMatch(/^(date|dateTime, timeZone)$/);
    if (event.start.dateTime)
      for (const time of [event.start, event.end]) expect(time.dateTime).toMatch(INSTANT);
  }
  expect(ids(events)).toEqual(
    [
      ...'Case,backwards,cASE,east,fb,first of a year,full,hangout,holiday,martian,west,zoneless'.split(
        ',',
      ),
      instance(1).id,
      instance(8).id,
      instance(15).id,
    ].sort(),
  );
});

test('timed events are UTC instants with their original zone, and all-day events are dates in every zone', async () => {
  const events = await shown();
  const of = (id: string): Shown => events.get(id);
  expect(of('full').start).toEqual({ dateTime: utc(3, '08:00:00'), timeZone: 'Europe/Madrid' });
  expect(of('full').end).toEqual({ dateTime: utc(3, '09:00:00'), timeZone: 'Europe/Madrid' });
  expect(of('zoneless').start).toEqual({ dateTime: utc(5, '15:00:00'), timeZone: 'Europe/Madrid' });
  expect(of('martian').start).toEqual({ dateTime: utc(6, '10:00:00'), timeZone: null });
  expect(Date.parse(of('backwards').end.dateTime)).toBeGreaterThanOrEqual(
    Date.parse(of('backwards').start.dateTime),
  );
  for (const [id, from, to] of [
    ['holiday', 7, 8],
    ['east', 2, 4],
    ['west', 2, 3],
  ] as const)
    expect(of(id)).toMatchObject({
      allDay: true,
      start: { date: day(from) },
      end: { date: day(to) },
    });
  const window = `&from=${utc(2, '00:00:00')}&to=${utc(3, '00:00:00')}`;
  expect(ids(await eventsOf(browser, account, window))).toEqual(
    expect.arrayContaining(['east', 'fb', 'west']),
  );
  expect(ids(await eventsOf(browser, account, window))).not.toContain('full');
});

test('each field of a Google event becomes the documented value', async () => {
  const events = await shown();
  expect(events.get('full')).toMatchObject({
    title: 'Title of full',
    description: expect.stringMatching(/^words and /),
    location: 'Room 1',
    kind: 'single',
    seriesId: null,
    status: 'tentative',
    busy: false,
    visibility: 'private',
    iCalUid: 'full@google.com',
    etag: '"full-1"',
    organizer: { email: 'bo@example.com' },
    selfResponse: 'tentative',
    conferenceUrl: 'https://meet.google.com/abc',
    reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] },
    link: 'https://www.google.com/calendar/event?eid=x',
    createdAt: '2026-01-01T08:00:00.000Z',
    updatedAt: '2026-01-02T09:30:00.123Z',
  });
  expect(
    events
      .get('full')
      .attendees.map((one: Shown) => [one.email, one.response, one.optional, one.resource]),
  ).toEqual([
    ['bo@example.com', 'accepted', false, false],
    ['ana@example.com', 'tentative', true, false],
    ['room@resource.example', 'needsAction', false, true],
  ]);
  expect(events.get('hangout')).toMatchObject({
    conferenceUrl: 'https://meet.google.com/xyz',
    title: null,
    busy: true,
    attendees: [],
  });
  expect(events.get('fb')).toMatchObject({ title: null, busy: true, start: { timeZone: null } });
  expect(events.get(instance(1).id)).toMatchObject({
    kind: 'occurrence',
    seriesId: 'weekly_R20260101T080000',
    originalStart: { dateTime: utc(1, '08:00:00') },
  });
  expect(events.get(instance(15).id)).toMatchObject({
    kind: 'exception',
    title: 'Moved',
    originalStart: { dateTime: utc(15, '08:00:00') },
    start: { dateTime: utc(16, '12:00:00') },
  });
});

test('a sync without changes sends one incremental request for each calendar', async () => {
  const since = emulator.calls.length;
  const before = await shown();
  expect(await synced(browser, account)).toMatchObject({
    state: 'idle',
    error: null,
    trigger: 'manual',
    progress: { calendarsDone: all.length, calendarsTotal: all.length },
  });
  expect(requests(since)).toEqual(
    Object.fromEntries(all.map(({ entry }) => [entry.id, ['changes']])),
  );
  expect(await shown()).toEqual(before);
});

test('a sync applies new, moved, renamed and cancelled events, and events that left the window', async () => {
  changeGoogle(primary, googleEvent('new', 11));
  changeGoogle(primary, googleEvent('full', 12, { summary: 'Now later', etag: '"full-2"' }));
  changeGoogle(primary, { id: 'cASE', status: 'cancelled' });
  changeGoogle(primary, { kind: 'calendar#event', id: instance(1).id, status: 'cancelled' });
  changeGoogle(primary, googleEvent('zoneless', 900));
  changeGoogle(primary, googleEvent('far', 901));
  changeGoogle(west, {
    id: 'west',
    status: 'cancelled',
    start: { date: day(2) },
    end: { date: day(3) },
  });
  (odd.entry as Json)['summaryOverride'] = 'Called again';
  await synced(browser, account);
  const events = await shown();
  expect(events.get('full')).toMatchObject({
    title: 'Now later',
    etag: '"full-2"',
    start: { dateTime: utc(12, '08:00:00') },
  });
  for (const kept of ['new', 'Case', instance(8).id, instance(15).id])
    expect(events.has(kept)).toBe(true);
  for (const gone of ['cASE', 'zoneless', 'far', instance(1).id])
    expect([gone, events.has(gone)]).toEqual([gone, false]);
  expect(events.get('west')?.status ?? 'cancelled').toBe('cancelled');
  expect((await calendarsOf(browser, account)).map(({ name }) => name)).toContain('Called again');

  changeGoogle(primary, { id: 'weekly_R20260101T080000', status: 'cancelled' });
  await synced(browser, account);
  expect([...(await shown()).values()].filter(({ seriesId }) => seriesId)).toEqual([]);
});

test('an expired cursor causes one full sync of that calendar only, and deleted events are removed', async () => {
  primary.epoch += 1;
  primary.events.delete('hangout');
  const since = emulator.calls.length;
  expect(await synced(browser, account)).toMatchObject({ state: 'idle', error: null });
  const made = requests(since);
  expect(made[ODD]).toEqual(['changes']);
  expect(made['ana@example.com']?.[0]).toBe('changes');
  const pages = emulator.calls
    .slice(since)
    .filter(
      ({ kind, raw, url }) =>
        kind === 'google.events' && raw.includes('ana%40') && !url.searchParams.has('syncToken'),
    );
  expect(pages.filter(({ url }) => !url.searchParams.has('pageToken'))).toHaveLength(1);
  const events = await shown();
  expect(events.has('hangout')).toBe(false);
  expect(events.has('full')).toBe(true);
  const again = emulator.calls.length;
  await synced(browser, account);
  expect(requests(again)['ana@example.com']).toEqual(['changes']);
});

test('a removed calendar loses its events, and a new calendar is synced with its events', async () => {
  ana.calendars.splice(
    ana.calendars.indexOf(west),
    1,
    googleCalendar('fresh@example.com', {}, [googleEvent('fresh', 2)]),
  );
  await synced(browser, account);
  const calendars = (await calendarsOf(browser, account)).map(
    ({ providerCalendarId }) => providerCalendarId,
  );
  expect(calendars).toContain('fresh@example.com');
  expect(calendars).not.toContain('West@Example.com');
  expect(ids(await eventsOf(browser, account))).toEqual(expect.arrayContaining(['fresh']));
  expect(ids(await eventsOf(browser, account))).not.toContain('first of a year');
});

test('a deselected calendar keeps no events, and no request reads its events', async () => {
  const { id } = (await calendarsOf(browser, account)).find(
    ({ providerCalendarId }) => providerCalendarId === ODD,
  );
  const path = `/integrations/accounts/${account}/calendars/${id}`;
  expect(
    (await browser.ask(path, { method: 'PATCH', json: { selected: false } })).body,
  ).toMatchObject({
    id,
    selected: false,
  });
  const since = emulator.calls.length;
  await synced(browser, account);
  expect(requests(since)[ODD]).toBeUndefined();
  expect(await eventsOf(browser, account, `&calendarId=${id}`)).toEqual([]);
});

test('a sync with {full: true} reads everything again and shows the same events', async () => {
  const before = ids(await eventsOf(browser, account));
  const since = emulator.calls.length;
  await synced(browser, account, { full: true });
  expect(Object.values(requests(since)).flat()).not.toContain('changes');
  expect(ids(await eventsOf(browser, account))).toEqual(before);
});

test('the sync waits and retries after each of Google’s rate limit responses', async () => {
  const quota = {
    error: {
      code: 403,
      message: 'Rate Limit Exceeded',
      errors: [{ domain: 'usageLimits', reason: 'rateLimitExceeded' }],
    },
  };
  emulator.fail('google.events', { status: 429, headers: { 'retry-after': '1' }, body: {} });
  emulator.fail('google.calendars', { status: 403, body: quota });
  await browser.ask(`/integrations/sync/${account}`, { method: 'POST', json: {} });
  const seen = new Set<string>();
  for (let tries = 0; tries < 100; tries++) {
    const { body } = await browser.ask(`/integrations/accounts/${account}`);
    seen.add(body.sync.state);
    expect(body.status).toBe('connected');
    if (body.sync.state === 'idle') break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect([...seen].at(-1)).toBe('idle');
}, 40_000);

test('every response and every request kept the rules for all of them', () => {
  expect(takeComplaints()).toEqual([]);
  expect(emulator.violations).toEqual([]);
  expect(emulator.secrets.filter((secret) => service.output.includes(secret))).toEqual([]);
});
