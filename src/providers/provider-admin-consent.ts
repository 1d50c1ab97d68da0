// What a provider offers where an administrator has to consent for a whole organization.

import type { Access } from '../vocabulary.js';

/**
 * What the provider reports of an administrator.
 * - `granted`, `refused`: the decision.
 * - `not_administrator`: someone who may not decide it has opened the link.
 * - `failed`: the provider could not do it now, or our client is not set up for it.
 */
export type AdminAnswer = 'granted' | 'refused' | 'not_administrator' | 'failed';

/** The answer of a callback, with words for the log. */
export interface ReadAdminAnswer {
  readonly answer: AdminAnswer;
  /** For the log; null for `granted`. */
  readonly reason: string | null;
}

/** The consent of an administrator for everyone of an organization. */
export interface ProviderAdminConsent {
  /** The URL at which an administrator decides. */
  url(wanted: {
    readonly access: Access;
    /** Absolute: where the provider sends the administrator back to. */
    readonly redirectUri: string;
    readonly state: string;
  }): string;
  /**
   * The answer in the query of a callback. Anyone can write one, so it is a hint and never a
   * permission. Null where it has none, or more than one.
   */
  read(query: URLSearchParams): ReadAdminAnswer | null;
}
