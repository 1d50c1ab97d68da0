// Lines of the log for whoever has to know later who saw what.

import type { Response } from 'express';
import type { Logger } from 'pino';
import { callerOf, requestIdOf } from './request-context.js';

/** Writes down that the caller saw an account of somebody else, which only admins can; of one's own nothing is said. */
export function auditAdminRead(
  logger: Logger,
  response: Response,
  account: { readonly id: string; readonly userId: string },
): void {
  const { userId } = callerOf(response);
  if (account.userId === userId) return;
  logger.info(
    {
      requestId: requestIdOf(response),
      audit: 'admin_read',
      userId,
      owner: account.userId,
      accountId: account.id,
    },
    "an admin read another's account",
  );
}
