// The log: one JSON object on each line, with secrets removed.

import { type Logger, pino } from 'pino';
import { ERRORS } from './errors.js';

/** Fields that may hold a secret. They are removed down to the third level of an object. */
const SECRET_FIELDS = [
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
];

/** Creates the logger. @param level one of pino's, or `silent` */
export function createLogger(level: string): Logger {
  const paths = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino({ level, redact: { paths, censor }, serializers: { err: describeError } });
}

/** Our codes and those of Node.js and PostgreSQL. No authorization code looks like one of them. */
const isErrorCode = (text: string): boolean =>
  Object.hasOwn(ERRORS, text) || /^((E|UND_ERR_)[A-Z_]+|[0-9A-Z]{5})$/.test(text);

function censor(value: unknown, path: string[]): unknown {
  const isHarmless = path.at(-1) === 'code' && typeof value === 'string' && isErrorCode(value);
  return isHarmless ? value : '[redacted]';
}

/** Only these fields, because the error objects of clients hold requests, which hold tokens. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error.slice(0, 500) : undefined;
  const { name, message, stack, cause } = error;
  return {
    name,
    message: message.slice(0, 500),
    code: 'code' in error ? error.code : undefined,
    stack,
    ...(cause instanceof Error ? { cause: describeError(cause) } : {}),
  };
}
