/**
 * The emulated Google: consent, tokens, the userinfo document in both forms, and Calendar API v3.
 */
import { randomUUID } from 'node:crypto';
import { OAuthServer } from './oauth.js';
import { day } from './reading.js';
import type { Answer, Call, Json, Side, Store } from './wire.js';

export interface GoogleCalendar {
  /** The calendar's entry in the calendar list. */
  readonly entry: Json & { id: string };
  /** By id, in the order they are listed: events, and instances of series beside their masters. */
  readonly events: Map<string, Json>;
  /** Changes in the form of incremental responses. */
  readonly changes: Json[];
  /** Sync tokens of an earlier epoch have expired. */
  epoch: number;
  pageSize: number;
}

export interface GooglePerson {
  readonly key: string;
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly calendars: GoogleCalendar[];
}

const BASE = ['gcal', 'base', 'v3'];
const FORBIDDEN = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];

export class GoogleSide implements Side {
  readonly oauth: OAuthServer;
  readonly people = new Map<string, GooglePerson>();
  /** `{id, email, verified_email}` rather than `{sub, email, email_verified}`. */
  olderUserinfo = false;
  private readonly consented = new Set<string>();
  private readonly tokens = new Map<
    string,
    { kind: 'page' | 'sync'; key: string; at: number; epoch: number; list: Json[] }
  >();

  constructor(private readonly emulator: Store) {
    this.oauth = new OAuthServer(emulator);
    // In reverse order, and `email` in its long form, as Google answers.
    this.oauth.spellScopes = (scopes) =>
      scopes
        .map((scope) =>
          scope === 'email' ? 'https://www.googleapis.com/auth/userinfo.email' : scope,
        )
        .reverse()
        .join(' ');
  }

  get environment(): Record<string, string> {
    const { origin } = this.emulator;
    return {
      GOOGLE_CLIENT_ID: this.oauth.client.id,
      GOOGLE_CLIENT_SECRET: this.oauth.client.secret,
      GOOGLE_AUTHORIZATION_URL: `${origin}/signin/consent`,
      GOOGLE_TOKEN_URL: `${origin}/tok/v9/exchange`,
      GOOGLE_REVOCATION_URL: `${origin}/tok/v9/forget`,
      GOOGLE_USERINFO_URL: `${origin}/people/whoami`,
      GOOGLE_CALENDAR_API_URL: `${origin}/${BASE.join('/')}`,
    };
  }

  addPerson(
    key: string,
    calendars: GoogleCalendar[] = [],
    id = `1${Math.random().toString().slice(2, 14)}`,
  ): GooglePerson {
    const person = { key, id, email: `${key}@example.com`, name: `${key} of Google`, calendars };
    this.people.set(key, person);
    return person;
  }

  route(call: Call): { kind: string; answer: () => Answer } | undefined {
    const path = call.segments.join('/');
    if (path === 'signin/consent')
      return { kind: 'google.authorize', answer: () => this.authorize(call) };
    if (path === 'tok/v9/exchange')
      return { kind: 'google.token', answer: () => this.oauth.token(call) };
    if (path === 'tok/v9/forget') return { kind: 'google.revoke', answer: () => this.revoke(call) };
    if (path === 'people/whoami')
      return { kind: 'google.userinfo', answer: () => this.userinfo(call) };
    if (!BASE.every((part, index) => call.segments[index] === part)) return undefined;
    const rest = call.segments.slice(BASE.length);
    const [collection, id = '', what] = rest;
    if (rest.join('/') === 'users/me/calendarList')
      return { kind: 'google.calendars', answer: () => this.calendarList(call) };
    if (collection !== 'calendars' || what !== 'events')
      return { kind: 'google.other', answer: notFound };
    // No `/instances` and no single event: the client must not need them.
    if (rest.length > 3) return { kind: 'google.event', answer: notFound };
    return { kind: 'google.events', answer: () => this.eventList(call, id) };
  }

  private authorize(call: Call): Answer {
    if (!call.url.searchParams.get('scope')?.split(' ').includes('openid'))
      this.emulator.violations.push('Google: no openid');
    // Google sends a refresh token with the first consent only, unless the request has
    // prompt=consent.
    return this.oauth.authorize(call, (query) => {
      const first = !this.consented.has(this.oauth.person);
      this.consented.add(this.oauth.person);
      return (
        query.get('access_type') === 'offline' &&
        (first || (query.get('prompt') ?? '').split(' ').includes('consent'))
      );
    });
  }

  private revoke(call: Call): Answer {
    const token = call.form.get('token') ?? '';
    const grant = this.oauth.refresh.get(token) ?? this.oauth.access.get(token);
    if (call.method !== 'POST' || !grant?.alive)
      return {
        status: 400,
        body: { error: 'invalid_token', error_description: 'Token expired or revoked' },
      };
    this.oauth.killGrants(grant.person);
    return { body: {} };
  }

  private userinfo(call: Call): Answer {
    const person = this.people.get(this.oauth.bearer(call)?.person ?? '');
    if (!person)
      return {
        status: 401,
        body: { error: 'invalid_request', error_description: 'Invalid Credentials' },
      };
    const rest = {
      email: person.email,
      name: person.name,
      picture: 'https://lh3.example/a=s96-c',
      locale: 'en',
      hd: 'example.com',
    };
    return {
      body: this.olderUserinfo
        ? { id: person.id, verified_email: true, ...rest }
        : { sub: person.id, email_verified: true, ...rest },
    };
  }

  private calendarList(call: Call): Answer {
    const person = this.people.get(this.oauth.bearer(call)?.person ?? '');
    if (!person) return unauthorized;
    if (Number(call.url.searchParams.get('maxResults') ?? 1) > 250) return invalid('maxResults');
    const at = Number(call.url.searchParams.get('pageToken') ?? 0);
    const listed = person.calendars.filter(
      ({ entry }) => !entry['hidden'] || call.url.searchParams.get('showHidden') === 'true',
    );
    const items = listed.slice(at, at + 2).map(({ entry }) => entry);
    const more = listed.length > at + 2;
    return {
      body: {
        kind: 'calendar#calendarList',
        etag: '"l"',
        ...(more ? { nextPageToken: `${at + 2}` } : { nextSyncToken: 'list' }),
        items,
      },
    };
  }

  private eventList(call: Call, id: string): Answer {
    const person = this.people.get(this.oauth.bearer(call)?.person ?? '');
    if (!person) return unauthorized;
    const calendar = person.calendars.find(({ entry }) => entry.id === id);
    if (!calendar) return notFound();
    const query = call.url.searchParams;
    if (Number(query.get('maxResults') ?? 1) > 2500) return invalid('maxResults');
    const syncToken = query.get('syncToken');
    const wrong = syncToken && FORBIDDEN.find((name) => query.has(name));
    if (wrong) return this.misuse(`syncToken with ${wrong}`);
    if (syncToken && query.get('showDeleted') === 'false')
      return this.misuse('syncToken with showDeleted=false');
    const key = JSON.stringify(
      [...query].filter(([name]) => !['pageToken', 'maxResults'].includes(name)).sort(),
    );
    const pageToken = query.get('pageToken');
    if (pageToken) {
      const page = this.tokens.get(pageToken);
      if (page?.kind !== 'page' || page.key !== key)
        return this.misuse('pageToken with other parameters');
      return this.page(calendar, key, page.list, page.at, page.epoch);
    }
    if (!syncToken)
      return this.page(calendar, key, this.baseline(calendar, query), -1, calendar.changes.length);
    const from = this.tokens.get(syncToken);
    if (from?.kind !== 'sync') return this.misuse('an unknown syncToken');
    if (from.epoch !== calendar.epoch) return gone;
    return this.page(calendar, key, calendar.changes.slice(from.at), 0, calendar.changes.length);
  }

  private baseline(calendar: GoogleCalendar, query: URLSearchParams): Json[] {
    const single = query.get('singleEvents') === 'true';
    const [min, max] = [query.get('timeMin'), query.get('timeMax')];
    for (const bound of [min, max])
      if (bound && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(bound))
        this.misuse(`bound ${bound}`);
    return [...calendar.events.values()].filter((event) => {
      if (single ? event['recurrence'] : event['recurringEventId']) return false;
      if (event['status'] === 'cancelled') return query.get('showDeleted') === 'true';
      return (
        (!min || instant(event['end']) > Date.parse(min)) &&
        (!max || instant(event['start']) < Date.parse(max))
      );
    });
  }

  /**
   * The first page of a full sync is empty. `seen` is the length of the change log that the list
   * includes.
   */
  private page(
    calendar: GoogleCalendar,
    key: string,
    list: Json[],
    at: number,
    seen: number,
  ): Answer {
    const items = at < 0 ? [] : list.slice(at, at + calendar.pageSize);
    const next = at < 0 ? 0 : at + calendar.pageSize;
    const last = next >= list.length && at >= 0;
    const token = `${last ? 'CPD' : 'EjA'}${randomUUID()}==`;
    this.tokens.set(
      token,
      last
        ? { kind: 'sync', key, at: seen, epoch: calendar.epoch, list: [] }
        : { kind: 'page', key, at: next, epoch: seen, list },
    );
    return {
      body: {
        kind: 'calendar#events',
        etag: '"p"',
        summary: calendar.entry['summary'],
        timeZone: calendar.entry['timeZone'],
        accessRole: calendar.entry['accessRole'],
        defaultReminders: [],
        unheardOf: { of: ['anyone'] },
        [last ? 'nextSyncToken' : 'nextPageToken']: token,
        items,
      },
    };
  }

  private misuse(what: string): Answer {
    this.emulator.violations.push(`Google events: ${what}`);
    return invalid(what);
  }
}

/**
 * Records a change for incremental responses: the event as it is now, or its cancelled remainder.
 */
export function changeGoogle(calendar: GoogleCalendar, shown: Json & { id: string }): void {
  if (shown['status'] === 'cancelled') calendar.events.delete(shown.id);
  else calendar.events.set(shown.id, shown);
  calendar.changes.push(shown);
}

function instant(time: unknown): number {
  const { date, dateTime } = (time ?? {}) as { date?: string; dateTime?: string };
  // An item without a time is never outside the window.
  return Date.parse(dateTime ?? `${date ?? day(1)}T00:00:00Z`);
}

const error = (code: number, reason: string, message: string): Answer => ({
  status: code,
  body: {
    error: {
      code,
      message,
      errors: [{ domain: 'global', reason, message }],
      status: reason.toUpperCase(),
    },
  },
});
const unauthorized = error(401, 'authError', 'Invalid Credentials');
const notFound = (): Answer => error(404, 'notFound', 'Not Found');
const invalid = (what: string): Answer => error(400, 'invalid', `Invalid value: ${what}`);
const gone = error(
  410,
  'fullSyncRequired',
  'Sync token is no longer valid, a full sync is required.',
);
