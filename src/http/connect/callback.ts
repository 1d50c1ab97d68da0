// The callback: the browser returns from a provider. `handle` lists the steps in their order.

import { z } from 'zod';
import { VISITOR } from '../../audit/audit-words.js';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import type { AuthorizationRequest } from '../../oauth/authorization-request.js';
import { type CallbackParameters, readParameters } from '../../oauth/callback.js';
import { type LinkBinding, linkBindingName, readLinkBinding } from '../../oauth/link-flow.js';
import type { Provider } from '../../providers/provider.js';
import { redirect } from '../answers.js';
import { doneBy } from '../done-by.js';
import { queryOf, sendTo, setAuthorization, setLinkToken } from '../request-context.js';
import { type IncomingRequest, PROVIDER_ID, route } from '../route.js';
import { CONNECT_PROBLEMS, logConnected } from './connect-log.js';
import { inOrder } from './in-order.js';
import { linkSuccess } from './link-way-back.js';
import { onCallbackError } from './way-back.js';

const CallbackQuery = z.object({
  state: field(
    z.string().optional(),
    'The state of the authorization request. Without it: `invalid_state`',
    '8tXsZ0dGlDqeLj0oVxwzBfQ1m4k2c9TtYpR7uN6aHgE',
  ),
  code: field(
    z.string().optional(),
    'The authorization code, when the user gave consent',
    '4/0AanRRrtYc2bT',
  ),
  error: field(z.string().optional(), "The provider's error, in place of `code`", 'access_denied'),
  error_description: field(
    z.string().optional(),
    "The provider's words about the error. They are never shown",
    'The user denied the request',
  ),
  error_subcode: field(z.string().optional(), 'What the provider adds to the error', 'cancel'),
  iss: field(
    z.string().optional(),
    'The issuer that answers (RFC 9207). Where it is given, it must be the right one',
    'https://accounts.google.com',
  ),
});

/** A callback of one provider. */
interface Returned extends IncomingRequest {
  readonly path: { readonly provider: string };
}

/** With its parameters, of which nothing is proven yet. */
interface Read extends Returned {
  readonly provider: Provider;
  readonly parameters: CallbackParameters;
}

/** With the authorization request that its state stood for. The state is spent. */
interface Spent extends Read {
  readonly stateHash: string;
  readonly authorization: AuthorizationRequest;
  /** What the cookie says where a connect link began it; null where a user did. */
  readonly link: LinkBinding | null;
}

/** With the code that the provider gave. */
interface Granted extends Spent {
  readonly code: string;
}

/** With the URL of the frontend that tells how it ended. */
interface Ended extends Granted {
  readonly location: string;
}

/**
 * `GET /auth/:provider/callback`: completes the authorization request, or parks it for the frontend
 * to complete.
 */
export const answerCallback = route({
  method: 'get',
  path: '/auth/:provider/callback',
  operationId: 'handleCallback',
  tag: 'Connecting',
  summary: 'Where the provider sends the browser back',
  description:
    'Redirects to the frontend with status, provider and accountId or error. ' +
    'Clients that accept JSON and not HTML get the problem.',
  isForAnyOrigin: true,
  who: 'anyone',
  limit: 'callback',
  parts: PROVIDER_ID,
  ownQuery: CallbackQuery,
  isQueryOpen: true,
  answer: redirect('To the frontend'),
  problems: [
    'unsupported_provider',
    ...CONNECT_PROBLEMS,
    'provider_not_configured',
    'rate_limited',
  ],
  handle: inOrder(readCallback, spendState, refuseProviderError, parkOrComplete, sendBack),
  onError: onCallbackError,
});

/** @throws IntegrationError `unsupported_provider`, `provider_not_configured`, `invalid_state` */
function readCallback(known: Returned): Read {
  const provider = known.services.providers.require(known.path.provider);
  return { ...known, provider, parameters: readParameters(queryOf(known.request)) };
}

/**
 * The state is spent before anything else is believed, also an error. It has to come back to the
 * browser that started, and everyone whom this browser names has to be the user who started.
 * @throws IntegrationError `invalid_state`
 */
async function spendState(known: Read): Promise<Spent> {
  const { request, response, services, provider, parameters } = known;
  const { oauth, callers, cookies } = services;
  const linkCookie = linkBindingName(parameters.state);
  const link = readLinkBinding(cookies.get(request, linkCookie));
  if (link !== null) {
    setLinkToken(response, link.token);
    const taken = await oauth.linkFlows.take(provider, parameters, link);
    cookies.clear(response, cookies.nameOf(linkCookie));
    setAuthorization(response, taken.request);
    return { ...known, stateHash: taken.stateHash, authorization: taken.request, link };
  }
  let binding: string | null = null;
  const bindingCookie = (name: string): string | null => {
    binding = cookies.nameOf(name);
    return cookies.get(request, name);
  };
  const signedIn = await callers.fromCookies(request, response);
  const { stateHash, request: authorization } = await oauth.gate.take(
    provider,
    parameters,
    { bindingCookie, signedInUserIds: signedIn.map(({ userId }) => userId) },
    oauth.tickets === null,
  );
  setAuthorization(response, authorization);
  if (binding !== null) cookies.clear(response, binding);
  return { ...known, stateHash, authorization, link: null };
}

/**
 * @throws IntegrationError the provider's error as one of our codes, `invalid_state` without a code
 */
function refuseProviderError(known: Spent): Granted {
  const { provider, parameters } = known;
  const { code, error, errorDescription, errorSubcode } = parameters;
  if (error !== null) throw provider.consent.redirectError(error, errorDescription, errorSubcode);
  if (code === null) throw new IntegrationError('invalid_state', { reason: 'no code' });
  return { ...known, code };
}

/**
 * Stores the sealed code for the frontend to complete, or exchanges it.
 * @throws IntegrationError with a code of a redirect
 */
async function parkOrComplete(known: Granted): Promise<Ended> {
  const { response, services, provider, stateHash, authorization, link, code } = known;
  const { oauth, frontend } = services;
  const { returnTo, userId } = authorization;
  // The visitor of a link may have no account at the frontend, and their browser has the cookie.
  if (oauth.tickets !== null && link === null) {
    const ticket = await oauth.tickets.park({ stateHash, request: authorization, code });
    return { ...known, location: frontend.pending(provider.id, ticket, returnTo) };
  }
  const by = doneBy(response, link === null ? { kind: 'user', id: userId } : VISITOR);
  const accountId = await oauth.completion.complete(provider, stateHash, authorization, code, by);
  logConnected(services.logger, response, { userId, provider: provider.id, accountId });
  const location =
    link === null
      ? frontend.success(provider.id, accountId, returnTo)
      : linkSuccess(services, response, provider.id, accountId, returnTo);
  return { ...known, location };
}

function sendBack({ response, location }: Ended): void {
  sendTo(response, location);
}
