// What is asked about grants and their tokens, and the answers.

import type { LeasedToken } from '../host-types.js';
import type { Access, ProviderId, TokenSet } from '../vocabulary.js';

/** What a token is used for. A run lists once: each refusal of a list leads to a refresh. */
export type TokenPurpose = 'list' | 'calendar' | 'push' | 'proxy';

/** Asks the provider for new tokens. @throws ProviderError */
export type RefreshTokens = (id: ProviderId, token: string, access: Access) => Promise<TokenSet>;

/** What is asked of the providers about grants. */
export interface GrantQuestions {
  readonly refresh: RefreshTokens;
  /** The client id of a provider now; null where it is not configured. */
  readonly clientIdOf: (provider: ProviderId) => string | null;
  /** Which of `scopes` a token response's `scope` lacks. Null means: none. */
  readonly lacking: (
    provider: ProviderId,
    scope: string | null,
    scopes: readonly string[],
  ) => readonly string[];
}

/** A token that can be used now. */
export interface LiveToken extends LeasedToken {
  readonly version: number;
  /** Scopes of the grant that the token response lacked. Empty for a stored token. */
  readonly lacking: readonly string[];
}

/** An access token as it is stored, read a moment ago by another statement. */
export interface SealedAccess {
  readonly id: string;
  readonly userId: string;
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly version: number;
  readonly scopes: readonly string[];
}
