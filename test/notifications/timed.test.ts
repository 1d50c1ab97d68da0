/**
 * event.starting and event.ended, over random edits of events with a clock that is moved, through
 * both changes of the clock of a year.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { dueEvents } from '../../src/calendars/due-events.js';
import { createDataSource } from '../../src/database/options.js';
import { TimedEvents } from '../../src/notifications/timed-events.js';
import { insertAccount, insertCalendar, insertEvent } from '../support/insert-rows.js';
import { createTestDatabase, type TestDatabase } from '../support/servers.js';

/** Random edits of each story. `TIMED_EDITS=1000` makes 2,000 of the two. */
const EDITS = Number(process.env['TIMED_EDITS'] ?? 150);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let database: TestDatabase;
let dataSource: DataSource;
let timed: TimedEvents;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 4 }).initialize();
  timed = new TimedEvents({ dataSource, dueEvents });
});
beforeEach(async () => {
  await dataSource.query(
    'TRUNCATE connected_accounts, notifications, webhook_endpoints, timed_notifications CASCADE',
  );
  await dataSource.query('UPDATE notification_feed SET timed_to = NULL');
});
afterAll(async () => {
  await dataSource?.destroy();
  await database?.drop();
});

async function ask(types: readonly string[], minutesBefore = 10): Promise<void> {
  await dataSource.query(
    `INSERT INTO webhook_endpoints (url, types, minutes_before) VALUES ('https://x.example', $1, $2)`,
    [types, minutesBefore],
  );
}

interface Written {
  readonly type: string;
  readonly data: {
    readonly eventId: string;
    readonly start: { dateTime?: string; date?: string };
    readonly end: { dateTime?: string; date?: string };
    readonly minutesBefore: number | null;
  };
}

let seen = 0;
/** Runs the search at a moment. @returns what it wrote */
async function runAt(now: Date): Promise<Written[]> {
  await timed.run(now);
  const rows = await dataSource.query(
    'SELECT type, data, entry::float8 AS entry FROM notifications WHERE entry > $1 ORDER BY entry',
    [seen],
  );
  seen = rows.at(-1)?.entry ?? seen;
  return rows;
}

async function place(id: string, start: number, minutes = 30): Promise<void> {
  await dataSource.query(
    `UPDATE events SET all_day = false, starts_at = $2, ends_at = $3 WHERE id = $1`,
    [id, new Date(start), new Date(start + minutes * MINUTE)],
  );
}

describe('one event', () => {
  const start = Date.parse('2026-03-10T10:00:00Z');
  const at = (minutes: number) => new Date(start + minutes * MINUTE);
  let accountId: string;
  let id: string;
  beforeEach(async () => {
    accountId = await insertAccount(dataSource);
    const calendarId = await insertCalendar(dataSource, { accountId });
    id = await insertEvent(dataSource, { accountId, calendarId });
    await place(id, start);
    await ask(['event.starting', 'event.ended'], 10);
  });

  test('its start is announced once, the asked time before, and its end', async () => {
    expect(await runAt(at(-11))).toEqual([]);
    const [starting, ...more] = await runAt(at(-10));
    expect(starting).toMatchObject({
      type: 'event.starting',
      data: {
        eventId: id,
        start: { dateTime: '2026-03-10T10:00:00.000Z' },
        end: { dateTime: '2026-03-10T10:30:00.000Z' },
        minutesBefore: 10,
      },
    });
    expect(more).toEqual([]);
    expect(await runAt(new Date(at(-10).getTime() + SECOND))).toEqual([]);
    await runAt(at(29));
    expect((await runAt(at(30))).map(({ type, data }) => [type, data.minutesBefore])).toEqual([
      ['event.ended', null],
    ]);
  });

  test('two endpoints that ask for different times get one notification each', async () => {
    await ask(['event.starting'], 0);
    await runAt(at(-11));
    expect((await runAt(at(-10))).map(({ data }) => data.minutesBefore)).toEqual([10]);
    await runAt(at(-1));
    expect((await runAt(at(0))).map(({ data }) => data.minutesBefore)).toEqual([0]);
  });

  test('it is announced at its new time after a move, and again after a move from it', async () => {
    await runAt(at(-11));
    await place(id, at(60).getTime());
    expect(await runAt(at(-10))).toEqual([]);
    await runAt(at(49));
    expect(await runAt(at(50))).toHaveLength(1);
    await place(id, at(120).getTime());
    await runAt(at(109));
    expect(await runAt(at(110))).toHaveLength(1);
  });

  test.each([
    ['cancelled', `status = 'cancelled'`],
    ['declined', `self_response = 'declined'`],
    ['not shown', 'shown = false'],
  ])('an event that is %s is not announced', async (_what, change) => {
    await runAt(at(-11));
    await dataSource.query(`UPDATE events SET ${change} WHERE id = $1`, [id]);
    expect(await runAt(at(-10))).toEqual([]);
  });

  test('an event of an account that needs its user is not announced', async () => {
    await runAt(at(-11));
    await dataSource.query(
      `UPDATE connected_accounts SET status = 'reauthorization_required' WHERE id = $1`,
      [accountId],
    );
    expect(await runAt(at(-10))).toEqual([]);
  });

  test('moments of the last quarter of an hour are caught up, earlier ones are not', async () => {
    await runAt(at(-11));
    expect(await runAt(at(0))).toHaveLength(1);
    await place(id, at(100).getTime());
    await runAt(at(89));
    expect(await runAt(at(107))).toEqual([]);
  });

  test('nothing of before is announced when an endpoint begins to ask', async () => {
    await runAt(at(-11));
    await dataSource.query('DELETE FROM webhook_endpoints');
    await runAt(at(-10));
    await ask(['event.starting'], 10);
    expect(await runAt(at(-9))).toEqual([]);
  });
});

test.each([
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
  ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
  ['Asia/Kolkata', '2026-03-29', '2026-03-28T18:30:00Z', '2026-03-29T18:30:00Z'],
  ['Pacific/Kiritimati', '2026-03-29', '2026-03-28T10:00:00Z', '2026-03-29T10:00:00Z'],
  ['Not/A_Zone', '2026-03-29', '2026-03-29T00:00:00Z', '2026-03-30T00:00:00Z'],
])('in %s, the day %s begins and ends at its midnights', async (zone, day, begins, ends) => {
  const accountId = await insertAccount(dataSource);
  const calendarId = await insertCalendar(dataSource, { accountId });
  const id = await insertEvent(dataSource, { accountId, calendarId });
  await dataSource.query('UPDATE calendars SET time_zone = $1', [zone]);
  await dataSource.query(
    `UPDATE events SET all_day = true, starts_at = $2::date::timestamp AT TIME ZONE 'UTC',
            ends_at = ($2::date + 1)::timestamp AT TIME ZONE 'UTC', start_date = $2::date,
            end_date = $2::date + 1 WHERE id = $1`,
    [id, day],
  );
  await ask(['event.starting', 'event.ended'], 15);
  for (const [type, moment] of [
    ['event.starting', Date.parse(begins) - 15 * MINUTE],
    ['event.ended', Date.parse(ends)],
  ] as const) {
    await runAt(new Date(moment - MINUTE));
    expect(await runAt(new Date(moment - 10 * SECOND))).toEqual([]);
    const written = await runAt(new Date(moment + SECOND));
    expect(written.map((one) => [one.type, one.data.start])).toEqual([[type, { date: day }]]);
  }
});

/** A generator of numbers from 0 to 1 with a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the story knows of an event, independent of the database. */
interface Known {
  /** Instant of the start. */
  start: number;
  minutes: number;
  takesPlace: boolean;
}

test.each([
  ['spring', '2026-03-28T22:00:00Z'],
  ['autumn', '2026-10-24T21:00:00Z'],
])(
  'over random edits in %s, each start is announced once, in time and as it is',
  async (_season, from) => {
    const seed = Number(process.env['TIMED_SEED'] ?? Date.now() % 1_000_000);
    const random = generator(seed);
    const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
    const accountId = await insertAccount(dataSource);
    const calendarId = await insertCalendar(dataSource, { accountId });
    await ask(['event.starting'], 10);
    let now = Date.parse(from);
    await runAt(new Date(now));
    const events = new Map<string, Known>();
    const announced = new Set<string>();
    const problems: string[] = [];

    const edit = async () => {
      const ids = [...events.keys()];
      const id = ids[between(0, ids.length - 1)];
      const kind = events.size < 20 || id === undefined ? 0 : between(0, 5);
      const start = now + between(-5, 90) * MINUTE + between(0, 59) * SECOND;
      if (kind === 0) {
        const own = await insertEvent(dataSource, { accountId, calendarId });
        await place(own, start);
        events.set(own, { start, minutes: 30, takesPlace: true });
        return;
      }
      const event = events.get(id!)!;
      if (kind === 1) {
        await dataSource.query('DELETE FROM events WHERE id = $1', [id]);
        events.delete(id!);
      } else if (kind === 2 || kind === 3) {
        // A move; the second kind is what a change of the zone does: by whole hours.
        event.start = kind === 2 ? start : event.start + between(-2, 2) * HOUR;
        await place(id!, event.start, event.minutes);
      } else if (kind === 4) {
        event.takesPlace = !event.takesPlace;
        // It may have been declined before.
        await dataSource.query(
          `UPDATE events SET status = $2, self_response = 'accepted' WHERE id = $1`,
          [id, event.takesPlace ? 'confirmed' : 'cancelled'],
        );
      } else {
        event.takesPlace = !event.takesPlace;
        await dataSource.query(
          `UPDATE events SET status = 'confirmed', self_response = $2 WHERE id = $1`,
          [id, event.takesPlace ? 'accepted' : 'declined'],
        );
      }
    };

    for (let edits = 0; edits < EDITS; edits++) {
      await edit();
      const before = now;
      now += between(1, 90) * SECOND;
      const due = [...events]
        .filter(([, { start, takesPlace }]) => takesPlace && start - 10 * MINUTE > before)
        .filter(([, { start }]) => start - 10 * MINUTE <= now)
        .map(([id, { start }]) => `${id} ${start}`);
      const written = await runAt(new Date(now));
      for (const { data } of written) {
        const event = events.get(data.eventId);
        const start = Date.parse(data.start.dateTime ?? '');
        const key = `${data.eventId} ${start}`;
        if (event === undefined || !event.takesPlace || event.start !== start)
          problems.push(`${key} is not as the event is now`);
        const late = now - (start - 10 * MINUTE);
        if (late < 0 || late > now - before + 5 * SECOND)
          problems.push(`${key} is ${late} ms late`);
        if (announced.has(key)) problems.push(`${key} was announced before`);
        announced.add(key);
      }
      for (const key of due)
        if (!announced.has(key)) problems.push(`${key} was not announced at ${now}`);
    }
    expect({ seed, problems }).toEqual({ seed, problems: [] });
    expect(announced.size).toBeGreaterThan(EDITS / 20);
  },
  600_000,
);
