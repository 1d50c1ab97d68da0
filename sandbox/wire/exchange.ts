/** A request as handlers see it, and the rows of the route tables. */
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
  /** How many requests of this user are running at the provider's API, including this one. */
  inFlight: number;
  account?: Account;
  accessToken?: AccessToken;
}

/**
 * A row of a route table. Faults and the request log use its name, such as `google.events.list`.
 */
export interface Route {
  name: string;
  provider: ProviderName;
  /** The kind of endpoint, for the provider's limits. */
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

/** The JSON object in a request's body; undefined if there is none. */
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
