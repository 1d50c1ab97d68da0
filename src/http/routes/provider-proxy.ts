// Requests of the host's backend that are passed on to the provider of an account, one route a
// method.

import { IntegrationError } from '../../errors.js';
import { anything, empty } from '../answers.js';
import { passOn } from '../pass-on.js';
import { ACCOUNT_ID, type IncomingRequest, type Method, type Route, route } from '../route.js';

/** As Graph has it: learn.microsoft.com/graph/throttling-limits. */
const BODY_LIMIT_BYTES = 4 * 1_048_576;

/** What a method does, for its summary. */
const SUMMARIES: Readonly<Record<Method, string>> = {
  get: 'Read something at the provider of an account',
  post: 'Create something at the provider of an account',
  put: 'Replace something at the provider of an account',
  patch: 'Change something at the provider of an account',
  delete: 'Delete something at the provider of an account',
};

/** Any method of `/accounts/:accountId/proxy/{path}`. HEAD is part of GET. */
export const PROXY_ROUTES: readonly Route[] = (Object.keys(SUMMARIES) as Method[]).map(proxyRoute);

function proxyRoute(method: Method): Route {
  const hasBody = method === 'post' || method === 'put' || method === 'patch';
  return route({
    method,
    path: '/accounts/:accountId/proxy/*path',
    operationId: `${method}AtProvider`,
    tag: 'Backend',
    summary: SUMMARIES[method],
    description:
      'Only with `PROVIDER_PROXY=true`. The request goes to the calendar API of the provider with ' +
      'the token of the account, and the answer is the own one of the provider, with its status ' +
      'and its body. Problems of this service are `application/problem+json`.',
    before: [requireProxy],
    who: 'service',
    account: 'owner',
    parts: { ...ACCOUNT_ID, path: { kind: 'rest' } },
    isQueryOpen: true,
    ...(hasBody ? { rawBodyBytes: BODY_LIMIT_BYTES, isBodyPassedOn: true } : {}),
    answer: anything(200, "The provider's own answer. It can have any status"),
    otherAnswers: [empty(204, "The provider's own answer without a body")],
    problems: [
      'not_found',
      'account_not_found',
      'path_not_allowed',
      'reauthorization_required',
      'rate_limited',
      'throttled',
      'token_key_missing',
      'provider_not_configured',
      'provider_unavailable',
      ...(hasBody ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ],
    handle: (valid) => passOn(valid, valid.account, valid.path.path),
  });
}

/** @throws IntegrationError `not_found` where this deployment passes nothing on */
function requireProxy({ services }: IncomingRequest): void {
  if (!services.backend.providerProxy) throw new IntegrationError('not_found');
}
