// The client of the HTTP API, for browsers and for Node.js 22 and newer: `calendar-connect/client`.

import { ANY, type ClientOptions, Connection } from './connection.js';
import { type StreamParts, streamOf } from './event-stream.js';
import {
  type Methods,
  OPERATIONS,
  type PageMethods,
  type StartAuthorizationQuery,
  type StreamMethods,
  type UrlMethods,
} from './operations.js';
import { pagesOf } from './pages.js';
import type { Operation, Page, RequestParts } from './shapes.js';

export type { ClientOptions, Supplied } from './connection.js';
export type * from './operations.js';
export { jsonLines } from './pages.js';
export { CalendarConnectError, type FailureCode } from './problem.js';
export type { Page, Pages, RequestOptions, StreamEvent, StreamOptions } from './shapes.js';

/** The client of one service. */
export interface Client extends Methods {
  /** Listings, entry by entry: `for await (const account of client.pages.listAccounts())`. */
  readonly pages: PageMethods;
  /**
   * Server-sent events: `for await (const { data } of client.streams.listChanges())`. An interrupted
   * stream goes on after the last event.
   */
  readonly streams: StreamMethods;
  /** Addresses that a browser opens by itself. */
  readonly urls: UrlMethods;
  /**
   * The address that starts to connect an account, for a browser with a session. With `accountId` it
   * reconnects that account.
   */
  connectUrl(provider: string, options?: StartAuthorizationQuery): string;
  /**
   * Any request below `baseUrl`, with the client's credentials, for example of the proxy.
   * @returns the response, where its status is below 400
   * @throws CalendarConnectError for any other
   */
  request(method: string, path: string, parts?: Omit<RequestParts, 'path'>): Promise<Response>;
  /** Where the API is, without a slash at its end. */
  readonly baseUrl: string;
}

/**
 * Makes a client. Nothing is sent before a method is called.
 * Methods take `{path, query, body, headers, signal}`, as the operation has them.
 */
export function createClient(options: ClientOptions): Client {
  const connection = new Connection(options);
  const groups = { methods: {}, pages: {}, streams: {}, urls: {} } as Record<
    'methods' | 'pages' | 'streams' | 'urls',
    Record<string, unknown>
  >;
  for (const [name, operation] of Object.entries<Operation>(OPERATIONS)) {
    const { path, cursor, stream, url } = operation;
    groups.methods[name] = (parts?: RequestParts) => connection.call(operation, parts);
    if (cursor !== undefined)
      groups.pages[name] = (parts: RequestParts = {}) =>
        listing(connection, operation, cursor, parts);
    if (stream === true)
      groups.streams[name] = (parts: StreamParts = {}) => streamOf(connection, operation, parts);
    if (url === true)
      groups.urls[name] = (parts: RequestParts = {}) => connection.urlOf(path, parts);
  }
  const { methods, pages, streams, urls } = groups;
  return Object.assign(methods as unknown as Methods, {
    pages: pages as unknown as PageMethods,
    streams: streams as unknown as StreamMethods,
    urls: urls as unknown as UrlMethods,
    baseUrl: connection.baseUrl,
    connectUrl: (provider: string, query: StartAuthorizationQuery = {}) =>
      connection.urlOf(OPERATIONS.startAuthorization.path, { path: { provider }, query }),
    request: (method: string, path: string, parts: RequestParts = {}) =>
      connection.send(method, path, parts, ANY),
  });
}

function listing(connection: Connection, operation: Operation, name: string, parts: RequestParts) {
  const query: Record<string, unknown> = { ...parts.query };
  const read = (cursor: string | undefined) =>
    connection.call(operation, { ...parts, query: { ...query, [name]: cursor } }) as Promise<Page>;
  const first = query[name];
  return pagesOf(read, typeof first === 'string' ? first : undefined);
}
