// Authorization requests that a connect link begins: bound to the browser of its visitor, who is
// not signed in.

import { timingSafeEqual } from 'node:crypto';
import type { OpenLink } from '../accounts/connect-link-store.js';
import type { TokenCipher } from '../accounts/token-cipher.js';
import { IntegrationError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { Access } from '../vocabulary.js';
import {
  type AuthorizationRequest,
  HANDLE,
  hashOf,
  newHandle,
  verifierPlace,
} from './authorization-request.js';
import type { CallbackParameters } from './callback.js';
import type { OnceStore } from './once-store.js';

/** An authorization request of a link that has begun. */
export interface LinkAuthorization {
  /** Where the browser goes for consent. */
  readonly url: string;
  /** The cookie that binds the request to this browser. Its value also has the link's token. */
  readonly binding: { readonly name: string; readonly value: string };
  readonly lifeSeconds: number;
}

/** What the cookie of a link's flow says. Nothing of it is proven. */
export interface LinkBinding {
  readonly secret: string;
  /** The token of the link, so that the visitor can try again. */
  readonly token: string;
}

/** The name of the cookie of a link's flow. */
export const linkBindingName = (state: string): string => `link-${hashOf(state).slice(0, 12)}`;

/** Reads the value of the cookie of a link's flow; null where it is none. */
export function readLinkBinding(value: string | null): LinkBinding | null {
  const [secret = '', token = '', ...more] = (value ?? '').split('.');
  return HANDLE.test(secret) && HANDLE.test(token) && more.length === 0 ? { secret, token } : null;
}

/** Begins the authorization requests of links, and takes them back at the callback. */
export class LinkFlows {
  constructor(
    private readonly requests: OnceStore<AuthorizationRequest>,
    private readonly cipher: TokenCipher,
    private readonly lifeSeconds: number,
    /** The access that is requested where the link names nothing. */
    private readonly access: Access,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Keeps a new authorization request for the user of the link.
   * @param token of the link
   * @throws IntegrationError `temporarily_unavailable` when the store of requests is unavailable
   */
  async begin(
    provider: Provider,
    link: OpenLink,
    token: string,
    loginHint: string | null,
  ): Promise<LinkAuthorization> {
    const [state, secret] = [newHandle(), newHandle()];
    const stateHash = hashOf(state);
    const access = link.access ?? this.access;
    const keep = async (verifier: string): Promise<string> => {
      const request: AuthorizationRequest = {
        provider: provider.id,
        clientId: provider.consent.clientId,
        userId: link.userId,
        bindingHash: hashOf(secret),
        verifier: this.cipher.seal(verifier, verifierPlace(stateHash, link.userId)),
        returnTo: link.returnTo,
        accountId: link.accountId,
        linkId: link.id,
        access,
        issuedAt: this.now(),
      };
      await this.requests.put(stateHash, request, this.lifeSeconds);
      return state;
    };
    const url = await provider.consent.authorizationUrl({ loginHint, access }, keep);
    const binding = { name: linkBindingName(state), value: `${secret}.${token}` };
    return { url, binding, lifeSeconds: this.lifeSeconds };
  }

  /**
   * The authorization request of a callback. Its state is spent. Who is signed in does not matter:
   * the link names the user.
   * @throws IntegrationError `invalid_state`, with the reason for the log;
   * `temporarily_unavailable` when the store of requests is unavailable
   */
  async take(
    provider: Provider,
    { state, issuer }: CallbackParameters,
    { secret }: LinkBinding,
  ): Promise<{ stateHash: string; request: AuthorizationRequest }> {
    const stateHash = hashOf(state);
    const request = await this.requests.take(stateHash);
    if (request === null) throw invalid('unknown, spent or expired');
    if (this.now() - request.issuedAt >= this.lifeSeconds * 1_000) throw invalid('expired');
    if (request.provider !== provider.id || request.clientId !== provider.consent.clientId)
      throw invalid('of another provider or client');
    const [kept, given] = [Buffer.from(request.bindingHash ?? ''), Buffer.from(hashOf(secret))];
    if (kept.length !== given.length || !timingSafeEqual(kept, given))
      throw invalid('another browser: the binding does not match');
    if (issuer !== null && !provider.consent.isIssuer(issuer)) throw invalid('another issuer');
    return { stateHash, request };
  }
}

function invalid(reason: string): IntegrationError {
  return new IntegrationError('invalid_state', { reason: `connect link: ${reason}` });
}
