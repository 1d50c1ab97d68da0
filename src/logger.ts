// The log: one JSON object a line, secrets struck out.

import { type Logger, pino } from 'pino';

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
    redact: { paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    serializers: { err: describeError },
  });
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
