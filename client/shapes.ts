// The shapes that the generated operations and the code of the client share.

/** How an operation is requested. */
export interface Operation {
  readonly method: string;
  /** Below `baseUrl`, with variables in braces. */
  readonly path: string;
  /** What a method returns: the JSON of the response, nothing, or the response itself. */
  readonly answer: 'json' | 'empty' | 'raw';
  /** Where the answer is one page: the query parameter that takes `nextCursor`. */
  readonly cursor?: string;
  /** Whether it can answer with server-sent events. */
  readonly stream?: boolean;
  /** Whether it is an address for a browser to open. */
  readonly url?: boolean;
}

/** What every request may have. */
export interface RequestOptions {
  /** Ends the request. The method then throws the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** Headers of this request. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** What the request of a stream may have. */
export interface StreamOptions extends RequestOptions {
  /** `id` of the last event that was seen: the stream goes on after it. */
  lastEventId?: string | undefined;
}

/** The parts of a request that depend on its operation. */
export interface RequestParts extends RequestOptions {
  path?: Readonly<Record<string, string>> | undefined;
  query?: object | undefined;
  body?: unknown;
}

/** One page of a listing. */
export interface Page {
  readonly data: readonly unknown[];
  readonly nextCursor: string | null;
  /** Where `nextCursor` is never null: whether there is more at present. */
  readonly hasMore?: boolean;
}

/** The entries of a listing, over all its pages. Each iteration starts at the first page. */
export interface Pages<P extends Page> extends AsyncIterable<P['data'][number]> {
  /** The pages themselves, with all their fields. */
  byPage(): AsyncGenerator<P, void>;
}

/** One server-sent event. */
export interface StreamEvent<Data> {
  /** Where the stream is. Send it as `lastEventId` to go on after this event. */
  readonly id: string;
  /** The name of the event, for example the type of a notification. */
  readonly event: string;
  readonly data: Data;
}
