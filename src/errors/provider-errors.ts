// The errors of a provider: not set up, not answering, or refusing.

import type { ErrorEntry } from './error-entry.js';

/** Codes of requests to a provider. */
export const PROVIDER_ERRORS = {
  provider_not_configured: {
    status: 503,
    title: 'Provider not configured',
    detail: 'This service is not set up for that provider. Tell its operator, or use another one.',
    cause: 'The provider is known, but this deployment has no client id and secret for it.',
    cure:
      'Set both, or do not offer the provider. `GET /integrations/providers` lists those ' +
      'that work.',
    appearsIn: ['problem', 'sync'],
    accountWide: true,
  },
  provider_misconfigured: {
    status: 502,
    title: 'Provider misconfigured',
    detail: 'This service is not set up correctly at the provider. Tell its operator.',
    cause:
      'The client id, secret, redirect URI or scope is wrong or expired, or the API is not ' +
      'enabled for the project. Accounts keep their status.',
    cure: 'The operator fixes it, then syncs continue automatically. See the provider pages.',
    appearsIn: ['problem', 'redirect', 'sync'],
    retryable: true, // The operator fixes it, so accounts continue without their users.
    accountWide: true,
  },
  provider_unavailable: {
    status: 503,
    title: 'Provider unavailable',
    detail: 'The provider did not answer correctly. Try again in a moment.',
    cause:
      'No complete response within `PROVIDER_TIMEOUT_MS`, a broken connection, a redirect, a ' +
      '5xx, a body that is too large, or a body that is not the documented JSON.',
    cure:
      "Try again. If it continues, check the provider's status page, the rules for outgoing " +
      'connections, and the variables that hold endpoints.',
    appearsIn: ['problem', 'redirect', 'sync'],
    retryable: true,
  },
  provider_error: {
    status: 502,
    title: 'Provider error',
    detail: 'The request to the provider failed. Try again in a moment.',
    cause:
      'The provider refused for a reason that has no code of its own here, or its response cannot ' +
      'be used: an authorization code that was used before, an unexpected status, a new access ' +
      'token that is refused although its grant works, an endless list of pages, a calendar list ' +
      'that is suddenly empty.',
    cure: "Try again. The `reason` in the log holds the provider's error code.",
    appearsIn: ['problem', 'redirect', 'sync'],
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
