// Browser sessions: opening one, ending it, and whose it is.

import { z } from 'zod';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import { empty, json } from '../answers.js';
import { requestIdOf } from '../request-context.js';
import { type IncomingRequest, route } from '../route.js';
import { instant } from '../schemas.js';

const WhoIs = z
  .object({
    userId: field(z.string(), 'The user', 'user-42'),
    admin: field(z.boolean(), 'Whether they have the admin role', false),
    expiresAt: field(
      instant.nullable(),
      'When the JWT or session ends. Null where the host decides',
      '2026-12-01T17:00:00.000Z',
    ),
  })
  .meta({ id: 'WhoIs', description: 'Who is calling' });

/**
 * `POST /session`: opens a browser session for the bearer of a JWT, so that the browser can
 * navigate.
 */
export const openSession = route({
  method: 'post',
  path: '/session',
  operationId: 'createSession',
  tag: 'Sessions',
  summary: 'Open a browser session',
  description:
    'Sets a cookie, so that the browser can navigate without a token. It ends with the JWT.',
  who: 'bearer',
  limit: 'session',
  body: z.strictObject({}).meta({ description: 'Nothing: the JWT says all' }),
  answer: empty(204, 'The session cookie is set'),
  async handle({ request, response, caller, userId, services: { sessions, logger } }) {
    const { expiresAt } = caller;
    const kind = caller.kind === 'admin' ? 'admin' : 'user';
    await sessions.open(request, response, { kind, userId, expiresAt });
    logger.info(
      { requestId: requestIdOf(response), audit: 'session_opened', userId },
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
  operationId: 'getSession',
  tag: 'Sessions',
  summary: 'Who is signed in',
  description: 'A page asks when it opens: 204 when no user is signed in.',
  who: 'optional',
  limit: 'read',
  answer: json(200, WhoIs, 'The caller'),
  otherAnswers: [empty(204, 'The caller is not signed in')],
  handle({ caller, response }) {
    if (caller === null || caller.kind === 'service') {
      response.status(204).end();
      return;
    }
    const { kind, userId, expiresAt } = caller;
    return {
      userId,
      admin: kind === 'admin',
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
  operationId: 'deleteSession',
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
