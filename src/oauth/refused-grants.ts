// Grants that we refuse: they are revoked at their provider, so that no access is left behind.

import type { Logger } from 'pino';
import type { OpenAttempt } from '../accounts/consent-attempt-store.js';
import type { GrantToRevoke } from '../accounts/revoking.js';
import type { ErrorCode } from '../errors.js';
import type { ConsentResult } from '../providers/provider-consent.js';
import type { NotRevoked } from '../vocabulary.js';
import { within } from '../within.js';

/** A user waits for the answer meanwhile. */
const LONGEST_REVOCATION_MS = 3_000;

const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'missing_scopes',
  'no_refresh_token',
  'account_mismatch',
  'account_already_connected',
  'connect_link_ended',
]);

/** Whether a connection with this code failed because we refuse its grant. */
export function isRefusedGrant(code: ErrorCode): boolean {
  return REFUSALS.has(code);
}

/** What {@link RefusedGrants} is made of. */
export interface RefusedGrantsNeeds {
  /**
   * Revokes a grant where that affects no connected account. @returns null, or why it was not
   * revoked
   */
  readonly revoke: (grant: GrantToRevoke, openToken: () => string) => Promise<NotRevoked | null>;
  readonly logger: Pick<Logger, 'info'>;
}

/** Revokes grants that never become an account. */
export class RefusedGrants {
  constructor(private readonly needs: RefusedGrantsNeeds) {}

  /**
   * Revokes the grant of an attempt, unless a connected account has a grant of the same provider
   * account: at Google the two are one. Takes three seconds at most, never throws, and logs what
   * was done.
   * @param code why the grant is refused
   */
  async end(
    { userId, provider }: OpenAttempt,
    code: ErrorCode,
    { tokens, profile }: ConsentResult,
  ): Promise<void> {
    const { revoke, logger } = this.needs;
    const { providerAccountId } = profile;
    // Google revokes by either token, and gives no refresh token where it gave one before.
    const token = tokens.refreshToken ?? tokens.accessToken;
    const revocation = revoke({ provider, providerAccountId, accountId: null }, () => token);
    const reason = await within(LONGEST_REVOCATION_MS, revocation, notRevoked).catch(notRevoked);
    const isRevoked = reason === null || reason === 'already_revoked';
    logger.info(
      { audit: 'grant_refused', userId, provider, code, revoked: isRevoked, reason },
      'refused grant ended',
    );
  }
}

const notRevoked = (): NotRevoked => 'provider_unavailable';
