/** The runs of an account in account_syncs: joined, started, ended, replaced. */
import { describe, expect, test } from '@jest/globals';
import { shownStateOf } from '../../src/sync/sync-states.js';
import { finished, useSyncFixture } from './sync-fixture.js';

const fixture = useSyncFixture();
const OTHER = '00000000-0000-4000-8000-000000000000';
const progress = { phase: 'baseline', calendarsDone: 1, calendarsTotal: 2, eventsSeen: 3 } as const;

function queue(account: string, trigger: 'manual' | 'connect' | 'schedule' = 'manual') {
  return fixture.request(account, trigger);
}

function later(seconds: number): void {
  fixture.clock = new Date(fixture.clock.getTime() + seconds * 1000);
}

describe('a sync request', () => {
  test('a request makes a run, joins one that is queued or alive, and replaces a dead one', async () => {
    const account = await fixture.connect();
    const first = await queue(account);
    expect(first).toMatchObject({ state: 'queued', joined: false });
    later(600);
    expect(await queue(account)).toEqual({ ...first, joined: true });
    await fixture.runs.begin(account, first.syncId);
    later(80);
    expect(await queue(account)).toEqual({ ...first, state: 'running', joined: true });
    later(20);
    const second = await queue(account);
    expect(second).toMatchObject({ state: 'queued', joined: false });
    expect(await fixture.runs.progress(account, first.syncId, progress)).toBe(false);
  });

  test('a person’s request keeps its rights in a run that something else queued', async () => {
    const trigger = async () => (await fixture.account(account)).trigger;
    const account = await fixture.connect();
    await fixture.sync(account);
    for (const one of ['schedule', 'manual', 'schedule'] as const) await queue(account, one);
    expect(await trigger()).toBe('manual');
    const { syncId } = await queue(account, 'schedule');
    await fixture.runs.begin(account, syncId);
    for (const one of ['manual', 'schedule'] as const) await queue(account, one);
    expect(await fixture.account(account)).toMatchObject({ state: 'running', again: 'manual' });
  });

  test('a run that ends with a request still to serve is shown as queued until the next one', async () => {
    const account = await fixture.connect();
    const { syncId } = await queue(account, 'schedule');
    await fixture.runs.begin(account, syncId);
    await queue(account, 'manual');
    await fixture.runs.finish(account, syncId, finished(fixture.clock));
    const ended = await fixture.account(account);
    expect(ended).toMatchObject({ state: 'idle', again: 'manual' });
    const at = ended.finishedAt?.getTime() ?? 0;
    expect(shownStateOf(ended, at + 1_000)).toBe('queued');
    expect(shownStateOf(ended, at + 600_000)).toBe('idle');
    expect(shownStateOf({ ...ended, again: null }, at + 1_000)).toBe('idle');
  });

  test('a request after a new grant does not join a run with the old grant', async () => {
    const account = await fixture.connect();
    const { syncId } = await queue(account);
    expect(await queue(account, 'connect')).toMatchObject({ syncId, joined: true });
    await fixture.runs.begin(account, syncId);
    expect(await queue(account, 'connect')).toMatchObject({ state: 'queued', joined: false });
  });

  test('many simultaneous requests make one run', async () => {
    const account = await fixture.connect();
    const all = await Promise.all(Array.from({ length: 20 }, () => queue(account)));
    expect(new Set(all.map(({ syncId }) => syncId)).size).toBe(1);
    expect(all.filter(({ joined }) => !joined)).toHaveLength(1);
  });

  test('a request is refused for accounts that are missing, disconnecting or need their user', async () => {
    const account = await fixture.connect();
    await expect(queue(OTHER)).rejects.toMatchObject({ code: 'account_not_found' });
    await fixture.change(account, { status: 'reauthorization_required' });
    await expect(queue(account)).rejects.toMatchObject({ code: 'reauthorization_required' });
    await fixture.change(account, { status: 'disconnecting' });
    await expect(queue(account)).rejects.toMatchObject({ code: 'account_not_found' });
  });
});

describe('a run', () => {
  test('a run whose account lost its grant while it was queued ends when its turn comes', async () => {
    const account = await fixture.connect();
    const { syncId } = await queue(account);
    await fixture.change(account, { status: 'reauthorization_required' });
    expect(await fixture.runs.begin(account, syncId)).toBeNull();
    expect(await fixture.account(account)).toMatchObject({
      state: 'error',
      errorCode: 'reauthorization_required',
      finishedAt: fixture.clock,
      nextSyncAt: null,
    });
  });

  test('a run writes nothing when its account is disconnecting, deleted, or has another run', async () => {
    const account = await fixture.connect();
    const { runs } = fixture;
    const { syncId } = await queue(account);
    const attempts = async (id: string) => [
      await runs.begin(account, id),
      await runs.progress(account, id, progress),
      await runs.putBack(account, id),
      await runs.finish(account, id, finished()),
      await runs.fail(account, id, {
        code: 'server_error',
        retryable: true,
        nextSyncAt: fixture.clock,
      }),
      await runs.endWithoutGrant(account, id),
      await runs.holds(account, id),
    ];
    const none = [null, false, false, false, false, false, false];
    const before = await fixture.account(account);
    expect(await attempts(OTHER)).toEqual(none);
    expect(await fixture.account(account)).toEqual(before);
    await fixture.change(account, { status: 'disconnecting' });
    expect(await attempts(syncId)).toEqual(none);
    await fixture.dataSource.query('DELETE FROM connected_accounts');
    expect(await attempts(syncId)).toEqual(none);
  });

  test('a run that has ended is not started again', async () => {
    const account = await fixture.connect();
    const { syncId } = await queue(account);
    await fixture.runs.begin(account, syncId);
    await fixture.runs.finish(account, syncId, finished());
    expect(await fixture.runs.begin(account, syncId)).toBeNull();
  });

  test('a run reports its progress and its end', async () => {
    const account = await fixture.connect();
    const { syncId } = await queue(account);
    await fixture.runs.begin(account, syncId);
    await fixture.runs.progress(account, syncId, progress);
    expect(await fixture.account(account)).toMatchObject({
      state: 'running',
      phase: 'baseline',
      trigger: 'manual',
      startedAt: fixture.clock,
      finishedAt: null,
      calendarsDone: 1,
      calendarsTotal: 2,
      eventsSeen: 3,
    });
    await fixture.runs.fail(account, syncId, {
      code: 'throttled',
      retryable: true,
      nextSyncAt: fixture.clock,
    });
    expect(await fixture.account(account)).toMatchObject({
      state: 'backoff',
      phase: null,
      finishedAt: fixture.clock,
      errorCode: 'throttled',
      failures: 1,
      nextSyncAt: fixture.clock,
    });
  });
});

test('a connected idle account is due when its time has come', async () => {
  const [due, early, busy, waiting] = await Promise.all([0, 1, 2, 3].map(() => fixture.connect()));
  const nextSyncAt = new Date(fixture.clock.getTime() - 1);
  await fixture.change(due!, { nextSyncAt, state: 'backoff' });
  await fixture.change(early!, { nextSyncAt: new Date(fixture.clock.getTime() + 1) });
  await fixture.change(busy!, { nextSyncAt, state: 'running' });
  await fixture.change(waiting!, { nextSyncAt, status: 'reauthorization_required' });
  expect(await fixture.schedule.due(10)).toEqual([due]);
});

test('a run without heartbeat, or queued and never started, is stuck', async () => {
  const account = await fixture.connect();
  const { syncId } = await queue(account);
  later(299);
  expect(await fixture.schedule.stuck(10)).toEqual([]);
  later(2);
  expect(await fixture.schedule.stuck(10)).toEqual([
    { accountId: account, syncId, state: 'queued', failures: 0 },
  ]);
  await fixture.runs.begin(account, syncId);
  later(89);
  expect(await fixture.schedule.stuck(10)).toEqual([]);
  later(2);
  expect(await fixture.schedule.stuck(10)).toEqual([
    { accountId: account, syncId, state: 'running', failures: 0 },
  ]);
});
