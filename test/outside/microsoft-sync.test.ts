/** A Microsoft account, seen from outside: its calendars and events, and every kind of change. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from './client.js';
import { Emulator } from './emulator.js';
import { changeGraph, type GraphPerson, graphError } from './microsoft.js';
import { all, main, ODD, odd, upper, utc } from './microsoft-mailbox.js';
import { beginning, calendarsOf, day, eventsOf, ids, type Shown, selectAll } from './reading.js';
import { graphEvent, graphMaster, type Item, sparse } from './samples.js';
import { build, Service, synced } from './service.js';
import { contractKeys, keysOf, takeComplaints } from './shape.js';

let emulator: Emulator;
let service: Service;
let browser: Browser;
let ana: GraphPerson;
let account = '';

beforeAll(async () => {
  build();
  emulator = await Emulator.start();
  service = await Service.start(emulator);
  browser = service.browser();
  ana = emulator.microsoft.addPerson('ana', [...all], 'ana@contoso.com');
  account = await service.connected(browser, emulator, 'microsoft', 'ana');
  await selectAll(browser, account);
  await synced(browser, account);
}, 150_000);
afterAll(async () => {
  await service?.stop();
  await emulator?.stop();
});

const shown = async () =>
  new Map((await eventsOf(browser, account)).map((event) => [event.providerEventId, event]));
const rounds = (since: number) => {
  const calls = emulator.calls.slice(since).filter(({ kind }) => kind === 'microsoft.delta');
  return {
    all: calls.filter(({ raw }) => raw.includes('startDateTime')).length,
    changes: calls.filter(({ raw }) => raw.includes('deltatoken')).length,
  };
};

test('calendars have the documented keys and Graph’s values', async () => {
  const calendars = await calendarsOf(browser, account);
  for (const one of calendars) {
    expect(keysOf(one)).toBe(contractKeys('Calendar'));
    expect(one).toMatchObject({
      accountId: account,
      selected: true,
      sync: { state: 'idle', error: null },
    });
  }
  const by = (id: string) => calendars.find(({ providerCalendarId }) => providerCalendarId === id);
  expect(calendars).toHaveLength(all.length);
  expect(by('AAMkMain=')).toMatchObject({
    name: 'Name of AAMkMain=',
    primary: true,
    accessRole: 'owner',
    color: '#0078d4',
    description: null,
    timeZone: null,
  });
  expect(by(ODD)).toMatchObject({ primary: false, accessRole: 'reader' });
  expect(by('AAMkcase=').id).not.toBe(by('AAMkCASE=').id);
});

test('events have the documented keys and are ordered by start; series masters are not listed', async () => {
  const events = await eventsOf(browser, account, '', 4);
  expect(events).toEqual(await eventsOf(browser, account, '', 200));
  const starts = events.map(beginning);
  expect(starts).toEqual([...starts].sort());
  for (const event of events) expect(keysOf(event)).toBe(contractKeys('Event'));
  expect(ids(events)).toEqual(
    [
      ...'CaseID,allDay,allDayWest,called,caseID,exc3,full,iana,in odd,lower,martian,occ1,occ2,upper,url'.split(
        ',',
      ),
    ].sort(),
  );
});

test('timed events are UTC instants with their IANA zone, and all-day events are dates in every zone', async () => {
  const of = await shown();
  expect(of.get('full').start).toEqual({ dateTime: utc(3, '08:00:00'), timeZone: 'Europe/Berlin' });
  expect(of.get('full').end).toEqual({ dateTime: utc(3, '09:00:00'), timeZone: 'Europe/Berlin' });
  expect([of.get('martian').start.timeZone, of.get('martian').end.timeZone]).toEqual([null, null]);
  expect([of.get('iana').start.timeZone, of.get('iana').end.timeZone]).toEqual([
    'Asia/Tokyo',
    'America/Los_Angeles',
  ]);
  expect(of.get('allDay')).toMatchObject({
    allDay: true,
    start: { date: day(7) },
    end: { date: day(8) },
  });
  expect(of.get('allDayWest')).toMatchObject({
    allDay: true,
    start: { date: day(9) },
    end: { date: day(11) },
  });
});

test('each field of a Graph event becomes the documented value', async () => {
  const of = await shown();
  expect(of.get('full')).toMatchObject({
    title: 'Title of full',
    description: 'words',
    location: 'Room 1',
    kind: 'single',
    seriesId: null,
    originalStart: null,
    status: 'tentative',
    busy: true,
    visibility: 'private',
    iCalUid: '0400-full',
    etag: 'W/"full-1"',
    organizer: { email: 'ana@contoso.com', name: 'Ana' },
    selfResponse: 'tentative',
    conferenceUrl: 'https://teams.microsoft.com/l/meetup-join/1',
    reminders: { useDefault: false, overrides: [{ minutes: 15 }] },
    link: 'https://outlook.office365.com/owa/?itemid=x',
    createdAt: '2026-01-01T14:19:20.123Z',
    updatedAt: '2026-01-02T14:19:20.100Z',
  });
  expect(
    of
      .get('full')
      .attendees.map((one: Shown) => [one.email, one.response, one.optional, one.resource]),
  ).toEqual([
    ['bo@contoso.com', 'needsAction', false, false],
    ['cy@contoso.com', 'tentative', true, false],
    ['room@contoso.com', 'needsAction', false, true],
  ]);
  expect(of.get('url')).toMatchObject({
    conferenceUrl: 'https://old.example/join',
    busy: false,
    visibility: 'private',
    description: null,
    location: null,
  });
  expect(of.get('iana')).toMatchObject({ eventType: 'outOfOffice', busy: true });
  expect(of.get('called')).toMatchObject({ status: 'cancelled' });
});

test('an occurrence takes its content from its master, in either order of arrival', async () => {
  const of = await shown();
  for (const [id, offset] of [
    ['occ1', 1],
    ['occ2', 8],
  ] as const)
    expect(of.get(id)).toMatchObject({
      kind: 'occurrence',
      seriesId: 'Series',
      title: 'Weekly',
      location: 'Everywhere',
      conferenceUrl: 'https://teams.microsoft.com/s',
      attendees: [{ email: 'bo@contoso.com', response: 'accepted' }],
      start: { dateTime: utc(offset, '08:00:00'), timeZone: 'Europe/Berlin' },
      originalStart: { dateTime: utc(offset, '08:00:00') },
    });
  expect(of.get('exc3')).toMatchObject({
    kind: 'exception',
    seriesId: 'Series',
    title: 'Moved',
    originalStart: { dateTime: utc(15, '08:00:00') },
    start: { dateTime: utc(16, '08:00:00') },
  });
});

test('a sync without changes sends one incremental request for each calendar', async () => {
  const since = emulator.calls.length;
  const before = await shown();
  expect(await synced(browser, account)).toMatchObject({
    state: 'idle',
    error: null,
    progress: { calendarsDone: all.length, calendarsTotal: all.length },
  });
  expect(rounds(since)).toEqual({ all: 0, changes: all.length });
  expect(emulator.count('microsoft.delta', since)).toBe(all.length);
  expect(await shown()).toEqual(before);
});

test('a sync applies new and moved events and every kind of removal; ids are case-sensitive', async () => {
  changeGraph(main, graphEvent('new', 13));
  changeGraph(main, graphEvent('full', 14, { subject: 'Now later', '@odata.etag': 'W/"full-2"' }));
  changeGraph(main, { id: 'caseID', '@removed': { reason: 'deleted' } });
  changeGraph(main, {
    '@odata.type': '#microsoft.graph.event',
    id: 'url',
    '@removed': { reason: 'changed' },
  });
  changeGraph(main, { id: 'never seen', '@removed': {} });
  // The same event appears twice in a round: the later item counts.
  changeGraph(
    odd,
    graphEvent('in odd', 2, { subject: 'One', lastModifiedDateTime: '2026-02-01T00:00:00Z' }),
  );
  changeGraph(
    odd,
    graphEvent('in odd', 2, { subject: 'Two', lastModifiedDateTime: '2026-02-02T00:00:00Z' }),
  );
  await synced(browser, account);
  const of = await shown();
  expect(of.get('full')).toMatchObject({
    title: 'Now later',
    etag: 'W/"full-2"',
    start: { dateTime: utc(14, '08:00:00') },
  });
  expect(of.get('in odd').title).toBe('Two');
  for (const kept of ['new', 'CaseID', 'occ1', 'exc3'])
    expect([kept, of.has(kept)]).toEqual([kept, true]);
  for (const gone of ['caseID', 'url']) expect([gone, of.has(gone)]).toEqual([gone, false]);
});

test('a series sent again replaces its occurrences, and a removed master removes its series', async () => {
  // A deleted occurrence has no tombstone: the other occurrences are sent again, sparse and before
  // the master.
  main.events.delete('occ2');
  for (const item of [
    sparse('occ1', 'Series', 1),
    main.events.get('exc3') as Item,
    graphMaster('Series', { subject: 'Weekly renamed' }),
  ])
    changeGraph(main, item);
  await synced(browser, account);
  let of = await shown();
  expect(of.has('occ2')).toBe(false);
  expect(of.get('occ1').title).toBe('Weekly renamed');
  expect(of.get('exc3').title).toBe('Moved');

  // Occurrences without their master: the stored master is used, or read.
  changeGraph(main, sparse('occ1', 'Series', 1));
  changeGraph(main, sparse('occ9', 'Series', 22));
  await synced(browser, account);
  of = await shown();
  expect(of.get('occ9')).toMatchObject({
    title: 'Weekly renamed',
    kind: 'occurrence',
    seriesId: 'Series',
  });

  changeGraph(main, { id: 'Series', '@removed': { reason: 'deleted' } });
  for (const id of ['occ1', 'occ9', 'exc3']) main.events.delete(id);
  await synced(browser, account);
  expect([...(await shown()).values()].filter(({ seriesId }) => seriesId === 'Series')).toEqual([]);
});

test('an expired delta link, in each of Graph’s responses, causes one full sync of that calendar only', async () => {
  const ways: ((link: string) => ReturnType<typeof graphError>)[] = [
    () => graphError(410, 'SyncStateNotFound'),
    (link) => graphError(410, 'resyncRequired', { location: link }),
    () => graphError(410, 'syncStateInvalid'),
    () => ({ status: 410 }),
  ];
  for (const [index, way] of ways.entries()) {
    emulator.microsoft.goneAs = way;
    main.epoch += 1;
    const ghost = ['martian', 'iana', 'allDay', 'allDayWest'][index] ?? '';
    main.events.delete(ghost);
    const since = emulator.calls.length;
    expect([index, await synced(browser, account)]).toEqual([
      index,
      expect.objectContaining({ state: 'idle', error: null }),
    ]);
    expect(rounds(since)).toEqual({ all: 1, changes: all.length });
    expect((await shown()).has(ghost)).toBe(false);
  }
  expect((await shown()).has('full')).toBe(true);
});

test('a removed calendar loses its events', async () => {
  ana.calendars.splice(ana.calendars.indexOf(upper), 1);
  await synced(browser, account);
  const left = ids(await eventsOf(browser, account));
  expect(left).toContain('lower');
  expect(left).not.toContain('upper');
});

test('the sync waits for Retry-After, and an account without a mailbox reports that it has none', async () => {
  emulator.fail('microsoft.delta', graphError(429, 'ApplicationThrottled', { 'retry-after': '1' }));
  await browser.ask(`/integrations/sync/${account}`, { method: 'POST', json: {} });
  let state = '';
  for (let tries = 0; tries < 60 && state !== 'idle'; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { body } = await browser.ask(`/integrations/accounts/${account}`);
    expect(body.status).toBe('connected');
    state = body.sync.state;
  }
  expect(state).toBe('idle');
  emulator.fail('microsoft.calendars', graphError(404, 'MailboxNotEnabledForRESTAPI'), 9);
  await browser.ask(`/integrations/sync/${account}`, { method: 'POST', json: {} });
  let reason: string | null = null;
  for (let tries = 0; tries < 60 && reason === null; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    reason = (await browser.ask(`/integrations/accounts/${account}`)).body.statusReason;
  }
  expect(reason).toBe('no_mailbox');
}, 40_000);

test('every response and every request kept the rules for all of them', () => {
  expect(takeComplaints()).toEqual([]);
  expect(emulator.violations).toEqual([]);
  expect(emulator.secrets.filter((secret) => service.output.includes(secret))).toEqual([]);
});
