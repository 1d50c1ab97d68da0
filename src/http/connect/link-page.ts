// The hosted page of a connect link: it is shown, its button begins an authorization request, and
// it says how that ended. No one is signed in here.

import { timingSafeEqual } from 'node:crypto';
import type { ErrorRequestHandler } from 'express';
import { z } from 'zod';
import type { OpenLink } from '../../accounts/connect-link-store.js';
import { ERRORS, type ErrorCode, IntegrationError, isInRedirect } from '../../errors.js';
import { field } from '../../field.js';
import { HANDLE, hashOf, newHandle } from '../../oauth/authorization-request.js';
import type { Provider } from '../../providers/provider.js';
import { text } from '../answers.js';
import { sendHostedPage } from '../hosted-page.js';
import { failureOf, logFailure } from '../problem.js';
import { prefersJson, requestIdOf, sendTo } from '../request-context.js';
import { route } from '../route.js';
import { providerId } from '../schemas.js';
import type { HttpServices } from '../services.js';
import { donePage, linkPage, troublePage } from './link-html.js';

const TOKEN = { token: { kind: 'token' } } as const;

/** How long the button of a shown page works, in seconds. */
const PAGE_LIFE_SECONDS = 3_600;

const outcome = {
  status: field(z.string().max(20).optional(), 'How the last try ended', 'error'),
  provider: field(
    z.string().max(64).optional(),
    'The provider of the last try',
    ...(providerId.meta()?.examples ?? []),
  ),
  error: field(z.string().max(64).optional(), 'The code of the last try', 'access_denied'),
};

/** `GET /connect/:token`: the page. */
export const showLink = route({
  method: 'get',
  path: '/connect/:token',
  operationId: 'showConnectLink',
  tag: 'Connecting',
  summary: 'The page of a connect link',
  description:
    'Says to whose account at which product a calendar will be connected. No one has to be signed ' +
    'in. Its button begins the connection.',
  isForAnyOrigin: true,
  who: 'anyone',
  limit: 'link',
  parts: TOKEN,
  query: z.object(outcome),
  answer: text(200, 'text/html', 'The page'),
  problems: ['not_found', 'connect_link_ended', 'rate_limited'],
  async handle({ response, services, path, query }) {
    const link = await services.oauth.links.open(path.token);
    const reconnect = await accountOf(services, link);
    const proof = newHandle();
    services.cookies.set(response, proofName(path.token), proof, PAGE_LIFE_SECONDS);
    const action = ({ id }: Provider) => `${path.token}?provider=${id}&proof=${proof}`;
    sendHostedPage(
      response,
      services.product,
      linkPage({
        product: services.product,
        link,
        providers: providersOf(services, link),
        reconnect: reconnect?.email ?? null,
        action,
        error: knownError(query.error),
      }),
    );
  },
  onError: onLinkError,
});

/** `POST /connect/:token`: the click. The browser goes to the provider. */
export const startByLink = route({
  method: 'post',
  path: '/connect/:token',
  operationId: 'startByConnectLink',
  tag: 'Connecting',
  summary: 'The button of a connect link',
  description:
    'Begins an authorization request for the user of the link, bound to this browser. `proof` comes ' +
    'with the page.',
  who: 'anyone',
  limit: 'link',
  parts: TOKEN,
  query: z.object({
    provider: field(
      z.string().min(1).max(64),
      'The provider that was chosen',
      ...(providerId.meta()?.examples ?? []),
    ),
    proof: field(
      z.string().min(1).max(64),
      'The value that the page has, which its cookie has too',
      '8tXsZ0dGlDqeLj0oVxwzBfQ1m4k2c9TtYpR7uN6aHgE',
    ),
  }),
  answer: { status: 303, description: 'To the provider', schema: null, location: 'The provider' },
  problems: [
    'not_found',
    'connect_link_ended',
    'invalid_state',
    'unsupported_provider',
    'provider_not_configured',
    'rate_limited',
  ],
  async handle({ request, response, services, path, query }) {
    const { cookies, oauth, logger } = services;
    const link = await oauth.links.open(path.token);
    if (!isSame(cookies.get(request, proofName(path.token)), query.proof))
      throw new IntegrationError('invalid_state', {
        reason: 'connect link: the page was not shown',
      });
    const provider = services.providers.require(query.provider);
    if (!providersOf(services, link).includes(provider))
      throw new IntegrationError('unsupported_provider');
    const account = await accountOf(services, link);
    const hint = account?.email ?? null;
    const { url, binding, lifeSeconds } = await oauth.linkFlows.begin(
      provider,
      link,
      path.token,
      hint,
    );
    cookies.set(response, binding.name, binding.value, lifeSeconds);
    logger.info(
      {
        requestId: requestIdOf(response),
        userId: link.userId,
        provider: provider.id,
        link: link.id,
      },
      'authorization begun by a link',
    );
    sendTo(response, url, 303);
  },
  onError: onLinkError,
});

/** The cookie that proves the success to the page that tells about it. */
export const DONE_COOKIE = 'link-done';

/** `GET /connect/done`: where a visitor ends after a success, unless the link says elsewhere. */
export const showLinkDone = route({
  method: 'get',
  path: '/connect/done',
  operationId: 'showConnectLinkResult',
  tag: 'Connecting',
  summary: 'The page after a success',
  description: 'Where the visitor of a connect link without `returnTo` ends.',
  isForAnyOrigin: true,
  who: 'anyone',
  limit: 'link',
  query: z.object({
    ...outcome,
    accountId: field(
      z.string().max(64).optional(),
      'The account that was connected',
      '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
    ),
  }),
  answer: text(200, 'text/html', 'The page'),
  problems: ['not_found', 'rate_limited'],
  handle({ request, response, services }) {
    // Not the address: anyone can write one.
    const provider = services.providers.find(services.cookies.get(request, DONE_COOKIE) ?? '');
    if (provider === undefined) throw new IntegrationError('not_found');
    sendHostedPage(response, services.product, donePage(provider, services.product));
  },
  onError: onLinkError,
});

/** The name of the cookie of a shown page. */
const proofName = (token: string): string => `connect-${hashOf(token).slice(0, 12)}`;

function isSame(kept: string | null, given: string): boolean {
  const [a, b] = [Buffer.from(kept ?? ''), Buffer.from(given)];
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}

/** The providers that a link lets its visitor choose. */
function providersOf({ providers }: HttpServices, { provider }: OpenLink): readonly Provider[] {
  return providers.configured.filter(({ id }) => provider === null || id === provider);
}

/**
 * The account that a link is to reconnect; null where it is for a new one.
 * @throws IntegrationError `connect_link_ended` when the account is gone
 */
async function accountOf({ accounts }: HttpServices, { accountId, userId }: OpenLink) {
  if (accountId === null) return null;
  const account = await accounts.find(accountId, userId);
  if (account === null) throw new IntegrationError('connect_link_ended');
  return account;
}

/** A code that a redirect of ours can have; null for any other text. */
function knownError(code: string | undefined): ErrorCode | null {
  if (code === undefined || !Object.hasOwn(ERRORS, code)) return null;
  return isInRedirect(code as ErrorCode) ? (code as ErrorCode) : null;
}

/** A failure is a page, to a client that accepts JSON and not HTML a problem. */
function onLinkError({ product, logger }: HttpServices): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (prefersJson(request) || response.headersSent) return next(error);
    const failure = failureOf(error);
    logFailure(logger, response, failure);
    if (failure.retryAfterSeconds !== undefined)
      response.set('Retry-After', String(Math.max(1, Math.ceil(failure.retryAfterSeconds))));
    const token = String(request.params['token'] ?? '');
    const canRetry = HANDLE.test(token) && failure.code !== 'connect_link_ended';
    const retry = canRetry && failure.code !== 'not_found' ? token : null;
    sendHostedPage(response, product, troublePage(failure.code, failure.detail, retry));
  };
}
