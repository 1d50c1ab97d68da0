// Requests the profile that an access token belongs to.

import { ProviderError } from '../errors.js';
import type { Profile } from '../vocabulary.js';
import type { HttpClient } from './http-client.js';
import { isSuccess, rejectOutage, unexpectedResponse } from './responses.js';

const MAX_BODY_BYTES = 1024 * 1024;
const SENDER = 'profile request';

/**
 * The profile of an access token, which is sent in the Authorization header.
 * @param toProfile reads the body, and throws `unreadableProfile()` when it names no account
 * @throws ProviderError `provider_unavailable`, or `provider_error` when the provider does not
 * accept the token
 */
export async function requestProfile(
  http: HttpClient,
  url: string,
  accessToken: string,
  toProfile: (body: Record<string, unknown>) => Profile,
): Promise<Profile> {
  const response = await http.request({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${accessToken}` },
    maxBodyBytes: MAX_BODY_BYTES,
  });
  rejectOutage(response, SENDER);
  const { status, body } = response;
  if (!isSuccess(response)) {
    const reason = `${SENDER} answered ${status}`;
    throw new ProviderError('provider_error', { reason, accessTokenRejected: status === 401 });
  }
  if (typeof body !== 'object' || body === null) throw unreadableProfile();
  return toProfile(body as Record<string, unknown>);
}

/** The failure of a profile that names no account. */
export function unreadableProfile(): ProviderError {
  return unexpectedResponse(SENDER, 'no account');
}
