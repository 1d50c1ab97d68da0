// JWTs that were verified, remembered by their hash until they end, so that each is verified once.

import { hash } from 'node:crypto';
import type { Caller } from '../vocabulary.js';
import type { VerificationKey } from './jwt-keys.js';

/** A JWT whose signature and claims are right. */
export interface VerifiedJwt {
  readonly caller: Caller;
  /** The key that verified it, and what its header says of the key. */
  readonly key: VerificationKey;
  readonly algorithm: string;
  readonly keyId: string | null;
  /** Its `exp` in seconds since 1970. From then on it is verified again, and refused. */
  readonly expiresAt: number;
}

/** About three megabytes. */
const MOST_JWTS = 10_000;

/** Remembers as many JWTs as fit, the newest. No token is kept, only its hash. */
export class RememberedJwts {
  private readonly byHash = new Map<string, VerifiedJwt>();

  constructor(private readonly most = MOST_JWTS) {}

  /** A token that was verified and has not ended. @param now milliseconds since 1970 */
  find(token: string, now: number): VerifiedJwt | null {
    const name = nameOf(token);
    const found = this.byHash.get(name);
    if (found === undefined) return null;
    if (now < found.expiresAt * 1_000) return found;
    this.byHash.delete(name);
    return null;
  }

  keep(token: string, verified: VerifiedJwt): void {
    this.byHash.set(nameOf(token), verified);
    if (this.byHash.size <= this.most) return;
    for (const oldest of this.byHash.keys()) {
      this.byHash.delete(oldest);
      break;
    }
  }

  /** How many are remembered. */
  get size(): number {
    return this.byHash.size;
  }
}

const nameOf = (token: string): string => hash('sha256', token, 'base64url');
