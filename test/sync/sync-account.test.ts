/**
 * A run against a provider with unusual responses: the stored events, and the account's sync state.
 */
import { describe, expect, test } from '@jest/globals';
import { ProviderError } from '../../src/errors.js';
import { RunInterrupted } from '../../src/sync/interruption.js';
import { allDay, calendar, event, page, put, remove } from './scripted-provider.js';
import { useSyncFixture } from './sync-fixture.js';

const fixture = useSyncFixture();

describe('reading changes', () => {
  test('a sync reads every page, also empty ones, and stores the last cursor', async () => {
    const account = await fixture.connect();
    fixture.provider.say(
      'primary',
      page(put(event('a', { day: 1 })), { next: '2' }),
      page([], { next: '3' }),
      page(put(event('b', { day: 2 })), { cursor: 'c1' }),
    );
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['a', 'b']);
    expect(await fixture.cursor(account)).toBe('c1');
    expect(fixture.provider.asked.map(({ page, cursor }) => [page, cursor])).toEqual([
      [null, null],
      ['2', null],
      ['3', null],
    ]);
    expect(await fixture.account(account)).toMatchObject({
      state: 'idle',
      errorCode: null,
      lastSyncedAt: fixture.clock,
      calendarsDone: 1,
      calendarsTotal: 1,
      eventsSeen: 2,
    });
  });

  test('an incremental sync sends one request and applies changes and removals', async () => {
    const account = await fixture.connect();
    fixture.provider.say(
      'primary',
      page(put(event('a'), event('b', { day: 2 })), { cursor: 'c1' }),
    );
    await fixture.sync(account);
    const renamed = event('a', { title: 'Renamed' });
    fixture.provider.say(
      'primary',
      page([...put(renamed), ...remove('b', 'never seen')], { cursor: 'c2' }),
    );
    await fixture.sync(account);
    expect(fixture.provider.asked).toHaveLength(2);
    expect(fixture.provider.asked[1]).toMatchObject({ cursor: 'c1', page: null });
    expect(await fixture.shown(account)).toMatchObject([{ id: 'a', title: 'Renamed' }]);
    expect(await fixture.cursor(account)).toBe('c2');
  });

  test('a sync stores all-day events by date, and timed events by instant and zone', async () => {
    const account = await fixture.connect();
    const flight = event('flight', {
      start: { dateTime: '2026-12-24T23:30:00+01:00', timeZone: 'Europe/Madrid' },
      end: { dateTime: '2026-12-24T20:00:00-05:00', timeZone: 'America/New_York' },
    });
    fixture.provider.say(
      'primary',
      page(put(allDay('xmas', '2026-12-25', '2026-12-26'), flight), { cursor: 'c' }),
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
    expect(events).toMatchObject([
      {
        providerEventId: 'flight',
        allDay: false,
        startsAt: new Date('2026-12-24T22:30:00Z'),
        endsAt: new Date('2026-12-25T01:00:00Z'),
        startTimeZone: 'Europe/Madrid',
        endTimeZone: 'America/New_York',
        startDate: null,
      },
      {
        providerEventId: 'xmas',
        allDay: true,
        startDate: '2026-12-25',
        endDate: '2026-12-26',
        startTimeZone: null,
      },
    ]);
  });

  test('an event moved out of the window is removed, and one that touches its edge is kept', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(event('a'), event('b')), { cursor: 'c1' }));
    await fixture.sync(account);
    const far = { dateTime: '2031-01-01T09:00:00Z', timeZone: null };
    const old = allDay('edge', '2026-10-20', '2026-10-21');
    fixture.provider.say(
      'primary',
      page(put(event('a', { start: far, end: far }), old), { cursor: 'c2' }),
    );
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['b', 'edge']);
  });

  test('ids that differ by case or by look-alike letters are different', async () => {
    const account = await fixture.connect();
    const ids = ['AAMk', 'AAmK', 'aamk', 'AAMk_', 'AAMk-'];
    fixture.provider.say('primary', page(put(...ids.map((id) => event(id))), { cursor: 'c1' }));
    await fixture.sync(account);
    fixture.provider.say('primary', page(remove('AAmK'), { cursor: 'c2' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['AAMk', 'AAMk-', 'AAMk_', 'aamk']);
  });

  test('events that cannot be read are counted, and the sync continues', async () => {
    const account = await fixture.connect();
    const broken = event('broken', { start: { dateTime: 'someday', timeZone: null } });
    const unreadable = { change: 'skip', providerEventId: 'x', reason: 'no start' } as const;
    fixture.provider.say(
      'primary',
      page([...put(event('a'), broken), unreadable], { cursor: 'c' }),
    );
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['a']);
    expect((await fixture.calendars.list(account))[0]).toMatchObject({
      eventsSkipped: 2,
      syncState: 'idle',
    });
  });

  test('a last page without a cursor completes the reading, and the next one is full', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(event('a'), event('b')), {}));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['a', 'b']);
    expect(await fixture.cursor(account)).toBeNull();
    expect(await fixture.account(account)).toMatchObject({
      lastSyncedAt: fixture.clock,
      errorCode: null,
    });
    fixture.provider.say('primary', page(put(event('b')), { cursor: 'c1' }));
    await fixture.sync(account);
    expect(fixture.provider.asked.map(({ cursor }) => cursor)).toEqual([null, null]);
    expect(await fixture.ids(account)).toEqual(['b']);
    expect(await fixture.cursor(account)).toBe('c1');
  });

  test('an incremental reading whose last page has no cursor is followed by a full one', async () => {
    const account = await fixture.connect();
    fixture.provider.say(
      'primary',
      page(put(event('a')), { cursor: 'c1' }),
      page(put(event('b')), {}),
    );
    await fixture.sync(account);
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['a', 'b']);
    expect(await fixture.cursor(account)).toBeNull();
  });
});

describe('an expired cursor', () => {
  test('an expired cursor causes one full sync, which removes the events it did not find', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(event('ghost'), event('a')), { cursor: 'c1' }));
    await fixture.sync(account);
    fixture.provider.say(
      'primary',
      new ProviderError('cursor_expired'),
      page(put(event('a')), { cursor: 'c2' }),
    );
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['a']);
    expect(await fixture.cursor(account)).toBe('c2');
    expect((await fixture.account(account)).lastSyncedAt).toEqual(fixture.clock);
  });

  test('a cursor that expires twice in one run is an error, not a loop', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
    await fixture.sync(account);
    fixture.provider.say(
      'primary',
      new ProviderError('cursor_expired'),
      new ProviderError('cursor_expired'),
    );
    await fixture.sync(account);
    expect(fixture.provider.asked).toHaveLength(3);
    expect(await fixture.ids(account)).toEqual(['a']);
    expect(await fixture.account(account)).toMatchObject({
      errorCode: 'cursor_expired',
      state: 'backoff',
    });
  });
});

describe('a full sync', () => {
  test('a full sync deletes nothing before its last page', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(event('a'), event('b')), { cursor: 'c1' }));
    await fixture.sync(account);
    fixture.clock = new Date('2026-12-05T12:00:00Z');
    const half = page(put(event('a')), { next: '2' });
    fixture.provider.say('primary', half, new ProviderError('provider_error'));
    await fixture.sync(account);
    expect(fixture.provider.asked[1]!.cursor).toBeNull();
    expect(await fixture.ids(account)).toEqual(['a', 'b']);
    expect(await fixture.cursor(account)).toBe('c1');
  });

  test('a full sync that suddenly finds nothing is repeated before it is applied', async () => {
    const account = await fixture.connect();
    const many = Array.from({ length: 25 }, (_, i) => event(`e${i}`));
    fixture.provider.say('primary', page(put(...many), { cursor: 'c1' }));
    await fixture.sync(account);
    fixture.provider.say(
      'primary',
      new ProviderError('cursor_expired'),
      page([], { cursor: 'odd' }),
      page(put(...many), { cursor: 'c2' }),
    );
    await fixture.sync(account);
    expect(await fixture.ids(account)).toHaveLength(25);
    expect(await fixture.cursor(account)).toBe('c2');
    fixture.provider.say(
      'primary',
      new ProviderError('cursor_expired'),
      page([], { cursor: 'odd' }),
      page([], { cursor: 'c3' }),
    );
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual([]);
  });

  test('a full sync is repeated within eight days, with a later window', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
    await fixture.sync(account);
    fixture.clock = new Date('2026-11-25T12:00:00Z');
    await fixture.sync(account);
    expect(fixture.provider.asked[1]).toMatchObject({
      cursor: 'c1',
      window: { from: new Date('2026-10-21T00:00:00Z') },
    });
    fixture.clock = new Date('2026-11-28T12:00:00Z');
    fixture.provider.say('primary', page(put(event('a'), event('new')), { cursor: 'c2' }));
    await fixture.sync(account);
    const window = { from: new Date('2026-10-29T00:00:00Z'), to: new Date('2027-11-29T00:00:00Z') };
    expect(fixture.provider.asked[2]).toMatchObject({ cursor: null, window });
  });
});

describe('several calendars', () => {
  test('a calendar that fails keeps its events and does not fail the others', async () => {
    const account = await fixture.connect();
    fixture.provider.calendars = [calendar('primary', { primary: true }), calendar('shared')];
    fixture.provider.say('shared', page(put(event('s')), { cursor: 's1' }));
    await fixture.sync(account);
    const before = fixture.clock;
    fixture.clock = new Date('2026-11-20T13:00:00Z');
    fixture.provider.say('shared', new ProviderError('calendar_forbidden'));
    fixture.provider.say('primary', page(put(event('p')), { cursor: 'p2' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(expect.arrayContaining(['p', 's']));
    expect(await fixture.cursor(account)).toBe('p2');
    expect(await fixture.account(account)).toMatchObject({
      state: 'idle',
      errorCode: 'calendar_forbidden',
      lastSyncedAt: before,
    });
    const [primary, shared] = await fixture.calendars.list(account);
    expect(primary).toMatchObject({ syncState: 'idle', syncErrorCode: null });
    expect(shared).toMatchObject({
      syncState: 'error',
      syncErrorCode: 'calendar_forbidden',
      lastSyncedAt: before,
    });
  });

  test('a calendar missing from the listing is removed with its events, and one that is only not found is kept', async () => {
    const account = await fixture.connect();
    fixture.provider.calendars = ['primary', 'listed no more', 'gone when read'].map((id) =>
      calendar(id),
    );
    for (const { providerCalendarId: id } of fixture.provider.calendars)
      fixture.provider.say(id, page(put(event(`in ${id}`)), { cursor: 'c' }));
    await fixture.sync(account);
    fixture.provider.calendars = ['primary', 'gone when read'].map((id) => calendar(id));
    fixture.provider.say('gone when read', new ProviderError('calendar_gone'));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['in gone when read', 'in primary']);
    expect(await fixture.calendars.list(account)).toMatchObject([
      { name: 'gone when read', syncState: 'backoff', syncErrorCode: 'calendar_gone' },
      { name: 'primary', syncState: 'idle' },
    ]);
    expect(await fixture.account(account)).toMatchObject({
      state: 'idle',
      errorCode: 'calendar_gone',
    });
  });

  test('a listing that is suddenly empty removes no calendar', async () => {
    const account = await fixture.connect();
    await fixture.sync(account);
    fixture.provider.calendars = [];
    await fixture.sync(account);
    expect(await fixture.calendars.list(account)).toHaveLength(1);
    expect(await fixture.account(account)).toMatchObject({
      state: 'backoff',
      errorCode: 'provider_error',
    });
  });

  test('a calendar whose access role changes is read in full', async () => {
    const account = await fixture.connect();
    fixture.provider.calendars = [calendar('primary', { accessRole: 'freeBusyReader' })];
    await fixture.sync(account);
    fixture.provider.calendars = [calendar('primary', { accessRole: 'reader' })];
    await fixture.sync(account);
    expect(fixture.provider.asked.map(({ cursor }) => cursor)).toEqual([null, null]);
  });
});

describe('failures of the account', () => {
  test('a lost grant ends the run and marks the account, and its events are kept', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
    await fixture.sync(account);
    fixture.provider.say(
      'primary',
      new ProviderError('missing_scopes', { statusReason: 'missing_scopes' }),
    );
    await fixture.sync(account);
    expect(fixture.marked).toEqual([[account, 'missing_scopes']]);
    expect(await fixture.account(account)).toMatchObject({
      state: 'error',
      errorCode: 'missing_scopes',
      phase: null,
    });
    expect(await fixture.ids(account)).toEqual(['a']);
  });

  test('an account marked by the token refresh ends its run with that reason, from any calendar', async () => {
    const account = await fixture.connect();
    fixture.provider.calendars = ['a', 'b', 'c'].map((id) => calendar(id));
    let calls = 0;
    const useToken: typeof fixture.services.useToken = async (id, call) => {
      if (++calls < 3) return call('token');
      await fixture.change(id, { status: 'reauthorization_required', statusReason: 'revoked' });
      throw new ProviderError('reauthorization_required', { statusReason: 'revoked' });
    };
    Object.assign(fixture.services, { useToken });
    await fixture.sync(account);
    expect(await fixture.account(account)).toMatchObject({
      state: 'error',
      errorCode: 'reauthorization_required',
      nextSyncAt: null,
    });
    expect((await fixture.calendars.list(account)).map(({ syncState }) => syncState)).not.toContain(
      'running',
    );
  });

  test('throttling is waited for briefly, and then the sync is postponed as long as the provider asks', async () => {
    const account = await fixture.connect();
    const busy = (seconds: number) =>
      new ProviderError('throttled', { retryAfterSeconds: seconds });
    fixture.provider.say('primary', busy(1), page(put(event('a')), { cursor: 'c1' }));
    await fixture.sync(account);
    expect((await fixture.account(account)).errorCode).toBeNull();
    fixture.provider.say('primary', busy(3600));
    await fixture.sync(account);
    const { nextSyncAt, errorCode } = await fixture.account(account);
    expect(errorCode).toBe('throttled');
    expect(nextSyncAt!.getTime()).toBeGreaterThanOrEqual(fixture.clock.getTime() + 3_600_000);
  });

  test('repeated failures are retried with growing delays, which a success resets', async () => {
    const account = await fixture.connect();
    const waits: number[] = [];
    fixture.provider.beforeListing = () => {
      throw new ProviderError('provider_error');
    };
    for (let i = 0; i < 4; i++) {
      await fixture.sync(account);
      waits.push((await fixture.account(account)).nextSyncAt!.getTime() - fixture.clock.getTime());
    }
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000]);
    fixture.provider.beforeListing = () => {};
    await fixture.sync(account);
    expect(await fixture.account(account)).toMatchObject({
      failures: 0,
      errorCode: null,
      state: 'idle',
    });
  });

  test('an account of a provider that is not configured gets that error', async () => {
    const account = await fixture.connect('elsewhere');
    await fixture.sync(account);
    expect(await fixture.account(account)).toMatchObject({
      state: 'error',
      errorCode: 'provider_not_configured',
    });
  });
});

describe('interruptions', () => {
  test('a stop finishes the current page and returns the run, and the next worker restarts the round', async () => {
    const account = await fixture.connect();
    const stopping = new AbortController();
    fixture.provider.say('primary', () => {
      stopping.abort();
      return page(put(event('a')), { next: '2' });
    });
    const syncId = await fixture.queue(account);
    await expect(
      fixture.run(account, syncId, { stopping: stopping.signal }),
    ).rejects.toBeInstanceOf(RunInterrupted);
    expect(await fixture.ids(account)).toEqual(['a']);
    expect(await fixture.account(account)).toMatchObject({ state: 'queued', syncId });
    fixture.provider.say(
      'primary',
      page(put(event('a')), { next: '2' }),
      page(put(event('b')), { cursor: 'c' }),
    );
    await fixture.run(account, syncId);
    expect(await fixture.ids(account)).toEqual(['a', 'b']);
  });

  test('a crash between pages loses nothing and leaves no duplicate', async () => {
    const account = await fixture.connect();
    const crash = new AbortController();
    fixture.provider.say('primary', page(put(event('a'), event('b')), { next: '2' }), () => {
      crash.abort();
      throw new Error('socket hang up');
    });
    const syncId = await fixture.queue(account);
    await fixture.run(account, syncId, { signal: crash.signal });
    expect(await fixture.account(account)).toMatchObject({
      state: 'running',
      syncId,
      lastSyncedAt: null,
    });
    fixture.provider.say(
      'primary',
      page(put(event('b')), { next: '2' }),
      page(put(event('c')), { cursor: 'c1' }),
    );
    await fixture.run(account, syncId);
    expect(await fixture.ids(account)).toEqual(['b', 'c']);
    expect(await fixture.cursor(account)).toBe('c1');
  });

  test('a run that was replaced writes and reports nothing more', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', async () => {
      await fixture.change(account, { syncId: '00000000-0000-4000-8000-000000000000' });
      return page(put(event('late')), { cursor: 'late' });
    });
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual([]);
    expect(await fixture.cursor(account)).toBeNull();
    expect(await fixture.account(account)).toMatchObject({
      state: 'running',
      lastSyncedAt: null,
    });
  });

  test('of two attempts at one run, the later reader of a calendar keeps it', async () => {
    const account = await fixture.connect();
    const syncId = await fixture.queue(account);
    fixture.provider.say('primary', async () => {
      fixture.provider.say('primary', page(put(event('by the second')), { cursor: 'second' }));
      await fixture.run(account, syncId);
      await fixture.change(account, { state: 'running' });
      return page(put(event('by the first')), { cursor: 'first' });
    });
    await fixture.run(account, syncId);
    expect(await fixture.ids(account)).toEqual(['by the second']);
    expect(await fixture.cursor(account)).toBe('second');
  });

  test.each(['the account', 'its status'])(
    'no row returns when %s is removed during a run',
    async (what) => {
      const account = await fixture.connect();
      fixture.provider.say('primary', page(put(event('a')), { next: '2' }), async () => {
        if (what === 'the account')
          await fixture.dataSource.query('DELETE FROM connected_accounts WHERE id = $1', [account]);
        else await fixture.change(account, { status: 'disconnecting', syncId: null });
        return page(put(event('b')), { cursor: 'c' });
      });
      await fixture.sync(account);
      const [{ count }] = await fixture.dataSource.query(
        'SELECT count(*)::integer AS count FROM events',
      );
      expect(count).toBe(what === 'the account' ? 0 : 1);
    },
  );

  test('a calendar deselected during a run is skipped, and the run continues', async () => {
    const account = await fixture.connect();
    fixture.provider.calendars = [calendar('primary', { primary: true }), calendar('other')];
    fixture.provider.say('primary', page(put(event('a')), { next: '2' }), async () => {
      await fixture.calendars.select(account, await fixture.calendarId(account), false);
      return page(put(event('b')), { cursor: 'c' });
    });
    fixture.provider.say('other', page(put(event('o')), { cursor: 'o1' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['o']);
    expect(await fixture.cursor(account)).toBeNull();
    expect(await fixture.account(account)).toMatchObject({
      state: 'idle',
      errorCode: null,
    });
  });

  test('a calendar selected during a run is read by that run', async () => {
    const account = await fixture.connect();
    fixture.provider.calendars = [
      calendar('primary', { primary: true }),
      calendar('holidays', { selectedByDefault: false }),
    ];
    fixture.provider.say('primary', async () => {
      await fixture.calendars.select(account, await fixture.calendarId(account, 'holidays'), true);
      return page([], { cursor: 'c' });
    });
    fixture.provider.say('holidays', page(put(event('h')), { cursor: 'h1' }));
    await fixture.sync(account);
    expect(await fixture.ids(account)).toEqual(['h']);
  });
});
