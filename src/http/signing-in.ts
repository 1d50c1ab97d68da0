// Opening and ending a browser session, and whose it is.

import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { BrowserSessions } from './browser-session.js';
import type { Cookies } from './cookies.js';
import { callerOf, knownCaller, requestIdOf } from './request-context.js';

export function signingInRoutes(sessions: BrowserSessions, cookies: Cookies, logger: Logger) {
  const open: RequestHandler = async (request, response) => {
    const caller = callerOf(response);
    await sessions.open(request, response, caller);
    logger.info(
      { requestId: requestIdOf(response), audit: 'session_opened', userId: caller.userId },
      'browser session opened',
    );
    response.status(204).end();
  };

  /** Also drops the cookies of flows under way: the next user of this browser must not finish them. */
  const close: RequestHandler = async (request, response) => {
    await sessions.close(request, response);
    for (const name of cookies.all(request).keys())
      if (name.startsWith(cookies.nameOf('oauth-'))) cookies.clear(response, name);
    response.status(204).end();
  };

  /** For a page that opens: being nobody is an answer, not an error. */
  const who: RequestHandler = (_request, response) => {
    const caller = knownCaller(response);
    if (caller === null) {
      response.status(204).end();
      return;
    }
    const { userId, admin, expiresAt } = caller;
    response.json({
      userId,
      admin,
      expiresAt: expiresAt === null ? null : new Date(expiresAt * 1_000).toISOString(),
    });
  };

  return { open, close, who };
}
