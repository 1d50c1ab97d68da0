// Completion by the frontend: it redeems the ticket of a parked callback with the JWT of its user.

import { z } from 'zod';
import type { ConnectedAccount } from '../../accounts/connected-account.js';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import type { ParkedCallback } from '../../oauth/authorization-request.js';
import type { Tickets } from '../../oauth/tickets.js';
import { Account } from '../account-schemas.js';
import { json } from '../answers.js';
import { doneByCaller } from '../done-by.js';
import { setAuthorization } from '../request-context.js';
import { type IncomingRequest, route } from '../route.js';
import { presentOneAccount } from '../routes/accounts.js';
import type { HttpServices } from '../services.js';
import { CONNECT_PROBLEMS, logConnected } from './connect-log.js';
import { inOrder } from './in-order.js';
import { onCompleteError } from './way-back.js';

const CompleteBody = z.strictObject({
  ticket: field(
    z.string().min(1).max(256),
    'The `ticket` of the redirect to the frontend. It can be used once, for two minutes',
    'Jx0dYw1kq3bWm2c9TtYpR7uN6aHgE8tXsZ0dGlDqeLg',
  ),
});

/** A valid request to complete. */
interface Asked extends IncomingRequest {
  /** The user who has to have started. */
  readonly userId: string;
  readonly body: z.infer<typeof CompleteBody>;
}

/** With the callback that its ticket stood for. The ticket is spent. */
interface Redeemed extends Asked {
  readonly parked: ParkedCallback;
}

/** With the account that came of it. */
interface Connected extends Redeemed {
  readonly account: ConnectedAccount;
}

/** `POST /complete`: completes a parked callback. */
export const completeConnection = route({
  method: 'post',
  path: '/complete',
  operationId: 'completeConnection',
  tag: 'Connecting',
  summary: 'Complete a parked callback',
  description:
    'For frontends on another site, with OAUTH_COMPLETION=frontend: the frontend redeems the ' +
    'ticket of a callback with the JWT of the user who started. Otherwise it does not exist.',
  who: 'user',
  limit: 'complete',
  checks: [refuseWithoutTickets],
  body: CompleteBody,
  answer: json(200, Account, 'The connected account'),
  problems: [
    ...CONNECT_PROBLEMS,
    'invalid_ticket',
    'not_found',
    'account_not_found',
    'provider_not_configured',
  ],
  handle: inOrder(redeemTicket, connectAccount, showAccount),
  onError: onCompleteError,
});

/** @throws IntegrationError `not_found` where the callback itself completes */
function refuseWithoutTickets({ services }: IncomingRequest): void {
  ticketsOf(services);
}

function ticketsOf({ oauth }: HttpServices): Tickets {
  if (oauth.tickets === null) throw new IntegrationError('not_found');
  return oauth.tickets;
}

/** @throws IntegrationError `invalid_ticket` */
async function redeemTicket(known: Asked): Promise<Redeemed> {
  const tickets = ticketsOf(known.services);
  const parked = await tickets.redeem(known.body.ticket, known.userId);
  setAuthorization(known.response, parked.request);
  return { ...known, parked };
}

/**
 * @throws IntegrationError `provider_not_configured` when the provider was removed since, and what
 * completing throws
 */
async function connectAccount(known: Redeemed): Promise<Connected> {
  const { response, services, userId, parked } = known;
  const { providers, oauth, accounts, logger } = services;
  const provider = providers.require(parked.request.provider);
  const { stateHash, request, code } = parked;
  const by = doneByCaller(response);
  const accountId = await oauth.completion.complete(provider, stateHash, request, code, by);
  logConnected(logger, response, { userId, provider: provider.id, accountId });
  const account = await accounts.find(accountId, userId);
  if (account === null) throw new IntegrationError('account_not_found');
  return { ...known, account };
}

function showAccount({ services, account }: Connected) {
  return presentOneAccount(services, account);
}
