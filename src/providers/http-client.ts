// The HTTP client for requests to providers, with limits for time, size and connections.

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent, type Dispatcher, request as send } from 'undici';
import { ProviderError } from '../errors.js';

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

/** A client that can send many requests at once. Its creator closes it. */
export interface HttpClient {
  /**
   * Sends a request once and reads the complete response within one deadline, for any status.
   * @throws ProviderError `provider_unavailable`: no response in time, a broken connection, a
   * redirect, a body too large (then a `BodyTooLarge`). When the request's own signal ends it: that
   * signal's reason.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Waits for the requests under way, which all have a deadline, and closes every connection. */
  close(): Promise<void>;
}

/** The response was larger than `maxBodyBytes`. A request for a smaller page can succeed. */
export class BodyTooLarge extends ProviderError {}

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

const inflate = promisify(gunzip);

/** Of a response. Node's own limit of 16 KiB is close to what identity providers send. */
const MAX_HEADER_BYTES = 128 * 1024;

// Google compresses responses only for a user agent that names gzip:
// developers.google.com/workspace/calendar/api/guides/performance.
const USER_AGENT = 'calendar-connect (gzip)';

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

  async function request(request: HttpRequest): Promise<HttpResponse> {
    const { method, signal } = request;
    signal?.throwIfAborted();
    const where = `${method} ${new URL(request.url).host}`;
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const { payload, type } = encode(request);
      const response = await send(request.url, {
        dispatcher: agent,
        method,
        headers: {
          accept: 'application/json',
          'accept-encoding': 'gzip',
          'user-agent': USER_AGENT,
          ...(type === undefined ? {} : { 'content-type': type }),
          ...request.headers,
        },
        body: payload,
        signal: controller.signal,
      });
      return await read(response, request.maxBodyBytes ?? maxBodyBytes, where);
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

  return { request, close: () => agent.close() };
}

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

/** Reads a response within its limits. */
async function read(
  response: Dispatcher.ResponseData,
  limit: number,
  where: string,
): Promise<HttpResponse> {
  const { statusCode: status, body } = response;
  const headers = flatten(response.headers);
  if (status >= 300 && status < 400) {
    discard(body);
    throw new ProviderError('provider_unavailable', {
      reason: `${where}: redirected with ${status}`,
    });
  }
  const tooLarge = () =>
    new BodyTooLarge('provider_unavailable', { reason: `${where}: more than ${limit} bytes` });
  if (Number(headers['content-length']) > limit) {
    discard(body);
    throw tooLarge();
  }
  const bytes = await collect(body, limit, tooLarge);
  return {
    status,
    headers,
    body: parse(await decompress(bytes, headers['content-encoding'], limit, tooLarge), headers),
  };
}

/** Ends a body that is not read. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {});
  body.destroy();
}

function collect(
  body: Dispatcher.ResponseData['body'],
  limit: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        reject(tooLarge());
        body.destroy();
      } else {
        chunks.push(chunk);
      }
    });
    body.once('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)),
    );
    body.on('error', reject);
    // A closed stream without `end` or `error` must settle the promise too.
    body.once('close', () => reject(new Error('connection closed')));
  });
}

/** The decompressed body. An unknown or broken encoding gives an empty one. */
async function decompress(
  bytes: Buffer,
  encoding: string | undefined,
  limit: number,
  tooLarge: () => Error,
) {
  if (encoding === undefined || encoding === 'identity' || bytes.length === 0) return bytes;
  if (encoding !== 'gzip') return Buffer.alloc(0);
  try {
    return await inflate(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    return Buffer.alloc(0);
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined)
      flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
// `__proto__`, also spelled with escapes. Such a body is rare. It is parsed without that key.
const PROTO = /__proto__|\\u00[567]/i;

function parse(bytes: Buffer, headers: Record<string, string>): unknown {
  const type = headers['content-type'];
  if (bytes.length === 0 || (type !== undefined && !JSON_TYPE.test(type))) return undefined;
  try {
    // RFC 8259 section 8.1: a byte order mark may be ignored.
    const text = bytes.toString('utf8').replace(/^\ufeff/, '');
    const value: unknown = PROTO.test(text)
      ? JSON.parse(text, (key, inner) => (key === '__proto__' ? undefined : inner))
      : JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The code or the class of an error. Its message is left out: it can quote the request. */
function nameOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return String(code ?? name ?? 'failed').slice(0, 64);
}
