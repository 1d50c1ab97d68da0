// Every failure has a code: the table of codes, the two error classes, and questions about a code.

import { ACCOUNT_ERRORS } from './errors/account-errors.js';
import { CONSENT_ERRORS } from './errors/consent-errors.js';
import type { ErrorEntry } from './errors/error-entry.js';
import { PROVIDER_ERRORS } from './errors/provider-errors.js';
import { REQUEST_ERRORS } from './errors/request-errors.js';
import { SERVICE_ERRORS } from './errors/service-errors.js';
import type { StatusReason } from './vocabulary.js';

/** The table by group, in the order of docs/errors.md. */
export const ERROR_GROUPS = {
  'The request': REQUEST_ERRORS,
  Consent: CONSENT_ERRORS,
  Providers: PROVIDER_ERRORS,
  'Accounts and sync': ACCOUNT_ERRORS,
  'This service': SERVICE_ERRORS,
} as const;

/**
 * Every code with its status, words and traits. Programs rely on the codes, so renaming one is a
 * breaking change.
 */
export const ERRORS = {
  ...REQUEST_ERRORS,
  ...CONSENT_ERRORS,
  ...PROVIDER_ERRORS,
  ...ACCOUNT_ERRORS,
  ...SERVICE_ERRORS,
} as const;

/** The stable name of a failure. */
export type ErrorCode = keyof typeof ERRORS;

/** What is known about a single failure. */
export interface Circumstances {
  /** Replaces the code's own `detail`. Our words, never the provider's. */
  readonly detail?: string;
  /** Appears only in the log. */
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** A failure that has a code. Any other thrown value is treated as a `server_error`. */
export class IntegrationError extends Error {
  override readonly name: string = 'IntegrationError';
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    circumstances: Circumstances = {},
  ) {
    super(circumstances.reason === undefined ? code : `${code}: ${circumstances.reason}`, {
      cause: circumstances.cause,
    });
    const { status, title, detail } = ERRORS[code];
    this.status = status;
    this.title = title;
    this.detail = circumstances.detail ?? detail;
    this.reason = circumstances.reason;
    this.retryAfterSeconds = circumstances.retryAfterSeconds;
  }
}

/** What is known about a single failure of a provider. */
export interface ProviderCircumstances extends Circumstances {
  /** The provider refused the access token (401). One refresh may fix that. */
  readonly accessTokenRejected?: boolean;
  /** Why the grant no longer works. */
  readonly statusReason?: StatusReason;
  /** What the response proves about the account; absent where it proves nothing. */
  readonly proves?: Proof;
}

/**
 * What a response proves about an account. `grant_ended`: the token endpoint says that the grant no
 * longer works. `other_client`: it accepts our client and refuses it for this grant. `scope_missing`:
 * the API says that the token lacks the scope, which a new token confirms or not. `no_mailbox`: the
 * API says that there is no calendar. A 401 or 403 of an API proves none of them: an outage can look
 * so.
 */
export type Proof = 'grant_ended' | 'other_client' | 'scope_missing' | 'no_mailbox';

/** A failure of a provider, already classified by that provider's own folder. */
export class ProviderError extends IntegrationError {
  override readonly name = 'ProviderError';
  readonly accessTokenRejected: boolean;
  readonly statusReason: StatusReason | null;
  readonly proves: Proof | null;

  constructor(code: ErrorCode, circumstances: ProviderCircumstances = {}) {
    super(code, circumstances);
    this.accessTokenRejected = circumstances.accessTokenRejected ?? false;
    this.statusReason = circumstances.statusReason ?? null;
    this.proves = circumstances.proves ?? null;
  }
}

const entryOf = (code: ErrorCode): ErrorEntry => ERRORS[code];

/** Whether a later try can succeed although no user has acted. */
export function isRetryable(code: ErrorCode): boolean {
  return entryOf(code).retryable ?? false;
}

/** Whether the failure ends an account's whole run, because its other calendars would fail too. */
export function isAccountWide(code: ErrorCode): boolean {
  return entryOf(code).accountWide ?? false;
}

/** Whether the redirect to the frontend may carry the code. For others it says `server_error`. */
export function isInRedirect(code: ErrorCode): boolean {
  return entryOf(code).appearsIn.includes('redirect');
}

/** Whether only the user can fix the account, by reconnecting it. */
export function needsUser(code: ErrorCode): boolean {
  return entryOf(code).needsUser ?? false;
}

/** Why the user has to reconnect: the provider's reason, else the code's. Null where unknown. */
export function statusReasonOf(error: unknown): StatusReason | null {
  if (!(error instanceof IntegrationError)) return null;
  const named = error instanceof ProviderError ? error.statusReason : null;
  return named ?? entryOf(error.code).statusReason ?? null;
}
