// Imports accounts: for the route of the host's backend, and for the library.

import { z } from 'zod';
import type { Granted } from '../accounts/grant.js';
import type { DoneBy } from '../audit/audit-words.js';
import { asIntegrationError } from '../classify-failure.js';
import { isRetryable } from '../errors.js';
import { field } from '../field.js';
import { createGate } from '../gate.js';
import type { ImportOptions, ImportResult } from '../host-types.js';
import { providerId } from './schemas.js';
import type { HttpServices } from './services.js';
import { requireUserId } from './user-id.js';
import { parseValue } from './validate.js';

const AT_ONCE = 4;

/** What a backend says about a grant that it takes over. */
export const ImportBody = z.strictObject({
  userId: field(z.string().min(1).max(128), 'The user whose account it becomes', 'user-42'),
  provider: field(
    z.string().min(1).max(64),
    'The provider of the grant',
    ...(providerId.meta()?.examples ?? []),
  ),
  refreshToken: field(
    z
      .string()
      .min(1)
      .max(8_192)
      .regex(/^[\x20-\x7e]*$/),
    'Given to the client id of this service, by whichever product',
    '1//0gFU7exampleexample',
  ),
  scopes: field(
    z
      .array(z.string().regex(/^[\x21-\x7e]{1,512}$/))
      .max(100)
      .optional(),
    'What was recorded with it. Used where the provider does not say',
    ['https://www.googleapis.com/auth/calendar'],
  ),
});

/**
 * Tries a grant at its provider and stores the account.
 * @throws IntegrationError `unsupported_provider`, `provider_not_configured`, `invalid_request`,
 * `grant_not_accepted`, `missing_scopes`, `account_already_connected`, and a provider's failures
 */
export async function importGrant(
  { providers, oauth, logger }: Pick<HttpServices, 'providers' | 'oauth' | 'logger'>,
  { userId, provider: id, refreshToken, scopes }: z.infer<typeof ImportBody>,
  by: DoneBy,
): Promise<Granted> {
  requireUserId(userId);
  const provider = providers.require(id);
  const imported = { userId, refreshToken, scopes: scopes ?? null };
  const granted = await oauth.imports.take(provider, imported, by);
  const { accountId } = granted;
  logger.info(
    { requestId: by.requestId, audit: 'imported', userId, provider: id, accountId },
    'account imported',
  );
  return granted;
}

/** The same for many. Failures are part of the results, which have the order of `accounts`. */
export function importAccounts(
  services: HttpServices,
  accounts: readonly ImportOptions[],
  by: DoneBy,
): Promise<ImportResult[]> {
  const gate = createGate(AT_ONCE);
  return Promise.all(
    accounts.map((one) =>
      gate(async (): Promise<ImportResult> => {
        const { userId, provider } = one;
        try {
          const { accountId, outcome } = await importGrant(
            services,
            parseValue(ImportBody, one),
            by,
          );
          const isNew = outcome === 'connected';
          return { ...DONE, userId, provider, accountId, outcome: isNew ? 'imported' : 'updated' };
        } catch (error) {
          const { code, retryAfterSeconds = null } = asIntegrationError(error);
          const failure = { outcome: 'failed', accountId: null, code, retryAfterSeconds } as const;
          return { userId, provider, ...failure, retryable: isRetryable(code) };
        }
      }),
    ),
  );
}

const DONE = { code: null, retryable: false, retryAfterSeconds: null } as const;
