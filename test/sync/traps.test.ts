/**
 * Every known trap of both providers (docs/providers/), with the real adapters: the stored events
 * must equal the provider's.
 */
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

  test('an event moved out of the window is removed, and returns when it is moved back', async () => {
    await tell(single(), run, { do: 'move', event: 0, when: on(300) }, run, {
      do: 'move',
      event: 0,
      when: on(3),
    });
  });

  test('an occurrence moved out of the window is removed alone', async () => {
    await tell(daily(), run, { do: 'occurrence', event: 0, occurrence: 2, change: on(200) });
  });

  test('a deleted occurrence is removed alone, whether or not it is reported', async () => {
    await tell(daily(), run, { do: 'occurrence', event: 0, occurrence: 2, change: 'delete' });
  });

  test('an occurrence and then its series can be renamed', async () => {
    await tell(daily(), run, { do: 'occurrence', event: 0, occurrence: 2, change: 'other' }, run, {
      do: 'rename',
      event: 0,
      title: 'all',
    });
  });

  test('an occurrence can change between all-day and timed, and back', async () => {
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

  test('a deleted series is removed completely', async () => {
    await tell(daily(), single(), run, { do: 'delete', event: 0 });
  });

  test('a split series continues as two series', async () => {
    const weekly: Move = { do: 'create', calendar: 0, when: on(1), rule: 'RRULE:FREQ=WEEKLY' };
    await tell(weekly, run, { do: 'split', event: 0, occurrence: 1 });
  });

  test('a series can become a single event, and a single event a series', async () => {
    await tell(
      daily(),
      single(),
      run,
      { do: 'rule', event: 0, rule: null },
      { do: 'rule', event: 1, rule: 'RRULE:FREQ=WEEKLY' },
    );
  });

  test('a series that began long before the window is stored', async () => {
    const old: Move = { do: 'create', calendar: 0, when: on(-300), rule: 'RRULE:FREQ=WEEKLY' };
    await tell(old, run, { do: 'occurrence', event: 0, occurrence: 1, change: 'delete' }, run, {
      do: 'rename',
      event: 0,
      title: 'old',
    });
  });

  test('a series changed to lie outside the window is removed', async () => {
    await tell(daily(), run, { do: 'move', event: 0, when: on(300) });
  });

  test('occurrences that enter the window with time, unreported, are stored', async () => {
    const weekly: Move = { do: 'create', calendar: 0, when: on(1), rule: 'RRULE:FREQ=WEEKLY' };
    await tell(weekly, run, { do: 'days', days: 9 }, run, { do: 'days', days: 9 });
  });

  test('empty pages before further pages are read', async () => {
    await tell({ ...ordinary, pageSize: 2, emptyPages: true }, daily(), single(), run, {
      do: 'rename',
      event: 0,
      title: 'again',
    });
  });

  test('a calendar that changes during a sync is stored correctly', async () => {
    await tell({ ...ordinary, pageSize: 2 }, daily(), single(), single(2), {
      do: 'run',
      meanwhile: { nth: 3, move: { do: 'delete', event: 1 } },
    });
  });

  test('a cursor that expired by age, or early, leads to the same events', async () => {
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

  test('another access role shows other details of the same events', async () => {
    const inSecond: Move = { do: 'create', calendar: 1, when: on(2), secret: true };
    await tell(inSecond, run, { do: 'role', calendar: 0, role: 'reader' }, run, {
      do: 'role',
      calendar: 0,
      role: 'owner',
    });
  });

  test('a calendar that was hidden, changed and shown again is stored correctly', async () => {
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
    'cancelled items with %s details are removed',
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
    'a deleted series reported as %s is removed',
    async (seriesDeletion) => {
      await google({ ...ordinary, seriesDeletion }, daily(), run, { do: 'delete', event: 0 });
    },
  );

  test.each(['full', 'sparse', 'idOnly'] as const)(
    'a single event that became a series and was deleted is removed (cancelled instances: %s)',
    async (cancelled) => {
      const dials: Move = { ...ordinary, cancelled, seriesDeletion: 'instances' };
      const rule: Move = { do: 'rule', event: 0, rule: 'RRULE:FREQ=DAILY;COUNT=4' };
      await google(dials, single(), single(2), run, rule, { do: 'delete', event: 0 });
    },
  );

  test('a single event that became a series and is single again is stored', async () => {
    const rule = (rule: string | null): Move => ({ do: 'rule', event: 0, rule });
    await google(
      { ...ordinary, pageSize: 2 },
      single(),
      run,
      rule('RRULE:FREQ=DAILY;COUNT=4'),
      {
        do: 'run',
      },
      rule(null),
    );
  });

  test('a free/busy reader gets times without text', async () => {
    const inSecond: Move = { do: 'create', calendar: 1, when: on(2) };
    await google(inSecond, run, { do: 'role', calendar: 0, role: 'freeBusyReader' });
  });
});

describe('microsoft', () => {
  test.each(['SyncStateNotFound', 'resyncRequired', 'location'] as const)(
    'an expired delta link answered with %s leads to the same events',
    async (variant) => {
      await microsoft(single(), run, { do: 'delete', event: 0 }, single(2), {
        do: 'expire',
        calendar: null,
        variant,
      });
    },
  );

  test('masters on a later page than their occurrences are applied', async () => {
    await microsoft({ ...ordinary, pageSize: 2, masterLast: true }, daily(), run, {
      do: 'rename',
      event: 0,
      title: 'late',
    });
  });

  test('items repeated in a round are stored once', async () => {
    await microsoft({ ...ordinary, duplicates: true }, single(), daily(), run, {
      do: 'rename',
      event: 0,
      title: 'twice',
    });
  });

  test('an event moved to another calendar with the same id is stored there', async () => {
    await microsoft(single(), run, { do: 'transfer', event: 0, calendar: 1 });
  });
});
