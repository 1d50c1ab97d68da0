// The HTTP client for requests to providers, with limits for time, size and connections.

import { Agent, request as send } from 'undici';
import { ProviderError } from '../errors.js';
import { jsonObject, type OpenResponse, type RawResponse, readResponse } from './response-body.js';

/** A request to a provider. It has `form`, `json` or neither. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Largest body in bytes; the client's own limit when absent. */
  readonly maxBodyBytes?: number;
  readonly signal?: AbortSignal;
}

/** A complete response, of any status except a redirect. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body when it is a JSON object, else undefined. */
  readonly body: unknown;
}

/** A request of a host that is passed on. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null where there is none. */
  readonly body: Buffer | null;
  readonly signal?: AbortSignal;
}

/** A client that can send many requests at once. Its creator closes it. */
export interface HttpClient {
  /**
   * Sends a request once and reads the complete response within one deadline, for any status.
   * @throws ProviderError `provider_unavailable`: no response in time, a broken connection, a
   * redirect, a body too large (then a `BodyTooLarge`). When the request's own signal ends it: that
   * signal's reason.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /**
   * The same, for a response whose body is passed on as it is, without its compression. A 304 is a
   * response.
   * @throws as `request`; ProviderError `provider_unavailable` for an unknown compression too
   */
  exchange(request: RawRequest): Promise<RawResponse>;
  /** Waits for the requests under way, which all have a deadline, and closes every connection. */
  close(): Promise<void>;
}

/** There was no complete response in time. A further try soon would wait as long. */
export class NoResponseInTime extends ProviderError {}

/** The limits of a client. */
export interface HttpLimits {
  /** From the call to the last byte of the body, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest body in bytes, after decompression. */
  readonly maxBodyBytes: number;
  readonly connectTimeoutMs?: number;
  /**
   * One slow provider cannot hold every socket. Further requests wait, within their own deadline.
   */
  readonly connectionsPerOrigin?: number;
}

/** Of a response. Node's own limit of 16 KiB is close to what identity providers send. */
const MAX_HEADER_BYTES = 128 * 1024;

// Google compresses responses only for a user agent that names gzip:
// developers.google.com/workspace/calendar/api/guides/performance.
const OURS = { 'accept-encoding': 'gzip', 'user-agent': 'calendar-connect (gzip)' };

const ACCEPTED = { accept: 'application/json' };

/**
 * A client with its own connections. Its errors name the method and the host, never a path, a
 * header or a body: those can hold secrets.
 */
export function createHttpClient(limits: HttpLimits): HttpClient {
  const { timeoutMs, maxBodyBytes, connectTimeoutMs = 2000, connectionsPerOrigin = 64 } = limits;
  const agent = new Agent({
    connections: connectionsPerOrigin,
    connect: { timeout: connectTimeoutMs },
    maxHeaderSize: MAX_HEADER_BYTES,
    allowH2: false,
    // The deadline of the request covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  /** Sends one request, reads its response with `read`, and keeps the deadline for both. */
  const within = <T>(
    { method, url, signal }: Pick<RawRequest, 'method' | 'url' | 'signal'>,
    sent: { readonly headers: Readonly<Record<string, string>>; readonly body: Payload },
    read: (response: OpenResponse, where: string) => Promise<T>,
  ): Promise<T> => {
    const where = `${method} ${new URL(url).host}`;
    return beforeDeadline({ timeoutMs, signal, where }, async (ending) => {
      const headers = { ...ACCEPTED, ...sent.headers, ...OURS };
      const options = { dispatcher: agent, method, headers, body: sent.body, signal: ending };
      return read(await send(url, options), where);
    });
  };

  return {
    request(request) {
      const { payload, type } = encode(request);
      const headers = {
        ...(type === undefined ? {} : { 'content-type': type }),
        ...request.headers,
      };
      const limit = request.maxBodyBytes ?? maxBodyBytes;
      return within(request, { headers, body: payload }, async (response, where) => {
        const { bytes, ...rest } = await readResponse(response, { limit, where });
        return { ...rest, body: jsonObject(bytes ?? Buffer.alloc(0), rest.headers) };
      });
    },

    exchange: (request) =>
      within(request, request, async (response, where) => {
        const { method } = request;
        const read = { limit: maxBodyBytes, where, method, isConditional: true };
        const { bytes, ...rest } = await readResponse(response, read);
        if (bytes !== null) return { ...rest, bytes };
        throw new ProviderError('provider_unavailable', {
          reason: `${where}: unknown compression`,
        });
      }),

    close: () => agent.close(),
  };
}

/** How long a request may take, and what else ends it. */
interface Ending {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** The method and the host. */
  readonly where: string;
}

/** @throws ProviderError `provider_unavailable`; the reason of the request's own signal */
async function beforeDeadline<T>(
  { timeoutMs, signal, where }: Ending,
  call: (ending: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await call(controller.signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ProviderError) throw error;
    if (controller.signal.aborted)
      throw new NoResponseInTime('provider_unavailable', {
        reason: `${where}: no complete response within ${timeoutMs} ms`,
      });
    throw new ProviderError('provider_unavailable', { reason: `${where}: ${nameOf(error)}` });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

type Payload = string | Buffer | null;

function encode(request: HttpRequest): { payload: string | null; type?: string } {
  if (request.form !== undefined) {
    return {
      payload: new URLSearchParams(request.form).toString(),
      type: 'application/x-www-form-urlencoded',
    };
  }
  if (request.json !== undefined)
    return { payload: JSON.stringify(request.json), type: 'application/json' };
  return { payload: null };
}

/** The code or the class of an error. Its message is left out: it can quote the request. */
function nameOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return String(code ?? name ?? 'failed').slice(0, 64);
}
