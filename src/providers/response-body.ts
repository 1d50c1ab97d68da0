// Reads the body of a provider's response, within its limits.

import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ProviderError } from '../errors.js';

/** A complete response whose body is not interpreted. */
export interface RawResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, decompressed. */
  readonly bytes: Buffer;
}

/** A response whose body has not been read. */
export interface OpenResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** The response was larger than `maxBodyBytes`. A request for a smaller page can succeed. */
export class BodyTooLarge extends ProviderError {}

/** How a response is read. */
interface Reading {
  /** Largest body in bytes. */
  readonly limit: number;
  /** The method and the host, for the reason of a failure. */
  readonly where: string;
  readonly method?: string;
  /** Whether the request may have a condition, so that a 304 is a response and no redirect. */
  readonly isConditional?: boolean;
}

const inflate = promisify(gunzip);

/**
 * Reads a response. Its `bytes` are null where they cannot be decompressed.
 * @throws ProviderError `provider_unavailable`: a redirect, a body too large (then a `BodyTooLarge`)
 */
export async function readResponse(
  response: OpenResponse,
  { limit, where, method, isConditional = false }: Reading,
): Promise<Omit<RawResponse, 'bytes'> & { readonly bytes: Buffer | null }> {
  const { statusCode: status, body } = response;
  const headers = flatten(response.headers);
  if (status >= 300 && status < 400 && !(isConditional && status === 304)) {
    discard(body);
    throw new ProviderError('provider_unavailable', {
      reason: `${where}: redirected with ${status}`,
    });
  }
  const tooLarge = () =>
    new BodyTooLarge('provider_unavailable', { reason: `${where}: more than ${limit} bytes` });
  if (method !== 'HEAD' && Number(headers['content-length']) > limit) {
    discard(body);
    throw tooLarge();
  }
  const bytes = await collect(body, limit, tooLarge);
  const encoding = headers['content-encoding'];
  return { status, headers, bytes: await decompress(bytes, encoding, limit, tooLarge) };
}

/** Ends a body that is not read. */
function discard(body: Readable): void {
  body.on('error', () => {});
  body.destroy();
}

function collect(body: Readable, limit: number, tooLarge: () => Error): Promise<Buffer> {
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

/** The decompressed body; null for an unknown or broken encoding. */
async function decompress(
  bytes: Buffer,
  encoding: string | undefined,
  limit: number,
  tooLarge: () => Error,
): Promise<Buffer | null> {
  if (encoding === undefined || encoding === 'identity' || bytes.length === 0) return bytes;
  if (encoding !== 'gzip') return null;
  try {
    return await inflate(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    return null;
  }
}

function flatten(headers: OpenResponse['headers']): Record<string, string> {
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

/** The parsed body when it is a JSON object, else undefined. */
export function jsonObject(bytes: Buffer, headers: Readonly<Record<string, string>>): unknown {
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
