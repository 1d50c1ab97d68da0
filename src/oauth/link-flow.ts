// Authorization requests that a connect link begins: bound to the browser of its visitor, who is
// not signed in.

import type { OpenLink } from '../accounts/connect-link-store.js';
import type { Provider } from '../providers/provider.js';
import type { Access } from '../vocabulary.js';
import { HANDLE, hashOf, newHandle } from './authorization-request.js';
import type { CallbackParameters } from './callback.js';
import { checkIssuer, type KeptRequests, type TakenRequest } from './kept-requests.js';

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
    private readonly requests: KeptRequests,
    /** The access that is requested where the link names nothing. */
    private readonly access: Access,
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
    const secret = newHandle();
    const { userId, returnTo, accountId, id: linkId } = link;
    const access = link.access ?? this.access;
    const { url, state } = await this.requests.begin(
      provider,
      { userId, returnTo, accountId, linkId, access, secret },
      loginHint,
    );
    const binding = { name: linkBindingName(state), value: `${secret}.${token}` };
    return { url, binding, lifeSeconds: this.requests.lifeSeconds };
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
  ): Promise<TakenRequest> {
    const taken = await this.requests.take(provider, state, secret);
    checkIssuer(provider, issuer);
    return taken;
  }
}
