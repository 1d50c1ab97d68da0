// Connect links, for the host's backend: an address that it sends to someone.

import { z } from 'zod';
import { field } from '../../field.js';
import { json } from '../answers.js';
import { ConnectLinkBody, createLink } from '../connect/link-creation.js';
import { doneByCaller } from '../done-by.js';
import { route } from '../route.js';
import { instant } from '../schemas.js';

const ConnectLink = z
  .object({
    url: field(
      z.url(),
      'Send it to the person who is to connect a calendar. It is shown this once',
      'https://calendars.example.com/integrations/connect/8tXsZ0dGlDqeLj0oVxwzBfQ1m4k2c9TtYpR7uN6aHgE',
    ),
    expiresAt: field(instant, 'When it ends, if it is not used', '2026-12-01T10:00:00.000Z'),
  })
  .meta({ id: 'ConnectLink', description: 'A connect link' });

/** `POST /connect-links`: makes a connect link. */
export const createConnectLink = route({
  method: 'post',
  path: '/connect-links',
  operationId: 'createConnectLink',
  tag: 'Connecting',
  summary: 'Make a connect link',
  description:
    'An address with which someone who is not signed in connects a calendar for one user, once. ' +
    'Anyone who has it can do so: send it to that person alone.',
  who: 'service',
  limit: 'read',
  body: ConnectLinkBody,
  answer: json(201, ConnectLink, 'The link'),
  problems: [
    'unsupported_provider',
    'return_to_not_allowed',
    'account_not_found',
    'provider_not_configured',
  ],
  async handle({ response, body, services }) {
    const { url, expiresAt } = await createLink(services, body, doneByCaller(response));
    return { url, expiresAt: expiresAt.toISOString() };
  },
});
