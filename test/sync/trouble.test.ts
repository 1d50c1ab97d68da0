/**
 * Runs that fail: what is retried and when, how many requests it costs, and what the account shows.
 */
import { describe, expect, test } from '@jest/globals';
import { ProviderError } from '../../src/errors.js';
import { presentCalendar, presentSync } from '../../src/http/present.js';
import type { SyncTrigger } from '../../src/vocabulary.js';
import { calendar, event, page, put } from './scripted-provider.js';
import { useSyncFixture } from './sync-fixture.js';

const fixture = useSyncFixture();
const MINUTE = 60_000;

async function sync(account: string, trigger: SyncTrigger): Promise<void> {
  const { syncId } = await fixture.request(account, trigger);
  await fixture.run(account, syncId);
}

function pass(milliseconds: number): void {
  fixture.clock = new Date(fixture.clock.getTime() + milliseconds);
}

async function shown(account: string, providerCalendarId: string) {
  const row = await fixture.account(account);
  const found = (await fixture.calendars.list(account)).find(
    (one) => one.providerCalendarId === providerCalendarId,
  )!;
  return presentCalendar(found, row);
}

describe('a calendar that fails', () => {
  test('a failing calendar is retried after five minutes, then with growing delays up to six hours', async () => {
    const account = await fixture.connect();
    fixture.provider.calendars = [calendar('primary', { primary: true }), calendar('broken')];
    await sync(account, 'schedule');
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      fixture.provider.say('broken', new ProviderError('provider_error'));
      await sync(account, 'schedule');
      const { sync: said } = await shown(account, 'broken');
      expect(said).toMatchObject({
        state: 'backoff',
        error: { code: 'provider_error', retryable: true },
      });
      waits.push((Date.parse(said.nextAttemptAt!) - fixture.clock.getTime()) / MINUTE);
      const asked = fixture.provider.asked.length;
      pass(Date.parse(said.nextAttemptAt!) - fixture.clock.getTime() - 1);
      await sync(account, 'schedule');
      await sync(account, 'push');
      const since = fixture.provider.asked.slice(asked).map((one) => one.providerCalendarId);
      expect(since).toEqual(['primary', 'primary']);
      pass(1);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 360, 360]);
  });

  test('a failing calendar keeps the account from being shown as synced until it is read', async () => {
    const account = await fixture.connect();
    fixture.provider.calendars = [calendar('primary', { primary: true }), calendar('broken')];
    await sync(account, 'schedule');
    const wellAt = fixture.clock;
    pass(MINUTE);
    fixture.provider.say('broken', new ProviderError('calendar_forbidden'));
    await sync(account, 'schedule');
    pass(MINUTE);
    await sync(account, 'schedule');
    expect(await fixture.account(account)).toMatchObject({
      errorCode: 'calendar_forbidden',
      lastSyncedAt: wellAt,
    });
    expect(await shown(account, 'broken')).toMatchObject({
      lastSyncedAt: wellAt.toISOString(),
      sync: { state: 'error', lastAttemptAt: new Date(wellAt.getTime() + MINUTE).toISOString() },
    });
    await sync(account, 'manual');
    expect(await fixture.account(account)).toMatchObject({
      errorCode: null,
      lastSyncedAt: fixture.clock,
    });
    expect((await shown(account, 'broken')).sync).toMatchObject({ state: 'idle', error: null });
  });

  test('a failing calendar makes the account due at its retry time, not only at the next poll', async () => {
    const account = await fixture.connect();
    fixture.provider.say(
      'primary',
      new ProviderError('provider_unavailable'),
      new ProviderError('provider_unavailable'),
      new ProviderError('provider_unavailable'),
    );
    await sync(account, 'schedule');
    const { nextSyncAt, failures } = await fixture.account(account);
    expect(nextSyncAt!.getTime() - fixture.clock.getTime()).toBe(5 * MINUTE);
    expect(failures).toBe(0);
  });
});

describe('Retry-After', () => {
  test('Retry-After holds for every run: none sends a request before it', async () => {
    const account = await fixture.connect();
    fixture.provider.say('primary', new ProviderError('throttled', { retryAfterSeconds: 1_800 }));
    await sync(account, 'schedule');
    const until = new Date(fixture.clock.getTime() + 1_800_000);
    expect((await fixture.account(account)).nextSyncAt!.getTime()).toBeGreaterThanOrEqual(
      until.getTime(),
    );
    expect((await shown(account, 'primary')).sync).toMatchObject({
      state: 'backoff',
      error: { code: 'throttled' },
    });
    let listed = 0;
    fixture.provider.beforeListing = () => void listed++;
    for (const trigger of ['manual', 'push', 'schedule'] as const) {
      pass(9 * MINUTE);
      await sync(account, trigger);
      const waiting = await fixture.account(account);
      expect(presentSync(waiting)).toMatchObject({
        state: 'backoff',
        error: { code: 'throttled', retryable: true },
      });
      expect(waiting.nextSyncAt).toEqual(until);
    }
    expect(listed).toBe(0);
    fixture.clock = until;
    await sync(account, 'schedule');
    expect(listed).toBe(1);
    expect(await fixture.account(account)).toMatchObject({
      state: 'idle',
      errorCode: null,
      failures: 0,
    });
  });

  test('Retry-After of one request delays the account’s other requests too', async () => {
    const account = await fixture.connect();
    const waits: number[] = [];
    Object.assign(fixture.services, {
      sleep: async (milliseconds: number) => {
        waits.push(milliseconds);
        pass(milliseconds);
      },
    });
    fixture.provider.calendars = ['primary', 'b', 'c', 'd', 'e'].map((id) => calendar(id));
    const asked: number[] = [];
    const answer = () => {
      asked.push(fixture.clock.getTime());
      return page([], { cursor: 'c' });
    };
    fixture.provider.say(
      'primary',
      new ProviderError('throttled', { retryAfterSeconds: 5 }),
      answer,
    );
    for (const id of ['b', 'c', 'd', 'e']) fixture.provider.say(id, answer);
    const began = fixture.clock.getTime();
    await sync(account, 'schedule');
    expect(asked).toHaveLength(5);
    expect(waits.every((wait) => wait >= 5_000 || wait <= 0)).toBe(true);
    expect(Math.max(...asked)).toBeGreaterThanOrEqual(began + 5_000);
    expect(asked.filter((at) => at > began && at < began + 5_000)).toEqual([]);
  });
});

describe('an event that PostgreSQL refuses', () => {
  const refused = event('refused', { title: 'a NUL \u0000 in it' });

  test('a refused event is skipped: the rest of its page is stored, and the count is shown and logged once', async () => {
    const account = await fixture.connect();
    const told: unknown[] = [];
    const logger = {
      ...fixture.services.logger,
      warn: (fields: object, message: string) => void told.push([fields, message]),
    };
    Object.assign(fixture.services, { logger });
    const many = Array.from({ length: 700 }, (_, i) => event(`e${i}`));
    const pages = [
      page(put(...many.slice(0, 300), refused, ...many.slice(300)), { next: '2' }),
      page(put(event('last')), { cursor: 'c' }),
    ];
    fixture.provider.say('primary', ...pages);
    await sync(account, 'schedule');
    expect(await fixture.ids(account)).toHaveLength(701);
    expect(await fixture.cursor(account)).toBe('c');
    expect((await shown(account, 'primary')).sync).toMatchObject({
      state: 'idle',
      error: null,
      skipped: 1,
    });
    expect(told).toEqual([[expect.objectContaining({ events: 1 }), 'events skipped']]);
  });

  test('two refused events, side by side or alone on their page, are skipped', async () => {
    const account = await fixture.connect();
    const another = event('another', { description: '\u0000' });
    fixture.provider.say(
      'primary',
      page(put(event('a'), refused, another, event('b')), { next: '2' }),
      page(put(refused), { cursor: 'c' }),
    );
    await sync(account, 'schedule');
    expect(await fixture.ids(account)).toEqual(['a', 'b']);
    expect((await shown(account, 'primary')).sync.skipped).toBe(3);
  });
});

describe('a full sync that would remove more than half', () => {
  const many = Array.from({ length: 60 }, (_, i) => event(`e${i}`));
  const few = many.slice(0, 29);
  const expired = new ProviderError('cursor_expired');

  async function connected(): Promise<string> {
    const account = await fixture.connect();
    fixture.provider.say('primary', page(put(...many), { cursor: 'c1' }));
    await sync(account, 'schedule');
    return account;
  }

  test('such a full sync is repeated before it is applied', async () => {
    const account = await connected();
    fixture.provider.say(
      'primary',
      expired,
      page(put(...few), { cursor: 'odd' }),
      page(put(...many), { cursor: 'c2' }),
    );
    await sync(account, 'schedule');
    expect(await fixture.ids(account)).toHaveLength(60);
    expect(await fixture.cursor(account)).toBe('c2');
  });

  test('such a full sync is applied when the second one gives the same result', async () => {
    const account = await connected();
    fixture.provider.say(
      'primary',
      expired,
      page(put(...few), { cursor: 'odd' }),
      page(put(...few), { cursor: 'c2' }),
    );
    await sync(account, 'schedule');
    expect(await fixture.ids(account)).toHaveLength(29);
    expect(fixture.provider.asked).toHaveLength(4);
  });

  test('a full sync may remove half of the events at once', async () => {
    const account = await connected();
    fixture.provider.say('primary', expired, page(put(...many.slice(0, 30)), { cursor: 'c2' }));
    await sync(account, 'schedule');
    expect(await fixture.ids(account)).toHaveLength(30);
    expect(fixture.provider.asked).toHaveLength(3);
  });
});

describe('a request during a run', () => {
  const request = (account: string, trigger: SyncTrigger) => fixture.request(account, trigger);

  test('a request during a run gets that run, and makes the account due when it ends', async () => {
    const account = await fixture.connect();
    const { syncId } = await request(account, 'schedule');
    fixture.provider.say('primary', async () => {
      for (let i = 0; i < 5; i++)
        expect(await request(account, 'push')).toMatchObject({
          syncId,
          state: 'running',
          joined: true,
        });
      return page([], { cursor: 'c' });
    });
    await fixture.run(account, syncId);
    expect(await fixture.schedule.again(account)).toBe('push');
    // If the process is killed now, the next search for due accounts finds it.
    expect(await fixture.schedule.due(10)).toEqual([account]);
    await request(account, 'push');
    const { syncId: next } = await fixture.account(account);
    await fixture.run(account, next!);
    expect(await fixture.schedule.again(account)).toBeNull();
    expect(await fixture.schedule.due(10)).toEqual([]);
    expect(fixture.provider.asked).toHaveLength(2);
  });

  test('a request during a run that fails is served by the later retry', async () => {
    const account = await fixture.connect();
    const { syncId } = await request(account, 'schedule');
    fixture.provider.beforeListing = async () => {
      await request(account, 'manual');
      throw new ProviderError('provider_error');
    };
    await fixture.run(account, syncId);
    expect(await fixture.schedule.again(account)).toBeNull();
    expect(await fixture.account(account)).toMatchObject({
      state: 'backoff',
      nextSyncAt: new Date(fixture.clock.getTime() + 30_000),
    });
  });

  test('a request does not make a throttled account send requests too early', async () => {
    const account = await fixture.connect();
    const { syncId } = await request(account, 'schedule');
    fixture.provider.say('primary', async () => {
      await request(account, 'push');
      throw new ProviderError('throttled', { retryAfterSeconds: 600 });
    });
    await fixture.run(account, syncId);
    expect(await fixture.schedule.again(account)).toBeNull();
    expect((await fixture.account(account)).nextSyncAt!.getTime()).toBeGreaterThanOrEqual(
      fixture.clock.getTime() + 600_000,
    );
  });

  test('a request during a run that restarts after a crash is served by that run', async () => {
    const account = await fixture.connect();
    const { syncId } = await request(account, 'schedule');
    await fixture.runs.begin(account, syncId);
    await request(account, 'push');
    await fixture.run(account, syncId);
    expect(await fixture.schedule.again(account)).toBeNull();
  });
});

test('an account shows last success, last and next attempt, and is not synced before a cursor is saved', async () => {
  const account = await fixture.connect();
  fixture.provider.say(
    'primary',
    page(put(event('a')), { next: '2' }),
    new ProviderError('provider_error'),
  );
  await sync(account, 'manual');
  const failed = await fixture.account(account);
  expect(failed.lastSyncedAt).toBeNull();
  expect(presentSync(failed)).toMatchObject({
    state: 'backoff',
    error: { code: 'provider_error', retryable: true },
    startedAt: fixture.clock.toISOString(),
  });
  expect(failed.nextSyncAt).toEqual(new Date(fixture.clock.getTime() + 5 * MINUTE));
  expect(await shown(account, 'primary')).toMatchObject({
    lastSyncedAt: null,
    sync: { state: 'backoff' },
  });
  pass(MINUTE);
  await sync(account, 'manual');
  expect(presentSync(await fixture.account(account))).toMatchObject({
    error: null,
    startedAt: fixture.clock.toISOString(),
  });
  expect(await shown(account, 'primary')).toMatchObject({
    lastSyncedAt: fixture.clock.toISOString(),
    sync: {
      state: 'idle',
      error: null,
      skipped: 0,
      nextAttemptAt: new Date(fixture.clock.getTime() + 10 * MINUTE).toISOString(),
    },
  });
});
