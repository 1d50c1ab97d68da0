// The log: one JSON object on each line, with secrets removed.

import { type Logger, pino } from 'pino';
import { censored } from './censor.js';

/** Creates the logger. @param level one of pino's, or `silent` */
export function createLogger(level: string): Logger {
  // pino's own redaction would walk each line once for every path.
  const formatters = { log: censored<Record<string, unknown>> };
  const logger = pino({ level, formatters, serializers: { err: describeError } });
  const { child } = logger;
  // pino passes what a child logger is bound to, to no formatter.
  logger.child = function childOf(this: Logger, bindings, options) {
    return child.call(this, censored(bindings), options) as ReturnType<typeof child>;
  } as typeof child;
  return logger;
}

/** Only these fields, because the error objects of clients hold requests, which hold tokens. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error.slice(0, 500) : undefined;
  const { name, message, stack, cause } = error;
  return censored({
    name,
    message: message.slice(0, 500),
    code: 'code' in error ? error.code : undefined,
    stack,
    ...(cause instanceof Error ? { cause: describeError(cause) } : {}),
  });
}
