// Access tokens for the host's backend, which calls the provider itself.

import { z } from 'zod';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import { json } from '../answers.js';
import { doneByCaller } from '../done-by.js';
import { setActingFor } from '../request-context.js';
import { ACCOUNT_ID, type IncomingRequest, route } from '../route.js';
import { instant } from '../schemas.js';
import { LeaseBody, leaseToken } from '../token-lease.js';

const AccessToken = z
  .object({
    accessToken: field(z.string(), 'Send it to the provider as a bearer token', 'ya29.a0AfB_by'),
    tokenType: field(z.literal('Bearer'), 'Its type', 'Bearer'),
    expiresAt: field(instant, 'When it ends', '2026-12-01T10:00:00.000Z'),
    scopes: field(z.array(z.string()), 'The calendar scopes of the account', [
      'https://www.googleapis.com/auth/calendar',
    ]),
  })
  .meta({ id: 'AccessToken', description: 'A live access token of an account' });

/** `POST /accounts/:accountId/access-token`: lends a live access token. */
export const leaseAccessToken = route({
  method: 'post',
  path: '/accounts/:accountId/access-token',
  operationId: 'leaseAccessToken',
  tag: 'Backend',
  summary: 'Get a live access token of an account',
  description:
    'Only with `ACCESS_TOKEN_LEASE=true`. It is refreshed first when less than `minimumSeconds` ' +
    'is left. Ask again rather than keep it: it may be replaced at any time.',
  before: [requireLease],
  who: 'service',
  account: 'owner',
  parts: ACCOUNT_ID,
  body: LeaseBody,
  answer: json(200, AccessToken, 'The token'),
  problems: [
    'not_found',
    'account_not_found',
    'reauthorization_required',
    'rate_limited',
    'provider_unavailable',
    'provider_error',
  ],
  async handle({ request, response, account, body, services }) {
    setActingFor(response, account.userId);
    await services.spend('read', { request, response });
    const by = doneByCaller(response);
    const { accessToken, expiresAt, scopes } = await leaseToken(services, account, body, by);
    return {
      accessToken,
      tokenType: 'Bearer' as const,
      expiresAt: expiresAt.toISOString(),
      scopes: [...scopes],
    };
  },
});

/** @throws IntegrationError `not_found` where this deployment lends no tokens */
function requireLease({ services }: IncomingRequest): void {
  if (!services.backend.accessTokenLease) throw new IntegrationError('not_found');
}
