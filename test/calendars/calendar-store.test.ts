/** The stored list of calendars, and which are selected. */
import { describe, expect, test } from '@jest/globals';
import { IntegrationError } from '../../src/errors.js';
import type { CalendarRecord } from '../../src/vocabulary.js';
import { calendar, event, page, put } from '../sync/scripted-provider.js';
import { finished, useSyncFixture } from '../sync/sync-fixture.js';

const fixture = useSyncFixture();
const AT = { at: new Date('2026-11-20T12:00:00Z') };
const NOBODY = '00000000-0000-4000-8000-000000000000';

async function list(account: string, ...records: CalendarRecord[]): Promise<boolean> {
  const syncId = await fixture.queue(account);
  await fixture.runs.begin(account, syncId);
  const saved = await fixture.calendars.saveListing({ accountId: account, syncId }, records, AT);
  await fixture.runs.finish(account, syncId, finished());
  return saved;
}

describe('saving a listing', () => {
  test('a listing adds, updates and removes calendars, and keeps selections and cursors', async () => {
    const account = await fixture.connect();
    await list(
      account,
      calendar('a', { primary: true }),
      calendar('holidays', { selectedByDefault: false }),
      calendar('b'),
    );
    expect(
      (await fixture.calendars.list(account)).map(({ name, selected }) => [name, selected]),
    ).toEqual([
      ['a', true],
      ['b', true],
      ['holidays', false],
    ]);
    const a = await fixture.calendarId(account, 'a');
    await fixture.dataSource.query(`UPDATE calendars SET cursor = 'kept' WHERE id = $1`, [a]);
    await fixture.calendars.select(account, await fixture.calendarId(account, 'holidays'), true);
    await list(
      account,
      calendar('a', { name: 'Ana', color: '#ff0000' }),
      calendar('holidays', { selectedByDefault: false }),
    );
    expect(await fixture.calendars.list(account)).toMatchObject([
      { id: a, name: 'Ana', color: '#ff0000', primary: false },
      { name: 'holidays', selected: true },
    ]);
    expect(await fixture.cursor(account, 'a')).toBe('kept');
  });

  test('a calendar that the list drops is hidden, and comes back with its id and selection', async () => {
    const account = await fixture.connect();
    await list(account, calendar('a'), calendar('b'), calendar('c', { selectedByDefault: false }));
    const [b, c] = [await fixture.calendarId(account, 'b'), await fixture.calendarId(account, 'c')];
    await fixture.calendars.select(account, b, false);
    await fixture.calendars.select(account, c, true);
    await fixture.dataSource.query(
      `UPDATE calendars SET cursor = 'old', next_attempt_at = now() WHERE id = $1`,
      [c],
    );
    await list(account, calendar('a'));
    expect((await fixture.calendars.list(account)).map(({ name }) => name)).toEqual(['a']);
    expect(await fixture.calendars.forSync(account)).toMatchObject([{ providerCalendarId: 'a' }]);
    expect(await fixture.calendars.nextAttempt(account)).toBeNull();
    await expect(fixture.calendars.select(account, c, false)).rejects.toThrow(
      new IntegrationError('calendar_not_found'),
    );
    await fixture.calendars.deleteGone(AT.at);
    await list(account, calendar('a'), calendar('b'), calendar('c', { selectedByDefault: false }));
    expect(await fixture.calendars.list(account)).toMatchObject([
      { name: 'a', selected: true },
      { id: b, name: 'b', selected: false },
      { id: c, name: 'c', selected: true },
    ]);
    expect(await fixture.cursor(account, 'c')).toBeNull();
    await list(account, calendar('a'));
    await fixture.calendars.deleteGone(new Date(AT.at.getTime() + 1));
    expect(await fixture.dataSource.query('SELECT name FROM calendars')).toEqual([{ name: 'a' }]);
  });

  test('ids are case-sensitive', async () => {
    const account = await fixture.connect();
    await list(account, calendar('AAMk'), calendar('aamk'));
    expect(await fixture.calendars.list(account)).toHaveLength(2);
  });

  test('a listing of a run that may not write changes nothing', async () => {
    const account = await fixture.connect();
    await list(account, calendar('a'));
    expect(
      await fixture.calendars.saveListing({ accountId: account, syncId: NOBODY }, [], AT),
    ).toBe(false);
    await fixture.change(account, { status: 'disconnecting' });
    const { syncId } = await fixture.account(account);
    expect(
      await fixture.calendars.saveListing(
        { accountId: account, syncId: syncId! },
        [calendar('b')],
        AT,
      ),
    ).toBe(false);
    expect((await fixture.calendars.list(account)).map(({ name }) => name)).toEqual(['a']);
  });
});

describe('selecting calendars', () => {
  test('a deselected calendar loses its events and cursor, and is read in full when selected again', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
    await fixture.sync(account);
    const id = await fixture.calendarId(account);
    expect(await fixture.calendars.select(account, id, false)).toMatchObject({
      id,
      selected: false,
      lastSyncedAt: null,
    });
    expect(await fixture.ids(account)).toEqual([]);
    await fixture.sync(account);
    expect(fixture.provider.asked).toHaveLength(1);
    await fixture.calendars.select(account, id, true);
    fixture.provider.say('primary', page(put(event('a')), { cursor: 'c2' }));
    await fixture.sync(account);
    expect(fixture.provider.asked[1]).toMatchObject({ cursor: null });
    expect(await fixture.ids(account)).toEqual(['a']);
  });

  test('a calendar of another account is not found', async () => {
    const [mine, theirs] = [await fixture.connect(), await fixture.connect()];
    await list(theirs, calendar('a'));
    const select = fixture.calendars.select(mine, await fixture.calendarId(theirs, 'a'), false);
    await expect(select).rejects.toThrow(new IntegrationError('calendar_not_found'));
  });
});

test('deleting an account deletes its calendars and events', async () => {
  const account = await fixture.connect();
  fixture.provider.say('primary', page(put(event('a')), { cursor: 'c1' }));
  await fixture.sync(account);
  await fixture.dataSource.query('DELETE FROM connected_accounts WHERE id = $1', [account]);
  expect(
    await fixture.dataSource.query('SELECT 1 FROM calendars UNION ALL SELECT 1 FROM events'),
  ).toEqual([]);
});
