// From a code to a connected account: attempt, exchange, identity and scope checks, one transaction.

import type { AccountStore, WithinTransaction } from '../accounts/account-store.js';
import type { ConsentAttemptStore, OpenAttempt } from '../accounts/consent-attempt-store.js';
import type { TokenCipher } from '../accounts/token-cipher.js';
import { asIntegrationError } from '../classify-failure.js';
import { IntegrationError, ProviderError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { ConsentResult } from '../providers/provider-consent.js';
import { type AuthorizationRequest, verifierPlace } from './authorization-request.js';
import { exchangeCode } from './exchange-code.js';

export class Completion {
  constructor(
    private readonly attempts: ConsentAttemptStore,
    private readonly accounts: AccountStore,
    private readonly cipher: TokenCipher,
    /** Commits with the account: the first sync's job. */
    private readonly startFirstSync: WithinTransaction,
    /** Whether the user may still connect anything: somebody may have been removed while away at the provider. */
    private readonly isUserActive: (userId: string) => Promise<boolean>,
  ) {}

  /** @returns the account's id. @throws IntegrationError with a code of the redirect */
  async complete(
    provider: Provider,
    stateHash: string,
    request: AuthorizationRequest,
    code: string,
  ): Promise<string> {
    if (!(await this.isUserActive(request.userId)))
      throw new IntegrationError('unauthenticated', { reason: 'the user is no longer active' });
    const verifier = this.cipher.open(request.verifier, verifierPlace(stateHash, request.userId));
    // Also the check that the database answers, before the code is spent.
    const attempt = await this.attempts.start(stateHash, {
      userId: request.userId,
      provider: request.provider,
      reconnectAccountId: request.accountId,
    });
    try {
      const result = await exchangeCode(provider, code, verifier, (tokens) =>
        this.attempts.keepTokens(attempt, tokens),
      );
      return await this.keep(provider, attempt, result);
    } catch (error) {
      const failure = asExchangeFailure(asIntegrationError(error));
      await this.attempts.fail(attempt.id, failure.code).catch(() => {}); // the reaper will
      throw failure;
    }
  }

  /** Checks what was granted and by whom, and keeps it. */
  async keep(
    provider: Provider,
    attempt: OpenAttempt,
    { tokens, profile }: ConsentResult,
  ): Promise<string> {
    const { granted, missing } = provider.consent.grantedScopes(tokens.scope);
    if (missing.length > 0)
      throw new IntegrationError('missing_scopes', { reason: `not granted: ${missing.join(' ')}` });
    return this.accounts.connect(
      {
        attemptId: attempt.id,
        userId: attempt.userId,
        provider: provider.id,
        profile,
        tokens,
        scopes: granted,
        reconnectAccountId: attempt.reconnectAccountId,
      },
      this.startFirstSync,
    );
  }
}

/** Codes that only make sense for an account we already keep are the provider's fault while there is none. */
function asExchangeFailure(failure: IntegrationError): IntegrationError {
  const known =
    failure.code === 'reauthorization_required' ||
    failure.code === 'no_mailbox' ||
    failure.code === 'throttled';
  if (!known) return failure;
  return new ProviderError(
    failure.code === 'throttled' ? 'provider_unavailable' : 'provider_error',
    {
      reason: failure.reason,
      cause: failure,
    },
  );
}
