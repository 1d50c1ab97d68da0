// Every failure by name: a stable code, its HTTP status and its words. docs/errors.md lists cause and cure of each.

interface Meaning {
  readonly status: number;
  readonly title: string;
  /** What to tell whoever met it, when nothing more exact is known. Never a provider's own words. */
  readonly detail: string;
}

const meaning = (status: number, title: string, detail: string): Meaning => ({
  status,
  title,
  detail,
});

/** The codes a program may rely on. Renaming one is a breaking change. */
export const ERRORS = {
  // The request
  invalid_request: meaning(
    400,
    'Invalid request',
    'The request is malformed; the problem names the part at fault.',
  ),
  return_to_not_allowed: meaning(
    400,
    'Return path not allowed',
    'returnTo must be a path under RETURN_PATHS.',
  ),
  unsupported_provider: meaning(
    400,
    'Unsupported provider',
    'No such provider is known to this service.',
  ),
  unauthenticated: meaning(
    401,
    'Not signed in',
    'A valid, unexpired JWT or browser session is required.',
  ),
  forbidden: meaning(403, 'Forbidden', 'You may not do this.'),
  origin_not_allowed: meaning(
    403,
    'Origin not allowed',
    'Requests from this origin are not accepted.',
  ),
  prefetch_refused: meaning(
    403,
    'Prefetch refused',
    'A connection starts only when a person asks for it.',
  ),
  not_found: meaning(404, 'Not found', 'There is nothing here.'),
  account_not_found: meaning(
    404,
    'Account not found',
    'There is no such connected account among yours.',
  ),
  calendar_not_found: meaning(
    404,
    'Calendar not found',
    'There is no such calendar in this account.',
  ),
  method_not_allowed: meaning(
    405,
    'Method not allowed',
    'This address does not answer that method.',
  ),
  payload_too_large: meaning(
    413,
    'Payload too large',
    'The body is larger than this service accepts.',
  ),
  unsupported_media_type: meaning(
    415,
    'Unsupported media type',
    'Send the body as application/json.',
  ),
  rate_limited: meaning(
    429,
    'Too many requests',
    'Too many requests in a minute; try again after Retry-After.',
  ),

  // Consent
  invalid_state: meaning(
    400,
    'Invalid state',
    'This authorization request is unknown, spent, expired, or was started elsewhere. Start again.',
  ),
  invalid_ticket: meaning(
    403,
    'Invalid ticket',
    'This ticket is unknown, spent, expired, or belongs to another user. Start again.',
  ),
  access_denied: meaning(403, 'Access denied', 'Consent was not given. Nothing was connected.'),
  missing_scopes: meaning(
    403,
    'Calendar access missing',
    'Access to the calendars was not granted. Connect again and leave it ticked.',
  ),
  no_refresh_token: meaning(
    403,
    'No lasting access',
    'The provider gave no lasting access. Remove this app at the provider and connect again.',
  ),
  admin_consent_required: meaning(
    403,
    'Administrator approval required',
    'An administrator of this organisation has to approve the app first.',
  ),
  account_mismatch: meaning(
    409,
    'Another account answered',
    'Reconnect with the same provider account.',
  ),
  account_already_connected: meaning(
    409,
    'Already connected',
    'This provider account is connected by another user.',
  ),

  // Providers
  provider_not_configured: meaning(
    503,
    'Provider not configured',
    'This provider is not set up on this deployment.',
  ),
  provider_misconfigured: meaning(
    502,
    'Provider misconfigured',
    "This service's client at the provider is wrong; its operator has to mend it.",
  ),
  provider_unavailable: meaning(
    503,
    'Provider unavailable',
    'The provider did not answer properly. Try again in a moment.',
  ),
  provider_error: meaning(502, 'Provider error', 'The provider refused the request.'),

  // Accounts and sync
  reauthorization_required: meaning(
    409,
    'Reconnect required',
    'The provider no longer accepts this grant. The user has to reconnect the account.',
  ),
  no_mailbox: meaning(409, 'No calendar', 'This provider account has no calendar.'),
  token_unreadable: meaning(
    409,
    'Token unreadable',
    'The stored token cannot be opened. The user has to reconnect the account.',
  ),
  token_key_missing: meaning(
    503,
    'Encryption key missing',
    'The key that sealed this token is not in TOKEN_ENCRYPTION_KEYS.',
  ),
  changes_expired: meaning(
    410,
    'Changes expired',
    'updatedSince is older than deleted events are remembered. Read the events anew.',
  ),
  calendar_gone: meaning(404, 'Calendar gone', 'The provider no longer has this calendar.'),
  calendar_forbidden: meaning(
    403,
    'Calendar not readable',
    'The provider does not let this account read this calendar.',
  ),
  throttled: meaning(
    503,
    'Throttled by the provider',
    'The provider asked to slow down; the sync goes on by itself.',
  ),
  cursor_expired: meaning(
    503,
    'Cursor expired',
    'The provider forgot where reading stopped; the calendar is read in full.',
  ),
  sync_interrupted: meaning(503, 'Sync interrupted', 'The sync was cut off and is started again.'),

  // This service
  temporarily_unavailable: meaning(
    503,
    'Temporarily unavailable',
    'A store of this service does not answer. Try again in a moment.',
  ),
  server_error: meaning(
    500,
    'Server error',
    'Something went wrong here. The request id finds it in the log.',
  ),
} as const satisfies Record<string, Meaning>;

export type ErrorCode = keyof typeof ERRORS;

interface Circumstances {
  /** Said to the caller in place of the code's own words. Ours, never the provider's. */
  readonly detail?: string;
  /** For the log alone. */
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** A failure with a name. Whatever is thrown and is not one of these is a `server_error`. */
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

/**
 * A failure of a provider, already classified (providers.md sections 1A, 1B.5, 1C.3). `accessTokenRejected` is the 401
 * that one refresh may mend; `statusReason` says why a grant no longer works.
 */
export class ProviderError extends IntegrationError {
  override readonly name = 'ProviderError';
  readonly accessTokenRejected: boolean;
  readonly statusReason: import('./vocabulary.js').StatusReason | null;

  constructor(
    code: ErrorCode,
    circumstances: Circumstances & {
      accessTokenRejected?: boolean;
      statusReason?: import('./vocabulary.js').StatusReason;
    } = {},
  ) {
    super(code, circumstances);
    this.accessTokenRejected = circumstances.accessTokenRejected ?? false;
    this.statusReason = circumstances.statusReason ?? null;
  }
}

/** Whether trying again later, with nothing changed by a person, can help. */
export function isRetryable(code: ErrorCode): boolean {
  return RETRYABLE.has(code);
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'provider_misconfigured', // mended by the operator, not by the user: the accounts go on by themselves
  'provider_unavailable',
  'provider_error',
  'throttled',
  'cursor_expired',
  'sync_interrupted',
  'token_key_missing',
  'temporarily_unavailable',
  'server_error',
  'rate_limited',
]);
