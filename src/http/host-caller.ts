// How a host that has its own session identifies the caller of a request.

import type { Request } from 'express';
import type { Caller } from '../vocabulary.js';
import { isUserId } from './user-id.js';

/** A person, as a host names them. */
export interface HostUser {
  readonly userId: string;
  readonly admin?: boolean;
  /** When the sign-in ends, where the host knows. Event streams and browser sessions end then. */
  readonly expiresAt?: Date | null | undefined;
}

/** The host's own backend. It may do everything for every user. */
export interface HostService {
  readonly service: true;
  /** For logs. Default: `host`. */
  readonly name?: string;
}

/** Whom a host names as the caller. Null: no one is signed in. */
export type HostIdentity = HostUser | HostService | null;

/** How a host tells who is calling. */
export type HostCaller = (request: Request) => Promise<HostIdentity> | HostIdentity;

/** The caller that a host names. Null where it names no one, or no usable one. */
export function callerOfHost(identity: NonNullable<HostIdentity>): Caller | null {
  if ('service' in identity && identity.service === true)
    return { kind: 'service', name: identity.name ?? 'host', expiresAt: null };
  // A host's `{ userId: undefined }` must not become a caller without a name.
  if (!('userId' in identity) || !isUserId(identity.userId)) return null;
  return {
    kind: identity.admin === true ? 'admin' : 'user',
    userId: identity.userId,
    expiresAt: identity.expiresAt == null ? null : Math.floor(identity.expiresAt.getTime() / 1_000),
  };
}

/** Whether the sign-in of a user has ended. One that ends at no valid time has. */
export function hasEnded(identity: NonNullable<HostIdentity>): boolean {
  const end = 'userId' in identity ? identity.expiresAt?.getTime() : undefined;
  return end !== undefined && !(end > Date.now());
}
