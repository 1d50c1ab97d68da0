// Lends an access token to the host's backend, and records it: for the route and for the library.

import { z } from 'zod';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { DoneBy } from '../audit/audit-words.js';
import { asIntegrationError } from '../classify-failure.js';
import { needsUser } from '../errors.js';
import { field } from '../field.js';
import type { LeasedToken } from '../host-types.js';
import type { HttpServices } from './services.js';

/** Seconds. */
const USUAL_MINIMUM = 300;
const LONGEST_MINIMUM = 1_800;

/** What a backend says about the token that it needs. */
export const LeaseBody = z.strictObject({
  minimumSeconds: field(
    z.int().min(1).max(LONGEST_MINIMUM).default(USUAL_MINIMUM),
    'Seconds that the token has to live. It is refreshed first when less is left',
    USUAL_MINIMUM,
  ),
});

/**
 * A live access token of the account. It is in the audit trail before anyone has it.
 * @throws IntegrationError `reauthorization_required`, `account_not_found`, and the failures of a
 * refresh
 */
export async function leaseToken(
  { accounts, audit }: Pick<HttpServices, 'accounts' | 'audit'>,
  { id, userId, provider }: Pick<ConnectedAccount, 'id' | 'userId' | 'provider'>,
  { minimumSeconds }: z.infer<typeof LeaseBody>,
  by: DoneBy,
): Promise<LeasedToken> {
  const record = { action: 'token.lease', by, userId, accountId: id, provider } as const;
  let leased: LeasedToken;
  try {
    leased = await accounts.lease(id, minimumSeconds);
  } catch (error) {
    const { code } = asIntegrationError(error);
    const outcome = needsUser(code) ? 'refused' : 'failed';
    // The failure itself matters more than its entry.
    await audit.record(null, { ...record, outcome, details: { code } }).catch(() => {});
    throw error;
  }
  const expiresAt = leased.expiresAt.toISOString();
  await audit.record(null, { ...record, details: { minimumSeconds, expiresAt } });
  return leased;
}
