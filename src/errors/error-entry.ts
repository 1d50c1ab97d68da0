// The shape of an entry in the table of errors.

import type { StatusReason } from '../vocabulary.js';

/** Where a code can appear: in a problem, in the redirect to the frontend, in `sync.error`. */
export type Appearance = 'problem' | 'redirect' | 'sync';

/** What is known about one error code. `npm run docs:errors` writes docs/errors.md from it. */
export interface ErrorEntry {
  /** The HTTP status of the problem. */
  readonly status: number;
  readonly title: string;
  /** For the user: what happened, then what to do. Never text from a provider. */
  readonly detail: string;
  /** For the reader of docs/errors.md, in Markdown: what leads to this error. */
  readonly cause: string;
  /** For the reader of docs/errors.md, in Markdown: how to fix it. */
  readonly cure: string;
  readonly appearsIn: readonly Appearance[];
  /** True where a later try can succeed although no user has acted. */
  readonly retryable?: boolean;
  /** True where the error ends the whole run of the account: its other calendars would fail too. */
  readonly accountWide?: boolean;
  /** True where only the user can fix the account, by reconnecting it. */
  readonly needsUser?: boolean;
  /** The account's `statusReason` where `needsUser` holds and the error itself names no other. */
  readonly statusReason?: StatusReason;
}
