// Requests to Google Calendar that differ from other providers', and its errors.

import { describe, expect, test } from '@jest/globals';
import { pageCursor } from '../../src/providers/cursor-version.js';
import { rejection, useFakeProvider } from './fake-provider.js';
import { behavesLikeAProvider } from './provider-contract.js';

const ID = 'es.spain#holiday@group.v.calendar.google.com/?x';
const EVENTS = `GET /calendar/v3/calendars/${encodeURIComponent(ID)}/events`;
const window = { from: new Date('2026-08-01T00:00:00Z'), to: new Date('2027-08-01T00:00:00Z') };
const event = {
  id: 'e',
  start: { dateTime: '2026-09-07T10:00:00+02:00' },
  end: { dateTime: '2026-09-07T11:00:00+02:00' },
};

const error = (reason: string) => ({
  error: { code: 0, message: 'words', errors: [{ domain: 'x', reason }] },
});

behavesLikeAProvider({
  id: 'google',
  routes: { calendars: 'GET /calendar/v3/users/me/calendarList', events: EVENTS },
  page: (items, { next, cursor }) => ({ items, nextPageToken: next, nextSyncToken: cursor }),
  calendar: { id: ID },
  event,
  removed: { ...event, status: 'cancelled' } as { id: string },
  error,
  codes: {
    badToken: 'authError',
    throttled: 'rateLimitExceeded',
    expired: 'fullSyncRequired',
    gone: 'notFound',
    forbidden: 'forbidden',
    noMailbox: [403, 'notACalendarUser'],
  },
});

const at = useFakeProvider();

function read(more: { cursor?: string | null; page?: string | null } = {}) {
  const request = {
    accessToken: 'at',
    providerCalendarId: ID,
    window,
    cursor: null,
    page: null,
    ...more,
  };
  return at.provider('google').calendars.readChanges(request);
}

function asked(): Record<string, string>[] {
  return at.fake.requests.map(({ url }) =>
    Object.fromEntries(new URL(url, at.fake.url).searchParams),
  );
}

describe('request parameters', () => {
  test('full and incremental syncs send their parameters on each page', async () => {
    at.fake.on(EVENTS, () => ({ json: { items: [], nextPageToken: 'p2' } }));
    await read();
    at.fake.on(EVENTS, () => ({ json: { items: [], nextSyncToken: 'CPDA==' } }));
    const { cursor } = await read({ page: 'p2' });
    expect(cursor).toBe(pageCursor(null, 'CPDA=='));
    await read({ cursor });
    await read({ cursor, page: 'p3' });
    const always = { singleEvents: 'true', maxResults: '2500' };
    const full = {
      ...always,
      timeMin: '2026-08-01T00:00:00.000Z',
      timeMax: '2027-08-01T00:00:00.000Z',
    };
    expect(asked()).toEqual([
      full,
      { ...full, pageToken: 'p2' },
      { ...always, syncToken: 'CPDA==' },
      { ...always, syncToken: 'CPDA==', pageToken: 'p3' },
    ]);
  });

  test('a page that is too large is requested again smaller, and later pages grow again', async () => {
    const large = { ...event, description: 'x'.repeat(2_000_000) };
    at.fake.on(EVENTS, ({ url }) => {
      const size = Number(new URL(url, at.fake.url).searchParams.get('maxResults'));
      return {
        json: {
          items: size > 40 ? [large] : [event],
          ...(url.includes('pageToken') ? { nextSyncToken: 's' } : { nextPageToken: 'p2' }),
        },
      };
    });
    const { changes, next } = await read();
    expect(changes).toHaveLength(1);
    expect(await read({ page: next })).toMatchObject({ next: null, cursor: pageCursor(null, 's') });
    expect(asked().map(({ maxResults, pageToken }) => [maxResults, pageToken])).toEqual([
      ['2500', undefined],
      ['625', undefined],
      ['156', undefined],
      ['39', undefined],
      ['78', 'p2'],
      ['19', 'p2'],
    ]);
  });

  test('an event that alone is too large is read without its long fields', async () => {
    const large = { ...event, description: 'x'.repeat(2_000_000) };
    at.fake.on(EVENTS, ({ url }) => ({
      json: { items: [url.includes('fields=') ? event : large], nextSyncToken: 's' },
    }));
    expect(await read()).toMatchObject({
      changes: [{ change: 'put' }],
      cursor: pageCursor(null, 's'),
    });
    const { maxResults, fields } = asked().at(-1)!;
    expect(maxResults).toBe('1');
    expect(fields).toMatch(/^nextPageToken,nextSyncToken,timeZone,items\(id,/);
    expect(fields).not.toContain('description');
  });
});

test('the calendar’s time zone decides when its days start', async () => {
  const day = { id: 'e', start: { date: '2026-07-31' }, end: { date: '2026-08-01' } };
  for (const [timeZone, change] of [
    ['America/Lima', 'put'],
    [undefined, 'remove'],
  ]) {
    at.fake.on(EVENTS, () => ({ json: { items: [day], timeZone, nextSyncToken: 's' } }));
    expect((await read()).changes).toMatchObject([{ change }]);
  }
});

describe('errors', () => {
  test.each<[number, object, string, string | null]>([
    [403, error('rateLimitExceeded'), 'throttled', null],
    [403, error('userRateLimitExceeded'), 'throttled', null],
    [403, error('dailyLimitExceeded'), 'throttled', null],
    [403, error('quotaExceeded'), 'throttled', null],
    [403, error('insufficientPermissions'), 'reauthorization_required', 'missing_scopes'],
    [
      403,
      {
        error: {
          status: 'PERMISSION_DENIED',
          details: [{ reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }],
        },
      },
      'reauthorization_required',
      'missing_scopes',
    ],
    [403, error('accessNotConfigured'), 'provider_misconfigured', null],
    [403, error('domainPolicy'), 'admin_consent_required', 'admin_consent_required'],
    [403, error('forbiddenForNonOrganizer'), 'calendar_forbidden', null],
    [403, { error: 'odd' }, 'calendar_forbidden', null],
    [403, {}, 'calendar_forbidden', null],
    [410, error('updatedMinTooLongAgo'), 'cursor_expired', null],
    [418, {}, 'provider_error', null],
  ])('%i %j: %s', async (status, json, code, statusReason) => {
    at.fake.on(EVENTS, () => ({ status, json }));
    const thrown = await rejection(read());
    expect(thrown).toMatchObject({ code, statusReason });
    expect((thrown as Error).message).not.toContain('words');
  });

  test('an error of the calendar list is provider_error', async () => {
    at.fake.on('GET /calendar/v3/users/me/calendarList', () => ({
      status: 403,
      json: error('forbidden'),
    }));
    const list = at.provider('google').calendars.listCalendars({ accessToken: 'at', page: null });
    expect(await rejection(list)).toMatchObject({ code: 'provider_error' });
  });
});

test('Google’s adapter does not read series separately', () => {
  const { calendars } = at.provider('google');
  expect(calendars.readMaster).toBeUndefined();
  expect(calendars.readInstances).toBeUndefined();
});
