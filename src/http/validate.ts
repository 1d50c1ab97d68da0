// Validates what a client sent, and says which part is at fault.

import type { Request } from 'express';
import type { z } from 'zod';
import { IntegrationError } from '../errors.js';
import { queryOf } from './request-context.js';

/** @throws IntegrationError `invalid_request` naming the parameters at fault; a parameter given twice is one of them */
export function parseQuery<Schema extends z.ZodObject>(
  request: Request,
  schema: Schema,
): z.infer<Schema> {
  const query = queryOf(request);
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const given = query.getAll(name);
    if (given.length > 1)
      throw new IntegrationError('invalid_request', { detail: `${name} is given twice.` });
    if (given[0] !== undefined) values[name] = given[0];
  }
  return parse(schema, values);
}

/** An absent body counts as an empty object. @throws IntegrationError `invalid_request`, `unsupported_media_type` */
export function parseBody<Schema extends z.ZodObject>(
  request: Request,
  schema: Schema,
): z.infer<Schema> {
  const sent =
    Number(request.get('content-length') ?? 0) > 0 ||
    request.get('transfer-encoding') !== undefined;
  // A host may have parsed a form already; a form can be sent by any page.
  if (sent && !request.is('application/json')) throw new IntegrationError('unsupported_media_type');
  return parse(schema, request.body ?? {});
}

/** NUL and lone surrogates, which PostgreSQL refuses, as JSON spells them. */
const UNKEEPABLE = /(?<!\\)(\\\\)*\\u(0000|d[89a-f])/;

function parse<Schema extends z.ZodObject>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) {
    if (UNKEEPABLE.test(JSON.stringify(result.data)))
      throw new IntegrationError('invalid_request', {
        detail: 'Text may hold no NUL and no broken characters.',
      });
    return result.data;
  }
  const detail = result.error.issues
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
    .join('; ');
  throw new IntegrationError('invalid_request', { detail: `${detail.slice(0, 500)}.` });
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** An id of ours from the path. @throws IntegrationError `account_not_found` or `calendar_not_found` for what cannot be one */
export function idParameter(request: Request, name: 'accountId' | 'calendarId'): string {
  const value = request.params[name];
  if (typeof value !== 'string' || !UUID.test(value))
    throw new IntegrationError(name === 'accountId' ? 'account_not_found' : 'calendar_not_found');
  return value.toLowerCase();
}
