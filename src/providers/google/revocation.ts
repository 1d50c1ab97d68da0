// Ending a grant at Google (RFC 7009): it ends every grant this Google project has from that account.

import { ProviderError } from '../../errors.js';
import type { HttpClient } from '../http-client.js';
import type { ProviderRevocation } from '../provider-consent.js';
import { retryAfterSeconds } from '../retry-after.js';
import { describe } from '../token-endpoint.js';

const MAX_BODY_BYTES = 64 * 1024;
// Google answers 400 for a token it no longer knows; that is what was wanted.
const GONE = new Set(['invalid_token', 'invalid_grant']);

/** @param url the revocation endpoint */
export function googleRevocation(http: HttpClient, url: string): ProviderRevocation {
  return {
    async revoke(token) {
      const { status, headers, body } = await http.request({
        method: 'POST',
        url,
        form: { token },
        maxBodyBytes: MAX_BODY_BYTES,
      });
      if (status >= 200 && status < 300) return 'revoked';
      const reason = `revocation answered ${status}`;
      if (status === 429 || status >= 500) {
        throw new ProviderError('provider_unavailable', {
          reason,
          retryAfterSeconds: retryAfterSeconds(headers['retry-after']),
        });
      }
      const error = (body as { error?: unknown } | undefined)?.error;
      if (status === 400 && (typeof error !== 'string' || GONE.has(error))) return 'gone';
      throw new ProviderError('provider_error', {
        reason: typeof error === 'string' ? `${reason}: ${describe(error)}` : reason,
      });
    },
  };
}
