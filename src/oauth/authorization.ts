// Begins an authorization request: state, PKCE verifier, browser binding and return path.

import type { Provider } from '../providers/provider.js';
import type { Access } from '../vocabulary.js';
import { bindingName, hashOf, newHandle } from './authorization-request.js';
import type { KeptRequests } from './kept-requests.js';

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
  readonly bindToBrowser: boolean;
  /** The access that is requested where the caller names nothing. */
  readonly access: Access;
}

/** Begins authorization requests. */
export class Authorizations {
  constructor(
    private readonly requests: KeptRequests,
    private readonly settings: AuthorizationSettings,
  ) {}

  /**
   * Keeps a new authorization request and returns the URL for consent.
   * @throws IntegrationError `temporarily_unavailable` when the store of requests is unavailable
   */
  async begin(provider: Provider, options: AuthorizationOptions): Promise<Authorization> {
    const { userId, returnTo, accountId, loginHint } = options;
    const secret = this.settings.bindToBrowser ? newHandle() : null;
    const access = options.access ?? this.settings.access;
    const { url, state, expiresAt } = await this.requests.begin(
      provider,
      { userId, returnTo, accountId, access, secret, linkId: null },
      loginHint,
    );
    return {
      url,
      state,
      expiresAt: new Date(expiresAt),
      binding: secret === null ? null : { name: bindingName(hashOf(state)), secret },
    };
  }
}
