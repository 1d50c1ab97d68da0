// Decides what any thrown thing is to the outside: one of our errors, a store that is away, or a server error.

import { IntegrationError } from './errors.js';

/** PostgreSQL's conditions of not being there: connection exceptions, shutting down, too many clients, out of resources, timeouts. */
const STORE_AWAY = /^(08...|53...|57P0[123]|57014|55P03|25P03|40001|40P01)$/;
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);
const POOL_WORDS =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection error|Driver not Connected|Cannot use a pool after calling end/i;

/** `error` itself when it has a name of ours, `temporarily_unavailable` when a store is away, else `server_error`. */
export function asIntegrationError(error: unknown): IntegrationError {
  if (error instanceof IntegrationError) return error;
  if (isStoreAway(error))
    return new IntegrationError('temporarily_unavailable', {
      reason: 'postgresql',
      retryAfterSeconds: 3,
      cause: error,
    });
  return new IntegrationError('server_error', { cause: error });
}

function isStoreAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, driverError, cause } = error as Error & { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && (STORE_AWAY.test(code) || NETWORK.has(code))) return true;
  if (POOL_WORDS.test(error.message)) return true;
  return [driverError, cause].some((inner) => inner !== error && inner !== undefined && isStoreAway(inner));
}
