// What belongs to one user as a whole: erasing it, and handing it out.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { field } from '../../field.js';
import { json, text } from '../answers.js';
import { doneByCaller } from '../done-by.js';
import { requestIdOf } from '../request-context.js';
import { route } from '../route.js';
import { accountId, instant, providerId } from '../schemas.js';
import type { HttpServices } from '../services.js';
import { requireUserId } from '../user-id.js';
import { notRevoked } from './accounts.js';
import { exportLines } from './export-lines.js';

const USER = { userId: { kind: 'token' } } as const;

const ErasedUser = z
  .object({
    userId: field(z.string(), 'The user', 'user-42'),
    accounts: field(
      z.array(
        z
          .object({
            id: accountId,
            provider: providerId,
            revoked: field(z.boolean(), 'Whether the provider has ended the grant', true),
            reason: notRevoked,
          })
          .meta({ description: 'An account that was disconnected' }),
      ),
      'What became of the accounts',
    ),
    erasedAt: field(instant, 'When everything was gone', '2026-12-01T09:00:00.000Z'),
  })
  .meta({ id: 'ErasedUser', description: 'A user of whom nothing is kept any more' });

/** `DELETE /users/:userId`: erases a user. */
export const eraseUser = route({
  method: 'delete',
  path: '/users/:userId',
  operationId: 'eraseUser',
  tag: 'Users',
  summary: 'Erase a user',
  description:
    'Disconnects every account and deletes all that is kept of the user. The audit trail keeps a ' +
    'pseudonym. It can be repeated, also after a failure.',
  who: 'service or admin',
  limit: 'read',
  parts: USER,
  answer: json(200, ErasedUser, 'What was done'),
  problems: ['invalid_request', 'temporarily_unavailable'],
  async handle({ response, path, services }) {
    const { userId } = path;
    requireUserId(userId);
    const { accounts, erasedAt } = await services.eraseUser(userId, doneByCaller(response));
    services.logger.info(
      { requestId: requestIdOf(response), audit: 'user_erased', accounts: accounts.length },
      'user erased',
    );
    return { userId, accounts, erasedAt: erasedAt.toISOString() };
  },
});

/** `GET /users/:userId/export`: everything of a user, line by line. */
export const exportUser = route({
  method: 'get',
  path: '/users/:userId/export',
  operationId: 'exportUser',
  tag: 'Users',
  summary: 'Export a user',
  description:
    'Accounts, calendars and events, each a line of JSON with `type` and the fields of the API. No ' +
    'tokens.',
  who: 'service',
  limit: 'read',
  parts: USER,
  answer: text(200, 'application/x-ndjson', 'One object on each line'),
  problems: ['invalid_request'],
  async handle({ response, path, services }) {
    requireUserId(path.userId);
    await services.audit.record(null, {
      action: 'user.export',
      by: doneByCaller(response),
      userId: path.userId,
    });
    response.status(200).type('application/x-ndjson');
    await sendLines(services, path.userId, response);
  },
});

/** Waits for the client between the lines. A failure cuts the response off. */
async function sendLines(
  services: HttpServices,
  userId: string,
  response: NodeJS.WritableStream,
): Promise<void> {
  await pipeline(Readable.from(exportLines(services, userId)), response);
}
