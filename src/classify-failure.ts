// Decides what any thrown thing is to the outside: one of our errors, a store that is away, or a server error.

import { IntegrationError } from './errors.js';

/**
 * PostgreSQL's conditions of not serving us now: connection exceptions, refused logins, a database that is gone, closed or
 * read-only, shutting down, out of resources, its own disk, timeouts and deadlocks.
 */
const STORE_AWAY =
  /^(08...|28...|3D000|25006|25P03|40001|40P01|53...|55000|55P03|57014|57P0.|58...)$/;
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
  if (typeof error !== 'object' || error === null) return false;
  // By shape, not by class: an error may come from another realm than ours.
  const { code, message, driverError, cause } = error as Partial<Record<string, unknown>>;
  if (typeof code === 'string' && (STORE_AWAY.test(code) || NETWORK.has(code))) return true;
  if (typeof message === 'string' && POOL_WORDS.test(message)) return true;
  return [driverError, cause].some(
    (inner) => inner !== error && inner !== undefined && isStoreAway(inner),
  );
}
