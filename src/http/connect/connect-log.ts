// What the callback and the completion share: a line of the log, and the codes of failures.

import type { Response } from 'express';
import type { Logger } from 'pino';
import type { ErrorCode } from '../../errors.js';
import type { ProviderId } from '../../vocabulary.js';
import { requestIdOf } from '../request-context.js';

/** The codes of a connection that failed, as a client that reads problems sees them. */
export const CONNECT_PROBLEMS: readonly ErrorCode[] = [
  'invalid_state',
  'access_denied',
  'missing_scopes',
  'no_refresh_token',
  'admin_consent_required',
  'account_mismatch',
  'account_already_connected',
  'server_error',
  'provider_misconfigured',
  'provider_error',
  'provider_unavailable',
  'temporarily_unavailable',
];

/** Logs that an account was connected. */
export function logConnected(
  logger: Logger,
  response: Response,
  connected: {
    readonly userId: string;
    readonly provider: ProviderId;
    readonly accountId: string;
  },
): void {
  logger.info(
    { requestId: requestIdOf(response), audit: 'connected', ...connected },
    'account connected',
  );
}
