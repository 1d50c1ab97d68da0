// Takes over a grant that a user gave elsewhere: it is tried at the provider, and becomes an account
// as a connection does.

import { randomUUID } from 'node:crypto';
import type { FirstSync } from '../accounts/account-listeners.js';
import type { AccountStore } from '../accounts/account-store.js';
import type { ConsentAttemptStore, OpenAttempt } from '../accounts/consent-attempt-store.js';
import type { Granted } from '../accounts/grant.js';
import type { Audit } from '../audit/audit.js';
import type { DoneBy } from '../audit/audit-words.js';
import { asIntegrationError } from '../classify-failure.js';
import { ERRORS, IntegrationError, ProviderError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { Access, TokenSet } from '../vocabulary.js';
import { asExchangeFailure, grantOf, requireScopes } from './grant-of.js';

/** A grant that another product keeps. */
export interface ImportedGrant {
  readonly userId: string;
  readonly refreshToken: string;
  /** The scopes that were recorded with it, for providers that do not say them. Null: none. */
  readonly scopes: readonly string[] | null;
}

/** What {@link Imports} is made of. */
export interface ImportsNeeds {
  readonly attempts: ConsentAttemptStore;
  readonly accounts: Pick<AccountStore, 'connectAs'>;
  /** Queues the first sync. Commits with the account. */
  readonly firstSync: FirstSync;
  readonly audit: Pick<Audit, 'record'>;
  /** What a grant allows of which no one says the scopes. */
  readonly access: Access;
}

export class Imports {
  constructor(private readonly needs: ImportsNeeds) {}

  /**
   * Refreshes the grant once, reads whose it is, and stores the account. A grant that is refused is
   * not revoked: it is still in use where it came from.
   * @param by who imports it, for the audit trail
   * @throws IntegrationError `grant_not_accepted`, `missing_scopes`, `account_already_connected`,
   * `admin_consent_required`, and the failures of a provider
   */
  async take(provider: Provider, imported: ImportedGrant, by: DoneBy): Promise<Granted> {
    const { attempts, accounts, firstSync, audit } = this.needs;
    const { userId } = imported;
    // This also proves that the database is available before the provider replaces the token.
    const attempt = await attempts.start(`import ${randomUUID()}`, {
      userId,
      provider: provider.id,
      reconnectAccountId: null,
      linkId: null,
      // The least that is needed. What the grant allows follows from its scopes.
      access: 'read',
    });
    try {
      const tokens = await this.refresh(provider, imported);
      // Before they are kept: the reaper revokes what lacks scopes.
      requireScopes(provider, tokens, attempt.access);
      await attempts.keepTokens(attempt, tokens);
      const profile = await provider.consent.profile(tokens.accessToken);
      const grant = grantOf(provider, attempt, { tokens, profile }, by);
      return await accounts.connectAs({ ...grant, isImported: true }, firstSync);
    } catch (error) {
      const failure = asImportFailure(asIntegrationError(error));
      await this.end(attempt, failure);
      const { code } = failure;
      const outcome = ERRORS[code].status >= 500 ? 'failed' : 'refused';
      const what = { action: 'account.import', by, userId, provider: provider.id } as const;
      await audit.record(null, { ...what, outcome, details: { code } }).catch(() => {});
      throw failure;
    }
  }

  private async refresh(
    provider: Provider,
    { refreshToken, scopes }: ImportedGrant,
  ): Promise<TokenSet> {
    const { consent } = provider;
    const { access } = this.needs;
    const tokens = await consent.refresh(refreshToken, access);
    return {
      ...tokens,
      refreshToken: tokens.refreshToken ?? refreshToken,
      scope: tokens.scope ?? (scopes ?? consent.scopes(access)).join(' '),
    };
  }

  private async end({ id }: OpenAttempt, { code }: IntegrationError): Promise<void> {
    // The reaper ends the attempt where this does not.
    await this.needs.attempts.fail(id, code).catch(() => {});
  }
}

/** The provider says that the grant does not work, or was given to another client. */
function asImportFailure(failure: IntegrationError): IntegrationError {
  if (failure instanceof ProviderError) {
    const { proves, reason } = failure;
    if (proves === 'grant_ended' || proves === 'other_client')
      return new IntegrationError('grant_not_accepted', { reason, cause: failure });
  }
  return asExchangeFailure(failure);
}
