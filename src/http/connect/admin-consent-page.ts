// The callback of an administrator's consent: a page that says what happened. Its visitor is not
// signed in, may be on any machine, and gets nothing else.

import type { ErrorRequestHandler } from 'express';
import { z } from 'zod';
import { VISITOR } from '../../audit/audit-words.js';
import { field } from '../../field.js';
import { text } from '../answers.js';
import { doneBy } from '../done-by.js';
import { sendHostedPage } from '../hosted-page.js';
import { failureOf, logFailure } from '../problem.js';
import { isNavigation, queryOf, requestIdOf } from '../request-context.js';
import { PROVIDER_ID, route } from '../route.js';
import type { HttpServices } from '../services.js';
import { answerPage, endedPage } from './admin-consent-html.js';

const AdminConsentQuery = z.object({
  state: field(
    z.string().optional(),
    'The state of the link',
    '8tXsZ0dGlDqeLj0oVxwzBfQ1m4k2c9TtYpR7uN6aHgE',
  ),
  admin_consent: field(z.string().optional(), 'The answer, without an error', 'True'),
  error: field(z.string().optional(), "The provider's error", 'consent_required'),
  error_description: field(
    z.string().optional(),
    "The provider's words about the error. They are never shown",
    'AADSTS65004: User declined to consent to access the app.',
  ),
  tenant: field(
    z.string().optional(),
    'The organization. It is ignored: anyone can write one',
    '5f3b1c8e-9d24-4e76-8a10-2c7d9e6b4f01',
  ),
  scope: field(z.string().optional(), 'What was approved. It is ignored', 'openid'),
});

/** `GET /admin-consent/:provider/callback`: takes the answer and shows it. */
export const answerAdminConsent = route({
  method: 'get',
  path: '/admin-consent/:provider/callback',
  operationId: 'handleAdminConsent',
  tag: 'Connecting',
  summary: 'Where the provider sends an administrator back',
  description:
    'A page that says what happened. It needs no sign-in and works on any machine. A link is ' +
    'answered once; what the answer says is a hint for people, and allows nothing.',
  isForAnyOrigin: true,
  who: 'anyone',
  limit: 'callback',
  parts: PROVIDER_ID,
  ownQuery: AdminConsentQuery,
  isQueryOpen: true,
  answer: text(200, 'text/html', 'The page'),
  problems: [
    'invalid_state',
    'admin_consent_unsupported',
    'unsupported_provider',
    'provider_not_configured',
    'rate_limited',
    'temporarily_unavailable',
  ],
  async handle({ request, response, services, path }) {
    const { oauth, product, logger } = services;
    const provider = services.providers.require(path.provider);
    const by = doneBy(response, VISITOR);
    const { id, answer, reason } = await oauth.adminConsents.answer(provider, queryOf(request), by);
    const facts = { requestId: requestIdOf(response), provider: provider.id, request: id };
    logger[answer === 'failed' ? 'warn' : 'info'](
      { ...facts, audit: 'admin_consent', answer, reason: reason ?? undefined },
      'an administrator answered',
    );
    sendHostedPage(response, product, answerPage(answer, provider, product));
  },
  onError: onAnswerError,
});

/** A failure is a page, to a client that does not ask for HTML a problem. */
function onAnswerError({ product, providers, logger }: HttpServices): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (!isNavigation(request) || response.headersSent) return next(error);
    const failure = failureOf(error);
    logFailure(logger, response, failure);
    if (failure.retryAfterSeconds !== undefined)
      response.set('Retry-After', String(Math.max(1, Math.ceil(failure.retryAfterSeconds))));
    const provider = providers.find(String(request.params['provider']));
    sendHostedPage(response, product, endedPage(failure, provider?.name ?? null));
  };
}
