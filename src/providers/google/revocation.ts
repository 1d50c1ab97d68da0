// Ends a grant at Google (RFC 7009). This ends every grant that the Google project has from that
// account: developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke.

import { ProviderError } from '../../errors.js';
import type { HttpClient } from '../http-client.js';
import type { ProviderRevocation } from '../provider-consent.js';
import { errorField, isSuccess, logWords, rejectOutage } from '../responses.js';

const MAX_BODY_BYTES = 64 * 1024;
const SENDER = 'revocation';
// Google answers 400 for a token it no longer knows. The grant has ended then, which is the result
// we want.
const GONE = new Set(['invalid_token', 'invalid_grant']);

/** @param url the revocation endpoint */
export function googleRevocation(http: HttpClient, url: string): ProviderRevocation {
  return {
    async revoke(token) {
      const response = await http.request({
        method: 'POST',
        url,
        form: { token },
        maxBodyBytes: MAX_BODY_BYTES,
      });
      if (isSuccess(response)) return 'revoked';
      rejectOutage(response, SENDER);
      const error = errorField(response.body);
      if (response.status === 400 && (typeof error !== 'string' || GONE.has(error))) return 'gone';
      const reason = `${SENDER} answered ${response.status}`;
      throw new ProviderError('provider_error', {
        reason: typeof error === 'string' ? `${reason}: ${logWords(error)}` : reason,
      });
    },
  };
}
