// Where authorization requests wait for their callback: found by a hash of the state, taken once.

import { createHash } from 'node:crypto';
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

/** Keeps a value for a while and gives it out once. Both methods reject with `temporarily_unavailable` when the store is away. */
export interface OnceStore<Value> {
  /** @throws Error when the key is taken: random keys do not collide */
  put(key: string, value: Value, ttlSeconds: number): Promise<void>;
  /** The value, atomically removed; null when unknown, spent or expired. */
  take(key: string): Promise<Value | null>;
}

/** A handle that leaves this service (state, ticket) is stored only as this. */
export function hashOf(handle: string): string {
  return createHash('sha256').update(handle).digest('base64url');
}
