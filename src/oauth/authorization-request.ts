// An authorization request: what is kept of one user's trip to a provider for consent, and the handles that find it.

import { createHash, randomBytes } from 'node:crypto';
import type { ProviderId } from '../vocabulary.js';

/** One user's trip to a provider for consent. */
export interface AuthorizationRequest {
  readonly provider: ProviderId;
  readonly clientId: string;
  readonly userId: string;
  /** Hash of the secret in the binding cookie; null where the frontend completes. */
  readonly bindingHash: string | null;
  /** Sealed PKCE verifier. */
  readonly verifier: string;
  /** Path at the frontend; null for the usual one. */
  readonly returnTo: string | null;
  /** The account to reconnect; null for a new one. */
  readonly accountId: string | null;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
}

/** A callback parked for the frontend to complete: the request and the sealed code. */
export interface ParkedCallback {
  readonly stateHash: string;
  readonly request: AuthorizationRequest;
  readonly code: string;
}

/** A handle that leaves this service (state, ticket) is stored only as this. */
export function hashOf(handle: string): string {
  return createHash('sha256').update(handle).digest('base64url');
}

const HANDLE_BYTES = 32;

/** A random handle of 256 bits, 43 characters of base64url. */
export const newHandle = (): string => randomBytes(HANDLE_BYTES).toString('base64url');

/** What every handle we gave looks like. */
export const HANDLE = /^[A-Za-z0-9_-]{43}$/;

/** The part of a binding cookie's name that ties it to its flow, so that several tabs can be under way at once. */
export const bindingName = (stateHash: string): string => `oauth-${stateHash.slice(0, 12)}`;

/** Where a verifier lies while its user is away, for the seal. */
export function verifierPlace(stateHash: string, userId: string) {
  return { table: 'authorization_requests', rowId: stateHash, column: 'verifier', userId };
}
