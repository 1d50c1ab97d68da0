// Microsoft's refusals, at the token endpoint and on the way back from consent, as errors of ours.

import { ProviderError } from '../../errors.js';
import { describe, MISCONFIGURED, type Refusal, UNAVAILABLE } from '../token-endpoint.js';
import { codesIn, meaningOf } from './aadsts.js';

// Words that say: this grant no longer works without its user.
const GRANT_ENDED = new Set([
  'invalid_grant',
  'interaction_required',
  'consent_required',
  'login_required',
]);

/** A refusal of the token endpoint; null where OAuth's own words suffice. */
export function tokenRefusal({ grant, error, codes, subcode }: Refusal): ProviderError | null {
  const reason = `${grant} refused: ${describe(error, codes, subcode)}`;
  const meaning = meaningOf(codes);
  // A wrong or expired client secret is the operator's to mend, whatever else is said: no account is to suffer for it.
  if (error === 'invalid_client' || error === 'unauthorized_client' || meaning === 'operator') {
    return new ProviderError('provider_misconfigured', { reason });
  }
  if (UNAVAILABLE.has(error) || meaning === 'transient')
    return new ProviderError('provider_unavailable', { reason });
  if (meaning === 'admin') {
    return new ProviderError('admin_consent_required', {
      reason,
      statusReason: 'admin_consent_required',
    });
  }
  if (grant === 'authorization_code')
    return GRANT_ENDED.has(error) ? new ProviderError('provider_error', { reason }) : null;
  if (!GRANT_ENDED.has(error) && meaning !== 'consent') return null;
  const statusReason = meaning === 'expired' || subcode === 'token_expired' ? 'expired' : 'revoked';
  return new ProviderError('reauthorization_required', { reason, statusReason });
}

/** The `error` of a redirect back. A consent that this user cannot give is one an administrator has to. */
export function redirectError(
  error: string,
  description: string | null,
  subcode: string | null,
): ProviderError {
  const codes = codesIn(description);
  const reason = `consent refused: ${describe(error, codes, subcode)}`;
  const meaning = meaningOf(codes);
  if (meaning === 'denied' || subcode === 'cancel')
    return new ProviderError('access_denied', { reason });
  if (meaning === 'admin' || meaning === 'consent' || error === 'consent_required') {
    return new ProviderError('admin_consent_required', { reason });
  }
  if (meaning === 'operator') return new ProviderError('provider_misconfigured', { reason });
  if (UNAVAILABLE.has(error) || meaning === 'transient')
    return new ProviderError('provider_unavailable', { reason });
  if (MISCONFIGURED.has(error)) return new ProviderError('provider_misconfigured', { reason });
  return new ProviderError(error === 'access_denied' ? 'access_denied' : 'provider_error', {
    reason,
  });
}
