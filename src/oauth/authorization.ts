// Begins an authorization request: state, PKCE verifier, browser binding and return path.

import type { TokenCipher } from '../accounts/token-cipher.js';
import type { Provider } from '../providers/provider.js';
import type { Access } from '../vocabulary.js';
import {
  type AuthorizationRequest,
  bindingName,
  hashOf,
  newHandle,
  verifierPlace,
} from './authorization-request.js';
import type { OnceStore } from './once-store.js';

/** What the caller of a start wants. */
export interface AuthorizationOptions {
  readonly userId: string;
  readonly returnTo: string | null;
  readonly loginHint: string | null;
  /** The account to reconnect, already known to be the user's. */
  readonly accountId: string | null;
  /** What to ask for; null: the usual access of this deployment. */
  readonly access: Access | null;
}

/** An authorization request that has begun. */
export interface Authorization {
  /** Where the browser goes for consent. */
  readonly url: string;
  readonly state: string;
  readonly expiresAt: Date;
  /** The cookie that binds the request to this browser; null where the frontend completes. */
  readonly binding: { readonly name: string; readonly secret: string } | null;
}

/** The settings of every authorization request. */
export interface AuthorizationSettings {
  readonly ttlSeconds: number;
  readonly bindToBrowser: boolean;
  /** The access that is requested where the caller names nothing. */
  readonly access: Access;
}

/** Begins authorization requests. */
export class Authorizations {
  constructor(
    private readonly requests: OnceStore<AuthorizationRequest>,
    private readonly cipher: TokenCipher,
    private readonly settings: AuthorizationSettings,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Keeps a new authorization request and returns the URL for consent.
   * @throws IntegrationError `temporarily_unavailable` when the store of requests is unavailable
   */
  async begin(provider: Provider, options: AuthorizationOptions): Promise<Authorization> {
    const state = newHandle();
    const stateHash = hashOf(state);
    const secret = this.settings.bindToBrowser ? newHandle() : null;
    const issuedAt = this.now();
    const access = options.access ?? this.settings.access;
    const keep = async (verifier: string): Promise<string> => {
      const request: AuthorizationRequest = {
        provider: provider.id,
        clientId: provider.consent.clientId,
        userId: options.userId,
        bindingHash: secret === null ? null : hashOf(secret),
        verifier: this.cipher.seal(verifier, verifierPlace(stateHash, options.userId)),
        returnTo: options.returnTo,
        accountId: options.accountId,
        linkId: null,
        access,
        issuedAt,
      };
      await this.requests.put(stateHash, request, this.settings.ttlSeconds);
      return state;
    };
    const { loginHint } = options;
    const url = await provider.consent.authorizationUrl({ loginHint, access }, keep);
    return {
      url,
      state,
      expiresAt: new Date(issuedAt + this.settings.ttlSeconds * 1_000),
      binding: secret === null ? null : { name: bindingName(stateHash), secret },
    };
  }
}
