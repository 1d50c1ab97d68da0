// Server-sent events by fetch, so that they can have a bearer token, and go on after an interruption.

import { type Connection, failed } from './connection.js';
import { linesOf } from './pages.js';
import { CalendarConnectError } from './problem.js';
import type { Operation, RequestParts, StreamEvent, StreamOptions } from './shapes.js';

/** The service writes something every ten seconds. */
const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** A request of a stream. */
export type StreamParts = RequestParts & StreamOptions;

/**
 * The events of an operation. A stream that ends or breaks off is opened again after the last event,
 * until the service says that it is over.
 * @throws CalendarConnectError for any failure of the first request; later only for what another
 * try does not change, such as `unauthenticated` and `changes_expired`
 */
export async function* streamOf<Data>(
  connection: Connection,
  { method, path }: Operation,
  parts: StreamParts,
): AsyncGenerator<StreamEvent<Data>, void> {
  const place = { id: parts.lastEventId ?? '' };
  let hasBegun = false;
  let wait = FIRST_WAIT_MS;
  for (;;) {
    try {
      for await (const event of eventsOf<Data>(connection, method, path, parts, place)) {
        hasBegun = true;
        wait = FIRST_WAIT_MS;
        if (event === 'opened') continue;
        yield event;
        if (event.event === 'end') return;
      }
      if (place.id === ENDED) return;
    } catch (error) {
      if (!hasBegun || !isPassing(error)) throw error;
      const { retryAfter } = error;
      wait = Math.max(wait, (retryAfter ?? 0) * 1_000);
    }
    await pause(wait, parts.signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** In the place of an id: the service has answered that nothing more will come. */
const ENDED = ' ended';

/** The events of one response. `place.id` follows them. */
async function* eventsOf<Data>(
  connection: Connection,
  method: string,
  path: string,
  parts: StreamParts,
  place: { id: string },
): AsyncGenerator<StreamEvent<Data> | 'opened', void> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const headers = {
    ...parts.headers,
    ...(place.id === '' ? {} : { 'Last-Event-ID': place.id }),
  };
  try {
    const response = await connection.send(
      method,
      path,
      { ...parts, headers },
      'text/event-stream',
      silence.signal,
    );
    if (response.status === 204) place.id = ENDED;
    yield 'opened';
    let event = '';
    let data: string[] = [];
    for await (const line of linesOf(response)) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (name === 'id') place.id = value;
      else if (name === 'event') event = value;
      else if (name === 'data') data.push(value);
      if (line !== '') continue;
      if (data.length > 0)
        yield { id: place.id, event: event || 'message', data: JSON.parse(data.join('\n')) };
      event = '';
      data = [];
    }
  } catch (error) {
    throw error instanceof CalendarConnectError ? error : failed(error, parts.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a later try may succeed. */
function isPassing(error: unknown): error is CalendarConnectError {
  if (!(error instanceof CalendarConnectError)) return false;
  const { code, status } = error;
  return code === 'network' || status === 429 || status >= 500;
}

/** @throws the reason of the signal when it aborts */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
