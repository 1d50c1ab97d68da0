// Begins an authorization request: state, PKCE verifier, browser binding, and where to come back to.

import { randomBytes } from 'node:crypto';
import type { TokenCipher } from '../accounts/token-cipher.js';
import type { Provider } from '../providers/provider.js';
import type { Consent } from './consent.js';
import { type AuthorizationRequest, hashOf, type OnceStore } from './state-store.js';

export interface AuthorizationWish {
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

export interface AuthorizationOptions {
  readonly ttlSeconds: number;
  readonly bindToBrowser: boolean;
}

const HANDLE_BYTES = 32;

/** A random handle of 256 bits, 43 characters of base64url. */
export const newHandle = (): string => randomBytes(HANDLE_BYTES).toString('base64url');

/** What every handle we gave looks like. */
export const HANDLE = /^[A-Za-z0-9_-]{43}$/;

/** The part of a binding cookie's name that ties it to its flow, so that several tabs can be under way at once. */
export const bindingName = (stateHash: string): string => `oauth-${stateHash.slice(0, 12)}`;

export class Authorizations {
  constructor(
    private readonly consent: Consent,
    private readonly requests: OnceStore<AuthorizationRequest>,
    private readonly cipher: TokenCipher,
    private readonly options: AuthorizationOptions,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws IntegrationError `temporarily_unavailable` when the state store is away: without it nothing is begun */
  async begin(provider: Provider, wish: AuthorizationWish): Promise<Authorization> {
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
    const url = await this.consent.authorizationUrl(provider, { loginHint: wish.loginHint }, keep);
    return {
      url,
      state,
      expiresAt: new Date(issuedAt + this.options.ttlSeconds * 1_000),
      binding: secret === null ? null : { name: bindingName(stateHash), secret },
    };
  }
}

/** Where a verifier lies while its user is away, for the seal. */
export function verifierPlace(stateHash: string, userId: string) {
  return { table: 'authorization_requests', rowId: stateHash, column: 'verifier', userId };
}
