// Grants that we refuse: they are revoked at their provider, so that no access is left behind.

import type { Logger } from 'pino';
import type { HeldGrant, OpenAttempt } from '../accounts/consent-attempt-store.js';
import type { GrantToRevoke } from '../accounts/revoking.js';
import type { ErrorCode } from '../errors.js';
import type { Provider } from '../providers/provider.js';
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
  // The attempt was ended elsewhere: nothing keeps this grant, or an account has it already.
  'invalid_state',
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
    const grant = { provider, tokens };
    const end = await inTime(this.revoke(grant, profile.providerAccountId));
    this.needs.logger.info(
      { audit: 'grant_refused', userId, provider, code, ...end },
      'refused grant ended',
    );
  }

  /**
   * Revokes the grant of a user who was erased, as {@link RefusedGrants.end} does. Whose provider
   * account it is has to be asked first.
   */
  async endUnread(provider: Provider | undefined, grant: HeldGrant): Promise<void> {
    const canRevoke = provider?.revocation !== null && provider?.revocation !== 'disabled';
    const ended = async (): Promise<NotRevoked | null> => {
      const profile = canRevoke
        ? await provider?.consent.profile(grant.tokens.accessToken)
        : undefined;
      // Where nothing can be revoked, the answer says why.
      return this.revoke(grant, profile?.providerAccountId ?? '');
    };
    const end = await inTime(ended());
    this.needs.logger.info(
      { audit: 'grant_refused', provider: grant.provider, ...end },
      'grant of an erased user ended',
    );
  }

  private revoke(
    { provider, tokens }: HeldGrant,
    providerAccountId: string,
  ): Promise<NotRevoked | null> {
    // Google revokes by either token, and gives no refresh token where it gave one before.
    const token = tokens.refreshToken ?? tokens.accessToken;
    const grant = { provider, providerAccountId, accountId: null };
    return this.needs.revoke(grant, () => token);
  }
}

/** What a log line says of a revocation. */
async function inTime(revocation: Promise<NotRevoked | null>) {
  const reason = await within(LONGEST_REVOCATION_MS, revocation, notRevoked).catch(notRevoked);
  return { revoked: reason === null || reason === 'already_revoked', reason };
}

const notRevoked = (): NotRevoked => 'provider_unavailable';
