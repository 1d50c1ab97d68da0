// Microsoft's refusals, of the token endpoint and of a callback, as our failures.

import { ProviderError } from '../../errors.js';
import { logWords } from '../responses.js';
import {
  MISCONFIGURED,
  type Refusal,
  refusedBecause,
  ScopeRefused,
  UNAVAILABLE,
} from '../token-endpoint.js';
import { codesIn, hasMeaning, meaningOf } from './aadsts.js';

// These words say that the grant works again only after its user has acted.
const GRANT_ENDED = new Set([
  'invalid_grant',
  'interaction_required',
  'consent_required',
  'login_required',
]);

/** The failure of a refusal of the token endpoint; null where the words of RFC 6749 decide. */
export function tokenRefusal(refusal: Refusal): ProviderError | null {
  const { grant, error, details } = refusal;
  const reason = refusedBecause(refusal);
  const meaning = meaningOf(details);
  // Only the operator can fix a wrong or expired client secret. No account may lose its status for
  // it, also if the refusal has other error numbers.
  if (hasMeaning(details, 'operator'))
    return new ProviderError('provider_misconfigured', { reason });
  if (UNAVAILABLE.has(error) || meaning === 'transient')
    return new ProviderError('provider_unavailable', { reason });
  // Before the client: Microsoft says `invalid_client` too where the tenant lacks the app.
  if (meaning === 'admin') return adminConsent(reason);
  if (error === 'invalid_client' || error === 'unauthorized_client') {
    // A client that the tenant does not have (AADSTS700016) was answered above as an operator's.
    const isOthers = grant === 'refresh_token' && error === 'unauthorized_client';
    return new ProviderError('provider_misconfigured', {
      reason,
      ...(isOthers && { proves: 'other_client' }),
    });
  }
  if (error === 'invalid_scope' && grant === 'refresh_token')
    return new ScopeRefused('provider_misconfigured', { reason });
  // The user has just consented, so an administrator has to.
  if (grant === 'authorization_code' && meaning === 'consent') return adminConsent(reason);
  if (grant === 'authorization_code')
    return GRANT_ENDED.has(error) ? new ProviderError('provider_error', { reason }) : null;
  if (!GRANT_ENDED.has(error) && meaning !== 'consent') return null;
  const isExpired = meaning === 'expired' || details.includes('token_expired');
  const Refused = meaning === 'consent' ? ScopeRefused : ProviderError;
  return new Refused('reauthorization_required', {
    reason,
    statusReason: isExpired ? 'expired' : 'revoked',
    proves: 'grant_ended',
  });
}

function adminConsent(reason: string): ProviderError {
  return new ProviderError('admin_consent_required', {
    reason,
    statusReason: 'admin_consent_required',
  });
}

/**
 * The failure of a callback's `error`. A consent that this user cannot give is one that an
 * administrator has to give.
 */
export function redirectError(
  error: string,
  description: string | null,
  subcode: string | null,
): ProviderError {
  const codes = codesIn(description);
  const reason = `consent refused: ${logWords(error, subcode === null ? codes : [subcode, ...codes])}`;
  const meaning = meaningOf(codes);
  if (meaning === 'denied' || subcode === 'cancel')
    return new ProviderError('access_denied', { reason });
  if (meaning === 'admin' || meaning === 'consent' || error === 'consent_required')
    return new ProviderError('admin_consent_required', { reason });
  if (meaning === 'operator') return new ProviderError('provider_misconfigured', { reason });
  if (UNAVAILABLE.has(error) || meaning === 'transient')
    return new ProviderError('provider_unavailable', { reason });
  if (MISCONFIGURED.has(error)) return new ProviderError('provider_misconfigured', { reason });
  return new ProviderError(error === 'access_denied' ? 'access_denied' : 'provider_error', {
    reason,
  });
}
