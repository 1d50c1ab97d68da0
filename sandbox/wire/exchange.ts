/** One request under way, and the table rows that say who answers which. */
import type { AccessToken, Account, ProviderName } from '../world/state.js';
import type { World } from '../world/world.js';
import type { Reply } from './reply.js';

/** A request as handlers see it. */
export interface Exchange {
  world: World;
  method: string;
  url: URL;
  query: URLSearchParams;
  headers: Record<string, string>;
  rawBody: string;
  /** Decoded path parameters. */
  params: Record<string, string>;
  /** Requests of this user under way at the provider's API, this one included. */
  inFlight: number;
  account?: Account;
  accessToken?: AccessToken;
}

/** A row of a route table. A name such as `google.events.list` is how faults and the request log call it. */
export interface Route {
  name: string;
  provider: ProviderName;
  /** What the provider's limits count: calls to its calendar API, to the token endpoint, and so on. */
  group: 'api' | 'token' | 'identity' | 'page';
  method: string;
  /** `/google/calendar/v3/calendars/:calendarId/events`; parameters are decoded. */
  path: string;
  answer: (exchange: Exchange) => Reply | Promise<Reply>;
}

/** The form fields of a request's body. */
export function formOf(exchange: Exchange): URLSearchParams {
  return new URLSearchParams(exchange.rawBody);
}

/** The JSON object in a request's body; undefined when there is none. */
export function objectOf(exchange: Exchange): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(exchange.rawBody);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
