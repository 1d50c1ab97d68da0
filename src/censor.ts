// Removes what may be a secret from what is logged.

import { ERRORS } from './errors.js';

/** Fields that may hold a secret. They are removed down to the third level of an object. */
const SECRET_FIELDS = new Set([
  'authorization',
  'cookie',
  'code',
  'state',
  'ticket',
  'token',
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'client_secret',
  'verifier',
  'password',
]);
const LEVELS = 3;

/** Our codes and those of Node.js and PostgreSQL. No authorization code looks like one of them. */
const isErrorCode = (text: string): boolean =>
  Object.hasOwn(ERRORS, text) || /^((E|UND_ERR_)[A-Z_]+|[0-9A-Z]{5})$/.test(text);

/** The fields of a log line without those that may hold a secret. The object is not changed. */
export function censored<Fields extends object>(fields: Fields, levels = LEVELS): Fields {
  let copy: Record<string, unknown> | null = null;
  for (const [name, value] of Object.entries(fields)) {
    const harmless = censoredField(name, value, levels);
    if (harmless === value) continue;
    copy ??= (Array.isArray(fields) ? [...fields] : { ...fields }) as Record<string, unknown>;
    copy[name] = harmless;
  }
  return (copy ?? fields) as Fields;
}

function censoredField(name: string, value: unknown, levels: number): unknown {
  if (value === undefined) return value;
  if (SECRET_FIELDS.has(name))
    return name === 'code' && typeof value === 'string' && isErrorCode(value)
      ? value
      : '[redacted]';
  // An error is described by its serializer, which censors the description.
  const isObject = typeof value === 'object' && value !== null;
  return levels > 1 && isObject && !(value instanceof Error) ? censored(value, levels - 1) : value;
}
