// The run of a provider's strategy that exchanges a code, as a promise.

import { unwrapConsentError } from '../providers/consent-strategy.js';
import type { Provider } from '../providers/provider.js';
import type { ConsentResult, KeepTokens } from '../providers/provider-consent.js';
import { runStrategy } from '../providers/run-strategy.js';
import type { Access } from '../vocabulary.js';

/**
 * Exchanges a code for tokens and reads the profile they belong to. The code is used once, also
 * if a later step fails.
 * @param access the requested one
 * @param verifier the PKCE verifier that was kept with the state
 * @param keepTokens is awaited before the profile is requested
 * @throws ProviderError, or the error of `keepTokens`
 */
export async function exchangeCode(
  provider: Provider,
  access: Access,
  code: string,
  verifier: string,
  keepTokens: KeepTokens,
): Promise<ConsentResult> {
  const strategy = provider.consent.strategy({ access, verifier, keepTokens });
  try {
    const result = await runStrategy<ConsentResult>(strategy, { query: { code } });
    if (result.outcome !== 'success')
      throw new Error(`the strategy of ${provider.id} ended with ${result.outcome}`);
    return result.user;
  } catch (error) {
    throw unwrapConsentError(error);
  }
}
