// The behaviour that all providers share: a suite for every provider, given the shape of its
// responses.

import { describe, expect, test } from '@jest/globals';
import type { Provider } from '../../src/providers/provider.js';
import { type Answer, rejection, useFakeProvider } from './fake-provider.js';

/** How one provider spells its responses. */
export interface Dialect {
  readonly id: string;
  readonly routes: { readonly calendars: string; readonly events: string };
  /** A page of the list, or of changes. `next` is a token or the path of a link. */
  page(items: readonly object[], end: { next?: string; cursor?: string }, url: string): object;
  readonly calendar: { readonly id: string };
  readonly event: { readonly id: string };
  readonly removed: { readonly id: string };
  error(code: string): object;
  /** The response for each kind of error. */
  readonly codes: {
    readonly badToken: string;
    readonly throttled: string;
    readonly expired: string;
    readonly gone: string;
    readonly forbidden: string;
    readonly noMailbox: [number, string];
  };
}

const window = { from: new Date('2026-08-01T00:00:00Z'), to: new Date('2027-08-01T00:00:00Z') };

/** The contract of ProviderCalendars, for one dialect. */
export function behavesLikeAProvider(dialect: Dialect): void {
  const at = useFakeProvider();
  const { id, routes, codes } = dialect;

  function read(more: { cursor?: string | null; page?: string | null; provider?: Provider } = {}) {
    const provider = more.provider ?? at.provider(id);
    return provider.calendars.readChanges({
      accessToken: 'at',
      providerCalendarId: dialect.calendar.id,
      window,
      cursor: null,
      page: null,
      ...more,
    });
  }

  function answer(route: string, given: Answer) {
    at.fake.on(route, () => given);
  }

  const list = (page: string | null = null) =>
    at.provider(id).calendars.listCalendars({ accessToken: 'at', page });

  describe(`${id} reads`, () => {
    test('the calendars are read page by page, with the token in the header', async () => {
      answer(routes.calendars, {
        json: dialect.page([dialect.calendar, {}], { next: 'p2' }, at.fake.url),
      });
      const first = await list();
      expect(first.calendars.map((calendar) => calendar.providerCalendarId)).toEqual([
        dialect.calendar.id,
      ]);
      expect(first.next).not.toBeNull();
      answer(routes.calendars, { json: dialect.page([], {}, at.fake.url) });
      expect(await list(first.next)).toEqual({ calendars: [], next: null });
      expect(at.fake.requests.map(({ headers }) => headers.authorization)).toEqual([
        'Bearer at',
        'Bearer at',
      ]);
      expect(at.fake.requests[1]!.url).toContain('p2');
      expect(
        at.fake.requests.some(({ url }) => url.includes('Bearer') || url.includes('=at')),
      ).toBe(false);
    });

    test('changes come as an empty page and a full one, with a cursor only at the end', async () => {
      answer(routes.events, { json: dialect.page([], { next: 'p2' }, at.fake.url) });
      const first = await read();
      expect(first).toMatchObject({ changes: [], cursor: null });
      answer(routes.events, {
        json: dialect.page(
          [dialect.event, dialect.removed, {}, dialect.event],
          { cursor: 'c1' },
          at.fake.url,
        ),
      });
      const second = await read({ page: first.next });
      expect(second.changes.map(({ change }) => change)).toEqual(['put', 'remove', 'skip', 'put']);
      expect(second.next).toBeNull();
      expect(second.cursor).toMatch(/^v\d+\.[0-9a-f]{8}:/);
      answer(routes.events, { json: dialect.page([], { cursor: 'c2' }, at.fake.url) });
      const third = await read({ cursor: second.cursor });
      expect(at.fake.requests[2]!.url).toContain('c1');
      expect(third.cursor).not.toBe(second.cursor);
    });

    test('a page without a list is an empty one', async () => {
      const {
        value: _value,
        items: _items,
        ...rest
      } = dialect.page([], { cursor: 'c1' }, at.fake.url) as Record<string, unknown>;
      answer(routes.events, { json: rest });
      expect((await read()).changes).toEqual([]);
    });

    test('a last page without a cursor brings its changes', async () => {
      answer(routes.events, { json: dialect.page([dialect.event], {}, at.fake.url) });
      expect(await read()).toMatchObject({
        changes: [{ change: 'put' }],
        next: null,
        cursor: null,
      });
    });

    test('a body may begin with a byte order mark', async () => {
      const page = dialect.page([dialect.event], { cursor: 'c1' }, at.fake.url);
      answer(routes.events, { text: `\ufeff${JSON.stringify(page)}` });
      expect((await read()).changes).toHaveLength(1);
    });

    test.each(['', 'v0:x', 'x', 'https://evil.example/v1.0/me', 'v2:x', 'v1:x', 'v1.00000000:x'])(
      'a cursor %p of another version is expired, without a request',
      async (cursor) => {
        expect(await rejection(read({ cursor }))).toMatchObject({ code: 'cursor_expired' });
        expect(at.fake.requests).toEqual([]);
      },
    );
  });

  describe(`${id} fails by name`, () => {
    const json = (code: string) => dialect.error(code);
    test.each<[string, Answer, string, string]>([
      [
        'a token it does not take',
        { status: 401, json: json(codes.badToken) },
        'reauthorization_required',
        'reauthorization_required',
      ],
      [
        'too much at once',
        { status: 429, json: json(codes.throttled), headers: { 'retry-after': '7' } },
        'throttled',
        'throttled',
      ],
      [
        'an outage',
        { status: 503, json: {}, headers: { 'retry-after': '7' } },
        'provider_unavailable',
        'provider_unavailable',
      ],
      [
        'an outage in HTML',
        { status: 502, text: '<html>', type: 'text/html' },
        'provider_unavailable',
        'provider_unavailable',
      ],
      [
        'a page instead of an answer',
        { status: 200, text: '<html>', type: 'text/html' },
        'provider_unavailable',
        'provider_unavailable',
      ],
      ['null', { text: 'null' }, 'provider_unavailable', 'provider_unavailable'],
      ['half an answer', { text: '{"value":[' }, 'provider_unavailable', 'provider_unavailable'],
      [
        'a list that is none',
        { json: { items: 7, value: 7 } },
        'provider_unavailable',
        'provider_unavailable',
      ],
      [
        'a redirect',
        { status: 302, headers: { location: '/' }, json: {} },
        'provider_unavailable',
        'provider_unavailable',
      ],
      [
        'a 404 page of another server',
        { status: 404, text: '<html>', type: 'text/html' },
        'provider_unavailable',
        'provider_unavailable',
      ],
      [
        'a request of ours that is wrong',
        { status: 400, json: json('unknown') },
        'provider_error',
        'provider_error',
      ],
      [
        'no mailbox',
        { status: codes.noMailbox[0], json: json(codes.noMailbox[1]) },
        'no_mailbox',
        'no_mailbox',
      ],
      ['a forgotten cursor', { status: 410, json: json(codes.expired) }, 'cursor_expired', '*'],
      [
        'a calendar that is gone',
        { status: 404, json: json(codes.gone) },
        'calendar_gone',
        'provider_error',
      ],
      [
        'a calendar that is not ours to read',
        { status: 403, json: json(codes.forbidden) },
        'calendar_forbidden',
        '*',
      ],
    ])('%s', async (_name, given, ofEvents, ofCalendars) => {
      answer(routes.events, given);
      answer(routes.calendars, given);
      const error = await rejection(read());
      expect(error).toMatchObject({ code: ofEvents, accessTokenRejected: given.status === 401 });
      if (given.headers?.['retry-after'] !== undefined)
        expect(error).toMatchObject({ retryAfterSeconds: 7 });
      if (ofCalendars !== '*') expect(await rejection(list())).toMatchObject({ code: ofCalendars });
    });

    test('a request that is refused ends the cursor that it has', async () => {
      answer(routes.events, { json: dialect.page([], { cursor: 'c1' }, at.fake.url) });
      const { cursor } = await read();
      answer(routes.events, { status: 400, json: json('invalidParameter') });
      expect(await rejection(read({ cursor }))).toMatchObject({ code: 'cursor_expired' });
      expect(await rejection(read())).toMatchObject({ code: 'provider_error' });
    });
  });
}
