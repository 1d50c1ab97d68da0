// What the functions of the library take and return. It imports no room, so that the declarations of
// the package need none.

import type { NotificationType } from './notification-types.js';
import type { Access, NotRevoked, ProviderId } from './vocabulary.js';

/** A notification as the host gets it, by any way. */
export interface ShownNotification {
  readonly id: string;
  readonly type: NotificationType;
  readonly timestamp: string;
  /** Per account, rising by one. Null where it concerns no account. */
  readonly sequence: number | null;
  readonly data: NotificationData;
}

/** Whom it concerns, and what belongs to the type. */
export interface NotificationData {
  readonly accountId: string | null;
  readonly userId: string | null;
  readonly provider: string | null;
  readonly [name: string]: unknown;
}

/** What a host says about a new connect link. */
export interface ConnectLinkOptions {
  /** The user whose account it becomes. */
  readonly userId: string;
  /** How the page names that user: a name or an address. Without it, by id. */
  readonly userLabel?: string | undefined;
  /** Without it, the visitor chooses. */
  readonly provider?: string | undefined;
  /** The account to reconnect. */
  readonly accountId?: string | undefined;
  readonly access?: Access | undefined;
  /** The path at the frontend where the visitor ends. Without it, on a page of this service. */
  readonly returnTo?: string | undefined;
  /** Seconds that the link can be used: 1 to 604800. Default: 3600. */
  readonly expiresInSeconds?: number | undefined;
}

/** A new connect link. */
export interface CreatedConnectLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/** A grant that another product keeps, to be imported. */
export interface ImportOptions {
  /** The user whose account it becomes. */
  readonly userId: string;
  readonly provider: string;
  readonly refreshToken: string;
  /** What was recorded with it, used where the provider does not say. */
  readonly scopes?: readonly string[] | undefined;
}

/** What became of one import. */
export interface ImportResult {
  readonly userId: string;
  readonly provider: string;
  /** `updated`: the account was connected already, and has these tokens now. */
  readonly outcome: 'imported' | 'updated' | 'failed';
  /** Null where it failed. */
  readonly accountId: string | null;
  /** The code of the failure; null where there is none. */
  readonly code: string | null;
  /** Whether the same import can succeed later. */
  readonly retryable: boolean;
  /** Seconds to wait before that, where the provider says so. */
  readonly retryAfterSeconds: number | null;
}

/** An erased user, as hosts see it. */
export interface ErasedUser {
  readonly userId: string;
  /** The accounts that were disconnected. */
  readonly accounts: readonly ErasedAccount[];
  readonly erasedAt: Date;
}

/** An account of an erased user, and whether its grant was revoked. */
export interface ErasedAccount {
  readonly id: string;
  readonly provider: ProviderId;
  readonly revoked: boolean;
  /** Why it was not revoked; null where it was. */
  readonly reason: NotRevoked | null;
}

/** What a backend says about the token that it needs. */
export interface LeaseOptions {
  /** Seconds that it has to live: 1 to 1800. Default: 300. */
  readonly minimumSeconds?: number | undefined;
}

/** An access token that is lent to the host. */
export interface LeasedToken {
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** The calendar scopes of the grant. */
  readonly scopes: readonly string[];
}
