/**
 * Series as Microsoft reports them: sparse occurrences, masters that are no events, unreported
 * deletions.
 */
import { describe, expect, test } from '@jest/globals';
import { ProviderError } from '../../src/errors.js';
import type { EventChange, EventRecord } from '../../src/event-model.js';
import { allDay, bare, event, master, page, put, remove } from './scripted-provider.js';
import { useSyncFixture } from './sync-fixture.js';

const fixture = useSyncFixture();

async function connectWith(...events: EventRecord[]): Promise<string> {
  const account = await fixture.connect();
  fixture.provider.knowSeries({}, {});
  fixture.provider.say('primary', page(put(...events), { cursor: 'c1' }));
  await fixture.sync(account);
  return account;
}

/** Times outside the window. */
function faraway(): Pick<EventRecord, 'start' | 'end'> {
  const time = { dateTime: '2036-12-01T09:00:00.000Z', timeZone: null };
  return { start: time, end: time };
}

function titles(shown: Awaited<ReturnType<typeof fixture.shown>>): Record<string, string | null> {
  return Object.fromEntries(shown.map(({ id, title }) => [id, title]));
}

describe('sparse occurrences', () => {
  test('sparse occurrences take their content from the master, in any order, and the master is not shown', async () => {
    const account = await fixture.connect();
    fixture.provider.knowSeries({}, {});
    const weekly = master('M', { title: 'Weekly', location: 'Room 1', busy: false, attendees: [] });
    fixture.provider.say(
      'primary',
      page(put(bare('o1', 'M', 1)), { next: '2' }),
      page(put(weekly, bare('o2', 'M', 8)), { cursor: 'c' }),
    );
    await fixture.sync(account);
    const filter = {
      accountId: account,
      from: null,
      to: null,
      calendarId: null,
      limit: 10,
      cursor: null,
    };
    const { events } = await fixture.list(filter);
    const content = {
      title: 'Weekly',
      location: 'Room 1',
      busy: false,
      seriesId: 'M',
      startTimeZone: 'Europe/Madrid',
    };
    expect(events).toMatchObject([
      { ...content, providerEventId: 'o1', startsAt: new Date('2026-12-01T09:00:00Z') },
      { ...content, providerEventId: 'o2', startsAt: new Date('2026-12-08T09:00:00Z') },
    ]);
    expect(fixture.provider.series).toEqual([]);
  });

  test('sparse occurrences of an all-day series are all-day events', async () => {
    const midnight = (day: number) => ({ dateTime: `2026-12-0${day}T00:00:00Z`, timeZone: 'UTC' });
    const day = {
      ...bare('o1', 'M', 1),
      start: midnight(1),
      end: midnight(2),
      originalStart: midnight(1),
    };
    const account = await connectWith(
      allDay('M', '2026-12-01', '2026-12-02', { kind: 'master' }),
      day,
    );
    const filter = {
      accountId: account,
      from: null,
      to: null,
      calendarId: null,
      limit: 10,
      cursor: null,
    };
    expect((await fixture.list(filter)).events).toMatchObject([
      {
        allDay: true,
        startDate: '2026-12-01',
        endDate: '2026-12-02',
        originalStart: { date: '2026-12-01' },
        startTimeZone: null,
      },
    ]);
  });

  test('sparse occurrences without a stored master have it read once, and are shown without content if there is none', async () => {
    const account = await fixture.connect();
    fixture.provider.knowSeries({ M: master('M', { title: 'Fetched' }), N: null }, { M: null });
    fixture.provider.say(
      'primary',
      page(put(bare('o1', 'M', 1), bare('o2', 'M', 2), bare('n1', 'N', 3)), { cursor: 'c1' }),
    );
    await fixture.sync(account);
    expect(titles(await fixture.shown(account))).toEqual({
      o1: 'Fetched',
      o2: 'Fetched',
      n1: null,
    });
    expect(fixture.provider.series.sort()).toEqual(['master M', 'master N']);
    await fixture.sync(account);
    expect(fixture.provider.series).toHaveLength(2);
  });

  test('sparse occurrences keep their content until they are completed again', async () => {
    const account = await connectWith(master('M', { title: 'Old' }), bare('o1', 'M', 1));
    const renamed = master('M', { title: 'New', updatedAt: '2026-11-19T00:00:00Z' });
    fixture.provider.say('primary', page(put(bare('o1', 'M', 3)), { next: '2' }), async () => {
      expect(await fixture.shown(account)).toEqual([
        { id: 'o1', title: 'Old', start: '2026-12-03T09:00:00.000Z' },
      ]);
      return page(put(renamed), { cursor: 'c2' });
    });
    await fixture.sync(account);
    expect(await fixture.account(account)).toMatchObject({ errorCode: null });
    expect(titles(await fixture.shown(account))).toEqual({ o1: 'New' });
  });

  test('an exception that becomes ordinary takes the master’s content again', async () => {
    const exception = event('o1', { kind: 'exception', seriesId: 'M', title: 'Moved', day: 4 });
    const account = await connectWith(
      master('M', { title: 'Weekly' }),
      exception,
      bare('o2', 'M', 8),
    );
    expect(titles(await fixture.shown(account))).toEqual({ o1: 'Moved', o2: 'Weekly' });
    fixture.provider.say(
      'primary',
      page(put(master('M', { title: 'Weekly' }), bare('o1', 'M', 1), bare('o2', 'M', 8)), {
        cursor: 'c2',
      }),
    );
    await fixture.sync(account);
    expect(titles(await fixture.shown(account))).toEqual({ o1: 'Weekly', o2: 'Weekly' });
  });

  test('an older revision later in the same round does not replace a newer one', async () => {
    const account = await fixture.connect();
    const newer = event('a', { title: 'Newer', updatedAt: '2026-11-02T00:00:00Z' });
    fixture.provider.say(
      'primary',
      page(put(newer), { next: '2' }),
      page(put(event('a', { title: 'Older' })), { cursor: 'c' }),
    );
    await fixture.sync(account);
    expect(titles(await fixture.shown(account))).toEqual({ a: 'Newer' });
  });
});

describe('a single event that became a series', () => {
  const occurrence = (seriesId: string, day = 2) =>
    event(`${seriesId}${day}`, { kind: 'occurrence', seriesId, day });
  const cancelled = (seriesId: string): EventChange => ({
    change: 'remove',
    providerEventId: `${seriesId}1`,
    seriesId,
  });

  test.each<[string, EventChange, string[]]>([
    ['stored', { change: 'put', event: occurrence('S') }, ['S2', 'x']],
    ['cancelled', cancelled('S'), ['x']],
    ['outside the window', { change: 'put', event: { ...occurrence('S'), ...faraway() } }, ['x']],
  ])('is removed when an occurrence of the series is %s', async (_how, change, left) => {
    const account = await connectWith(event('S'), event('x'));
    fixture.provider.say('primary', page([change], { cursor: 'c2' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(left);
  });

  test('stays when the same round says that it is single again, on any page', async () => {
    const account = await connectWith(event('S'), event('x'));
    fixture.provider.say(
      'primary',
      page([...put(event('S', { title: 'Again' })), cancelled('S')], { next: '2' }),
      page([cancelled('S')], { cursor: 'c2' }),
    );
    await fixture.sync(account);
    expect(titles(await fixture.shown(account))).toEqual({ S: 'Again', x: 'Title of x' });
  });

  test('a series keeps its master and its other occurrences when one is cancelled', async () => {
    const account = await connectWith(master('M'), bare('M1', 'M', 1), bare('M2', 'M', 2));
    fixture.provider.say('primary', page([cancelled('M')], { next: '2' }));
    fixture.provider.say('primary', page(put(bare('M3', 'M', 3)), { cursor: 'c2' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['M2', 'M3']);
    expect(fixture.provider.series).toEqual([]);
  });
});

describe('a changed series', () => {
  test('a changed series replaces its rows, so that an unreported deletion is applied', async () => {
    const account = await connectWith(
      master('M'),
      bare('o1', 'M', 1),
      bare('o2', 'M', 2),
      bare('o3', 'M', 3),
      event('x'),
    );
    fixture.provider.say(
      'primary',
      page(put(bare('o1', 'M', 1), master('M'), bare('o3', 'M', 3)), { cursor: 'c2' }),
    );
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['o1', 'o3', 'x']);
  });

  test('a changed series is read from the provider, whose list of instances decides', async () => {
    const account = await connectWith(master('M'), bare('o1', 'M', 1), bare('o2', 'M', 2));
    const instances = [1, 2].map((day) =>
      event(`o${day}`, { kind: 'occurrence', seriesId: 'M', day, title: 'Whole' }),
    );
    fixture.provider.knowSeries({}, { M: instances });
    fixture.provider.say('primary', page(put(master('M'), bare('o1', 'M', 1)), { cursor: 'c2' }));
    await fixture.sync(account);
    expect(fixture.provider.series).toEqual(['instances M']);
    expect(titles(await fixture.shown(account))).toEqual({ o1: 'Whole', o2: 'Whole' });
  });

  test('a series keeps its rows when only an occurrence changed, without the master', async () => {
    const account = await connectWith(
      master('M', { title: 'Weekly' }),
      bare('o1', 'M', 1),
      bare('o2', 'M', 2),
    );
    fixture.provider.say('primary', page(put(bare('o2', 'M', 5)), { cursor: 'c2' }));
    await fixture.sync(account);
    expect(titles(await fixture.shown(account))).toEqual({ o1: 'Weekly', o2: 'Weekly' });
  });

  test('a series whose master came alone is read in full, also when it began before the window', async () => {
    const account = await fixture.connect();
    const start = { dateTime: '2020-01-01T09:00:00Z', timeZone: null };
    const old = master('M', { start, end: start });
    fixture.provider.knowSeries({}, { M: [event('o1', { kind: 'occurrence', seriesId: 'M' })] });
    fixture.provider.say('primary', page(put(old), { cursor: 'c1' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['o1']);
    fixture.provider.knowSeries({}, { M: [] });
    fixture.provider.say('primary', page(put(old), { cursor: 'c2' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual([]);
  });

  test('a series that is not found when it is read stays unchanged', async () => {
    const account = await connectWith(master('M'), bare('o1', 'M', 1));
    fixture.provider.say('primary', page(put(master('M')), { cursor: 'c2' }));
    await fixture.sync(account);
    expect(fixture.provider.series).toEqual(['instances M']);
    expect(await fixture.ids(account)).toEqual(['o1']);
  });

  test('a master’s tombstone removes the series, and later items of the round are kept', async () => {
    const account = await connectWith(
      master('M'),
      bare('o1', 'M', 1),
      bare('o2', 'M', 2),
      event('x'),
    );
    const again = [
      ...put(bare('o9', 'M', 9)),
      ...remove('M'),
      ...put(master('M'), bare('o3', 'M', 3)),
    ];
    fixture.provider.say('primary', page(again, { cursor: 'c2' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['o3', 'x']);
    fixture.provider.say('primary', page(remove('M'), { cursor: 'c3' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['x']);
  });

  test('a series can become a single event, and a single event a series', async () => {
    const account = await connectWith(master('M'), bare('o1', 'M', 1), event('s'));
    fixture.provider.say(
      'primary',
      page(put(event('M', { title: 'Once' }), master('s'), bare('s1', 's', 2)), { cursor: 'c2' }),
    );
    await fixture.sync(account);
    expect(titles(await fixture.shown(account))).toEqual({ M: 'Once', s1: 'Title of s' });
  });
});

test('a full sync does not use a master stored before it', async () => {
  const account = await connectWith(master('M', { title: 'Then' }), bare('o1', 'M', 1));
  fixture.provider.knowSeries({ M: master('M', { title: 'Now' }) }, { M: null });
  fixture.provider.say(
    'primary',
    new ProviderError('cursor_expired'),
    page(put(bare('o1', 'M', 1)), { cursor: 'c2' }),
  );
  await fixture.sync(account);
  expect(titles(await fixture.shown(account))).toEqual({ o1: 'Now' });
});

test('a large series and a large cleanup take several batches', async () => {
  const bares = Array.from({ length: 4_500 }, (_, i) => bare(`o${i}`, 'M', 1 + (i % 28)));
  const account = await connectWith(master('M'), ...bares);
  expect(await fixture.ids(account)).toHaveLength(4_500);
  expect(await fixture.cursor(account)).toBe('c1');
  const little = page(put(event('a')), { cursor: 'c2' });
  fixture.provider.say('primary', new ProviderError('cursor_expired'), little, little);
  await fixture.sync(account);
  expect(await fixture.ids(account)).toEqual(['a']);
});
