/** Every trap of both providers (reference: sections 1B and 1C), walked into with the real adapters: what is kept must equal what is shown. */
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/options.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';
import type { Move } from './invariant/moves.js';
import { play } from './invariant/stage.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 5 }).initialize();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const run: Move = { do: 'run' };
const ordinary = {
  do: 'dials',
  pageSize: null,
  emptyPages: false,
  duplicates: false,
  masterLast: false,
  cancelled: 'mixed',
  seriesDeletion: 'master',
} as const;
const daily = (day = 1, count = 6): Move => ({
  do: 'create',
  calendar: 0,
  when: { day, hour: 9, length: 1 },
  rule: `RRULE:FREQ=DAILY;COUNT=${count}`,
});
const single = (day = 1): Move => ({
  do: 'create',
  calendar: 0,
  when: { day, hour: 9, length: 1 },
});
const on = (day: number, hour: number | null = 9) => ({ day, hour, length: 1 });

const google = (...moves: Move[]) => play(dataSource, { provider: 'google' }, moves);
const microsoft = (...moves: Move[]) => play(dataSource, { provider: 'microsoft' }, moves);
const both = describe.each(['google', 'microsoft'] as const);

both('%s', (provider) => {
  const tell = (...moves: Move[]) => play(dataSource, { provider }, moves);

  test('an event moved out of the window goes, and comes back with it', async () => {
    await tell(single(), run, { do: 'move', event: 0, when: on(300) }, run, {
      do: 'move',
      event: 0,
      when: on(3),
    });
  });

  test('one occurrence moved out of the window goes alone', async () => {
    await tell(daily(), run, { do: 'occurrence', event: 0, occurrence: 2, change: on(200) });
  });

  test('one occurrence deleted goes alone, whether or not that is told', async () => {
    await tell(daily(), run, { do: 'occurrence', event: 0, occurrence: 2, change: 'delete' });
  });

  test('one occurrence renamed, and the series after it', async () => {
    await tell(daily(), run, { do: 'occurrence', event: 0, occurrence: 2, change: 'other' }, run, {
      do: 'rename',
      event: 0,
      title: 'all',
    });
  });

  test('an occurrence of an all-day series gets an hour, one of a timed series a day; both become as they were', async () => {
    const days: Move = {
      do: 'create',
      calendar: 0,
      when: on(1, null),
      rule: 'RRULE:FREQ=DAILY;COUNT=6',
    };
    await tell(
      days,
      daily(),
      run,
      { do: 'occurrence', event: 0, occurrence: 1, change: on(2, 15) },
      { do: 'occurrence', event: 1, occurrence: 1, change: on(2, null) },
      run,
      { do: 'rule', event: 0, rule: 'RRULE:FREQ=DAILY;COUNT=5' },
      { do: 'rule', event: 1, rule: 'RRULE:FREQ=DAILY;COUNT=5' },
    );
  });

  test('a series deleted goes whole', async () => {
    await tell(daily(), single(), run, { do: 'delete', event: 0 });
  });

  test('a series split goes on under two names', async () => {
    const weekly: Move = { do: 'create', calendar: 0, when: on(1), rule: 'RRULE:FREQ=WEEKLY' };
    await tell(weekly, run, { do: 'split', event: 0, occurrence: 1 });
  });

  test('a series becomes a single event, and a single event a series', async () => {
    await tell(
      daily(),
      single(),
      run,
      { do: 'rule', event: 0, rule: null },
      { do: 'rule', event: 1, rule: 'RRULE:FREQ=WEEKLY' },
    );
  });

  test('a series that began long before the window', async () => {
    const old: Move = { do: 'create', calendar: 0, when: on(-300), rule: 'RRULE:FREQ=WEEKLY' };
    await tell(old, run, { do: 'occurrence', event: 0, occurrence: 1, change: 'delete' }, run, {
      do: 'rename',
      event: 0,
      title: 'old',
    });
  });

  test('a series changed so that none of it is left in the window', async () => {
    await tell(daily(), run, { do: 'move', event: 0, when: on(300) });
  });

  test('occurrences that time brings into the window, which nobody tells of', async () => {
    const weekly: Move = { do: 'create', calendar: 0, when: on(1), rule: 'RRULE:FREQ=WEEKLY' };
    await tell(weekly, run, { do: 'days', days: 9 }, run, { do: 'days', days: 9 });
  });

  test('empty pages with more to come', async () => {
    await tell({ ...ordinary, pageSize: 2, emptyPages: true }, daily(), single(), run, {
      do: 'rename',
      event: 0,
      title: 'again',
    });
  });

  test('a calendar that changes while it is read', async () => {
    await tell({ ...ordinary, pageSize: 2 }, daily(), single(), single(2), {
      do: 'run',
      meanwhile: { nth: 3, move: { do: 'delete', event: 1 } },
    });
  });

  test('a cursor that has died of age, and one that died early', async () => {
    await tell(
      single(),
      run,
      single(2),
      { do: 'days', days: 40 },
      run,
      { do: 'delete', event: 0 },
      {
        do: 'expire',
        calendar: null,
        variant: 'resyncRequired',
      },
    );
  });

  test('another role in a calendar shows other things of the same events', async () => {
    const inSecond: Move = { do: 'create', calendar: 1, when: on(2), secret: true };
    await tell(inSecond, run, { do: 'role', calendar: 0, role: 'reader' }, run, {
      do: 'role',
      calendar: 0,
      role: 'owner',
    });
  });

  test('a calendar hidden, changed and shown again', async () => {
    const inSecond: Move = { do: 'create', calendar: 1, when: on(2) };
    await tell(
      inSecond,
      run,
      { do: 'hide calendar', calendar: 0 },
      run,
      { do: 'delete', event: 0 },
      { do: 'show calendar', calendar: 0 },
    );
  });
});

describe('google', () => {
  test.each(['full', 'sparse', 'idOnly'] as const)(
    'cancelled items as little as %s',
    async (cancelled) => {
      await google(
        { ...ordinary, cancelled },
        daily(),
        single(),
        run,
        { do: 'delete', event: 1 },
        {
          do: 'occurrence',
          event: 0,
          occurrence: 1,
          change: 'delete',
        },
      );
    },
  );

  test.each(['master', 'instances', 'both'] as const)(
    'a series deleted, told as %s',
    async (seriesDeletion) => {
      await google({ ...ordinary, seriesDeletion }, daily(), run, { do: 'delete', event: 0 });
    },
  );

  test('free/busy only: times without words', async () => {
    const inSecond: Move = { do: 'create', calendar: 1, when: on(2) };
    await google(inSecond, run, { do: 'role', calendar: 0, role: 'freeBusyReader' });
  });
});

describe('microsoft', () => {
  test.each(['SyncStateNotFound', 'resyncRequired', 'location'] as const)(
    'a dead delta link told as %s',
    async (variant) => {
      await microsoft(single(), run, { do: 'delete', event: 0 }, single(2), {
        do: 'expire',
        calendar: null,
        variant,
      });
    },
  );

  test('masters at the end of a round, after their occurrences, on another page', async () => {
    await microsoft({ ...ordinary, pageSize: 2, masterLast: true }, daily(), run, {
      do: 'rename',
      event: 0,
      title: 'late',
    });
  });

  test('items said twice in a round', async () => {
    await microsoft({ ...ordinary, duplicates: true }, single(), daily(), run, {
      do: 'rename',
      event: 0,
      title: 'twice',
    });
  });

  test('an event moved to another calendar, where it keeps its id', async () => {
    await microsoft(single(), run, { do: 'transfer', event: 0, calendar: 1 });
  });
});
