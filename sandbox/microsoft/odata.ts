/** The parts of OData that Graph's calendar API uses: links, $select, $top and $skip. */
import type { Exchange } from '../wire/exchange.js';
import type { World } from '../world/world.js';

type Json = Record<string, unknown>;

/** The absolute URL of this request with other parameters. */
export function linkTo(
  world: World,
  exchange: Exchange,
  parameters: Record<string, string>,
): string {
  const path = exchange.url.pathname.replace(/^\/microsoft\/graph\/v1\.0/, '');
  const query = Object.entries(parameters).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  return `${world.urls.graph}${path}?${query.join('&')}`;
}

/** A link to a host that is not this Graph. */
export const LOST_LINK = 'https://graph.elsewhere.example/v1.0/me/calendars?$skiptoken=x';

/** The value of `@odata.context`, such as `$metadata#users('..')/calendars`. */
export function contextOf(what: string): string {
  return `https://graph.microsoft.com/v1.0/$metadata#${what}`;
}

/** Keeps the properties of $select. Ids and annotations are always kept. */
export function select(resource: Json, query: URLSearchParams): Json {
  const names = query
    .get('$select')
    ?.split(',')
    .map((name) => name.trim());
  if (!names) return resource;
  const entries = Object.entries(resource).filter(
    ([name]) => name === 'id' || name.startsWith('@') || names.includes(name),
  );
  return Object.fromEntries(entries);
}

/** A page by $top and $skip. Default size 10, at most 1000. */
export function page<T>(
  world: World,
  exchange: Exchange,
  items: readonly T[],
  maxPageSize: number | null,
): { value: readonly T[]; nextLink?: string } {
  const { query } = exchange;
  const top = Number(query.get('$top') ?? maxPageSize ?? 10) || 10;
  const skip = Number(query.get('$skip') ?? 0) || 0;
  const size = Math.min(top, 1000, world.state.settings.microsoft.pageSize ?? 1000);
  const value = items.slice(skip, skip + size);
  const isLast = skip + size >= items.length;
  if (isLast && world.state.settings.microsoft.endlessLists !== 'all') return { value };
  if (isLast && world.state.settings.microsoft.endlessKind === 'lost')
    return { value, nextLink: LOST_LINK };
  const nextLink = linkTo(world, exchange, {
    ...Object.fromEntries(query),
    $skip: String(isLast ? 0 : skip + size),
    ...(isLast ? { lap: String(Number(query.get('lap') ?? 0) + 1) } : {}),
  });
  return { value, nextLink };
}
