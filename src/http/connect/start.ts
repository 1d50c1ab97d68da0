// The start of a connection: an authorization request, as a URL for a frontend or a redirect.

import { z } from 'zod';
import type { ConnectedAccount } from '../../accounts/connected-account.js';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import type { Authorization } from '../../oauth/authorization.js';
import type { Provider } from '../../providers/provider.js';
import { ACCESS_TIERS } from '../../vocabulary.js';
import { json, redirect, type Shown } from '../answers.js';
import { requestIdOf, sendTo } from '../request-context.js';
import { type IncomingRequest, PROVIDER_ID, route } from '../route.js';
import { instant } from '../schemas.js';
import { parseId } from '../validate.js';
import { inOrder } from './in-order.js';
import { onStartError } from './way-back.js';

const StartQuery = z.object({
  returnTo: field(
    z.string().min(1).max(2_000).optional(),
    'The path at the frontend to return to, under RETURN_PATHS',
    '/integrations',
  ),
  loginHint: field(
    z.string().min(1).max(320).optional(),
    'Email of the account to preselect',
    'ana@example.com',
  ),
  accountId: field(
    z.string().min(1).max(64).optional(),
    'The account to reconnect',
    '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
  ),
  access: field(
    z.enum(ACCESS_TIERS).optional(),
    'What to ask for: `read`, or `write` too. Default: CALENDAR_ACCESS',
    'write',
  ),
});

const AuthorizationUrl = z
  .object({
    url: field(
      z.url(),
      'Send the browser here',
      'https://accounts.google.com/o/oauth2/v2/auth?client_id=123.apps.example&state=8tXsZ0dG',
    ),
    state: field(
      z.string(),
      'The state of the request, as the URL contains it',
      '8tXsZ0dGlDqeLj0oVxwzBfQ1m4k2c9TtYpR7uN6aHgE',
    ),
    expiresAt: field(instant, 'When the request ends', '2026-12-01T09:10:00.000Z'),
  })
  .meta({ id: 'Authorization', description: 'An authorization request' });

/** The most authorization requests under way in one browser. One more drops the oldest. */
const MOST_BINDINGS = 5;

/** A valid request to start. */
interface Start extends IncomingRequest {
  /** The user who is to connect an account. */
  readonly userId: string;
  readonly path: { readonly provider: string };
  readonly query: z.infer<typeof StartQuery>;
}

/** With the provider found and the way back allowed. */
interface Prepared extends Start {
  readonly provider: Provider;
  readonly returnTo: string | null;
}

/** With the account to reconnect; null for a new one. */
interface WithAccount extends Prepared {
  readonly account: ConnectedAccount | null;
}

/** With the authorization request, whose state is stored. */
interface Begun extends WithAccount {
  readonly authorization: Authorization;
}

const begin = [checkReturnTo, findAccountToReconnect, beginAuthorization, bindToBrowser] as const;

const PROBLEMS = [
  'unsupported_provider',
  'return_to_not_allowed',
  'account_not_found',
  'provider_not_configured',
] as const;

/** `GET /oauth-url/:provider`: begins an authorization request and answers with its URL. */
export const startByUrl = route({
  method: 'get',
  path: '/oauth-url/:provider',
  operationId: 'getAuthorizationUrl',
  tag: 'Connecting',
  summary: 'Begin an authorization request',
  description:
    'Call it with credentials: the answer sets the cookie that binds the request to this browser.',
  before: [requireProvider],
  who: 'user',
  limit: 'start',
  parts: PROVIDER_ID,
  query: StartQuery,
  answer: json(200, AuthorizationUrl, 'Where to send the browser'),
  problems: PROBLEMS,
  handle: inOrder(...begin, logBegun, showUrl),
});

/** `GET /auth/:provider`: the same for a browser that navigates, which is sent to the provider. */
export const startByNavigation = route({
  method: 'get',
  path: '/auth/:provider',
  operationId: 'startAuthorization',
  tag: 'Connecting',
  summary: 'Begin an authorization request by navigating',
  description:
    'The same as `oauth-url`, for a browser with a session: it is sent to the provider at once.',
  before: [refusePrefetch, requireProvider],
  who: 'user',
  limit: 'start',
  parts: PROVIDER_ID,
  query: StartQuery,
  answer: redirect('To the provider. A browser that is not signed in goes to the frontend'),
  problems: ['prefetch_refused', ...PROBLEMS],
  handle: inOrder(...begin, logBegun, sendToProvider),
  onError: onStartError,
});

/**
 * A browser that fetches ahead of a click must not begin anything.
 * @throws IntegrationError `prefetch_refused`
 */
function refusePrefetch({ request }: IncomingRequest): void {
  const purposes = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].map(
    (name) => request.get(name) ?? '',
  );
  if (purposes.some((purpose) => /prefetch|prerender|preview/i.test(purpose)))
    throw new IntegrationError('prefetch_refused');
}

/** @throws IntegrationError `unsupported_provider`, `provider_not_configured` */
function requireProvider({ request, services }: IncomingRequest): void {
  services.providers.require(String(request.params['provider']));
}

/** @throws IntegrationError `return_to_not_allowed` */
function checkReturnTo(known: Start): Prepared {
  const { path, query, services } = known;
  const provider = services.providers.require(path.provider);
  const returnTo =
    query.returnTo === undefined ? null : services.frontend.checkReturnTo(query.returnTo);
  return { ...known, provider, returnTo };
}

/**
 * The account has to be the user's own and of this provider.
 * @throws IntegrationError `account_not_found`
 */
async function findAccountToReconnect(known: Prepared): Promise<WithAccount> {
  const { query, userId, provider, services } = known;
  if (query.accountId === undefined) return { ...known, account: null };
  const accountId = parseId(query.accountId, 'account_not_found');
  const account = await services.accounts.find(accountId, userId);
  if (account?.provider !== provider.id) throw new IntegrationError('account_not_found');
  return { ...known, account };
}

/** Stores the state. @throws IntegrationError `temporarily_unavailable` */
async function beginAuthorization(known: WithAccount): Promise<Begun> {
  const { userId, provider, query, returnTo, account, services } = known;
  const authorization = await services.oauth.authorizations.begin(provider, {
    userId,
    returnTo,
    loginHint: query.loginHint ?? account?.email ?? null,
    accountId: account?.id ?? null,
    access: query.access ?? null,
  });
  return { ...known, authorization };
}

/**
 * Sets the cookie that binds the request to this browser, where the callback is to complete in it.
 */
function bindToBrowser(known: Begun): Begun {
  const { request, response, authorization, services } = known;
  const { binding, expiresAt } = authorization;
  if (binding === null) return known;
  const { cookies } = services;
  const bindings = cookies
    .names(request)
    .filter((name) => name.startsWith(cookies.nameOf('oauth-')));
  for (const oldest of bindings.slice(0, Math.max(0, bindings.length - (MOST_BINDINGS - 1))))
    cookies.clear(response, oldest);
  const maxAgeSeconds = Math.ceil((expiresAt.getTime() - Date.now()) / 1_000);
  cookies.set(response, binding.name, binding.secret, maxAgeSeconds);
  return known;
}

function logBegun(known: Begun): Begun {
  const { response, userId, provider, account, services } = known;
  services.logger.info(
    {
      requestId: requestIdOf(response),
      userId,
      provider: provider.id,
      reconnect: account?.id,
    },
    'authorization begun',
  );
  return known;
}

function showUrl({ authorization }: Begun): Shown<typeof AuthorizationUrl> {
  const { url, state, expiresAt } = authorization;
  return { url, state, expiresAt: expiresAt.toISOString() };
}

function sendToProvider({ response, authorization }: Begun): void {
  sendTo(response, authorization.url);
}
