// Requests to Microsoft Graph that differ from other providers', its links and its errors.

import { describe, expect, test } from '@jest/globals';
import { pageCursor } from '../../src/providers/cursor-version.js';
import { EndlessListing } from '../../src/providers/listing-progress.js';
import { type Answer, rejection, useFakeProvider } from './fake-provider.js';
import { behavesLikeAProvider } from './provider-contract.js';

const ID = 'AAMk/+=';
const CALENDAR = `/v1.0/me/calendars/${encodeURIComponent(ID)}`;
const DELTA = `GET ${CALENDAR}/calendarView/delta`;
const window = { from: new Date('2026-08-01T00:00:00Z'), to: new Date('2027-08-01T00:00:00Z') };
const event = {
  id: 'e',
  subject: 's',
  start: { dateTime: '2026-09-10T08:00:00.0000000', timeZone: 'UTC' },
  end: { dateTime: '2026-09-10T09:00:00.0000000', timeZone: 'UTC' },
};

const error = (code: string) => ({ error: { code, message: 'words' } });

behavesLikeAProvider({
  id: 'microsoft',
  routes: { calendars: 'GET /v1.0/me/calendars', events: DELTA },
  // The same links work for both lists, because the fake ignores the query.
  page: (value, { next, cursor }, url) => ({
    value,
    ...(next
      ? {
          '@odata.nextLink': `${url}${value.length === 2 ? '/v1.0/me/calendars' : `${CALENDAR}/calendarView/delta`}?$skiptoken=${next}`,
        }
      : {}),
    ...(cursor
      ? { '@odata.deltaLink': `${url}${CALENDAR}/calendarView/delta?$deltatoken=${cursor}` }
      : {}),
  }),
  calendar: { id: ID },
  event,
  removed: { id: 'e', '@removed': { reason: 'deleted' } } as { id: string },
  error,
  codes: {
    badToken: 'InvalidAuthenticationToken',
    throttled: 'ApplicationThrottled',
    expired: 'SyncStateNotFound',
    gone: 'ErrorItemNotFound',
    forbidden: 'ErrorAccessDenied',
    noMailbox: [404, 'MailboxNotEnabledForRESTAPI'],
  },
});

const at = useFakeProvider();
const calendars = () => at.provider('microsoft').calendars;

function read(more: { cursor?: string | null; page?: string | null } = {}) {
  return calendars().readChanges({
    accessToken: 'at',
    providerCalendarId: ID,
    window,
    cursor: null,
    page: null,
    ...more,
  });
}

function series() {
  return { accessToken: 'at', providerCalendarId: ID, seriesId: 'M/=', window };
}

test('every request prefers immutable ids, UTC and plain text, and changes also a page size', async () => {
  at.fake.on(DELTA, () => ({ json: { value: [], '@odata.deltaLink': `${at.fake.url}/v1.0/x` } }));
  at.fake.on(`GET ${CALENDAR}/events/M%2F%3D`, () => ({
    json: { ...event, type: 'seriesMaster' },
  }));
  await read();
  await calendars().readMaster?.(series());
  const base = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"';
  expect(at.fake.requests.map(({ headers }) => headers['prefer'])).toEqual([
    `${base}, odata.maxpagesize=200`,
    base,
  ]);
  expect(at.fake.requests[0]!.url).toBe(
    `${CALENDAR}/calendarView/delta?startDateTime=2026-08-01T00:00:00.000Z&endDateTime=2027-08-01T00:00:00.000Z`,
  );
});

describe('links', () => {
  const evil = [
    'https://evil.example/v1.0/me',
    '//evil.example/v1.0/me',
    '/v1.0/me',
    'javascript:alert(1)',
    '{credentials}/v1.0/me',
    '{url}.evil.example/v1.0/me',
  ];
  const spelled = (link: string) => {
    return link
      .replace('{url}', at.fake.url)
      .replace('{credentials}', at.fake.url.replace('//', '//user:pw@'));
  };

  test.each(evil)(
    'a link to %s is never followed, and no cursor; the items before it are read',
    async (link) => {
      at.fake.on(DELTA, () => ({ json: { value: [event], '@odata.nextLink': spelled(link) } }));
      const { changes, next } = await read();
      expect(changes).toHaveLength(1);
      at.fake.on(DELTA, () => ({ json: { value: [event], '@odata.deltaLink': spelled(link) } }));
      expect(await read()).toMatchObject({ changes: [{}], next: null, cursor: null });
      const before = at.fake.requests.length;
      for (const page of [next, spelled(link)])
        expect(await rejection(read({ page }))).toBeInstanceOf(EndlessListing);
      expect(await rejection(read({ cursor: pageCursor(null, spelled(link)) }))).toMatchObject({
        code: 'cursor_expired',
      });
      expect(
        await rejection(calendars().listCalendars({ accessToken: 'at', page: spelled(link) })),
      ).toMatchObject({
        code: 'provider_error',
      });
      expect(at.fake.requests).toHaveLength(before);
    },
  );

  test.each([7, true, { href: 'x' }, ['x']])(
    'the link %j is none, and says that there is more',
    async (link) => {
      at.fake.on(DELTA, () => ({ json: { value: [event], '@odata.nextLink': link } }));
      const { changes, next } = await read();
      expect(changes).toHaveLength(1);
      const before = at.fake.requests.length;
      expect(await rejection(read({ page: next }))).toBeInstanceOf(EndlessListing);
      expect(at.fake.requests).toHaveLength(before);
    },
  );

  test.each([
    "/v1.0/users/ana/calendars('x')/calendarView/delta?$skiptoken=a%2Bb",
    '/pages/of/another/version?$skiptoken=a%2Bb',
  ])('a link to another path of the same Graph is followed unchanged: %s', async (path) => {
    at.fake.on(DELTA, () => ({ json: { value: [], '@odata.nextLink': at.fake.url + path } }));
    at.fake.on(`GET ${path.split('?')[0]}`, () => ({
      json: { value: [event], '@odata.deltaLink': `${at.fake.url}/v1.0/d?t=1` },
    }));
    const { next } = await read();
    expect(await read({ page: next })).toMatchObject({
      changes: [{ change: 'put' }],
      cursor: pageCursor(null, `${at.fake.url}/v1.0/d?t=1`),
    });
    expect(at.fake.requests[1]!.url).toBe(path);
  });
});

describe('errors', () => {
  test.each<[number, object, string]>([
    [410, error('SyncStateNotFound'), 'cursor_expired'],
    [410, error('syncStateInvalid'), 'cursor_expired'],
    [400, error('ResyncRequired'), 'cursor_expired'],
    [410, {}, 'cursor_expired'],
    [
      400,
      { error: { code: 'badRequest', innerError: { code: 'resyncRequired' } } },
      'cursor_expired',
    ],
    [400, error('ErrorInvalidParameter'), 'provider_error'],
    [403, error('Authorization_RequestDenied'), 'calendar_forbidden'],
    [404, error('MailboxNotSupportedForRESTAPI'), 'no_mailbox'],
    [404, error('MailboxNotHostedInExchangeOnline'), 'no_mailbox'],
    [404, error('ErrorNonExistentMailbox'), 'no_mailbox'],
    [401, error('OrganizationFromTenantGuidNotFound'), 'no_mailbox'],
    [503, error('MailboxNotEnabledForRESTAPI'), 'provider_unavailable'],
    [404, error('ErrorMailboxMoveInProgress'), 'calendar_gone'],
    [
      404,
      { error: { code: 'ResourceNotFound', message: 'Resource could not be discovered.' } },
      'calendar_gone',
    ],
    [503, error('ErrorServerBusy'), 'provider_unavailable'],
    [509, error('x'), 'provider_unavailable'],
    [400, { error: 'odd' }, 'provider_error'],
  ])('%i %j: %s', async (status, json, code) => {
    at.fake.on(DELTA, () => ({ status, json }));
    const thrown = await rejection(read());
    expect(thrown).toMatchObject({ code });
    expect((thrown as Error).message).not.toContain('words');
  });

  test.each([
    'Resource could not be discovered.',
    'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
    'REST API is not yet supported for this mailbox.',
  ])('the calendar list says that there is no mailbox: %s', async (message) => {
    at.fake.on('GET /v1.0/me/calendars', () => ({
      status: 404,
      json: { error: { code: 'ResourceNotFound', message } },
    }));
    const list = calendars().listCalendars({ accessToken: 'at', page: null });
    expect(await rejection(list)).toMatchObject({
      code: 'no_mailbox',
      statusReason: 'no_mailbox',
      proves: 'no_mailbox',
    });
  });

  test.each([
    ['ErrorInvalidParameter', 'Badly formed token.'],
    ['BadRequest', "The delta token '…' is not valid."],
    ['syncStateInvalid', 'words'],
  ])('a delta link refused with 400 %s has expired: %s', async (code, message) => {
    at.fake.on(DELTA, () => ({ json: { value: [], '@odata.deltaLink': `${at.fake.url}/v1.0/d` } }));
    const { cursor } = await read();
    at.fake.on('GET /v1.0/d', () => ({ status: 400, json: { error: { code, message } } }));
    expect(await rejection(read({ cursor }))).toMatchObject({ code: 'cursor_expired' });
    // Without a cursor it cannot be about one.
    at.fake.on(DELTA, () => ({ status: 400, json: { error: { code: 'BadRequest', message } } }));
    expect(await rejection(read())).toMatchObject({ code: 'provider_error' });
  });

  test('an error of the calendar list is an error of the account', async () => {
    at.fake.on('GET /v1.0/me/calendars', () => ({ status: 403, json: error('ErrorAccessDenied') }));
    expect(
      await rejection(calendars().listCalendars({ accessToken: 'at', page: null })),
    ).toMatchObject({
      code: 'reauthorization_required',
      statusReason: 'missing_scopes',
      // A 403 of Graph is also what an incident looks like.
      proves: null,
    });
  });
});

describe('a series', () => {
  const MASTER = `GET ${CALENDAR}/events/M%2F%3D`;
  const INSTANCES = `GET ${CALENDAR}/events/M%2F%3D/instances`;
  const gone: Answer = { status: 404, json: error('ErrorItemNotFound') };

  test('the master of a series is read', async () => {
    at.fake.on(MASTER, () => ({ json: { ...event, id: 'M/=', type: 'seriesMaster' } }));
    expect(await calendars().readMaster?.(series())).toMatchObject({
      providerEventId: 'M/=',
      kind: 'master',
      title: 's',
    });
  });

  test('a master that its calendar does not have is read below /me', async () => {
    at.fake.on(MASTER, () => gone);
    at.fake.on('GET /v1.0/me/events/M%2F%3D', () => ({
      json: { ...event, id: 'M/=', type: 'seriesMaster' },
    }));
    expect(await calendars().readMaster?.(series())).toMatchObject({ title: 's' });
  });

  test('a master whose own start cannot be read still has its content', async () => {
    const json = {
      ...event,
      type: 'seriesMaster',
      start: { dateTime: '0001-01-01T00:00:00' },
      end: null,
    };
    at.fake.on(MASTER, () => ({ json }));
    expect(await calendars().readMaster?.(series())).toMatchObject({ kind: 'master', title: 's' });
  });

  test('instances whose pages repeat are what was listed, and not the whole series', async () => {
    let pages = 0;
    at.fake.on(INSTANCES, () => {
      pages += 1;
      return {
        json: {
          value: [{ ...event, type: 'occurrence', seriesMasterId: 'M/=' }],
          '@odata.nextLink': `${at.fake.url}${CALENDAR}/events/M%2F%3D/instances?$skiptoken=${pages}`,
        },
      };
    });
    const found = await calendars().readInstances?.(series());
    expect(found).toMatchObject({ events: [{ providerEventId: 'e' }], isComplete: false });
    expect(pages).toBeLessThan(10);
  });

  test('all instances of a series are read over several pages, complete', async () => {
    const next = () => `${at.fake.url}/v1.0/more`;
    at.fake.on(INSTANCES, () => ({
      json: {
        value: [{ ...event, type: 'occurrence', seriesMasterId: 'M/=' }],
        '@odata.nextLink': next(),
      },
    }));
    at.fake.on('GET /v1.0/more', () => ({
      json: {
        value: [
          {
            id: 'bare',
            type: 'occurrence',
            seriesMasterId: 'M/=',
            start: event.start,
            end: event.end,
          },
          {},
        ],
      },
    }));
    const found = await calendars().readInstances?.(series());
    expect(found?.isComplete).toBe(true);
    expect(found?.events.map(({ providerEventId, sparse }) => [providerEventId, sparse])).toEqual([
      ['e', false],
      ['bare', false],
    ]);
    expect(at.fake.requests[0]!.url).toContain(
      '/instances?startDateTime=2026-08-01T00:00:00.000Z&endDateTime=2027-08-01T00:00:00.000Z',
    );
  });

  test('a series that is not found is null, and any other failure is an error', async () => {
    at.fake.on(MASTER, () => gone);
    at.fake.on(INSTANCES, () => gone);
    expect(await calendars().readMaster?.(series())).toBeNull();
    expect(await calendars().readInstances?.(series())).toBeNull();
    at.fake.on(MASTER, () => ({ status: 404, json: error('MailboxNotEnabledForRESTAPI') }));
    at.fake.on(INSTANCES, () => ({ status: 429, json: error('ApplicationThrottled') }));
    await expect(calendars().readMaster?.(series())).rejects.toMatchObject({ code: 'no_mailbox' });
    await expect(calendars().readInstances?.(series())).rejects.toMatchObject({
      code: 'throttled',
    });
  });
});
