// Decides what any thrown value is: one of our errors, an unavailable store, or a server error.

import { IntegrationError } from './errors.js';

/**
 * SQLSTATE codes that mean PostgreSQL cannot serve us now: a broken connection, a refused login, a
 * missing or read-only database, a shutdown, too few resources, a full disk, a timeout, a deadlock.
 */
const UNAVAILABLE_STATES =
  /^(08...|28...|3D000|25006|25P03|40001|40P01|53...|55000|55P03|57014|57P0.|58...)$/;
const NETWORK_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);
/** Messages of pg, its pool and TypeORM, which give these errors no code. */
const CLIENT_MESSAGES = [
  'timeout exceeded when trying to connect',
  'connection terminated',
  'query read timeout',
  'client has encountered a connection error',
  'driver not connected',
  'cannot use a pool after calling end',
];

/**
 * The error as one of ours: unchanged when it already is one, `temporarily_unavailable` when a
 * store is unavailable, else `server_error`.
 */
export function asIntegrationError(error: unknown): IntegrationError {
  if (error instanceof IntegrationError) return error;
  if (isStoreUnavailable(error))
    return new IntegrationError('temporarily_unavailable', {
      reason: 'postgresql',
      retryAfterSeconds: 3,
      cause: error,
    });
  return new IntegrationError('server_error', { cause: error });
}

const isClientMessage = (message: string): boolean =>
  CLIENT_MESSAGES.some((known) => message.includes(known));

function isStoreUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  // By shape, not by class: the error may come from another realm.
  const { code, message, driverError, cause } = error as Partial<Record<string, unknown>>;
  if (typeof code === 'string' && (UNAVAILABLE_STATES.test(code) || NETWORK_ERRORS.has(code)))
    return true;
  if (typeof message === 'string' && isClientMessage(message.toLowerCase())) return true;
  return [driverError, cause].some((inner) => inner !== error && isStoreUnavailable(inner));
}
