/** Listing events by time, page by page. */
import { describe, expect, test } from '@jest/globals';
import { allDay, bare, calendar, event, master, page, put } from '../sync/scripted-provider.js';
import { useSyncFixture } from '../sync/sync-fixture.js';

const fixture = useSyncFixture();

const at = (time: string) => ({ dateTime: `2026-12-10T${time}Z`, timeZone: null });
const between = (id: string, from: string, to: string) =>
  event(id, { start: at(from), end: at(to) });

async function find(account: string, from: string | null, to: string | null): Promise<string[]> {
  const filter = { accountId: account, calendarId: null, limit: 100, cursor: null };
  const { events } = await fixture.list({
    ...filter,
    from: from === null ? null : new Date(from),
    to: to === null ? null : new Date(to),
  });
  return events.map((found) => found.providerEventId);
}

describe('a time range', () => {
  test('a range has the events that end after its start and start before its end', async () => {
    const account = await fixture.connect();
    const events = [
      between('before', '08:00:00', '09:00:00'),
      between('into', '08:30:00', '09:30:00'),
      between('moment', '09:00:00', '09:00:00'),
      between('across', '08:00:00', '12:00:00'),
      between('last', '10:59:59', '11:30:00'),
      between('after', '11:00:00', '11:00:00'),
    ];
    fixture.provider.say('primary', page(put(...events), { cursor: 'c' }));
    await fixture.sync(account);
    const found = await find(account, '2026-12-10T09:00:00Z', '2026-12-10T11:00:00Z');
    expect(found.sort()).toEqual(['across', 'into', 'last', 'moment']);
    expect(await find(account, '2026-12-10T11:00:00Z', null)).toHaveLength(3);
    expect(await find(account, null, '2026-12-10T08:30:00Z')).toHaveLength(2);
  });

  test('a range selects all-day events by their dates', async () => {
    const account = await fixture.connect();
    const days = [
      allDay('10', '2026-12-10', '2026-12-11'),
      allDay('9 and 10', '2026-12-09', '2026-12-11'),
      allDay('11', '2026-12-11', '2026-12-12'),
    ];
    fixture.provider.say('primary', page(put(...days), { cursor: 'c' }));
    await fixture.sync(account);
    expect(await find(account, '2026-12-10T00:00:00Z', '2026-12-11T00:00:00Z')).toEqual([
      '9 and 10',
      '10',
    ]);
    expect(await find(account, '2026-12-10T15:00:00Z', '2026-12-10T16:00:00Z')).toEqual([
      '9 and 10',
      '10',
    ]);
    expect(await find(account, '2026-12-11T00:00:00Z', null)).toEqual(['11']);
  });

  test('a range has no masters, and occurrences without a master have their times', async () => {
    const account = await fixture.connect();
    fixture.provider.say(
      'primary',
      page(put(master('M'), bare('o', 'unknown', 1), event('a')), { cursor: 'c' }),
    );
    await fixture.sync(account);
    expect((await find(account, null, null)).sort()).toEqual(['a', 'o']);
  });
});

describe('paging', () => {
  test('pages give every event once and in order, also when many start together', async () => {
    const account = await fixture.connect();
    const events = Array.from({ length: 23 }, (_, i) => event(`e${i}`, { day: 1 + (i % 3) }));
    fixture.provider.say('primary', page(put(...events), { cursor: 'c' }));
    await fixture.sync(account);
    const seen: string[] = [];
    const starts: number[] = [];
    let cursor: string | null = null;
    do {
      const filter = {
        accountId: account,
        from: null,
        to: null,
        calendarId: null,
        limit: 5,
        cursor,
      };
      const { events: some, nextCursor }: Awaited<ReturnType<typeof fixture.list>> =
        await fixture.list(filter);
      expect(some.length).toBe(nextCursor === null ? 3 : 5);
      seen.push(...some.map(({ providerEventId }) => providerEventId));
      starts.push(...some.map(({ startsAt }) => startsAt.getTime()));
      cursor = nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(23);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  test('pages of one calendar or one account stay within it', async () => {
    const [account, other] = [await fixture.connect(), await fixture.connect()];
    fixture.provider.calendars = [calendar('primary', { primary: true }), calendar('b')];
    fixture.provider.say('primary', page(put(event('p')), { cursor: 'c' }));
    fixture.provider.say('b', page(put(event('b')), { cursor: 'c' }));
    await fixture.sync(account);
    await fixture.sync(other);
    const calendarId = await fixture.calendarId(account, 'b');
    const filter = {
      accountId: account,
      from: null,
      to: null,
      calendarId,
      limit: 10,
      cursor: null,
    };
    expect((await fixture.list(filter)).events).toMatchObject([
      { providerEventId: 'b', calendarId },
    ]);
    expect((await fixture.list({ ...filter, accountId: other })).events).toEqual([]);
  });

  test.each([
    '',
    'x',
    '!!!',
    Buffer.from('[]').toString('base64url'),
    Buffer.from('["2026-01-01T00:00:00.000Z","1 OR 1=1"]').toString('base64url'),
  ])('a cursor %p that was not issued is refused', async (cursor) => {
    const filter = {
      accountId: await fixture.connect(),
      from: null,
      to: null,
      calendarId: null,
      limit: 10,
      cursor,
    };
    await expect(fixture.list(filter)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
