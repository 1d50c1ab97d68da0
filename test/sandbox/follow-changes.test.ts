// A property test: after any edits, a client that follows the documented rules has the events of
// the provider.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Control,
  type ProviderName,
  type Sandbox,
  startSandbox,
} from '../../sandbox/index.js';
import { deltaRound, type Json, listAll } from './clients.js';

const FROM = '2026-09-01T00:00:00Z';
const TO = '2026-12-01T00:00:00Z';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => new Date('2026-09-20T10:00:00Z'), contents: 'empty' });
  sandbox.control.configure({
    google: { requestsPerMinutePerUser: null, latencyMs: 0 },
    microsoft: { latencyMs: 0 },
  });
});
afterAll(() => sandbox.close());

type Edit = { kind: string; pick: number; day: number; hour: number };

const edits = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'single',
      'allDay',
      'series',
      'rename',
      'retime',
      'moveFar',
      'delete',
      'editOne',
      'moveOne',
      'deleteOne',
      'pause',
    ),
    pick: fc.nat(20),
    day: fc.integer({ min: -40, max: 120 }),
    hour: fc.integer({ min: 0, max: 22 }),
  }),
  { minLength: 3, maxLength: 25 },
);

const at = (day: number, hour: number) =>
  new Date(Date.parse(FROM) + day * 86_400_000 + hour * 3_600_000).toISOString();
const local = (day: number, hour: number) => ({
  dateTime: at(day, hour).slice(0, 19),
  timeZone: 'Europe/Madrid',
});
const time = (day: number, hour: number) => ({
  start: local(day, hour),
  end: local(day, hour + 1),
});

function apply(
  control: Control,
  calendar: { provider: ProviderName; user: string; calendarId: string },
  known: string[],
  { kind, pick, day, hour }: Edit,
): void {
  const eventId = known[pick % Math.max(1, known.length)] ?? '';
  const create = (event: Parameters<Control['createEvent']>[0]['event']) =>
    void known.push(control.createEvent({ ...calendar, event }).id);
  if (kind === 'single') create({ ...time(day, hour), title: `single ${day}` });
  if (kind === 'allDay') {
    create({
      start: at(day, 0).slice(0, 10),
      end: at(day + 1 + (hour % 3), 0).slice(0, 10),
      title: 'all day',
    });
  }
  if (kind === 'series') {
    const frequency = hour % 2 ? 'WEEKLY' : 'DAILY;INTERVAL=3';
    create({
      ...time(day, hour),
      recurrence: `RRULE:FREQ=${frequency}${pick % 2 ? ';COUNT=6' : ''}`,
      title: `series ${day}`,
    });
  }
  try {
    if (kind === 'rename')
      control.updateEvent({ ...calendar, eventId, changes: { title: `renamed ${hour}` } });
    if (kind === 'retime') control.updateEvent({ ...calendar, eventId, changes: time(day, hour) });
    if (kind === 'moveFar')
      control.updateEvent({ ...calendar, eventId, changes: time(day + 400, hour) });
    if (kind === 'delete') control.deleteEvent({ ...calendar, eventId });
    const date = control
      .view(calendar.provider, calendar.user, calendar.calendarId, FROM, TO)
      .filter((event) => event.seriesId === eventId)[pick % 5]?.start;
    if (!date) return;
    if (kind === 'editOne')
      control.editOccurrence({ ...calendar, eventId, date, changes: { title: `one ${hour}` } });
    if (kind === 'moveOne')
      control.editOccurrence({ ...calendar, eventId, date, changes: time(day, hour) });
    if (kind === 'deleteOne') control.deleteOccurrence({ ...calendar, eventId, date });
  } catch (error) {
    // The event or occurrence no longer exists, so this edit does nothing.
    if (!/has no/.test(String(error))) throw error;
  }
}

async function followGoogle(
  accessToken: string,
  calendarId: string,
): Promise<{ sync: () => Promise<void>; rows: () => unknown[] }> {
  const rows = new Map<string, Json>();
  let syncToken: string | undefined;
  return {
    rows: () =>
      [...rows.values()]
        .filter(
          (row) =>
            new Date(row['end'].dateTime ?? row['end'].date) > new Date(FROM) &&
            new Date(row['start'].dateTime ?? row['start'].date) < new Date(TO),
        )
        .map((row) => [
          row['id'],
          row['summary'],
          new Date(row['start'].dateTime ?? row['start'].date).getTime(),
        ]),
    async sync() {
      const window: Record<string, string> =
        syncToken === undefined ? { timeMin: FROM, timeMax: TO } : { syncToken };
      const { items, last } = await listAll(sandbox, accessToken, calendarId, {
        ...window,
        singleEvents: 'true',
        maxResults: '7',
      });
      for (const item of items) {
        if (item['status'] !== 'cancelled') rows.set(item['id'], item);
        else
          for (const [id, row] of rows)
            if (id === item['id'] || row['recurringEventId'] === item['id']) rows.delete(id);
      }
      syncToken = last['nextSyncToken'] as string;
    },
  };
}

async function followMicrosoft(
  accessToken: string,
  calendarId: string,
): Promise<{ sync: () => Promise<void>; rows: () => unknown[] }> {
  const rows = new Map<string, Json>();
  let link = `/me/calendars/${calendarId}/calendarView/delta?startDateTime=${FROM}&endDateTime=${TO}`;
  return {
    rows: () =>
      [...rows.values()].map((row) => [
        row['id'],
        row['subject'],
        Date.parse(`${row['start'].dateTime}Z`),
      ]),
    async sync() {
      const { items, deltaLink } = await deltaRound(
        sandbox,
        accessToken,
        link,
        'IdType="ImmutableId", odata.maxpagesize=7',
      );
      const masters = new Map(
        items.filter((item) => item['type'] === 'seriesMaster').map((item) => [item['id'], item]),
      );
      const forget = (master: string) => {
        for (const [id, row] of rows) if (row['seriesMasterId'] === master) rows.delete(id);
      };
      for (const master of masters.keys()) {
        forget(master);
        rows.delete(master);
      }
      for (const item of items) {
        if (item['@removed']) {
          forget(item['id']);
          rows.delete(item['id']);
        } else if (item['type'] !== 'seriesMaster')
          rows.set(item['id'], { ...masters.get(item['seriesMasterId']), ...item });
      }
      link = deltaLink;
    },
  };
}

describe.each([
  ['google', 'ana@example.com', ['https://www.googleapis.com/auth/calendar'], followGoogle],
  ['microsoft', 'ana@northwind.example', ['Calendars.ReadWrite'], followMicrosoft],
] as const)('%s', (provider, user, scopes, follow) => {
  test('after any edits, a client that follows changes has the same events as the provider', async () => {
    const { accessToken } = sandbox.control.issueTokens({ provider, user, scopes: [...scopes] });
    await fc.assert(
      fc.asyncProperty(edits, async (sequence) => {
        const calendarId = sandbox.control.createCalendar({
          provider,
          user,
          calendar: { name: 'Any', timeZone: 'UTC' },
        }).id;
        const client = await follow(accessToken, calendarId);
        const known: string[] = [];
        await client.sync();
        for (const edit of sequence) {
          if (edit.kind === 'pause') await client.sync();
          else apply(sandbox.control, { provider, user, calendarId }, known, edit);
        }
        await client.sync();
        const truth = sandbox.control
          .view(provider, user, calendarId, FROM, TO)
          .map((event) => [event.id, event.title, Date.parse(event.start)]);
        expect(client.rows().sort()).toEqual(truth.sort());
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});
