// An authorization request as it is kept, and the random handles that find it.

import { hash } from 'node:crypto';
import { randomOf } from '../random.js';
import type { Access, ProviderId } from '../vocabulary.js';

/** One user's trip to a provider for consent, kept until its callback. */
export interface AuthorizationRequest {
  readonly provider: ProviderId;
  readonly clientId: string;
  readonly userId: string;
  /** Hash of the secret in the binding cookie; null where the frontend completes. */
  readonly bindingHash: string | null;
  /** Sealed PKCE verifier. */
  readonly verifier: string;
  /** The path at the frontend; null for the default one. */
  readonly returnTo: string | null;
  /** The account to reconnect; null for a new one. */
  readonly accountId: string | null;
  /** The connect link that began it; null where the user did. */
  readonly linkId: string | null;
  /** The requested access. Absent in a request of a process of the version before: `write`. */
  readonly access?: Access;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
}

/** A callback parked for the frontend to complete: the request and the sealed code. */
export interface ParkedCallback {
  readonly stateHash: string;
  readonly request: AuthorizationRequest;
  readonly code: string;
}

/**
 * The hash of a handle. A handle that leaves this service (state, ticket, binding secret) is stored
 * only as its hash.
 */
export function hashOf(handle: string): string {
  return hash('sha256', handle, 'base64url');
}

const HANDLE_BYTES = 32;

/** A random handle of 256 bits, 43 characters of base64url. */
export const newHandle = (): string => randomOf(HANDLE_BYTES).toString('base64url');

/** The shape of every handle that we give out. */
export const HANDLE = /^[A-Za-z0-9_-]{43}$/;

/**
 * The name of a binding cookie. Each request has its own, so that several tabs can connect at the
 * same time.
 */
export const bindingName = (stateHash: string): string => `oauth-${stateHash.slice(0, 12)}`;

/** Where a verifier lies until the callback, for the seal. */
export function verifierPlace(stateHash: string, userId: string) {
  return { table: 'authorization_requests', rowId: stateHash, column: 'verifier', userId };
}
