// Begins an authorization request: state, PKCE verifier, browser binding, and where to come back to.

import type { TokenCipher } from '../accounts/token-cipher.js';
import type { Provider } from '../providers/provider.js';
import {
  type AuthorizationRequest,
  bindingName,
  hashOf,
  newHandle,
  verifierPlace,
} from './authorization-request.js';
import { authorizationUrl } from './exchange-code.js';
import type { OnceStore } from './once-store.js';

export interface AuthorizationOptions {
  readonly userId: string;
  readonly returnTo: string | null;
  readonly loginHint: string | null;
  /** The account to reconnect, already known to be the user's. */
  readonly accountId: string | null;
}

export interface Authorization {
  readonly url: string;
  readonly state: string;
  readonly expiresAt: Date;
  /** To be set as this flow's cookie; null where the frontend completes. */
  readonly binding: { readonly name: string; readonly secret: string } | null;
}

export interface AuthorizationSettings {
  readonly ttlSeconds: number;
  readonly bindToBrowser: boolean;
}

export class Authorizations {
  constructor(
    private readonly requests: OnceStore<AuthorizationRequest>,
    private readonly cipher: TokenCipher,
    private readonly options: AuthorizationSettings,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws IntegrationError `temporarily_unavailable` when the state store is away: without it nothing is begun */
  async begin(provider: Provider, wish: AuthorizationOptions): Promise<Authorization> {
    const state = newHandle();
    const stateHash = hashOf(state);
    const secret = this.options.bindToBrowser ? newHandle() : null;
    const issuedAt = this.now();
    const keep = async (verifier: string): Promise<string> => {
      const request: AuthorizationRequest = {
        provider: provider.id,
        clientId: provider.consent.clientId,
        userId: wish.userId,
        bindingHash: secret === null ? null : hashOf(secret),
        verifier: this.cipher.seal(verifier, verifierPlace(stateHash, wish.userId)),
        returnTo: wish.returnTo,
        accountId: wish.accountId,
        issuedAt,
      };
      await this.requests.put(stateHash, request, this.options.ttlSeconds);
      return state;
    };
    const url = await authorizationUrl(provider, { loginHint: wish.loginHint }, keep);
    return {
      url,
      state,
      expiresAt: new Date(issuedAt + this.options.ttlSeconds * 1_000),
      binding: secret === null ? null : { name: bindingName(stateHash), secret },
    };
  }
}
