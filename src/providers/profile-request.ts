// Asking a provider whose token this is.

import { ProviderError } from '../errors.js';
import type { Profile } from '../vocabulary.js';
import type { HttpClient } from './http-client.js';
import { retryAfterSeconds } from './retry-after.js';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * The profile behind an access token, which travels in the Authorization header.
 * @throws ProviderError `provider_unavailable`, or `provider_error` when the provider does not accept the token
 */
export async function readProfile(
  http: HttpClient,
  url: string,
  accessToken: string,
  toProfile: (body: Record<string, unknown>) => Profile,
): Promise<Profile> {
  const { status, headers, body } = await http.request({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${accessToken}` },
    maxBodyBytes: MAX_BODY_BYTES,
  });
  const reason = `profile request answered ${status}`;
  if (status === 429 || status >= 500) {
    throw new ProviderError('provider_unavailable', {
      reason,
      retryAfterSeconds: retryAfterSeconds(headers['retry-after']),
    });
  }
  if (status < 200 || status > 299)
    throw new ProviderError('provider_error', { reason, accessTokenRejected: status === 401 });
  if (typeof body !== 'object' || body === null) throw oddProfile();
  return toProfile(body as Record<string, unknown>);
}

/** An answer that does not say whose account it is. */
export function oddProfile(): ProviderError {
  return new ProviderError('provider_unavailable', { reason: 'profile request answered oddly' });
}
