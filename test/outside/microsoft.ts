/**
 * The emulated Microsoft: consent with short scopes, `/me`, and calendars read by Graph's delta
 * rounds.
 */
import { randomUUID } from 'node:crypto';
import { OAuthServer } from './oauth.js';
import { day } from './reading.js';
import type { Answer, Call, Json, Side, Store } from './wire.js';

export interface GraphCalendar {
  readonly entry: Json & { id: string };
  /** By id, in the order a first round lists them. */
  readonly events: Map<string, Json>;
  readonly changes: Json[];
  /** Delta links of an earlier epoch have expired. */
  epoch: number;
  pageSize: number;
}

export interface GraphPerson {
  readonly key: string;
  readonly id: string;
  readonly mail: string | null;
  readonly upn: string;
  readonly calendars: GraphCalendar[];
}

interface Link {
  readonly calendar: GraphCalendar;
  readonly kind: 'page' | 'delta';
  readonly list: Json[];
  readonly at: number;
  readonly seen: number;
  readonly epoch: number;
}

export class MicrosoftSide implements Side {
  readonly oauth: OAuthServer;
  readonly people = new Map<string, GraphPerson>();
  /** How an expired delta link is refused. */
  goneAs: (link: string) => Answer = () => graphError(410, 'SyncStateNotFound');
  tenant = 'common';
  /** Links are opaque: only the exact text is accepted. */
  private readonly links = new Map<string, Link>();

  constructor(private readonly emulator: Store) {
    this.oauth = new OAuthServer(emulator);
    this.oauth.tokenStyle = 'jwt';
    this.oauth.rotates = true;
    // Short scopes in another case, without `offline_access`, as Microsoft answers.
    this.oauth.spellScopes = (scopes) =>
      scopes
        .filter((scope) => scope !== 'offline_access')
        .map((scope) =>
          (scope.split('/').at(-1) ?? '').replace('Calendars.ReadWrite', 'calendars.readwrite'),
        )
        .sort()
        .join(' ');
  }

  get environment(): Record<string, string> {
    return {
      MICROSOFT_CLIENT_ID: this.oauth.client.id,
      MICROSOFT_CLIENT_SECRET: this.oauth.client.secret,
      MICROSOFT_AUTHORITY_URL: `${this.emulator.origin}/entra`,
      MICROSOFT_GRAPH_URL: `${this.emulator.origin}/graph/v1.0`,
      MICROSOFT_TENANT: this.tenant,
    };
  }

  addPerson(key: string, calendars: GraphCalendar[] = [], mail: string | null = null): GraphPerson {
    const person = {
      key,
      id: randomUUID(),
      mail,
      upn: `${key}_example.com#EXT#@contoso.onmicrosoft.com`,
      calendars,
    };
    this.people.set(key, person);
    return person;
  }

  route(call: Call): { kind: string; answer: () => Answer } | undefined {
    const [first, ...rest] = call.segments;
    if (first === 'entra') {
      const path = rest.join('/');
      if (path === `${this.tenant}/oauth2/v2.0/authorize`)
        return { kind: 'microsoft.authorize', answer: () => this.authorize(call) };
      if (path === `${this.tenant}/oauth2/v2.0/token`)
        return { kind: 'microsoft.token', answer: () => this.oauth.token(call) };
      return undefined;
    }
    if (first === 'elsewhere' || (first === 'graph' && call.url.search.includes('deltatoken=')))
      return { kind: 'microsoft.delta', answer: () => this.graph(call, () => this.follow(call)) };
    if (first !== 'graph' || rest[0] !== 'v1.0' || rest[1] !== 'me') return undefined;
    const [collection, id = '', what, , last] = [...rest.slice(2), '', ''].slice(0, 5);
    if (rest.length === 2)
      return { kind: 'microsoft.me', answer: () => this.graph(call, (person) => this.me(person)) };
    if (collection === 'calendars' && rest.length === 3)
      return {
        kind: 'microsoft.calendars',
        answer: () => this.graph(call, (person) => this.calendarList(call, person)),
      };
    if (collection === 'calendars' && what === 'calendarView' && rest[5] === 'delta')
      return {
        kind: 'microsoft.delta',
        answer: () => this.graph(call, (person) => this.firstRound(call, person, id)),
      };
    // No `/instances`: the client must not need it.
    if (call.segments.at(-1) === 'instances' || last === 'instances')
      return { kind: 'microsoft.instances', answer: () => notFound };
    if (call.segments.includes('events'))
      return {
        kind: 'microsoft.event',
        answer: () => this.graph(call, (person) => this.event(call, person)),
      };
    return { kind: 'microsoft.other', answer: () => notFound };
  }

  private authorize(call: Call): Answer {
    const query = call.url.searchParams;
    if ((query.get('prompt') ?? '').includes(' '))
      this.emulator.violations.push('Microsoft: two prompts');
    if (query.get('response_mode') && query.get('response_mode') !== 'query')
      this.emulator.violations.push('Microsoft: response_mode');
    return this.oauth.authorize(call, (_, scopes) => scopes.includes('offline_access'));
  }

  /** Checks that every call to Graph must pass. */
  private graph(call: Call, answer: (person: GraphPerson) => Answer): Answer {
    const person = this.people.get(this.oauth.bearer(call)?.person ?? '');
    if (!person)
      return {
        ...graphError(401, 'InvalidAuthenticationToken'),
        headers: { 'www-authenticate': 'Bearer realm="", error="invalid_token"' },
      };
    const prefer = `${call.headers['prefer'] ?? ''}`;
    if (!/IdType="ImmutableId"/i.test(prefer) && call.kind !== 'microsoft.me')
      this.emulator.violations.push(`no immutable ids: ${call.raw}`);
    return {
      ...answer(person),
      headers: { 'preference-applied': 'IdType="ImmutableId"', 'request-id': randomUUID() },
    };
  }

  private me(person: GraphPerson): Answer {
    return {
      body: {
        '@odata.context': `${this.emulator.origin}/graph/v1.0/$metadata#users/$entity`,
        id: person.id,
        displayName: `${person.key} of Microsoft`,
        mail: person.mail,
        userPrincipalName: person.upn,
        businessPhones: [],
        jobTitle: null,
      },
    };
  }

  private calendarList(call: Call, person: GraphPerson): Answer {
    const at = Number(call.url.searchParams.get('$skip') ?? 0);
    const next = `${this.emulator.origin}/graph/v1.0/me/calendars?%24skip=${at + 2}&$top=2`;
    return {
      body: {
        value: person.calendars.slice(at, at + 2).map(({ entry }) => entry),
        ...(person.calendars.length > at + 2 ? { '@odata.nextLink': next } : {}),
      },
    };
  }

  private event(call: Call, person: GraphPerson): Answer {
    const found = person.calendars
      .map(({ events }) => events.get(call.segments.at(-1) ?? ''))
      .find(Boolean);
    return found ? { body: found } : notFound;
  }

  private firstRound(call: Call, person: GraphPerson, id: string): Answer {
    const calendar = person.calendars.find(({ entry }) => entry.id === id);
    if (!calendar) return notFound;
    const query = call.url.searchParams;
    const from = Date.parse(query.get('startDateTime') ?? '');
    const to = Date.parse(query.get('endDateTime') ?? '');
    const unsupported = [...query.keys()].find((name) => name.startsWith('$'));
    if (!(from < to) || unsupported) return this.misuse(`delta with ${unsupported ?? 'no window'}`);
    const list = [...calendar.events.values()].filter(
      (event) =>
        event['type'] === 'seriesMaster' ||
        (moment(event['end']) > from && moment(event['start']) < to),
    );
    const { epoch } = calendar;
    return this.page({
      calendar,
      kind: 'page',
      list,
      at: -1,
      seen: calendar.changes.length,
      epoch,
    });
  }

  private follow(call: Call): Answer {
    const link = this.links.get(call.raw);
    if (!link) return this.misuse(`a link that was not issued: ${call.raw}`);
    const { calendar } = link;
    if (link.kind === 'page') return this.page(link);
    if (link.epoch !== calendar.epoch)
      return this.goneAs(
        `${this.emulator.origin}${call.raw.replace(/deltatoken=.*/, 'deltatoken=')}`,
      );
    const list = calendar.changes.slice(link.seen);
    return this.page({ ...link, kind: 'page', list, at: 0, seen: calendar.changes.length });
  }

  /**
   * In a first round the first page is followed by an empty page. Both have a next link on another
   * path.
   */
  private page(link: Link): Answer {
    const { calendar, list, at, epoch } = link;
    const empty = at < 0;
    const items = empty ? [] : list.slice(at, at + calendar.pageSize);
    const next = empty ? 0 : at + calendar.pageSize;
    const last = !empty && next >= list.length;
    const id = randomUUID();
    const path = last
      ? `/graph/v1.0/me/calendars('${encodeURIComponent(calendar.entry.id)}')/calendarView/delta?%24deltatoken=${id}_-.~&x=%2B+%20`
      : `/elsewhere/${id}/Delta()?$skiptoken=R0${id}`;
    this.links.set(path, { ...link, kind: last ? 'delta' : 'page', at: next, epoch });
    return {
      body: {
        '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#Collection(event)',
        [last ? '@odata.deltaLink' : '@odata.nextLink']: `${this.emulator.origin}${path}`,
        value: items,
      },
    };
  }

  private misuse(what: string): Answer {
    this.emulator.violations.push(`Graph: ${what}`);
    return graphError(400, 'ErrorInvalidParameter');
  }
}

/** Records a change for the next delta round: the event as it is now, or its removal. */
export function changeGraph(calendar: GraphCalendar, shown: Json & { id: string }): void {
  if (shown['@removed']) calendar.events.delete(shown.id);
  else calendar.events.set(shown.id, shown);
  calendar.changes.push(shown);
}

/** An item without a time is never outside the window. */
function moment(time: unknown): number {
  const { dateTime } = (time ?? { dateTime: `${day(1)}T00:00:00` }) as { dateTime: string };
  return Date.parse(`${dateTime.slice(0, 19)}Z`);
}

export function graphError(
  status: number,
  code: string,
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    headers,
    body: {
      error: {
        code,
        message: 'words',
        innerError: { 'request-id': randomUUID(), date: '2026-01-01T00:00:00' },
      },
    },
  };
}
const notFound = graphError(404, 'ErrorItemNotFound');
