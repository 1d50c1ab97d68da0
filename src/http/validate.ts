// Validates what a client sent, and names the part that is wrong.

import type { Request } from 'express';
import type { z } from 'zod';
import { type ErrorCode, IntegrationError } from '../errors.js';
import { isUuid } from '../uuid.js';
import { queryOf } from './request-context.js';
import type { PathParts } from './route.js';
import { isNumber, shownName, unknownName, wordsOf } from './validation-words.js';

/**
 * Refuses parameters that a route does not know: a misspelt one would be ignored otherwise.
 * @throws IntegrationError `invalid_request` naming them, and the names that were probably meant
 */
export function checkQueryNames(request: Request, known: readonly string[]): void {
  const unknown = [...new Set(queryOf(request).keys())].filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const sentences = unknown
    .slice(0, MOST_UNKNOWN)
    .map((name) => unknownName(name, known, 'a parameter of this route'));
  throw new IntegrationError('invalid_request', { detail: sentences.join(' ') });
}

/**
 * Reads the query of a request by `schema`.
 * @throws IntegrationError `invalid_request` naming the parameters that are wrong or given twice
 */
export function parseQuery<Schema extends z.ZodObject>(
  request: Request,
  schema: Schema,
): z.infer<Schema> {
  const query = queryOf(request);
  const values: Record<string, string | number> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    const given = query.getAll(name);
    if (given.length > 1)
      throw new IntegrationError('invalid_request', {
        detail: `${name} is given twice. Send it once.`,
      });
    if (given[0] !== undefined) values[name] = isNumber(field) ? numberOf(given[0]) : given[0];
  }
  return parseValue(schema, values);
}

/** A number in decimal digits; NaN for other text, also for `1e2` and `0x10`, which Number reads. */
const numberOf = (text: string): number =>
  /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;

/**
 * Reads the parsed JSON body of a request by `schema`. A request without a body counts as an empty
 * object.
 * @throws IntegrationError `invalid_request`, `unsupported_media_type`
 */
export function parseBody<Schema extends z.ZodObject>(
  request: Request,
  schema: Schema,
): z.infer<Schema> {
  const hasBody =
    Number(request.get('content-length') ?? 0) > 0 ||
    request.get('transfer-encoding') !== undefined;
  // A host may have parsed a form already, and any page can send a form.
  if (hasBody && !request.is('application/json'))
    throw new IntegrationError('unsupported_media_type');
  return parseValue(schema, request.body ?? {});
}

/**
 * Reads the variables of a path.
 * @throws IntegrationError the code that the part declares, where an id is not a UUID
 */
export function parsePath(request: Request, parts: PathParts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => {
      if (part.kind === 'rest') return [name, restOfPath(request)];
      const value = String(request.params[name]);
      return [name, part.kind === 'id' ? parseId(value, part.notFound) : value];
    }),
  );
}

/** What a wildcard of a route matched, as it was sent. Express decodes it, so that `%2F` is lost. */
function restOfPath({ url, route }: Request): string {
  const before = String(route.path)
    .split('/')
    .findIndex((part) => part.startsWith('*'));
  const path = url.split('?', 1)[0] ?? '';
  return path.startsWith('/') ? path.split('/').slice(before).join('/') : '';
}

/**
 * An id in the form in which it is stored.
 * @throws IntegrationError `notFound` unless `value` is a UUID
 */
export function parseId(value: string, notFound: ErrorCode): string {
  if (!isUuid(value)) throw new IntegrationError(notFound);
  return value.toLowerCase();
}

/** How many unknown parameters a detail names. */
const MOST_UNKNOWN = 5;

/** The JSON escapes of NUL and of lone surrogates, which PostgreSQL refuses. */
const NOT_STORABLE = /(?<!\\)(\\\\)*\\u(0000|d[89a-f])/;

/**
 * A value by `schema`.
 * @throws IntegrationError `invalid_request` naming what is wrong
 */
export function parseValue<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
): z.infer<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (!result.success)
    throw new IntegrationError('invalid_request', { detail: wordsOf(schema, result.error) });
  const [name] =
    Object.entries(result.data).find(([, field]) =>
      NOT_STORABLE.test(JSON.stringify(field) ?? ''),
    ) ?? [];
  if (name !== undefined)
    throw new IntegrationError('invalid_request', {
      detail: `${shownName(name)} must not contain NUL or broken characters.`,
    });
  return result.data;
}
