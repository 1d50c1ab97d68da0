// What a connection and an import share: the checks of a grant, and what is stored of it.

import type { OpenAttempt } from '../accounts/consent-attempt-store.js';
import type { Grant } from '../accounts/grant.js';
import type { DoneBy } from '../audit/audit-words.js';
import { IntegrationError, ProviderError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { ConsentResult, GrantedScopes } from '../providers/provider-consent.js';
import type { Access, TokenSet } from '../vocabulary.js';

/**
 * The scopes of a grant.
 * @param wanted the access that it must have
 * @throws IntegrationError `missing_scopes`
 */
export function requireScopes(
  provider: Provider,
  { scope }: Pick<TokenSet, 'scope'>,
  wanted: Access,
): GrantedScopes {
  const scopes = provider.consent.grantedScopes(scope, wanted);
  const { missing } = scopes;
  if (missing.length > 0)
    throw new IntegrationError('missing_scopes', { reason: `not granted: ${missing.join(' ')}` });
  return scopes;
}

/** The grant of an attempt, to be stored. @throws IntegrationError `missing_scopes` */
export function grantOf(
  provider: Provider,
  attempt: OpenAttempt,
  { tokens, profile }: ConsentResult,
  by: DoneBy,
): Grant {
  const { granted, access } = requireScopes(provider, tokens, attempt.access);
  return {
    attemptId: attempt.id,
    accountId: attempt.accountId,
    userId: attempt.userId,
    provider: provider.id,
    profile,
    tokens,
    scopes: granted,
    access,
    clientId: provider.consent.clientId,
    reconnectAccountId: attempt.reconnectAccountId,
    linkId: attempt.linkId,
    by,
  };
}

/** Some codes are about an existing account. Before there is one, the provider is at fault. */
export function asExchangeFailure(failure: IntegrationError): IntegrationError {
  const isAboutAccount =
    failure.code === 'reauthorization_required' ||
    failure.code === 'no_mailbox' ||
    failure.code === 'throttled';
  if (!isAboutAccount) return failure;
  const code = failure.code === 'throttled' ? 'provider_unavailable' : 'provider_error';
  const { reason, retryAfterSeconds } = failure;
  return new ProviderError(code, { reason, retryAfterSeconds, cause: failure });
}
