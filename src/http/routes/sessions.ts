// Browser sessions: opening one, ending it, and whose it is.

import { z } from 'zod';
import { IntegrationError } from '../../errors.js';
import { empty, json } from '../answers.js';
import { requestIdOf } from '../request-context.js';
import { type IncomingRequest, route } from '../route.js';
import { instant } from '../schemas.js';

const WhoIs = z
  .object({ userId: z.string(), admin: z.boolean(), expiresAt: instant.nullable() })
  .meta({ id: 'WhoIs' });

/**
 * `POST /session`: opens a browser session for the bearer of a JWT, so that the browser can
 * navigate.
 */
export const openSession = route({
  method: 'post',
  path: '/session',
  operationId: 'openSession',
  tag: 'Sessions',
  summary: 'Open a browser session',
  who: 'bearer',
  limit: 'session',
  answer: empty(204, 'The session cookie is set'),
  async handle({ request, response, caller, services: { sessions, logger } }) {
    await sessions.open(request, response, caller);
    logger.info(
      { requestId: requestIdOf(response), audit: 'session_opened', userId: caller.userId },
      'browser session opened',
    );
  },
});

/**
 * `GET /session`: whose session this is. A page asks when it opens, so no session is an answer and
 * not an error.
 */
export const showSession = route({
  method: 'get',
  path: '/session',
  operationId: 'showSession',
  tag: 'Sessions',
  summary: 'Whose session this is',
  who: 'optional',
  limit: 'read',
  answer: json(200, WhoIs, 'The caller'),
  otherAnswers: [empty(204, 'The caller is not signed in')],
  handle({ caller, response }) {
    if (caller === null) {
      response.status(204).end();
      return;
    }
    const { userId, admin, expiresAt } = caller;
    return {
      userId,
      admin,
      expiresAt: expiresAt === null ? null : new Date(expiresAt * 1_000).toISOString(),
    };
  },
});

/**
 * A page of another site must not sign a user out. Browsers name their page in `Origin`, which was
 * checked already; without it, a header that no such page can set proves the client.
 * @throws IntegrationError `origin_not_allowed`
 */
function refuseForgedSignOut({ request }: IncomingRequest): void {
  const isProven =
    request.get('origin') !== undefined ||
    request.get('authorization') !== undefined ||
    request.get('sec-fetch-site') === 'same-origin';
  if (request.headers.cookie !== undefined && !isProven)
    throw new IntegrationError('origin_not_allowed', { reason: 'no Origin' });
}

/**
 * `DELETE /session`: ends the session. The cookies of authorization requests under way go with it:
 * the next user of this browser must not complete them. It needs no valid JWT or session: signing
 * out works also after they have expired.
 */
export const closeSession = route({
  method: 'delete',
  path: '/session',
  operationId: 'closeSession',
  tag: 'Sessions',
  summary: 'End the browser session',
  description:
    'Also after the JWT or the session has expired: its cookies and those of connections under ' +
    'way are removed.',
  before: [refuseForgedSignOut],
  who: 'anyone',
  answer: empty(204, 'The session is ended, if there was one'),
  problems: ['temporarily_unavailable'],
  async handle({ request, response, services: { sessions, cookies } }) {
    await sessions.close(request, response);
    for (const name of cookies.names(request))
      if (name.startsWith(cookies.nameOf('oauth-'))) cookies.clear(response, name);
  },
});
