// Making a connect link: for the route of the host's backend, and for the library.

import { z } from 'zod';
import type { DoneBy } from '../../audit/audit-words.js';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import type { CreatedConnectLink } from '../../host-types.js';
import { addressOf } from '../mount.js';
import { providerId } from '../schemas.js';
import type { HttpServices } from '../services.js';
import { parseId } from '../validate.js';

/** Seconds that a link can be used, where nothing else is said. */
const USUAL_LIFE_SECONDS = 3_600;
/** A week, in seconds. */
const LONGEST_LIFE_SECONDS = 604_800;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
const LABEL = /^[^\u0000-\u001f\u007f]*$/;

/** What a host says about a new connect link. */
export const ConnectLinkBody = z.strictObject({
  userId: field(z.string().min(1).max(128), 'The user whose account it becomes', 'user-42'),
  userLabel: field(
    z.string().min(1).max(120).regex(LABEL).optional(),
    'How the page names that user: a name or an address. Without it, by id',
    'Ana Marín (ana@example.com)',
  ),
  provider: field(
    z.string().min(1).max(64).optional(),
    'The provider. Without it, the visitor chooses',
    ...(providerId.meta()?.examples ?? []),
  ),
  accountId: field(
    z.string().min(1).max(64).optional(),
    'The account to reconnect',
    '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
  ),
  access: field(z.enum(['read', 'write']).optional(), 'The access to ask for', 'write'),
  returnTo: field(
    z.string().min(1).max(2_000).optional(),
    'The path at the frontend where the visitor ends. Without it, on a page of this service',
    '/integrations',
  ),
  expiresInSeconds: field(
    z.int().min(1).max(LONGEST_LIFE_SECONDS).default(USUAL_LIFE_SECONDS),
    'How long the link can be used, in seconds',
    USUAL_LIFE_SECONDS,
  ),
});

/**
 * Makes a connect link.
 * @throws IntegrationError `unsupported_provider`, `provider_not_configured`,
 * `return_to_not_allowed`, `account_not_found` unless it is the user's and of the provider
 */
export async function createLink(
  services: HttpServices,
  options: z.infer<typeof ConnectLinkBody>,
  by: DoneBy,
): Promise<CreatedConnectLink> {
  const { providers, frontend, oauth, publicUrl } = services;
  const { userId, userLabel, returnTo, expiresInSeconds } = options;
  if (options.provider !== undefined) providers.require(options.provider);
  const account = await accountToReconnect(services, options);
  const { token, expiresAt } = await oauth.links.create(
    {
      userId,
      userLabel: userLabel ?? null,
      provider: account?.provider ?? options.provider ?? null,
      accountId: account?.id ?? null,
      access: options.access ?? null,
      returnTo: returnTo === undefined ? null : frontend.checkReturnTo(returnTo),
    },
    expiresInSeconds,
    by,
  );
  return { url: addressOf(publicUrl, `/connect/${token}`), expiresAt };
}

/** @throws IntegrationError `account_not_found` */
async function accountToReconnect(
  { accounts }: HttpServices,
  { accountId, userId, provider }: z.infer<typeof ConnectLinkBody>,
) {
  if (accountId === undefined) return null;
  const account = await accounts.find(parseId(accountId, 'account_not_found'), userId);
  if (account === null || (provider !== undefined && account.provider !== provider))
    throw new IntegrationError('account_not_found');
  return account;
}
