// The provider strategies on a private Authenticator: authorization URLs and code exchanges, each as a promise.

import { Authenticator } from 'passport';
import { unwrapConsentError } from '../providers/passport-strategy.js';
import type { ConsentResult, KeepTokens, Provider } from '../providers/provider.js';
import type { ProviderId } from '../vocabulary.js';
import { authenticate } from './authenticate.js';
import { passportStateStore } from './passport-state-store.js';

export class Consent {
  private readonly authenticator = new Authenticator();

  constructor(providers: ReadonlyMap<ProviderId, Provider>) {
    for (const provider of providers.values())
      this.authenticator.use(provider.id, provider.consent.strategy(passportStateStore));
  }

  /** @param begin keeps the PKCE verifier and returns the state to send along */
  async authorizationUrl(
    provider: Provider,
    wish: { loginHint: string | null },
    begin: (verifier: string) => Promise<string>,
  ): Promise<string> {
    const outcome = await authenticate(
      this.authenticator,
      provider.id,
      { query: {}, context: { begin } },
      provider.consent.authorizationOptions(wish),
    );
    if (outcome.outcome !== 'redirect')
      throw new Error(`the strategy of ${provider.id} did not redirect`);
    return outcome.url;
  }

  /** @throws ProviderError, or whatever `keepTokens` threw */
  async exchange(
    provider: Provider,
    code: string,
    verifier: string,
    keepTokens: KeepTokens,
  ): Promise<ConsentResult> {
    try {
      const outcome = await authenticate(
        this.authenticator,
        provider.id,
        { query: { code }, context: { verifier } },
        { keepTokens },
      );
      if (outcome.outcome !== 'success')
        throw new Error(`the strategy of ${provider.id} ended in ${outcome.outcome}`);
      return outcome.user as ConsentResult;
    } catch (error) {
      throw unwrapConsentError(error);
    }
  }
}
