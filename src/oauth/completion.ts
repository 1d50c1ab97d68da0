// Turns a code into a connected account: attempt, exchange, identity and scope checks, one
// transaction.

import type { FirstSync } from '../accounts/account-listeners.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { ConsentAttemptStore, OpenAttempt } from '../accounts/consent-attempt-store.js';
import type { TokenCipher } from '../accounts/token-cipher.js';
import type { DoneBy } from '../audit/audit-words.js';
import { asIntegrationError } from '../classify-failure.js';
import { IntegrationError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { ConsentResult } from '../providers/provider-consent.js';
import { type AuthorizationRequest, verifierPlace } from './authorization-request.js';
import { exchangeCode } from './exchange-code.js';
import { asExchangeFailure, grantOf } from './grant-of.js';
import { isRefusedGrant, type RefusedGrants } from './refused-grants.js';

/** Completes callbacks whose state was checked. */
export class Completion {
  constructor(
    private readonly attempts: ConsentAttemptStore,
    private readonly accounts: AccountStore,
    private readonly cipher: TokenCipher,
    /** Queues the first sync. Commits with the account. */
    private readonly firstSync: FirstSync,
    /**
     * Whether the user may still connect an account. The host can have removed the user since the
     * start.
     */
    private readonly isUserActive: (userId: string) => Promise<boolean>,
    private readonly refusedGrants: Pick<RefusedGrants, 'end'>,
  ) {}

  /**
   * Exchanges the code once and stores the account. A grant that is refused is revoked.
   * @param by who completes, for the audit trail
   * @returns the account's id
   * @throws IntegrationError with a code of the redirect
   */
  async complete(
    provider: Provider,
    stateHash: string,
    request: AuthorizationRequest,
    code: string,
    by: DoneBy,
  ): Promise<string> {
    await this.requireActive(request.userId);
    const verifier = this.cipher.open(request.verifier, verifierPlace(stateHash, request.userId));
    // This also proves that the database is available before the code is spent.
    const attempt = await this.attempts.start(stateHash, {
      userId: request.userId,
      provider: request.provider,
      reconnectAccountId: request.accountId,
      // Requests that a process of the version before has begun have no such field.
      linkId: request.linkId ?? null,
      access: request.access ?? 'write',
    });
    let result: ConsentResult | null = null;
    try {
      result = await exchangeCode(provider, attempt.access, code, verifier, (tokens) =>
        this.attempts.keepTokens(attempt, tokens),
      );
      return await this.keep(provider, attempt, result, by);
    } catch (error) {
      const failure = asExchangeFailure(asIntegrationError(error));
      if (result !== null && isRefusedGrant(failure.code))
        await this.refusedGrants.end(attempt, failure.code, result);
      await this.attempts.fail(attempt.id, failure.code).catch(() => {}); // the reaper ends the attempt later
      throw failure;
    }
  }

  /**
   * Asks the host whether the user may still connect an account.
   * @throws IntegrationError `unauthenticated`, and what the host's function throws
   */
  async requireActive(userId: string): Promise<void> {
    if (!(await this.isUserActive(userId)))
      throw new IntegrationError('unauthenticated', { reason: 'the user is no longer active' });
  }

  /**
   * Checks the granted scopes and stores the account with its grant.
   * @throws IntegrationError `missing_scopes`, or what the account store refuses
   */
  async keep(
    provider: Provider,
    attempt: OpenAttempt,
    result: ConsentResult,
    by: DoneBy,
  ): Promise<string> {
    return this.accounts.connect(grantOf(provider, attempt, result, by), this.firstSync);
  }
}
