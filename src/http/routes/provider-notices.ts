// Where providers notify of changes. Only the secret of a channel proves a notice.

import { z } from 'zod';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import { empty, text } from '../answers.js';
import { queryOf } from '../request-context.js';
import { PROVIDER_ID, route } from '../route.js';

const BODY_LIMIT_BYTES = 262_144;

const NoticesQuery = z.object({
  validationToken: field(
    z.string().optional(),
    'Sent when a provider tries the address. The answer repeats it as text',
    'Validation: Testing client application reachability',
  ),
  channel: field(
    z.string().optional(),
    'In the address of a second subscription for one mailbox, so that the addresses differ',
    '9f0c3b6e-2d8a-4f57-8c1e-6b7a5d4e3f21',
  ),
});

/**
 * `POST /webhooks/:provider`: takes in the notices of a provider, and echoes the token with which
 * it tries the address.
 */
export const receiveNotices = route({
  method: 'post',
  path: '/webhooks/:provider',
  operationId: 'receiveNotices',
  tag: 'Providers',
  summary: 'Where providers notify of changes',
  description:
    'For providers. A notice counts when it carries the secret of its channel. ' +
    'The answer is the same when it does not, up to a limit of such requests by address. ' +
    'Of a request, the first 32 notices are looked up, and the others after one of them counted. ' +
    'A provider that tries the address with `validationToken` gets it back as text. ' +
    'A body has at most 256 KiB.',
  isForAnyOrigin: true,
  who: 'anyone',
  ownQuery: NoticesQuery,
  rawBodyBytes: BODY_LIMIT_BYTES,
  parts: PROVIDER_ID,
  answer: empty(202, 'Received. A sync follows where a secret was right'),
  otherAnswers: [text(200, 'text/plain', 'The validation token')],
  problems: [
    'invalid_request',
    'unsupported_provider',
    'not_found',
    'payload_too_large',
    'provider_not_configured',
    'rate_limited',
    'temporarily_unavailable',
  ],
  async handle({ request, response, path, services: { providers, push: room, spend } }) {
    const { id, push } = providers.require(path.provider);
    // A provider without push sends no notices.
    if (push === null) throw new IntegrationError('not_found');
    const echo = push.handshake(queryOf(request));
    if (echo !== null) {
      response
        .status(200)
        .set({ 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' });
      response.end(echo);
      return;
    }
    const notices = push.read(request.headers, parsedBody(request.body));
    // A wrong secret gets the same answer, so that no caller learns which channels exist.
    const isProven = await room.receive(id, notices);
    // Counted afterwards: a notice with the right secret is never limited, from no address.
    if (!isProven) await spend('unproven', { request, response });
    if (notices.length === 0)
      throw new IntegrationError('invalid_request', { detail: 'The request contains no notice.' });
  },
});

/** The body as JSON, which a host may have parsed already; undefined where it is not JSON. */
function parsedBody(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return body;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
