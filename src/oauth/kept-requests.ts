// Authorization requests from their start to their callback: kept, spent once, and checked.

import { timingSafeEqual } from 'node:crypto';
import type { TokenCipher } from '../accounts/token-cipher.js';
import { IntegrationError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import {
  type AuthorizationRequest,
  hashOf,
  newHandle,
  verifierPlace,
} from './authorization-request.js';
import type { OnceStore } from './once-store.js';

/** What is kept of a request, besides what every request has. */
export type NewRequest = Pick<
  AuthorizationRequest,
  'userId' | 'returnTo' | 'accountId' | 'linkId'
> & {
  readonly access: NonNullable<AuthorizationRequest['access']>;
  /** The secret of the browser that begins; null where the frontend completes. */
  readonly secret: string | null;
};

/** A request that is kept, and where its browser goes for consent. */
export interface BegunRequest {
  readonly url: string;
  readonly state: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A request whose state is spent. */
export interface TakenRequest {
  readonly stateHash: string;
  readonly request: AuthorizationRequest;
}

/** Keeps the requests of one kind of start, each until its callback or its end. */
export class KeptRequests {
  constructor(
    private readonly store: OnceStore<AuthorizationRequest>,
    private readonly cipher: TokenCipher,
    /** How long a request is kept. */
    readonly lifeSeconds: number,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Keeps a new request.
   * @throws IntegrationError `temporarily_unavailable` when the store is unavailable
   */
  async begin(
    provider: Provider,
    { secret, ...wanted }: NewRequest,
    loginHint: string | null,
  ): Promise<BegunRequest> {
    const state = newHandle();
    const stateHash = hashOf(state);
    const issuedAt = this.now();
    const keep = async (verifier: string): Promise<string> => {
      const request: AuthorizationRequest = {
        provider: provider.id,
        clientId: provider.consent.clientId,
        bindingHash: secret === null ? null : hashOf(secret),
        verifier: this.cipher.seal(verifier, verifierPlace(stateHash, wanted.userId)),
        issuedAt,
        ...wanted,
      };
      await this.store.put(stateHash, request, this.lifeSeconds);
      return state;
    };
    const { access } = wanted;
    const url = await provider.consent.authorizationUrl({ loginHint, access }, keep);
    return { url, state, expiresAt: issuedAt + this.lifeSeconds * 1_000 };
  }

  /**
   * Spends a state, and checks its request against the provider and the browser.
   * @param secret what the browser has shown; null where requests are not bound to one
   * @throws IntegrationError `invalid_state`, with the reason for the log;
   * `temporarily_unavailable` when the store is unavailable
   */
  async take(provider: Provider, state: string, secret: string | null): Promise<TakenRequest> {
    const stateHash = hashOf(state);
    const request = await this.store.take(stateHash);
    if (request === null) throw invalid('unknown, spent or expired');
    if (this.now() - request.issuedAt >= this.lifeSeconds * 1_000) throw invalid('expired');
    if (request.provider !== provider.id || request.clientId !== provider.consent.clientId)
      throw invalid('of another provider or client');
    if (secret !== null && !isHashOf(request.bindingHash, secret))
      throw invalid('another browser: the binding does not match');
    return { stateHash, request };
  }
}

/**
 * Checks who sent a callback, where it says so (RFC 9207).
 * @throws IntegrationError `invalid_state`
 */
export function checkIssuer({ consent }: Provider, issuer: string | null): void {
  if (issuer !== null && !consent.isIssuer(issuer)) throw invalid('another issuer');
}

/** The failure of a callback that is not ours. @param reason for the log */
export function invalid(reason: string): IntegrationError {
  return new IntegrationError('invalid_state', { reason });
}

function isHashOf(kept: string | null, secret: string): boolean {
  const [a, b] = [Buffer.from(kept ?? ''), Buffer.from(hashOf(secret))];
  return a.length === b.length && timingSafeEqual(a, b);
}
