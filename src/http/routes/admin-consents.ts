// Asking for the consent of an administrator, and what became of it.

import { z } from 'zod';
import { ADMIN_CONSENT_STATUSES } from '../../accounts/admin-consent-store.js';
import { field } from '../../field.js';
import { ACCESS_TIERS } from '../../vocabulary.js';
import { json } from '../answers.js';
import { doneByCaller } from '../done-by.js';
import { mountPathOf } from '../mount.js';
import { type IncomingRequest, id, route } from '../route.js';
import { adminConsentId, instant } from '../schemas.js';

const AdminConsent = z
  .object({
    requestId: adminConsentId,
    url: field(
      z.url(),
      'Send it to an administrator of the organization',
      'https://login.microsoftonline.com/organizations/v2.0/adminconsent?client_id=1&state=8tXsZ0dG',
    ),
    expiresAt: field(instant, 'Until when it can be answered', '2026-12-08T09:00:00.000Z'),
  })
  .meta({ id: 'AdminConsent', description: 'A request for the consent of an administrator' });

const AdminConsentState = z
  .object({
    requestId: adminConsentId,
    status: field(
      z.enum(ADMIN_CONSENT_STATUSES),
      '`granted` is a hint for people: whether a user can connect shows when they do',
      'pending',
    ),
  })
  .meta({ id: 'AdminConsentState', description: 'What became of the request' });

/** `POST /admin-consent/:provider`: makes the link for an administrator. */
export const requestAdminConsent = route({
  method: 'post',
  path: '/admin-consent/:providerOrRequestId',
  operationId: 'requestAdminConsent',
  tag: 'Connecting',
  summary: 'Ask for the consent of an administrator',
  description:
    'Where users of an organization may not consent by themselves (`admin_consent_required`): a ' +
    'link to the provider, for an administrator, who needs no account here. It can be answered ' +
    'once, for a week.',
  before: [requireProvider],
  who: 'user',
  limit: 'adminConsent',
  parts: { providerOrRequestId: { kind: 'provider' } },
  body: z.strictObject({
    access: field(
      z.enum(ACCESS_TIERS).optional(),
      'What users will ask for. Default: CALENDAR_ACCESS',
      'write',
    ),
  }),
  answer: json(201, AdminConsent, 'The request'),
  problems: ['admin_consent_unsupported', 'unsupported_provider', 'provider_not_configured'],
  async handle({ response, userId, path, body, services }) {
    const { oauth, providers, publicUrl } = services;
    const provider = providers.require(path.providerOrRequestId);
    const { origin } = new URL(publicUrl);
    const redirectUri = `${origin}${mountPathOf(publicUrl)}/admin-consent/${provider.id}/callback`;
    const wish = { userId, access: body.access ?? null, redirectUri };
    const asked = await oauth.adminConsents.ask(provider, wish, doneByCaller(response));
    return { requestId: asked.id, url: asked.url, expiresAt: asked.expiresAt.toISOString() };
  },
});

/** `GET /admin-consent/:requestId`: what became of it. */
export const showAdminConsent = route({
  method: 'get',
  path: '/admin-consent/:providerOrRequestId',
  operationId: 'getAdminConsent',
  tag: 'Connecting',
  summary: 'Show what became of the request to an administrator',
  description: 'For the user who asked, and for service callers.',
  who: 'user or service',
  limit: 'read',
  parts: { providerOrRequestId: id('admin_consent_not_found') },
  answer: json(200, AdminConsentState, 'Its state'),
  problems: ['admin_consent_not_found'],
  async handle({ userId, path, services }) {
    const { providerOrRequestId: asked } = path;
    return { requestId: asked, status: await services.oauth.adminConsents.statusOf(asked, userId) };
  },
});

/** @throws IntegrationError `unsupported_provider`, `provider_not_configured` */
function requireProvider({ request, services }: IncomingRequest): void {
  services.providers.require(String(request.params['providerOrRequestId']));
}
