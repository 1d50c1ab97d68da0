// The log: one JSON object a line, secrets struck out.

import { type Logger, pino } from 'pino';
import { ERRORS } from './errors.js';

/** Structured, with whatever could hold a secret struck out wherever it turns up. */
export function createLogger(level: string): Logger {
  const secret = [
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
  return pino({
    level,
    redact: { paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor },
    serializers: { err: describeError },
  });
}

/** Codes of ours, of Node.js and of PostgreSQL say what failed, and no authorization code looks like one of them. */
function censor(value: unknown, path: string[]): unknown {
  const isFailure = (text: string) =>
    Object.hasOwn(ERRORS, text) || /^((E|UND_ERR_)[A-Z_]+|[0-9A-Z]{5})$/.test(text);
  return path.at(-1) === 'code' && typeof value === 'string' && isFailure(value)
    ? value
    : '[redacted]';
}

/** Name, message, code and stack, by allow-list: error objects of clients hold requests, and those hold tokens. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error.slice(0, 500) : undefined;
  const { name, message, stack, cause } = error;
  const { code } = error as Error & { code?: unknown };
  return {
    name,
    message: message.slice(0, 500),
    code,
    stack,
    ...(cause instanceof Error ? { cause: describeError(cause) } : {}),
  };
}
